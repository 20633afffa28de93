"""From many ideas to a few: near-duplicates and strays out, then a choice between worth and distance.

Two ideas are the same when the trained head says so (English, with the models of its training), else by cosine. An
embedder of English knows nothing of Chinese characters, so there characters and pairs of them count three quarters.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from agents.contracts import Brief, Embedder
from agents.critique.theme import theme_words
from agents.idea_lines import new_words
from agents.ideas import Idea
from agents.promise import promise
from agents.spans import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agents.idea_judge import IdeaJudge

SAME = 0.86
"""Cosine from which two ideas count as one where the head cannot be asked."""
SAME_ZH = 0.6
"""The same for Chinese, whose vectors are mostly characters."""
RESTATES = 0.86
"""Cosine to the theme from which an idea is the theme."""
LIKELY = 0.86
"""Chance from which on two ideas are the same: the one that decides people's short pairs best. The head was fitted
to longer texts: of pairs of 25 to 220 characters that people told apart it gives 47 in 100 more than .5."""
FLOOR = 0.16
"""Least cosine to the theme, by the embedder of the heads: a fifth of people's stories have less to their prompts."""
FLOOR_ZH = 0.1
"""The same for Chinese: less has no character of the theme."""
ENOUGH = 0.5
"""Cosine beyond which an idea is near because it says the theme over again, and is worth less the nearer it comes."""
NEWS = 0.03
"""Worth of one word that the theme does not have, in cosine."""
PROMISE = 0.15
"""Worth of one point of promise, in cosine."""
BALANCE = 0.6
"""MMR: share of worth against distance."""
CHARACTERS = 0.75
"""Share of characters in the likeness of Chinese ideas."""
PLACES = 1024
"""Length of a hashed vector of characters."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """An idea that may be shown."""

    idea: Idea
    row: NDArray[np.float32]
    """Its unit vector."""
    fit: float
    """Likeness to the theme, about 0 to 1."""
    worth: float
    """What it is worth to be chosen, in cosine; only differences count."""


class Sieve:
    """Judges ideas of one brief. Holds no state between calls."""

    def __init__(self, embedder: Embedder, judge: IdeaJudge | None = None) -> None:
        self._embedder = embedder
        self._judge = judge

    def sift(
        self, ideas: Sequence[Idea], brief: Brief, taken: Sequence[str] = (), share: float = 1.0, *,
        promising: bool = True,
    ) -> list[Sifted]:  # fmt: skip
        """The ideas that differ from each other, from the theme and from `taken`; the best above the floor first.

        `share`: how much of the least likeness to the theme is asked for. In English that is a figure of the heads'
        embedder, and not asked of another one. One idea that differs is left in any case. `promising`: whether the
        model reads them to tell which promise most, where that can be told (`can_tell`).
        """
        if not ideas:
            return []
        theme = brief.theme or brief.request
        rows = self.vectors([theme, *taken, *(idea.text for idea in ideas)], brief.language)
        given = len(taken) + 1
        texts = [idea.text for idea in ideas]
        fits = [self._fit(text, rows[given + at], rows[0], brief) for at, text in enumerate(texts)]
        worth = self._worth(texts, fits, brief, promising=promising)
        order = [
            Sifted(ideas[at], rows[given + at], fits[at], worth[at])
            for at in sorted(range(len(ideas)), key=lambda at: -worth[at])
        ]
        floor, alike = share * self._floor(brief), self._comparing(brief)
        near = [one for one in order if one.fit >= floor]
        kept: list[Sifted] = []
        before = list(zip(taken, rows[1:given], strict=True))
        for one in (*near, *(one for one in order if one.fit < floor)):
            if (kept and one.fit < floor) or float(one.row @ rows[0]) >= RESTATES:
                continue
            if not any(alike(one.idea.text, other, one.row, row) for other, row in before):
                kept.append(one)
                before.append((one.idea.text, one.row))
        return kept

    def choose(self, found: Sequence[Sifted], brief: Brief, count: int) -> list[Idea]:
        """At most `count` of what `sift` left, best first, with their fit and novelty (0-10)."""
        import numpy as np

        if not found:
            return []
        rows = np.stack([one.row for one in found])
        places = _best_and_far([one.worth for one in found], self._likeness(found, rows, brief), count)
        texts = [found[at].idea.text for at in places]
        original = self._judge.original(brief.theme, texts) if self._judge and brief.language == "en" else None
        chosen = []
        for place, at in enumerate(places):
            near = max((float(rows[at] @ rows[other]) for other in range(len(rows)) if other != at), default=0.0)
            points = original[place] if original is not None else None
            chosen.append(
                replace(
                    found[at].idea, fit=_ten(found[at].fit, 0.0, 0.8), novelty=_novelty(near, points), original=points
                )
            )
        return chosen

    def can_tell(self, brief: Brief) -> bool:
        """Whether it knows which ideas promise most: then more than a few to choose from are worth their time."""
        return self._judge is not None and bool(brief.theme) and self._judge.holds(brief.language)

    def _worth(self, texts: Sequence[str], fits: Sequence[float], brief: Brief, *, promising: bool) -> list[float]:
        read = self._judge.read(brief.theme, texts) if self._judge and promising and self.can_tell(brief) else None
        if read is None:
            return [_near(fit) + NEWS * new_words(text, brief.theme) for text, fit in zip(texts, fits, strict=True)]
        return [PROMISE * promise(fit, *one) for fit, one in zip(fits, read, strict=True)]

    def _likeness(self, found: Sequence[Sifted], rows: NDArray[np.float32], brief: Brief) -> NDArray[np.float32]:
        """(n, n): chances of the head that two say the same, else their cosines."""
        cosines: NDArray[np.float32] = rows @ rows.T
        if self._judge is None or not self._judge.holds(brief.language):
            return cosines
        compare = self._judge.comparing(brief.theme)
        chances = cosines.copy()
        for a, one in enumerate(found):
            for b, other in enumerate(found[:a]):
                chances[a, b] = chances[b, a] = compare(one.idea.text, other.idea.text, one.row, other.row)
        return chances

    def vectors(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """Unit vectors (n, d): of the embedder, with those of characters beside them for Chinese."""
        import numpy as np

        rows = self._embedder.embed(texts)
        if language != "zh":
            return rows
        both = np.hstack([(1 - CHARACTERS) ** 0.5 * rows, CHARACTERS**0.5 * _characters(texts)])
        joined: NDArray[np.float32] = both.astype(np.float32)
        return joined

    def _fit(self, text: str, row: NDArray[np.float32], theme: NDArray[np.float32], brief: Brief) -> float:
        if brief.language != "zh" or not brief.theme:
            return float(row @ theme)
        return CHARACTERS * theme_words(brief.theme, text)[0] + (1 - CHARACTERS) * float(row @ theme)

    def _floor(self, brief: Brief) -> float:
        if brief.language == "zh":
            return FLOOR_ZH if brief.theme else 0.0
        return FLOOR if self._judge is not None and self._judge.holds(brief.language) else -1.0

    def _comparing(self, brief: Brief) -> Callable[[str, str, NDArray[np.float32], NDArray[np.float32]], bool]:
        if self._judge is not None and self._judge.holds(brief.language):
            compare = self._judge.comparing(brief.theme)
            return lambda one, other, a, b: compare(one, other, a, b) >= LIKELY
        limit = SAME_ZH if brief.language == "zh" else SAME
        return lambda one, other, a, b: float(a @ b) >= limit


def _characters(texts: Sequence[str]) -> NDArray[np.float32]:
    """Hashed counts of tokens and pairs of them, each row of norm 1."""
    import numpy as np

    rows = np.full((len(texts), PLACES), 1e-6, dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        found = words(text)
        for gram in (*found, *map("".join, pairwise(found))):
            row[zlib.crc32(gram.encode()) % PLACES] += 1
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _best_and_far(worth: Sequence[float], likeness: NDArray[np.float32], count: int) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): best first, at most `count`."""
    left = list(range(len(worth)))
    chosen: list[int] = []

    def gain(at: int) -> float:
        near = max((float(likeness[at, other]) for other in chosen), default=0.0)
        return BALANCE * worth[at] - (1 - BALANCE) * near

    while left and len(chosen) < count:
        best = max(left, key=gain)
        chosen.append(best)
        left.remove(best)
    return chosen


def _near(fit: float) -> float:
    """What standing near to the theme is worth: most at ENOUGH."""
    return min(fit, 2 * ENOUGH - fit)


def _novelty(near: float, original: float | None) -> float:
    apart = _ten(1 - near, 0.0, 0.9)
    return apart if original is None else round((apart + _ten(original, 1.0, 5.0)) / 2, 2)


def _ten(value: float, low: float, high: float) -> float:
    return round(10 * min(1.0, max(0.0, (value - low) / (high - low))), 2)
