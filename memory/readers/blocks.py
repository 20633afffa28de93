"""Paragraphs, headings and lines of a formatted file as one plain text. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

SCENE_BREAK = "* * *"
_VERSE = 60
"""Columns up to which the middle paragraph of a file counts as a line of verse."""


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
    widths = [_width(line) for paragraph in found if not paragraph.startswith("#") for line in [paragraph] if line]
    verse = bool(widths) and "" in found and statistics.median(widths) <= _VERSE
    return ("\n" if verse else "\n\n").join(found if verse else [one for one in found if one])


def _width(text: str) -> int:
    return sum(2 if character >= "\u2e80" else 1 for character in text)
