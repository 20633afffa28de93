"""From tokens to events: sanitise, join to a steady beat, journal, then show. In that order, so that nothing
that was on the screen can be lost by a kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cocreate.desk import Desk
from cocreate.events import DraftGrew, Event
from memory.sanitise import Sanitiser

BEAT_SECONDS = 0.05
"""Pieces that come faster than this are joined; the first after a pause goes out at once."""


class DraftStream:
    """Called as agents' `Progress`: (index of the draft, next piece of text)."""

    def __init__(self, desk: Desk, emit: Callable[[Event], None], turn_id: str, take_ids: Sequence[str]) -> None:
        self._desk = desk
        self._emit = emit
        self._turn_id = turn_id
        self._take_ids = take_ids
        self._cleaners = [Sanitiser() for _ in take_ids]
        self._waiting = ["" for _ in take_ids]
        self._last = 0.0

    def __call__(self, index: int, piece: str) -> None:
        """Take the next piece of one draft."""
        self._waiting[index] += self._cleaners[index].feed(piece)
        if time.monotonic() - self._last >= BEAT_SECONDS:
            self.flush()

    def __enter__(self) -> DraftStream:
        return self

    def __exit__(self, *failure: object) -> None:
        """Also when the engine died in the middle: what it gave is kept."""
        self.flush()

    def flush(self) -> None:
        """Journal and show what waits."""
        grown = [(self._take_ids[index], text) for index, text in enumerate(self._waiting) if text]
        self._waiting = ["" for _ in self._take_ids]
        self._last = time.monotonic()
        if not grown:
            return
        self._desk.journal(grown)
        for take_id, text in grown:
            self._emit(DraftGrew(self._turn_id, take_id, text))
