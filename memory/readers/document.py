"""What a reader returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file."""

    title: str
    """As the file itself says it, or ""."""
    text: str
    """Not yet sanitised."""
