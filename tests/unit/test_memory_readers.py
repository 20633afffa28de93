"""Files become text whatever their encoding, or are refused with a sentence; form shows kind and language."""

import os
import textwrap
from pathlib import Path

import pytest

from memory.errors import WorkRefused
from memory.form import kind_of, language_of
from memory.readers import LARGEST, read
from memory.readers.document import Document

CHINESE = "秋雨落在院子里，\n没有人问灯去了哪里。\n"
RARE = "𠮷野家的镕炉，喆与犇。\n"
FRENCH = "“Déjà la pluie”, dit l’été à la forêt.\n"


def document(folder: Path, name: str, data: bytes) -> Document:
    (folder / name).write_bytes(data)
    (found,) = read(folder / name)
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"])
@pytest.mark.parametrize("text", [CHINESE, CHINESE + RARE])
def test_chinese_is_read_in_every_usual_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    assert document(tmp_path, "雨.txt", text.encode(encoding)) == Document("雨", text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_western_text_is_not_taken_for_chinese(tmp_path: Path, encoding: str) -> None:
    assert document(tmp_path, "pluie.txt", FRENCH.encode(encoding)) == Document("pluie", FRENCH)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"text with a \0 in it",
        bytes(range(1, 32)) * 40,
        b"\xff\xfe\x00",
        os.urandom(5000) + b"\0",
    ],
)
@pytest.mark.parametrize("name", ["picture.txt", "picture.md"])
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes, name: str) -> None:
    with pytest.raises(WorkRefused, match="not a text file"):
        document(tmp_path, name, data)


@pytest.mark.parametrize(
    ("markdown", "title", "text"),
    [
        ('---\ntitle: "Rain: a study"\ntags: [a]\n---\n\nIt rains.\n', "Rain: a study", "\nIt rains.\n"),
        ("---\r\ntitle: 雨\r\n---\r\n下雨了。\r\n", "雨", "下雨了。\n"),
        ("+++\ntitle = 'Rain'\n+++\nIt rains.", "Rain", "It rains."),
        ("---\ndate: 2026\n---\n# Rain #\n\nIt rains.", "Rain", "# Rain #\n\nIt rains."),
        ("---\ntitle: Rain: a study\n---\nIt rains.", "Rain: a study", "It rains."),
        ("# Rain\nIt rains.", "Rain", "# Rain\nIt rains."),
        ("---\nIt rains\n---\nand rains.", "file", "---\nIt rains\n---\nand rains."),
        ("No heading at all.", "file", "No heading at all."),
    ],
)
def test_markdown_names_itself(tmp_path: Path, markdown: str, title: str, text: str) -> None:
    found = document(tmp_path, "file.md", markdown.encode())
    assert (found.title, found.text) == (title, text)


def test_a_form_feed_is_a_blank_line(tmp_path: Path) -> None:
    assert document(tmp_path, "a.txt", b"one\ftwo").text == "one\n\ntwo"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkRefused, match=r"kind \(\.png\) cannot be read"):
        document(tmp_path, "cover.png", b"\x89PNG")


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(WorkRefused, match="larger than 20 MB"):
        read(path)


def test_a_missing_file_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    with pytest.raises(WorkRefused, match="no file or folder"):
        read(tmp_path / "missing.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(WorkRefused, match="not a regular file"):
        read(tmp_path / "pipe.txt")


SONNET = "\n".join(["When I consider how my light is spent,", "Ere half my days, in this dark world and wide,"] * 7)
WHITMAN = "\n".join(
    [
        "I celebrate the long road out of the city and the tired horses that are led along it in the evening,",
        "And whatever I take up on it you also may take up without asking, for it was never mine to keep,",
        "The smell of the rain before the rain, the quarrel of the crows above the field we do not own,",
    ]
)
STORY = ("The lamp had been out for an hour. “Who is there?” she asked, and nobody answered her.\n\n" * 12).strip()
WRAPPED = textwrap.fill("The lamp had been out for an hour and nobody in the house would say where it was. " * 20, 72)
LYRIC = "[Verse 1]\nRain on the wire\n\n[Chorus]\nOh the wire, the wire\n\n[Verse 2]\nRain on the door"
SCRIPT = "INT. KITCHEN - NIGHT\n\nANNA\nWho put the light out?\n\nBEN\nNobody did.\n\nANNA\nThen who is laughing?"
PLAY = "第一幕\n\n老翁：你从哪里来的呢？\n过客：我不知道。\n老翁：你要到哪里去呢？\n过客：我不知道。"
TANG = "空山新雨後，天氣晚來秋。\n明月松間照，清泉石上流。"
XIAOSHUO = "我从北地向东南旅行，绕道访了我的家乡，就到了城里。这城离我的故乡不过三十里，坐了小船，小半天可到。\n" * 8


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        (SONNET, "poem", "en"),
        (WHITMAN, "poem", "en"),
        (STORY, "story", "en"),
        (WRAPPED, "story", "en"),
        (LYRIC, "lyric", "en"),
        (SCRIPT, "script", "en"),
        (PLAY, "script", "zh"),
        (TANG, "poem", "zh"),
        (XIAOSHUO, "story", "zh"),
        ("The shop is closed.", "text", "en"),
        ("吾輩は猫である。名前はまだ無い。", "text", "und"),
        ("Der Regen fällt auf den leeren Hof, und niemand fragt nach dem Licht.", "text", "und"),
        ("♪ ♪", "text", "und"),
        ("", "text", "und"),
    ],
)
def test_form_shows_kind_and_language(text: str, kind: str, language: str) -> None:
    assert (kind_of(text), language_of(text)) == (kind, language)
