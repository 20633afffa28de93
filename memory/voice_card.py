"""What makes some works sound like one person: the numbers and examples a writer is shown. Plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trait:
    """One measured side of a voice."""

    name: str
    """Such as "sentence length"."""
    value: float
    unit: str
    """Such as "words" or "of 1,000 words"."""
    common: float | None = None
    """The same in published writing of that language, where it is known."""
    spread: tuple[float, ...] = ()
    """A histogram or series to plot, where there is one."""
    examples: tuple[str, ...] = ()
    """Taken from the works, shortened."""


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """The voice of a collection, or of one text."""

    title: str
    """What it describes: the collection's name, "all works", or "this draft"."""
    language: str
    """ISO 639-1 of most of it."""
    works: int
    words: int
    """Words, or characters in Chinese."""
    traits: tuple[Trait, ...] = ()
    sentence: str = ""
    """One plain sentence that sums it up."""
    distance: float | None = None
    """Of a text from this voice, 0 to 1, when two were compared."""
