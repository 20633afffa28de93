"""Which passages a search may find: ranges of ids, since a work's passages are written together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Allowed:
    """Passages of some works, as closed ranges of ids in order; they do not overlap."""

    ranges: tuple[tuple[int, int], ...]

    @cached_property
    def total(self) -> int:
        """How many passages there are."""
        return sum(last - first + 1 for first, last in self.ranges)

    @cached_property
    def _ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        import numpy as np

        table = np.array(self.ranges, dtype=np.int64).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy()

    def holds(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each id is one of them; bool of the same shape."""
        import numpy as np

        firsts, lasts = self._ends
        if not len(firsts):
            return np.zeros(ids.shape, dtype=np.bool_)
        place = np.searchsorted(firsts, ids, side="right") - 1
        inside: NDArray[np.bool_] = (place >= 0) & (ids <= lasts[place])
        return inside

    def up_to(self, last: int) -> int:
        """How many of them have an id of at most `last`."""
        return sum(min(end, last) - first + 1 for first, end in self.ranges if first <= last)

    @cached_property
    def bitmap(self) -> NDArray[np.uint8]:
        """One bit for each id from 0, lowest bit first, as faiss.IDSelectorBitmap reads it."""
        import numpy as np

        size = self.ranges[-1][1] + 1 if self.ranges else 0
        return np.packbits(self.holds(np.arange(size, dtype=np.int64)), bitorder="little")

    def sample(self, count: int) -> list[int]:
        """Ids of `count` of them (or all), in order, drawn evenly; the same each time."""
        import numpy as np

        firsts, lasts = self._ends
        before = np.concatenate([[0], np.cumsum(lasts - firsts + 1)])
        places = np.arange(0, self.total, max(1.0, self.total / max(1, count))).astype(np.int64)
        owner = np.searchsorted(before, places, side="right") - 1
        ids: list[int] = (firsts[owner] + places - before[owner]).tolist()
        return ids
