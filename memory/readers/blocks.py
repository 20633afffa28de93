"""Paragraphs, headings and lines of a formatted file as one plain text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

SCENE_BREAK = "* * *"
_VERSE = 75
"""Columns that nine of ten lines of verse keep within."""


def heading(text: str, level: int) -> str:
    """A heading as Markdown marks it, which `memory.passages` cuts at."""
    said = " ".join(text.split())
    return f"{'#' * max(1, min(level, 6))} {said}" if said else ""


def joined(paragraphs: Iterable[str]) -> str:
    """The paragraphs of a word processor as one text.

    Prose has a paragraph a paragraph: a blank line goes between two. Verse is often typed with a paragraph a line and
    an empty one between stanzas: then lines stay lines. Short paragraphs and empty ones between them tell it.
    """
    found = [paragraph.rstrip() for paragraph in paragraphs]
    lines = [line for paragraph in found if not paragraph.startswith("#") for line in paragraph.split("\n") if line]
    short = sum(_width(line) <= _VERSE for line in lines)
    if not lines or "" not in found or short < 0.9 * len(lines):
        return "\n\n".join(one for one in found if one)
    apart = [f"\n{one}\n" if one.startswith("#") else one for one in found]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(apart)).strip("\n")


def _width(text: str) -> int:
    return sum(2 if character >= "\u2e80" else 1 for character in text)
