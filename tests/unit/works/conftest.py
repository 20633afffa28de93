"""Real files of every format, small and made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory

CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
OPF = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
<metadata><dc:title>The Ferry</dc:title><dc:language>en-GB</dc:language><dc:date>1893-04-01</dc:date></metadata>
<manifest><item id="a" href="ch%201.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="../OEBPS/ch2.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
ODT = """<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>
<text:tracked-changes><text:p>cut long ago</text:p></text:tracked-changes>
<text:h text:outline-level="2">Harbour</text:h><text:p>Line one<text:line-break/>line<text:s text:c="2"/>two</text:p>
<text:p>Second <text:span>paragraph</text:span><text:note><text:p>a note</text:p></text:note>.</text:p>
</office:text></office:body></office:document-content>"""


def chapter(heading: str, text: str) -> str:
    """A chapter as e-books have it."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>x</title></head><body><h2>{heading}</h2><p>{text}</p></body></html>"
    )


def zipped(entries: dict[str, str | bytes]) -> bytes:
    """A zip file with these entries."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return packed.getvalue()


def epub(**others: str | bytes) -> bytes:
    """A book of two chapters."""
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": OPF,
            "OEBPS/nav.xhtml": chapter("Contents", "not a part of the text"),
            "OEBPS/ch 1.xhtml": chapter("One", "It began&nbsp;at the quay."),
            "OEBPS/ch2.xhtml": chapter("二", "下雨了。"),
            **{name.replace("__", "/"): data for name, data in others.items()},
        }
    )


def pdf(pages: list[list[str]]) -> bytes:
    """A PDF with a line of text per string."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    kids = []
    for lines in pages:
        body = "BT /F1 12 Tf 72 720 Td 14 TL\n" + "\n".join(f"({line}) Tj T*" for line in lines) + "\nET"
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
            f"/BaseFont/Helvetica>>>>>>/Contents {number + 1} 0 R>>"
        )
        objects.append(f"<</Length {len(body)}>>stream\n{body}\nendstream")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    made, offsets = b"%PDF-1.4\n", []
    for number, value in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{value}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return made + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()


@pytest.fixture
def make_epub() -> Callable[..., bytes]:
    return epub


@pytest.fixture
def make_zip() -> Callable[[dict[str, str | bytes]], bytes]:
    return zipped


@pytest.fixture
def make_pdf() -> Callable[[list[list[str]]], bytes]:
    return pdf


@pytest.fixture
def odt_content() -> str:
    return ODT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def memory(home: Path) -> Iterator[Memory]:
    with closing(Database.open(home / "cocreate.db")) as database:
        yield Memory(database, HashEmbedder(32), home / "index")
