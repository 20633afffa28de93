"""What a reader returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One text of a file, and what the file itself says about it; "" where it says nothing."""

    title: str
    text: str
    """Not yet sanitised."""
    kind: str = ""
    """poem, story, lyric, script, ad or text."""
    language: str = ""
    """ISO 639-1."""
    written: str = ""
    """ISO 8601 date: YYYY, YYYY-MM or YYYY-MM-DD."""
    collection: str = ""
    place: str = ""
    """Which of several texts in the file this is, such as a line number; "" when the file is one text."""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One of several texts in a file that cannot be read; the others can."""

    place: str
    sentence: str
    next_step: str
