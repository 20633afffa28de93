"""What a language model notices while it reads a text once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.contracts import TokenScores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, read once. T is its number of tokens."""

    offsets: NDArray[np.int64]
    """(T, 2), character span [start, end) of each token in the text."""
    logprobs: NDArray[np.float64]
    """(T,), natural log-probability of each token given those before it."""
    entropies: NDArray[np.float64]
    """(T,), entropy in nats of the model's expectation at each token."""
    ranks: NDArray[np.float64]
    """(T,), log(1 + rank) of the token among all tokens; 0 is the likeliest."""
    states: NDArray[np.float64]
    """(L, d), mean hidden state over the text's tokens, of the layers the reader keeps."""


class Reader(Protocol):
    """Anything that can read texts in this way."""

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        """Read each text, after `before` (which is context and is not measured)."""


class ReadingScorer(Protocol):
    """A scorer that reads too."""

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """As Scorer.score."""

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        """As Reader.read."""


def beginning(reading: Reading, most: int) -> Reading:
    """The first `most` tokens of a reading; its states stay as they are."""
    cut = slice(0, most)
    return Reading(
        reading.offsets[cut], reading.logprobs[cut], reading.entropies[cut], reading.ranks[cut], reading.states
    )
