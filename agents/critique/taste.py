"""What a writer's choices say about the weights of `overall`. Pure and deterministic.

A choice is one text taken before others. The odds that the writer prefers one of two texts grow with the difference of
their weighted scores (Bradley and Terry 1952; with scores as features, McFadden's conditional logit), and the weights
have a Gaussian prior around the shipped ones. What is returned is the most probable weighting, by Newton's method.

The prior is strong on purpose: SPREAD = 0.063, and a difference counts for at most CLIP = 3 points, so that a single
choice moves no weight by 0.02, while forty that agree move one by 0.08 or more, and forty at chance by 0.02. The tests
simulate all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.contracts import Scorecard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPREAD = 0.063
"""Standard deviation of the prior on each weight."""
CLIP = 3.0
"""Most points that a difference of two scores counts for."""
LEAST = 0.05
"""No quality ever counts for less; one that is shipped with less may stay where it is."""
STEPS = 30
"""Most Newton steps; the likelihood is concave and they end after five or so."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision of the writer: every `better` was preferred to every `worse`."""

    better: tuple[Mapping[str, float], ...]
    """Scores of each text by quality, 0-10; a quality that was not measured is absent."""
    worse: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True)
class Taste:
    """The weights that fit a writer."""

    weights: Mapping[str, float]
    """Sum 1, each at least LEAST or the shipped one; the same qualities as `shipped`."""
    shipped: Mapping[str, float]
    choices: int
    """How many decisions were learnt from."""

    @property
    def moved(self) -> tuple[tuple[str, float], ...]:
        """Quality and by how much its weight differs from the shipped one, largest first."""
        changes = ((name, self.weights[name] - self.shipped[name]) for name in self.shipped)
        return tuple(sorted(changes, key=lambda change: (-abs(change[1]), change[0])))


def scores(card: Scorecard, names: Iterable[str]) -> dict[str, float]:
    """The measured qualities of a card among `names`; none of a text that was not scored."""
    if card.note.startswith("not scored"):
        return {}
    found = {name: getattr(card, name, None) for name in names}
    return {name: score.value for name, score in found.items() if score is not None}


def learn(choices: Sequence[Choice], shipped: Mapping[str, float]) -> Taste:
    """Return the weights that `choices` and the prior around `shipped` make most probable.

    Args:
        choices: in any order; those without two scored texts count for nothing.
        shipped: weights by quality, none negative; they are scaled to sum 1. A quality of weight 0 can be learnt.

    A quality that one text of a pair lacks says nothing in that pair. A choice among many texts weighs as much as one
    between two.
    """
    names = tuple(sorted(shipped))
    whole = sum(shipped.values())
    start = {name: shipped[name] / whole for name in shipped}
    pairs = [pair for choice in choices if (pair := _pairs(choice, names))]
    if not pairs:
        return Taste(dict(start), start, 0)
    import numpy as np

    rows = np.array([row for pair in pairs for row in pair], dtype=np.float64)
    shares = np.array([1 / len(pair) for pair in pairs for _ in pair], dtype=np.float64)
    origin = np.array([start[name] for name in names], dtype=np.float64)
    found = _bounded(_most_probable(rows, shares, origin), np.minimum(origin, LEAST))
    return Taste({name: float(found[names.index(name)]) for name in shipped}, start, len(pairs))


def _pairs(choice: Choice, names: Sequence[str]) -> list[list[float]]:
    """Differences of every better and worse text, a row of one number a quality."""
    rows = []
    for better in choice.better:
        for worse in choice.worse:
            both = [name in better and name in worse for name in names]
            if any(both):
                gaps = [better[n] - worse[n] if here else 0.0 for n, here in zip(names, both, strict=True)]
                rows.append([max(-CLIP, min(CLIP, gap)) for gap in gaps])
    return rows


def _most_probable(
    rows: NDArray[np.float64], shares: NDArray[np.float64], origin: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mode of the posterior on the plane where the weights sum to 1.

    Args:
        rows: shape (pairs, qualities), better minus worse.
        shares: shape (pairs,), the part of a choice that each pair is.
        origin: shape (qualities,), the mode of the prior.
    """
    import numpy as np

    count = len(origin)
    # On the plane of sum 1 only what differs between qualities can move: an orthonormal basis of it.
    basis = np.linalg.qr(np.column_stack([np.ones(count), np.eye(count)[:, : count - 1]]))[0][:, 1:]
    seen, base = rows @ basis, rows @ origin
    at = np.zeros(count - 1)
    for _ in range(STEPS):
        doubt = 1 / (1 + np.exp(base + seen @ at))
        slope = seen.T @ (shares * doubt) - at / SPREAD**2
        bend = (seen * (shares * doubt * (1 - doubt))[:, None]).T @ seen + np.eye(count - 1) / SPREAD**2
        step = np.linalg.solve(bend, slope)
        at = at + step
        if np.abs(step).max(initial=0.0) < 1e-10:
            break
    return np.asarray(origin + basis @ at, dtype=np.float64)


def _bounded(weights: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest weights of sum 1 that are at least `least` (projection on the simplex, Duchi et al. 2008)."""
    import numpy as np

    room = 1 - least.sum()
    above = weights - least
    ordered = np.sort(above)[::-1]
    sums = np.cumsum(ordered) - room
    last = np.nonzero(ordered - sums / np.arange(1, len(weights) + 1) > 0)[0][-1]
    return np.asarray(np.maximum(above - sums[last] / (last + 1), 0.0) + least, dtype=np.float64)
