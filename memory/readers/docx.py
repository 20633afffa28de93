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

    names = {style.style_id: style.name or "" for style in word.styles}
    for block in word.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(dict.fromkeys(cell.text.replace("\n", " ") for cell in row.cells))
        else:
            # The id in the XML: `paragraph.style` goes through all styles for every paragraph (6 ms each).
            yield _said(block.text, names.get(block._p.style or "", ""))


def _said(text: str, style: str) -> str:
    if style == "Title":
        return heading(text, 1)
    level = style.removeprefix("Heading ")
    return heading(text, int(level)) if style != level and level.isdecimal() else text


def _fields(word: WordDocument) -> dict[str, object]:
    about_it = word.core_properties
    return {
        "title": about_it.title or "",
        "date": about_it.created or "",
        "language": about_it.language or "",
        "tags": about_it.keywords or "",
        "kind": about_it.category or "",
    }
