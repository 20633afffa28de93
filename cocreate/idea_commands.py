"""Commands about ideas for a theme. Frozen data, picklable."""

from __future__ import annotations

from dataclasses import dataclass

from agents.contracts import Direction
from agents.ideas import Push


@dataclass(frozen=True, slots=True)
class FindIdeas:
    """Find ideas for a theme; they take the place of the list kept for it."""

    theme: str
    count: int = 10
    language: str = ""
    """en or zh; "" takes that of the theme."""
    seed: int | None = None
    """None draws one."""
    more: bool = False
    """Add to the list that is kept instead."""


@dataclass(frozen=True, slots=True)
class KeepIdeas:
    """Put ideas that came from elsewhere, such as the directions of a turn, into the list of a theme."""

    theme: str
    directions: tuple[Direction, ...]
    language: str = ""
    """en or zh; "" takes that of the theme."""


@dataclass(frozen=True, slots=True)
class PushIdea:
    """Make new ideas from some of the list kept for a theme; they are added to it."""

    theme: str
    how: Push
    numbers: tuple[int, ...] = ()
    """Which ideas; empty takes the first, or the first two to combine."""
    count: int = 3
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class ListIdeas:
    """The list kept for a theme; "" is the newest one."""

    theme: str = ""


@dataclass(frozen=True, slots=True)
class ForgetIdeas:
    """Delete the list kept for a theme."""

    theme: str


IdeaCommand = FindIdeas | KeepIdeas | PushIdea | ListIdeas | ForgetIdeas
