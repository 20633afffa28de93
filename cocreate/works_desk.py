"""Commands about the writer's works: add, list, show, move. Searching and forgetting are `cocreate.recall_desk`'s."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from cocreate import commands as c
from cocreate import events as e
from cocreate.resources import Resources
from memory.adding import Adding
from memory.records import AddReport
from memory.works import Memory

PROGRESS_SECONDS = 0.1
"""Least time between two `AddingProgressed`."""


class WorksDesk:
    """Handlers of the commands about works; one `AddWorks` runs at a time, beside all others."""

    def __init__(self, memory: Memory, resources: Resources, stop: threading.Event) -> None:
        """`stop` ends a running `AddWorks` between works."""
        self._memory = memory
        self._resources = resources
        self._stop = stop
        self.adding = False
        """Whether works are being added just now."""

    def handlers(self) -> dict[type, Callable[..., Iterator[e.Event]]]:
        """By command."""
        return {
            c.AddWorks: self._add,
            c.ListWorks: self._list,
            c.ShowWork: self._show,
            c.MoveWork: self._move,
        }

    def _add(self, command: c.AddWorks) -> Iterator[e.Event]:
        if not command.reference:
            yield from self._resources.prepare(embedder=True)
        adding = self._memory.adding(
            [Path(path).absolute() for path in command.paths],
            reference=command.reference,
            collection=command.collection,
            stopped=self._stop.is_set,
        )
        self.adding = True
        try:
            yield from self._told(adding)
        finally:
            self.adding = False

    def _told(self, adding: Adding) -> Iterator[e.Event]:
        began = told = time.monotonic()
        outcomes: Counter[str] = Counter()
        total = adding.count()
        yield e.AddingProgressed(0, total)
        reports = iter(adding)
        while (report := self._next(reports)) is not None:
            outcomes[report.outcome] += 1
            yield e.WorkAdded(report)
            if time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                # A folder may have grown since it was counted.
                yield e.AddingProgressed(adding.done, max(total, adding.done), adding.path)
        yield e.AddingFinished(
            added=outcomes["added"],
            known=outcomes["known"],
            changed=outcomes["changed"],
            refused=outcomes["refused"],
            seconds=time.monotonic() - began,
            stopped=adding.cut_short,
        )

    def _next(self, reports: Iterator[AddReport]) -> AddReport | None:
        """The next work read and embedded, behind whatever the writer waits for."""
        with self._resources.queue.behind():
            return next(reports, None)

    def _list(self, command: c.ListWorks) -> Iterator[e.Event]:
        yield e.WorksListed(tuple(self._memory.works()))

    def _show(self, command: c.ShowWork) -> Iterator[e.Event]:
        work, text = self._memory.work(command.work_id)
        yield e.WorkShown(work, text)

    def _move(self, command: c.MoveWork) -> Iterator[e.Event]:
        yield e.WorkMoved(self._memory.move(command.work_id, command.collection))
