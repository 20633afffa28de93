"""JSON lines: a work a line, as an object with "text" (and "title", "kind", "date", "collection", ...) or a string."""

from __future__ import annotations

import json

from memory.errors import WorkRefused
from memory.readers import about
from memory.readers.document import Document, Unreadable
from memory.readers.encoding import decode

_NEXT = 'Each line is an object such as {"title": "...", "text": "..."}; mend it and add the file again.'


def read(data: bytes) -> list[Document | Unreadable]:
    """Return the works in order, `place` being the number of the line. Raises memory.errors.WorkRefused."""
    found = [
        _work(line, str(number)) for number, line in enumerate(decode(data).split("\n"), 1) if line.strip("\r\t \ufeff")
    ]
    if found and not any(isinstance(one, Document) for one in found):
        raise WorkRefused("No line of it is a work in JSON.", _NEXT)
    return found


def _work(line: str, place: str) -> Document | Unreadable:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Unreadable(place, f"Line {place} is not JSON.", _NEXT)
    if isinstance(value, str):
        return Document("", value, place=place)
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str):
        return Unreadable(place, f"Line {place} has no text.", _NEXT)
    return about.document(value, text, place)
