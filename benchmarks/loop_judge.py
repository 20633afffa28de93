"""The second judge: which of two texts is better, learned apart from the product's critic.

The critic's opinion of a paragraph comes from counts and character n-grams; what it chose is judged here by states of
the language model alone (`loop_features`), fitted to paragraphs the critic has not seen: `paragraph_quality.jsonl` is
cut in two halves by a hash, near-identical paragraphs on one side. The judge has half B, and broken texts of its own
(`loop_spoilt`); `critic_on_half_a` fits the critic's head anew on half A. Length is taken out of every number by
regression, so that a text is not better because it is shorter or longer.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import critic_fits as fits
import critic_sets as sets
import numpy as np
from loop_features import Views
from loop_spoilt import Lessons, lessons

from agents.critique.features.counts import counts
from agents.critique.features.ngrams import hashed
from agents.critique.heads import judge as heads_in_use
from agents.critique.heads import store

LAYERS: dict[str, tuple[int, ...]] = {"means": (1, 2, 3, 4)}
WHOLE: tuple[str, ...] = ()
"""Parts of what was read that count, and of the states which depths: layers 12, 18, 24 and 29. Spreads, surprise and
the sentence vector were no better by folds over the lessons, nor was one layer."""
LIMIT = 4.0
"""Standard deviations beyond which a number counts no further."""
PENALTY = 0.5
"""Of the ridge, in the middle of a flat stretch (0.3 to 1) by folds over the lessons."""
BETWEEN = 0.2
"""Share of what differs between paragraphs, beside what differs between the versions of one paragraph."""
LENGTHS = (60.0, 400.0)
"""Words of the texts of the lessons; what length says of a number is not carried beyond them."""
RUN, SHARED = 5, 4
"""Texts that share so many runs of so many words are versions of one text."""


# --- halves --------------------------------------------------------------------------------------------------


def versions(texts: Sequence[str]) -> np.ndarray:
    """A number for each text, the same for texts that share SHARED runs of RUN words."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        words = text.lower().split()
        for gram in set(zip(*(words[k:] for k in range(RUN)), strict=False)):
            holders[gram].append(at)
    shared = Counter((found[0], other) for found in holders.values() for other in found[1:])
    parent = list(range(len(texts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for (one, other), times in shared.items():
        if times >= SHARED:
            parent[root(one)] = root(other)
    return np.array([root(at) for at in range(len(texts))])


def half_b(texts: Sequence[str], groups: np.ndarray) -> np.ndarray:
    """(n,) of bool: whether a text is the judge's. Half A, the rest, is the critic's."""
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    least: dict[int, str] = {}
    for digest, group in zip(digests, groups, strict=True):
        least[group] = min(digest, least.get(group, digest))
    return np.array([int(least[group], 16) % 2 == 1 for group in groups])


# --- the head ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Head:
    """Standardise, clip, take the length out, weigh."""

    mean: np.ndarray
    scale: np.ndarray
    """(k,) each; `scale` holds the size of the part a number is from, too."""
    length: np.ndarray
    """(3, k): what 1, log words and its square say of each number."""
    weights: np.ndarray
    """(k,)."""
    spread: float
    """Differences of two scores are divided by this before they become a chance."""

    def predict(self, rows: np.ndarray, words: np.ndarray) -> np.ndarray:
        """(n, k) numbers and (n,) words of each text to (n,) scores."""
        inside = np.clip((rows - self.mean) / self.scale, -LIMIT, LIMIT)
        return np.asarray((inside - _design(words) @ self.length) @ self.weights)


def fit(
    rows: np.ndarray, words: np.ndarray, target: np.ndarray, groups: np.ndarray, sizes: np.ndarray,
    penalty: float = PENALTY, between: float = BETWEEN,
) -> Head:  # fmt: skip
    """Ridge on what is left of numbers and quality when length is taken out, and most of what all versions of one
    paragraph share: the judge has to tell good from bad of one kind, not one subject from another.

    `sizes`: (k,), how many numbers the part of each number has; parts weigh the same.
    """
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inside = np.clip((rows - mean) / scale, -LIMIT, LIMIT) / np.sqrt(sizes)
    design = _design(words)
    length = np.linalg.lstsq(design, inside, rcond=None)[0]
    left = inside - design @ length
    wanted = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    rows_in, wanted_in = left - (1 - between) * _shared(left, groups), wanted - (1 - between) * _shared(wanted, groups)
    weights = rows_in.T @ np.linalg.solve(rows_in @ rows_in.T + penalty * np.eye(len(rows_in)), wanted_in)
    root = np.sqrt(sizes)
    return Head(mean, scale, length * root, weights / root, float((left @ weights).std()))


def _design(words: np.ndarray) -> np.ndarray:
    logs = np.log(np.clip(words, *LENGTHS)) - math.log(150)
    return np.c_[np.ones(len(logs)), logs, logs * logs]


def _shared(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Each row's mean over its group."""
    found = np.empty_like(values)
    for group in np.unique(groups):
        found[groups == group] = values[groups == group].mean(axis=0)
    return found


@dataclass(frozen=True)
class SecondJudge:
    """The head and what reads for it."""

    views: Views
    head: Head

    def score(self, texts: Sequence[str]) -> np.ndarray:
        """(n,), higher is better; only differences mean something."""
        return self.head.predict(_matrix(self.views.of(texts)), _words(texts))

    def prefers(self, one: str, other: str) -> float:
        """How sure it is that `one` is better, 0 to 1; 0.5 is undecided."""
        a, b = self.score([one, other])
        return float(1 / (1 + np.exp(-(a - b) / self.head.spread)))


def _words(texts: Sequence[str]) -> np.ndarray:
    return np.array([float(len(text.split())) for text in texts])


def _matrix(found: dict[str, np.ndarray]) -> np.ndarray:
    """(n, k) of the parts that are used, side by side."""
    states = [found[part][:, list(at)].reshape(len(found[part]), -1) for part, at in LAYERS.items()]
    return np.hstack([*states, *(found[part] for part in WHOLE)])


def _sizes(found: dict[str, np.ndarray]) -> np.ndarray:
    """(k,), how many numbers each number's part has."""
    each = [len(layers) * found[part].shape[2] for part, layers in LAYERS.items()]
    each += [found[part].shape[1] for part in WHOLE]
    return np.repeat(np.array(each, dtype=float), each)


def lessons_of(source: sets.Source) -> Lessons:
    """The paragraphs of half B and broken texts."""
    rows = source.rows("paragraph_quality")
    texts = [row["text"] for row in rows]
    groups = versions(texts)
    mine = np.flatnonzero(half_b(texts, groups))
    quality = np.array([rows[at]["quality"] for at in mine])
    return lessons(source, [texts[at] for at in mine], groups[mine], quality)


def second_judge(source: sets.Source, views: Views, folder: Path) -> SecondJudge:
    """The judge fitted to half B and to broken texts (`loop_spoilt`), kept in `folder`."""
    path = folder / "judge.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as kept:
            return SecondJudge(views, Head(*(kept[name] for name in NAMES[:-1]), float(kept["spread"])))
    learnt = lessons_of(source)
    found = views.of(learnt.texts)
    head = fit(_matrix(found), _words(learnt.texts), learnt.target, learnt.groups, _sizes(found))
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{name: getattr(head, name) for name in NAMES})
    return SecondJudge(views, head)


NAMES = ("mean", "scale", "length", "weights", "spread")


# --- the critic, fitted to the other half --------------------------------------------------------------------


@contextmanager
def critic_on_half_a(source: sets.Source) -> Iterator[None]:
    """Inside, every `Critic` of this process judges paragraphs by a head fitted to half A alone."""
    rows = source.rows("paragraph_quality")
    texts = [row["text"] for row in rows]
    keep = np.flatnonzero(~half_b(texts, versions(texts)))
    numbers = sets.table(counts(texts[at]) for at in keep)
    grams = np.array([hashed(texts[at], sets.PLACES) for at in keep])
    quality = np.array([rows[at]["quality"] for at in keep])
    head = fits.fit_quality(numbers["rows"], grams, quality, fits.names(numbers))
    packed = store.pack_linear("counts", head.counts)
    packed |= {"rarity": head.rarity.astype(np.float16), "grams": head.weights.astype(np.float16)}
    shipped = heads_in_use.load
    heads_in_use.load = lambda name: packed if name == "quality" else shipped(name)  # type: ignore[assignment]
    try:
        yield
    finally:
        heads_in_use.load = shipped
