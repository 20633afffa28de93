"""What an idea is, and the ways it can be pushed further. Plain data: the screen's process loads it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Push = Literal["opposite", "sense", "speaker", "form", "combine"]
PUSHES: tuple[Push, ...] = ("opposite", "sense", "speaker", "form", "combine")
MOST_IDEAS = 64
"""Ideas of one request."""


@dataclass(frozen=True, slots=True)
class Idea:
    """One direction for a theme, in one line."""

    text: str
    angle: str = ""
    """What it was asked to start from ("a sound", 一种声音), or the change it was asked to make."""
    how: Push | Literal[""] = ""
    """How it was made from its parents; "" for an idea of its own."""
    parents: tuple[str, ...] = ()
    """Texts of the ideas it was made from: none, one, or two for "combine"."""
    fit: float = 0.0
    """0-10: how near it stands to the theme."""
    novelty: float = 0.0
    """0-10: how far from the other ideas, and how original where that can be told."""
    original: float | None = None
    """1-5, what people would say of its originality; None where the head cannot be asked."""
