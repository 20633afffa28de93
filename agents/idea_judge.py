"""What heads and model say of ideas: do two say the same, how original and how likely is one, is it whole.

Asked only where the heads hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from agents.contracts import Embedder, Scorer
from agents.critique.features.english import is_english
from agents.critique.hearing import can_read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Compare = Callable[[str, str, NDArray[np.float32], NDArray[np.float32]], float]
    """Called with two ideas and their unit vectors; gives the chance, 0 to 1, that they say the same."""

MOST_THING = 4
"""Words of a theme whose ideas' originality the head can tell: it was trained on uses of a thing."""


class Trained(Protocol):
    """Whoever knows whether scorer and embedder are the models of the training: `agents.critique.Critic`."""

    @property
    def trained(self) -> bool:
        """One short reading, asked once."""


class IdeaJudge:
    """The heads for pairs, for promise and for originality, with the models they were trained with."""

    def __init__(self, scorer: Scorer, embedder: Embedder, critic: Trained) -> None:
        self._scorer = scorer
        self._embedder = embedder
        self._critic = critic

    def holds(self, language: str) -> bool:
        """Whether the heads may be asked at all: English, read by the models of the training."""
        return language == "en" and self._critic.trained

    def comparing(self, theme: str) -> Compare:
        """A function that says how likely two ideas for this theme say the same. Only where `holds`."""
        from agents.critique.features.pairs import Side, side
        from agents.critique.heads import judge

        sides: dict[str, Side] = {}

        def compare(one: str, other: str, a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
            for text in (one, other):
                if text not in sides:
                    sides[text] = side(text, theme)
            return judge.same(sides[one], sides[other], a, b, a, b)

        return compare

    def read(self, theme: str, ideas: Sequence[str]) -> list[tuple[float, float]] | None:
        """Of each idea after its theme: mean log-probability of its tokens (nats), and what the head hears in it.

        None without a theme, where `holds` does not, and of a scorer that cannot read.
        """
        from agents.critique.heads import judge
        from agents.promise import before

        if not ideas or not theme or not self.holds("en") or not can_read(self._scorer):
            return None
        readings = self._scorer.read([f" {idea}" for idea in ideas], before(theme))
        return [(float(reading.logprobs.mean()), judge.promised(reading)) for reading in readings]

    def original(self, theme: str, ideas: Sequence[str]) -> list[float] | None:
        """How original people would find each idea, 1 to 5; None where the head cannot tell.

        The order of the ideas of one theme is what holds; for a theme that is no rated thing the level does not.
        """
        from agents.critique.features.ideas import before, plain, wordings
        from agents.critique.heads import judge

        thing = " ".join(theme.split())
        known = thing and len(thing.split()) <= MOST_THING and is_english(thing)
        if not ideas or not known or not self.holds("en") or not can_read(self._scorer):
            return None
        uses = [plain(idea) for idea in ideas]
        readings = self._scorer.read([f" {use}" for use in uses], before(thing))
        rows = self._embedder.embed([text for use in uses for text in wordings(thing, use)])
        return [
            judge.original(thing, use, reading, rows[4 * at : 4 * at + 4])[0]
            for at, (use, reading) in enumerate(zip(uses, readings, strict=True))
        ]
