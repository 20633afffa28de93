"""Cosine work on unit vectors: maximal marginal relevance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mmr(relevance: Sequence[float], vectors: NDArray[np.float32], count: int, balance: float) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): best first, at most `count` rows.

    `balance` 1 looks at relevance only, 0 at distance only.
    """
    left = list(range(len(relevance)))
    chosen: list[int] = []
    while left and len(chosen) < count:

        def gain(row: int) -> float:
            near = max((float(vectors[row] @ vectors[other]) for other in chosen), default=0.0)
            return balance * relevance[row] - (1 - balance) * near

        best = max(left, key=gain)
        chosen.append(best)
        left.remove(best)
    return chosen
