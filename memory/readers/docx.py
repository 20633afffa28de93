"""Word documents, by python-docx after every entry was unpacked once to count its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from memory.readers import about
from memory.readers.archive import Archive
from memory.readers.blocks import heading, joined
from memory.readers.document import Document

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.text.paragraph import Paragraph

_WHAT = "a Word document (DOCX)"


def read(data: bytes) -> list[Document]:
    """Return the text; headers, footers, notes and comments are left out. Raises memory.errors.WorkRefused."""
    with Archive(data, _WHAT) as archive:
        archive.check()
        damaged = archive.damaged()
        if "word/document.xml" not in archive.names:
            raise damaged
    found = _parsed(data)
    if found is None:
        raise damaged
    return [found]


def _parsed(data: bytes) -> Document | None:
    """None when python-docx cannot make anything of it."""
    import docx

    try:
        word = docx.Document(io.BytesIO(data))
        return about.document(_fields(word), joined(_paragraphs(word)))
    except Exception:  # noqa: BLE001 - library boundary: a damaged file breaks it in ways it does not name
        return None


def _paragraphs(word: WordDocument) -> Iterator[str]:
    from docx.table import Table

    for block in word.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(dict.fromkeys(cell.text.replace("\n", " ") for cell in row.cells))
        else:
            yield _paragraph(block)


def _paragraph(paragraph: Paragraph) -> str:
    name = (paragraph.style.name or "") if paragraph.style else ""
    if name == "Title":
        return heading(paragraph.text, 1)
    if name.startswith("Heading ") and name[8:].isdecimal():
        return heading(paragraph.text, int(name[8:]))
    return paragraph.text


def _fields(word: WordDocument) -> dict[str, object]:
    about_it = word.core_properties
    return {
        "title": about_it.title or "",
        "date": about_it.created or "",
        "language": about_it.language or "",
        "tags": about_it.keywords or "",
        "kind": about_it.category or "",
    }
