"""Commands about what memory recalls: search, pin, exclude and correct passages, and forget works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cocreate import commands as c
from cocreate import events as e
from cocreate.forgetting import scrub_scorecards
from cocreate.resources import Resources
from memory.database import Database
from memory.records import Filters, Work
from memory.sanitise import sanitise
from memory.works import Memory

LONGEST_CORRECTION = 4_000
"""Characters of a passage in the writer's own wording."""
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")

ForgetVoices = Callable[[str, str], tuple[str, ...]]
"""Given id and title of a work: take it out of the lists of all voices, return the names of those tuned on it."""


class RecallDesk:
    """Handlers of SearchWorks, MarkPassage and RemoveWork."""

    def __init__(self, memory: Memory, database: Database, resources: Resources, forget_voices: ForgetVoices) -> None:
        """`forget_voices` is called inside the transaction that removes a work."""
        self._memory = memory
        self._database = database
        self._resources = resources
        self._forget_voices = forget_voices

    def handlers(self) -> dict[type, Callable[..., Iterator[e.Event]]]:
        """By command."""
        return {c.SearchWorks: self._search, c.MarkPassage: self._mark, c.RemoveWork: self._remove}

    def _search(self, command: c.SearchWorks) -> Iterator[e.Event]:
        filters = command.filters or Filters()
        for date in (filters.since, filters.until):
            if date and not _DATE.fullmatch(date):
                yield e.CommandRefused(
                    f"“{sanitise(date)[:40]}” is not a date.", "Write it as 2024, 2024-05 or 2024-05-31.", "SearchWorks"
                )
                return
        yield from self._resources.prepare(embedder=True)
        yield e.PassagesFound(command.query, tuple(self._memory.search(command.query, command.count, filters)))

    def _mark(self, command: c.MarkPassage) -> Iterator[e.Event]:
        text = sanitise(command.text).strip()
        if command.mark == "corrected" and not text:
            yield e.CommandRefused(
                "The corrected passage is empty.", "Exclude the passage to have it used no more.", "MarkPassage"
            )
            return
        if len(text) > LONGEST_CORRECTION:
            yield e.CommandRefused(
                f"A corrected passage can have up to {LONGEST_CORRECTION:,} characters; this one has {len(text):,}.",
                "Shorten it, or change the work's file and add it again.",
                "MarkPassage",
            )
            return
        self._memory.mark(command.passage_id, command.mark, command.piece_id, text)
        yield e.PassageMarked(command.passage_id, command.mark, command.piece_id)

    def _remove(self, command: c.RemoveWork) -> Iterator[e.Event]:
        voices: list[str] = []

        def also(work: Work) -> None:
            scrub_scorecards(self._database, work)
            voices.extend(self._forget_voices(work.id, work.title))

        try:
            work = self._memory.remove(command.work_id, also)
        finally:
            # Also where the bytes could not be overwritten yet: the work is forgotten by then.
            if voices:
                yield e.Noticed(
                    f"Voices that were tuned on it still know it: {', '.join(voices)}.",
                    f"Tune again without it: cocreate tune voice {voices[0]}",
                )
        yield e.WorkRemoved(work.id, work.title, work.reference)
