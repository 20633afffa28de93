"""One queue for all model work: two generations never fight over two cores.

Whoever wants to run a model takes a turn. Turns come by priority, then by arrival; a running turn is never cut off, so
background work takes many short ones (a few passages embedded, a few texts scored) and the writer waits for one of them
at most.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TypeGuard

from agents.contracts import Scorer, TokenScores
from agents.critique.features.reading import Reading, ReadingScorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agents.contracts import Embedder


class Priority(IntEnum):
    """Who goes first; lower is sooner."""

    WRITER = 0
    """What the writer looks at: generation, and the recall before it."""
    CRITIC = 1
    """Scores."""
    BACKGROUND = 2
    """Works being read into memory, tuning."""


@dataclass(order=True, slots=True)
class _Waiter:
    priority: int
    number: int
    called: threading.Event = field(default_factory=threading.Event, compare=False)


class ModelQueue:
    """Turns on the models of this process. A thread that has the turn may take it again inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiter] = []
        self._numbers = itertools.count()
        self._owner: int | None = None
        self._depth = 0
        self._local = threading.local()

    @contextmanager
    def turn(self, priority: Priority = Priority.WRITER) -> Iterator[None]:
        """Wait for a turn and hold it. Inside `behind()` the priority is BACKGROUND whatever is asked."""
        if getattr(self._local, "behind", False):
            priority = Priority.BACKGROUND
        owner = self._take(priority)
        try:
            yield
        finally:
            self._give(owner)

    @contextmanager
    def behind(self) -> Iterator[None]:
        """Everything this thread asks for meanwhile waits behind everybody else."""
        before = getattr(self._local, "behind", False)
        self._local.behind = True
        try:
            yield
        finally:
            self._local.behind = before

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        with self._lock:
            return len(self._waiting)

    def _take(self, priority: Priority) -> int:
        me = threading.get_ident()
        with self._lock:
            if self._owner == me or (self._owner is None and not self._waiting):
                self._owner = me
                self._depth += 1
                return me
            waiter = _Waiter(int(priority), next(self._numbers))
            heapq.heappush(self._waiting, waiter)
        waiter.called.wait()
        with self._lock:
            self._owner = me
        return me

    def _give(self, owner: int) -> None:
        """Hand the turn on. A generator may be closed by another thread than the one that ran it."""
        with self._lock:
            if self._owner != owner:
                return
            self._depth -= 1
            if self._depth:
                return
            self._owner = None
            if self._waiting:
                # The turn is given away here, under the lock, so that nobody who comes just now can slip in before.
                self._owner, self._depth = -1, 1
                heapq.heappop(self._waiting).called.set()


class QueuedScorer:
    """A scorer that waits its turn; long lists are scored in short turns."""

    TEXTS = 8
    """Texts of one turn."""

    def __init__(self, scorer: Scorer, queue: ModelQueue) -> None:
        self._scorer = scorer
        self._queue = queue

    @property
    def wrapped(self) -> Scorer:
        """The scorer itself."""
        return self._scorer

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """As Scorer.score."""
        found: list[TokenScores] = []
        for start in range(0, len(texts), self.TEXTS):
            with self._queue.turn(Priority.CRITIC):
                found += self._scorer.score(texts[start : start + self.TEXTS])
        return found


class QueuedReader(QueuedScorer):
    """A scorer that also reads for the critic's heads, and waits its turn for both."""

    def __init__(self, scorer: ReadingScorer, queue: ModelQueue) -> None:
        super().__init__(scorer, queue)
        self._reader = scorer

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        """As Reader.read."""
        found: list[Reading] = []
        for start in range(0, len(texts), self.TEXTS):
            with self._queue.turn(Priority.CRITIC):
                found += self._reader.read(texts[start : start + self.TEXTS], before)
        return found


def queued(scorer: Scorer, queue: ModelQueue) -> QueuedScorer:
    """The scorer behind the queue; it reads for the heads if the scorer does."""
    return QueuedReader(scorer, queue) if can_read(scorer) else QueuedScorer(scorer, queue)


def can_read(scorer: Scorer) -> TypeGuard[ReadingScorer]:
    """Whether it reads as the critic's heads need it (`agents.critique.features.reading.Reader`)."""
    return hasattr(scorer, "read")


class QueuedEmbedder:
    """An embedder that waits its turn; many texts are embedded in short turns, so that a writer can go in between."""

    TEXTS = 64
    """Most texts of one turn."""
    SECONDS = 0.4
    """Longest time a turn is meant to take; one that took longer makes the next half as large."""

    def __init__(self, embedder: Embedder, queue: ModelQueue, clock: Callable[[], float] = time.perf_counter) -> None:
        self._embedder = embedder
        self._queue = queue
        self._clock = clock
        self._texts = 8
        """Texts of the next turn, by how long the last ones took."""

    @property
    def name(self) -> str:
        """As Embedder.name."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """As Embedder.dimension."""
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As Embedder.embed."""
        import numpy as np

        _ = self._embedder.dimension  # loads the weights, before a turn: nobody waits for the disk
        parts, start = [], 0
        while start < len(texts):
            some = texts[start : start + self._texts]
            with self._queue.turn(Priority.WRITER):
                began = self._clock()
                parts.append(self._embedder.embed(some))
                self._learn(len(some), self._clock() - began)
            start += len(some)
        return np.concatenate(parts) if parts else self._embedder.embed(texts)

    def _learn(self, texts: int, seconds: float) -> None:
        if seconds > self.SECONDS:
            self._texts = max(1, texts // 2)
        elif texts == self._texts and seconds < self.SECONDS / 2:
            self._texts = min(self.TEXTS, 2 * texts)
