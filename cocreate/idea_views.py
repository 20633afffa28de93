"""What the studio tells of ideas for a theme. Frozen data, picklable; the screen's process loads this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.ideas import Push


@dataclass(frozen=True, slots=True)
class IdeaView:
    """One idea of a list, as it is shown."""

    number: int
    """Its place in the list, from 1; it keeps it as long as the list is kept."""
    text: str
    why: str
    """One sentence: why it could work, from the material."""
    angle: str
    """What it was asked to start from, or the change it was asked to make."""
    how: Push | Literal[""]
    """How it was made from its parents; "" for one of its own."""
    parents: tuple[int, ...]
    """Numbers of the ideas it was made from."""
    fit: float
    """0-10."""
    novelty: float
    """0-10."""
    original: float | None
    """1-5, or None where the head for originality cannot be asked."""


@dataclass(frozen=True, slots=True)
class IdeasProgressed:
    """How far a running search for ideas is."""

    theme: str
    come: int
    """Replies that are complete."""
    asked: int
    """Replies asked for so far; grows when too few ideas differ."""
    kept: int
    """Ideas that stay so far."""


@dataclass(frozen=True, slots=True)
class IdeasFound:
    """The list of a theme; the last event of FindIdeas, PushIdea and ListIdeas."""

    theme: str
    """"" when no list is kept at all."""
    language: str
    ideas: tuple[IdeaView, ...]
    """All of the list, by number."""
    new: tuple[int, ...] = ()
    """Numbers of those that were just found (or put in), best first."""
    stopped: bool = False
    seconds: float = 0.0
    tokens: int = 0
    """Tokens generated for them."""


@dataclass(frozen=True, slots=True)
class IdeasForgotten:
    """The list of a theme is gone."""

    theme: str
    count: int
    """Ideas it held."""


IdeaEvent = IdeasProgressed | IdeasFound | IdeasForgotten
