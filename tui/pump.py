"""Events from the client's thread to the screen's loop: one deque, drained about twelve times a second."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

from cocreate.events import Event

INTERVAL = 0.08
"""Seconds between two drains: fast enough to read along, slow enough to leave the loop to the keyboard."""
QUIET = 0.05
"""Seconds after a key in which nothing is drained, so that the letter is painted first."""
LONGEST = 0.2
"""Seconds that typing may hold events back."""


class EventPump:
    """Collects events and hands them over in batches. Idle, it costs nothing: there is no ticking timer."""

    def __init__(self, on_batch: Callable[[list[Event]], None], interval: float = INTERVAL) -> None:
        self._on_batch = on_batch
        self._interval = interval
        self._queue: deque[Event] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._called = False
        """Whether the loop has been asked to look, and has not looked yet."""
        self._drained_at = 0.0
        self._quiet_until = 0.0
        self._closed = False

    def open(self) -> None:
        """Bind to the running loop. Called on the screen's loop."""
        self._loop = asyncio.get_running_loop()
        if self._queue:
            self._loop.call_soon(self._arrived)

    def put(self, event: Event) -> None:
        """Take one event. Called from any thread."""
        self._queue.append(event)
        # Not "when the queue was empty": the loop may empty it between that look and the append, and nobody is called.
        if not self._called and self._loop is not None and not self._closed:
            self._called = True
            try:
                self._loop.call_soon_threadsafe(self._arrived)
            except RuntimeError:  # the loop is closing: nobody is left to show it to
                self._closed = True

    def key_pressed(self) -> None:
        """Let the keyboard go first for a moment."""
        self._quiet_until = monotonic() + QUIET

    def close(self) -> None:
        """Stop handing over."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _arrived(self) -> None:
        self._called = False
        if self._timer is not None or self._closed or self._loop is None:
            return
        self._drain_in_time()

    def _drain_in_time(self) -> None:
        self._timer = None
        now = monotonic()
        due = max(self._drained_at + self._interval, min(self._quiet_until, self._drained_at + LONGEST))
        if due <= now or self._loop is None:
            self.drain()
        else:
            self._timer = self._loop.call_later(due - now, self._drain_in_time)

    def drain(self) -> None:
        """Hand over everything that has come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._drained_at = monotonic()
        batch: list[Event] = []
        while self._queue:
            batch.append(self._queue.popleft())
        if batch and not self._closed:
            self._on_batch(batch)
