"""Each format becomes the text a reader of it would see, with what the file says about it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import docx
import pypdf
import pytest

from memory.errors import WorkRefused
from memory.readers import SUFFIXES, read
from memory.readers.document import Document, Unreadable


def one(folder: Path, name: str, data: bytes) -> Document:
    (folder / name).write_bytes(data)
    (found,) = read(folder / name)
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("秋雨落在院子裡，\n沒有人問燈去了哪裡。", "big5"),
        ("空山新雨後，天氣晚來秋。\n明月松間照，清泉石上流。", "big5"),
        ("空山新雨後，天氣晚來秋。\n明月松間照，清泉石上流。", "gb18030"),
        ("空山新雨后，天气晚来秋。", "gb18030"),
        ("空山新雨後，\n天氣晚來秋。", "utf-16-le"),
        ("空山新雨後，\n天氣晚來秋。", "utf-16-be"),
        ("No mark here, but UTF-16 all the same.", "utf-16-le"),
        ("No mark here, but UTF-16 all the same.", "utf-16-be"),
        ("Déjà la pluie, dit l’été à la forêt.", "cp1252"),
        ("Над пустым двором идёт осенний дождь, и никто не спросит, куда ушёл свет.", "cp1251"),
    ],
)
def test_text_is_read_in_its_encoding_without_being_told(tmp_path: Path, text: str, encoding: str) -> None:
    assert one(tmp_path, "a.txt", text.encode(encoding)) == Document("a", text)


def test_front_matter_says_title_date_kind_language_and_collection(tmp_path: Path) -> None:
    front = "---\nTitle: Rain\ndate: 2021-05-06\ntype: Poetry\nlang: Chinese\ncollection: my noir\n---\nIt rains."
    expected = Document("Rain", "It rains.", "poem", "zh", "2021-05-06", "my noir")
    assert one(tmp_path, "a.md", front.encode()) == expected


@pytest.mark.parametrize(
    ("tags", "collection"),
    [("[noir]", "noir"), ("noir", "noir"), ("[noir, rain]", ""), ("'#noir'", "noir"), ("[]", "")],
)
def test_a_single_tag_is_a_collection_and_several_are_not(tmp_path: Path, tags: str, collection: str) -> None:
    assert one(tmp_path, "a.md", f"---\ntags: {tags}\n---\nIt rains.".encode()).collection == collection


@pytest.mark.parametrize(
    ("said", "written"),
    [("2021", "2021"), ("2021-05", "2021-05"), ("2021/5/6", "2021-05-06"), ("2021年5月6日", "2021-05-06"),
     ("2021-13-40", ""), ("May 2021", ""), ("2021-05-06 10:00:00", "2021-05-06")],
)  # fmt: skip
def test_dates_become_iso_dates_or_nothing(tmp_path: Path, said: str, written: str) -> None:
    assert one(tmp_path, "a.md", f"---\ntitle: a\ndate: {said}\n---\nIt rains.".encode()).written == written


def test_aliases_in_yaml_do_not_swell(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    front = "\n".join(["---", *lines, "title: *a39", "tags: *a39", "---", "It rains."])
    assert one(tmp_path, "a.md", front.encode()) == Document("a", "It rains.")


def test_a_word_document_keeps_its_headings_paragraphs_and_tables(tmp_path: Path) -> None:
    word = docx.Document()
    word.core_properties.title = "The Ferry"
    word.add_heading("One", 1)
    word.add_paragraph("The ferry left.")
    word.add_paragraph("")
    word.add_paragraph("Nobody on the quay said a word about where it was bound to go on that night of rain.")
    word.add_table(1, 2).rows[0].cells[1].text = "in a cell"
    packed = io.BytesIO()
    word.save(packed)
    found = one(tmp_path, "a.docx", packed.getvalue())
    assert found.title == "The Ferry"
    assert found.text.split("\n\n")[:3] == [
        "# One",
        "The ferry left.",
        "Nobody on the quay said a word about where it was bound to go on that night of rain.",
    ]
    assert "in a cell" in found.text


def test_verse_typed_a_line_a_paragraph_keeps_its_stanzas(tmp_path: Path) -> None:
    word = docx.Document()
    for line in ("Rain on slate,", "nobody home.", "", "The lamp is out,", "the ferry too."):
        word.add_paragraph(line)
    packed = io.BytesIO()
    word.save(packed)
    assert one(tmp_path, "a.docx", packed.getvalue()).text == (
        "Rain on slate,\nnobody home.\n\nThe lamp is out,\nthe ferry too."
    )


def test_an_open_document_leaves_notes_and_deletions_out(tmp_path: Path, make_zip, odt_content: str) -> None:
    meta = '<m xmlns:dc="d"><dc:title>Harbour Songs</dc:title><dc:language>en-GB</dc:language></m>'
    found = one(tmp_path, "a.odt", make_zip({"content.xml": odt_content, "meta.xml": meta}))
    assert found == Document("Harbour Songs", "## Harbour\n\nLine one\nline  two\n\nSecond paragraph.", language="en")


def test_a_book_is_one_work_of_its_chapters_in_order(tmp_path: Path, make_epub) -> None:
    text = "## One\n\nIt began\u00a0at the quay.\n\n## 二\n\n下雨了。"
    assert one(tmp_path, "a.epub", make_epub()) == Document("The Ferry", text, language="en", written="1893-04-01")


def test_wrapped_prose_of_a_pdf_is_joined_and_page_numbers_go(tmp_path: Path, make_pdf) -> None:
    lines = [
        "The long night train went out over the river and nobody in the",
        "carriage looked up from what they were reading until the con-",
        "ductor came in and asked them all for a thing they did not have",
        "any more. He said nothing.",
        "A second paragraph began here and went on for some time until it",
    ]
    found = one(tmp_path, "a.pdf", make_pdf([[*lines, "- 1 -"], ["ended on another page.", "2"]]))
    assert found.text == (
        "The long night train went out over the river and nobody in the carriage looked up from what they were reading "
        "until the conductor came in and asked them all for a thing they did not have any more. He said nothing.\n\n"
        "A second paragraph began here and went on for some time until it ended on another page."
    )


def test_verse_of_a_pdf_keeps_its_lines(tmp_path: Path, make_pdf) -> None:
    lines = ["Rain on slate,", "nobody home at all.", "The lamp is out,", "the ferry too."]
    assert one(tmp_path, "a.pdf", make_pdf([lines])).text == "\n".join(lines)
    sonnet = ["When I consider how my light is spent,", "Ere half my days, in this dark world and wide,"] * 7
    assert one(tmp_path, "b.pdf", make_pdf([sonnet])).text == "\n".join(sonnet)


def test_a_page_is_its_words_without_menus_and_scripts(tmp_path: Path) -> None:
    page = (
        "<!doctype html><html lang=en><head><title>Rain  song</title><meta name=date content=2021-03-04></head>"
        "<body><nav>menu</nav><article><h1>Rain</h1><p>It   rained<br>all <b>day</b>, and\nall night.</p><script>no()"
        "</script><div><div>one</div><div>two</div></div><div><div>three</div></div><hr><pre>a\n  b</pre></article>"
        "<footer>(c)</footer></body></html>"
    )
    text = "# Rain\n\nIt rained\nall day, and all night.\n\none\ntwo\n\nthree\n\n* * *\n\na\n  b"
    assert one(tmp_path, "a.html", page.encode()) == Document("Rain song", text, language="en", written="2021-03-04")


def test_a_page_is_read_in_the_encoding_it_names(tmp_path: Path) -> None:
    page = '<html><meta charset="gb2312"><title>雨</title><p>喆'
    assert one(tmp_path, "a.html", page.encode("gb18030")) == Document("雨", "喆")


def test_a_script_is_what_is_spoken_and_shown(tmp_path: Path) -> None:
    fountain = (
        "Title:\n    _**Brick & Steel**_\nAuthor: Me\nDraft date: 2012-01-20\n\n# Act one\n\n= a synopsis\n\n"
        ".KITCHEN - NIGHT\n\n/* cut\nthis */\n@McANNA\nWho put the light out? [[why?]]\n\nBEN ^\nNobody.\n"
        "\n> THE END <\n"
    )
    found = one(tmp_path, "a.fountain", fountain.encode())
    assert (found.title, found.kind, found.written) == ("Brick & Steel", "script", "2012-01-20")
    assert " ".join(found.text.split()) == "KITCHEN - NIGHT McANNA Who put the light out? BEN Nobody. THE END"
    assert one(tmp_path, "b.fountain", b"FADE IN:\n\nINT. BAR").text == "FADE IN:\n\nINT. BAR"


def test_each_json_line_is_a_work_and_a_bad_one_stops_none(tmp_path: Path) -> None:
    lines = [json.dumps({"title": "Rain", "text": "It rains.", "kind": "poem"}), "", '"Just a text."', "nonsense", "{}"]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    rain, text, *bad = read(tmp_path / "a.jsonl")
    assert rain == Document("Rain", "It rains.", "poem", place="1")
    assert text == Document("a 3", "Just a text.", place="3")
    assert [(one.place, one.sentence) for one in bad if isinstance(one, Unreadable)] == [
        ("4", "Line 4 is not JSON."),
        ("5", "Line 5 has no text."),
    ]


def test_no_library_is_loaded_before_a_file_needs_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rains.")
    code = (
        "import sys; from pathlib import Path; from memory.readers import read\n"
        f"read(Path({str(tmp_path / 'a.txt')!r}))\n"
        "print({'lxml', 'docx', 'pypdf', 'yaml', 'charset_normalizer'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


# --- what cannot be read --------------------------------------------------------------------------------------


def test_a_locked_a_broken_and_a_scanned_pdf_are_told_apart(tmp_path: Path, make_pdf) -> None:
    locked = pypdf.PdfWriter(clone_from=io.BytesIO(make_pdf([["secret"]])))
    locked.encrypt("password", algorithm="RC4-128")
    packed = io.BytesIO()
    locked.write(packed)
    for data, said in (
        (packed.getvalue(), "protected by a password"),
        (make_pdf([["x"]])[:150], "damaged"),
        (b"no pdf at all", "damaged"),
        (make_pdf([[], []]), "pictures of pages"),
    ):
        with pytest.raises(WorkRefused, match=said):
            one(tmp_path, "a.pdf", data)


BOMB = b" " * 30_000_000
"""Packs 1,000 times smaller."""


def test_archives_that_mean_harm_are_refused_and_write_nothing(tmp_path: Path, make_zip, make_epub) -> None:
    before = sorted(tmp_path.rglob("*"))
    for name, data, said in (
        ("a.epub", make_epub(**{"OEBPS__book.opf": BOMB}), "unpacks to far more"),
        ("a.odt", make_zip({"content.xml": BOMB}), "unpacks to far more"),
        ("a.docx", make_zip({"word/document.xml": BOMB}), "unpacks to far more"),
        ("a.epub", make_epub(**{"..__..__evil.xhtml": "x"}), "outside itself"),
        ("a.odt", make_zip({"/etc/passwd": "x", "content.xml": "<a/>"}), "outside itself"),
        ("a.docx", make_zip({"..\\evil": "x"}), "outside itself"),
        ("a.docx", b"PK\x03\x04 broken", "damaged"),
        ("a.docx", make_zip({"word/other.xml": "x"}), "damaged"),
        ("a.docx", make_zip({"word/document.xml": "<not word"}), "damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "password, or of a format older"),
        ("a.epub", make_zip({"META-INF/container.xml": "<container/>"}), "damaged"),
    ):
        with pytest.raises(WorkRefused, match=said):
            one(tmp_path, name, data)
        (tmp_path / name).unlink()
    assert sorted(tmp_path.rglob("*")) == before


def test_what_an_archive_says_of_its_sizes_is_not_believed(tmp_path: Path, make_zip) -> None:
    data = make_zip({"content.xml": BOMB})
    lied = data.replace(len(BOMB).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lied != data
    with pytest.raises(WorkRefused):
        one(tmp_path, "a.odt", lied)


@pytest.mark.parametrize(
    "declared", ['<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">', '<!ENTITY b SYSTEM "file:///etc/passwd">']
)
def test_xml_with_entities_is_refused(tmp_path: Path, make_zip, make_epub, declared: str) -> None:
    hostile = f"<!DOCTYPE x [{declared}]><x>&b;</x>"
    for name, data in (
        ("a.odt", make_zip({"content.xml": hostile})),
        ("a.epub", make_epub(**{"META-INF__container.xml": hostile})),
        ("b.epub", make_epub(**{"OEBPS__book.opf": hostile})),
    ):
        with pytest.raises(WorkRefused, match="declares XML entities"):
            one(tmp_path, name, data)


def test_a_protected_book_and_one_without_end_in_its_nesting_are_refused(tmp_path: Path, make_epub) -> None:
    listed = '<encryption xmlns="e"><CipherReference URI="OEBPS/ch2.xhtml"/></encryption>'
    with pytest.raises(WorkRefused, match="protected"):
        one(tmp_path, "a.epub", make_epub(**{"META-INF__encryption.xml": listed}))
    with pytest.raises(WorkRefused, match="nested too deeply"):
        one(tmp_path, "a.html", b"<div>" * 100_000 + b"x")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bytes_of_no_format_are_refused_by_every_reader(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(WorkRefused):
        one(tmp_path, f"a{suffix}", bytes(range(256)) * 40)
