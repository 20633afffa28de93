"""PDF, by pypdf. A PDF holds places of letters, not paragraphs: what is returned is the best guess at these."""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from memory.errors import WorkRefused
from memory.readers import about
from memory.readers.document import Document

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_SECONDS = 120.0
"""Longest time for one file, looked at between pages."""
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-–—·|]\s*)?(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/)\s*\d{1,4})?(?:\s*[-–—·|])?\s*", re.I
)
_HYPHEN = re.compile(r"(?<=[a-zà-ÿ])[-\u00ad\u2010]$")
_ENDS = ".!?:…。！？：”’\"')）」』"
_WIDE = 40
"""Columns from which lines can be wrapped prose."""


def read(data: bytes) -> list[Document]:
    """Return the text. Raises memory.errors.WorkRefused: protected, broken, or pictures of pages only."""
    with _quiet():
        found = _parsed(data)
    if found is None:
        raise WorkRefused(
            "The PDF is damaged and cannot be read.", "Print it to a new PDF, or save its text as .txt, and add that."
        )
    fields, pages = found
    if pages and not any(character.isalnum() for page in pages for character in page):
        raise WorkRefused(
            "The PDF holds pictures of pages and no text (a scan).",
            "Run it through text recognition (OCR), for example with ocrmypdf, and add the result.",
        )
    return [about.document(fields, _flowing(pages))]


def _parsed(data: bytes) -> tuple[dict[str, object], list[str]] | None:
    """What the file says about itself, and the text of its pages; None when pypdf can make nothing of it."""
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _protected()
        return _fields(reader), list(_pages(reader))
    except WorkRefused:
        raise
    except pypdf.errors.DependencyError as error:  # AES needs the package cryptography
        raise _protected() from error
    except Exception:  # noqa: BLE001 - library boundary: a damaged file breaks it in ways it does not name
        return None


def _pages(reader: PdfReader) -> Iterator[str]:
    ends = time.monotonic() + MOST_SECONDS
    for page in reader.pages:
        if time.monotonic() > ends:
            raise WorkRefused(
                f"Reading the PDF takes longer than {MOST_SECONDS:.0f} seconds.", "Save its text as .txt and add that."
            )
        yield page.extract_text()


def _fields(reader: PdfReader) -> dict[str, object]:
    known = reader.metadata
    if known is None:
        return {}
    try:
        date = known.creation_date
    except ValueError:  # not a date
        date = None
    return {"title": str(known.title or ""), "date": date or "", "tags": str(known.get("/Keywords") or "")}


def _protected() -> WorkRefused:
    return WorkRefused(
        "The PDF is protected by a password.", "Open it, print or save it without the password, and add that copy."
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """pypdf tells the log of every oddity; what matters to the writer is whether there is text."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _flowing(pages: list[str]) -> str:
    """Pages as one text: page numbers and running heads off, wrapped prose joined to paragraphs, verse as it is."""
    bodies = [[line.rstrip() for line in page.splitlines()] for page in pages]
    heads = _running(bodies)
    kept = [[line for line in _without_edges(body, heads)] for body in bodies]
    widths = sorted(_width(line) for body in kept for line in body if line.strip())
    if not widths:
        return ""
    full = widths[len(widths) * 9 // 10]
    lines = [line for body in kept for line in body]
    if not _is_wrapped(lines, full):
        return "\n\n".join("\n".join(body) for body in kept if body)
    return _unwrapped(lines, full)


def _is_wrapped(lines: list[str], full: int) -> bool:
    """Prose that a page has broken goes on with a small letter; verse begins its lines anew.

    Chinese has no small letters: there it is that the broken lines are all as long as the page is wide.
    """
    said = [line.strip() for line in lines if line.strip()]
    after = [
        (above, below)
        for above, below in pairwise(said)
        if _width(above) >= 0.75 * full and not above.endswith(tuple(_ENDS))
    ]
    if full < _WIDE or len(after) < 2:
        return False
    cjk = sum(above[-1] >= "\u2e80" for above, _ in after) > len(after) / 2
    going_on = sum(_width(above) >= 0.9 * full if cjk else below[0].islower() for above, below in after)
    return going_on >= (0.8 if cjk else 0.5) * len(after)


def _unwrapped(lines: list[str], full: int) -> str:
    text, open_line = "", False
    for line in lines:
        said = line.strip()
        if not said:
            # An empty line inside a sentence is the end of a page.
            open_line = open_line and not text.endswith(tuple(_ENDS))
            continue
        if not text or not open_line:
            text += ("\n\n" if text else "") + said
        elif _HYPHEN.search(text) and said[0].islower():
            text = text[:-1] + said
        else:
            text += ("" if text[-1] >= "\u2e80" or said[0] >= "\u2e80" else " ") + said
        open_line = _width(line) >= 0.75 * full
    return text


def _running(bodies: list[list[str]]) -> set[str]:
    """First and last lines that return on most pages, numbers aside."""
    if len(bodies) < 4:
        return set()
    edges = [_bare(line) for body in bodies for line in _edges(body)]
    return {edge for edge in set(edges) if edge and edges.count(edge) > len(bodies) / 2}


def _edges(body: list[str]) -> list[str]:
    said = [line for line in body if line.strip()]
    return said[:1] + said[1:][-1:]


def _without_edges(body: list[str], heads: set[str]) -> list[str]:
    lines = list(body)
    for place in (0, -1):
        while lines and not lines[place].strip():
            lines.pop(place)
        if len(lines) > 1 and (_bare(lines[place]) in heads or _PAGE_NUMBER.fullmatch(lines[place])):
            lines.pop(place)
    return lines


def _bare(line: str) -> str:
    return re.sub(r"\d+", "", line).strip().lower()


def _width(text: str) -> int:
    return sum(2 if character >= "\u2e80" else 1 for character in text)
