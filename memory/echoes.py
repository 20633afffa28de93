"""Which works hold words of a text: the marks of all works in two sorted arrays, kept as new as the store.

For 5 million words that is a million marks, 16 bytes each. Nothing here holds words; what is found are places, and the
words around them are read from the works.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.records import Excerpt
from memory.shingles import SURE, fold, marks
from memory.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN = 400
"""Characters read on each side of a mark. A shared run goes on for at most 10 words beyond its outermost marks."""
MOST_PLACES = 64
"""Places of one work that one run of words may lead to: a refrain is not read a thousand times."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    revision: str
    works: list[str]
    hashes: NDArray[np.int64]
    """Sorted."""
    owners: NDArray[np.int32]
    """Index into `works` of each mark."""
    offsets: NDArray[np.int32]
    """Character of the work at which each mark begins."""


class Echoes:
    """Finds the places of works that share words with a text. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    def near(self, text: str) -> list[Excerpt]:
        """Return the parts of works and references around every shared run, oldest work first.

        Every run of SURE words or more that stands in both is inside one excerpt; shorter ones may be.

        Raises:
            StoreUnusable: the store cannot be read.
        """
        import numpy as np

        folded = fold(text)
        if len(folded.words) < SURE:
            return []
        loaded = self._current()
        wanted = np.unique(np.frombuffer(marks(folded)[0], dtype="<i8"))
        first = np.searchsorted(loaded.hashes, wanted, side="left")
        last = np.searchsorted(loaded.hashes, wanted, side="right")
        found: dict[int, list[int]] = {}
        for start, end in zip(first.tolist(), last.tolist(), strict=True):
            seen: dict[int, int] = {}
            for place in range(start, end):
                owner = int(loaded.owners[place])
                seen[owner] = seen.get(owner, 0) + 1
                if seen[owner] <= MOST_PLACES:
                    found.setdefault(owner, []).append(int(loaded.offsets[place]))
        spans = [(loaded.works[owner], _windows(found[owner])) for owner in sorted(found)]
        return self._store.excerpts(spans)

    def _current(self) -> _Loaded:
        with self._lock:
            revision = self._store.revision()
            if self._loaded is None or self._loaded.revision != revision:
                self._loaded = self._load(revision)
            return self._loaded

    def _load(self, revision: str) -> _Loaded:
        """Read all marks. What is written after `revision` was read makes the next call load again."""
        import numpy as np

        rows = self._store.marks()
        hashes = np.frombuffer(b"".join(row[1] for row in rows), dtype="<i8")
        offsets = np.frombuffer(b"".join(row[2] for row in rows), dtype="<i4")
        owners = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row[1]) // 8 for row in rows])
        order = np.argsort(hashes, kind="stable")
        return _Loaded(revision, [row[0] for row in rows], hashes[order], owners[order], offsets[order])


def _windows(offsets: list[int]) -> list[tuple[int, int]]:
    """Spans of MARGIN around each place, joined where they touch."""
    joined: list[tuple[int, int]] = []
    for offset in sorted(offsets):
        start, end = max(0, offset - MARGIN), offset + MARGIN
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
