"""Markdown: text with, perhaps, a front matter and a heading that name it. The marks in the text stay as they are."""

from __future__ import annotations

import re

from memory.readers import txt
from memory.readers.document import Document

_FRONT_MATTER = re.compile(
    r"\A\s*(?:---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)|\+\+\+[ \t]*\n(?P<toml>.*?)\n\+\+\+)[ \t]*(?:\n|\Z)", re.S
)
_TITLE = re.compile(r"^title\s*[:=]\s*(?P<value>.+?)\s*$", re.M | re.I)
_KEY_LINE = re.compile(r"^[\w\-]+\s*[:=]", re.M)
_HEADING = re.compile(r"\A\s*#\s+(?P<title>.+?)\s*#*\s*(?:\n|\Z)")


def read(data: bytes) -> Document:
    """Return title and text; the front matter is taken off. Raises memory.errors.WorkRefused."""
    text = txt.decode(data).replace("\r\n", "\n")
    title = ""
    front = _FRONT_MATTER.match(text)
    # A text may simply begin with a rule; only lines with keys make it a front matter.
    if front and _KEY_LINE.search(fields := front["yaml"] or front["toml"] or ""):
        text = text[front.end() :]
        if found := _TITLE.search(fields):
            title = _unquoted(found["value"])
    if not title and (heading := _HEADING.match(text)):
        title = heading["title"]
    return Document(title, text)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
