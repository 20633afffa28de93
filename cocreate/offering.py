"""Which texts of a turn stand first: a choice between score and distance. The rest stand behind them, all of them.

Pure: cards and vectors in, places out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.contracts import Scorecard
from agents.similarity import mmr
from cocreate.state import rank

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BALANCE = 0.7
"""Share of the overall (in tenths) against the cosine to what is chosen already."""
BEHIND = 10.0
"""More than any overall or distance can make up for."""


def choose(cards: Sequence[Scorecard], vectors: NDArray[np.float32], first: int, count: int) -> list[int]:
    """Return at most `count` rows, best first: high scores that are not near each other (MMR).

    Whatever scores below row `first`, the draft that one sample would have given, is chosen only when all that do not
    are; so nothing that scores below it ever stands above it. A text that copies from memory stands behind all others.

    Args:
        cards: one a text.
        vectors: (n, d) rows of norm 1.
        first: row of the first draft.
        count: places.
    """
    least = rank(cards[first])
    relevance = [card.overall / 10 - BEHIND * bool(card.copied) - BEHIND * (rank(card) < least) for card in cards]
    return sorted(mmr(relevance, vectors, count, BALANCE), key=lambda row: rank(cards[row]), reverse=True)
