"""What is looked up in every judged text beside its scores: copied runs, and words the writer wants marked.

Nothing is refused or changed: a text is shown with what was found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from agents.contracts import Scorecard
from agents.critique.copying import copies
from agents.critique.filter import WordFilter
from memory.records import Excerpt


class Sources(Protocol):
    """The part of `memory.works.Memory` that is asked."""

    def near(self, text: str) -> list[Excerpt]:
        """Parts of works and references that may share a run of words with the text."""


class Checks:
    """Looks a text up in memory and in the word filter."""

    def __init__(self, sources: Sources, *, word_filter: bool) -> None:
        self._sources = sources
        self._words = WordFilter() if word_filter else None

    def add(self, card: Scorecard, text: str, *, quoting: bool = False) -> Scorecard:
        """Return the card with `copied`, `shared` and `flagged` filled. Raises memory.errors.StoreUnusable.

        `quoting`: the writer asked for a quotation, so that runs from memory are no copies.
        """
        flagged = self._words.flagged(text) if self._words else ()
        if quoting:
            return replace(card, flagged=flagged)
        found = copies(text, self._sources.near(text))
        return replace(card, copied=found.found, shared=found.below, flagged=flagged)
