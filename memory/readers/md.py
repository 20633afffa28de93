"""Markdown: text with, perhaps, a front matter and a heading that name it. The marks in the text stay as they are."""

from __future__ import annotations

import re
from typing import Any

from memory.readers import about
from memory.readers.document import Document
from memory.readers.encoding import decode

_FRONT_MATTER = re.compile(
    r"\A\s*(?:---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)|\+\+\+[ \t]*\n(?P<toml>.*?)\n\+\+\+)[ \t]*(?:\n|\Z)", re.S
)
_KEY_LINE = re.compile(r"^([\w\-]+)\s*[:=]\s*(.*?)\s*$", re.M)
_HEADING = re.compile(r"\A\s*#\s+(?P<title>.+?)\s*#*\s*(?:\n|\Z)")
_LONGEST_FRONT = 20_000
"""Characters of a front matter; a longer one is part of the text."""


def read(data: bytes) -> list[Document]:
    """Return the text with what its front matter says, which is taken off. Raises memory.errors.WorkRefused."""
    text = decode(data).replace("\r\n", "\n")
    fields: dict[str, Any] = {}
    front = _FRONT_MATTER.match(text)
    # A text may simply begin with a rule; only lines with keys make it a front matter.
    if front and len(front[0]) <= _LONGEST_FRONT and _KEY_LINE.search(front["yaml"] or front["toml"] or ""):
        fields = _fields(front["yaml"], front["toml"])
        text = text[front.end() :]
    if not any(key.lower() == "title" for key in fields) and (heading := _HEADING.match(text)):
        fields["title"] = heading["title"]
    return [about.document(fields, text)]


def _fields(yaml_text: str | None, toml_text: str | None) -> dict[str, Any]:
    """The front matter as a table; where it is not valid (`title: Rain: a study`), its lines of key and value."""
    import tomllib

    import yaml

    try:
        found = yaml.safe_load(yaml_text) if yaml_text is not None else tomllib.loads(toml_text or "")
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return {str(key): value for key, value in found.items() if isinstance(key, str | int)}
    return {key: _unquoted(value) for key, value in _KEY_LINE.findall(yaml_text or toml_text or "")}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
