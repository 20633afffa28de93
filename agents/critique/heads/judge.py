"""The heads, ready to use: a text and what models read in it to a number, by weights of the package.

English only: a text in another language must not be given to them. Results are rounded to three decimals, so that the
last bits of a model's arithmetic do not show.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.counts import counts
from agents.critique.features.damage import damage
from agents.critique.features.ideas import idea
from agents.critique.features.ngrams import hashed
from agents.critique.features.pairs import Side, pair
from agents.critique.features.reading import Reading
from agents.critique.features.surprise import surprise
from agents.critique.features.theme import theme
from agents.critique.heads.store import kernel, linear, load

DIGITS = 3
SPOILT = ("repeat", "shuffle", "swap_names", "negate", "cut")
MOST_ODDS = 8.0
"""Log-odds of one kind of damage beyond which it is no surer."""
KERNEL_SHARE = 0.65
LOOSE, POLISHED = 0.3, 0.7
"""Chances of being a polished paragraph below and above which there is no doubt."""


def style_numbers(text: str, reading: Reading) -> dict[str, float]:
    """Counts and surprise of a text: what the fluency and enjoyment heads look at."""
    return {**counts(text), **{f"lm_{name}": value for name, value in surprise(text, reading).items()}}


def fluent(numbers: Mapping[str, float]) -> float:
    """How fluent readers would find a story, about 0 to 1 of the rated stories. `numbers`: of `style_numbers`."""
    return round(linear(load("stories"), "fluent").predict_one(numbers), DIGITS)


def enjoyed(numbers: Mapping[str, float]) -> float:
    """How readers would enjoy a story, about 0 to 1 of the rated stories."""
    return round(linear(load("stories"), "enjoy").predict_one(numbers), DIGITS)


def enjoyed_shares(numbers: Mapping[str, float]) -> list[tuple[str, float]]:
    """What each number adds to `enjoyed`, largest first."""
    return linear(load("stories"), "enjoy").shares(numbers)


def relevant(numbers: Mapping[str, float], asked: str, text: str, want: NDArray[np.floating],
             whole: NDArray[np.floating], parts: NDArray[np.floating]) -> float:  # fmt: skip
    """How well a story fits what was asked, about 0 to 1 of the rated stories. Vectors as in `features.theme.theme`."""
    every = {**numbers, **theme(asked, text, want, whole, parts)}
    return round(linear(load("stories"), "relevant").predict_one(every), DIGITS)


def quality(text: str) -> float:
    """Quality of a paragraph as professional writers gave it, about 0 to 10. Fitted to 50 to 400 words."""
    arrays = load("quality")
    row = hashed(text, len(arrays["rarity"]))
    found = np.flatnonzero(row)  # about a tenth of all places
    weighed = row[found] * arrays["rarity"][found].astype(np.float64)
    length = float(np.sqrt((weighed * weighed).sum())) or 1.0
    grams = float((weighed * arrays["grams"][found].astype(np.float64)).sum()) / length
    return round(linear(arrays, "counts").predict_one(counts(text)) + grams, DIGITS)


def polish(numbers: Mapping[str, float]) -> float:
    """0 for a loose story, 1 for a polished paragraph, between them in doubt. `numbers`: of `counts` at least."""
    odds = linear(load("gate"), "gate").predict_one(numbers)
    chance = 1 / (1 + np.exp(-odds))
    return round(float(np.clip((chance - LOOSE) / (POLISHED - LOOSE), 0, 1)), DIGITS)


def damaged(text: str, reading: Reading, whole: str = "") -> tuple[float, dict[str, float]]:
    """How damaged a text looks, and how much it looks repeated, shuffled, and so on: log-odds.

    Of all together it is the log of the sum of the odds: one clear sign weighs more than five faint ones. About 0 for a
    whole text. `whole`: as in `features.damage.damage`.
    """
    arrays = load("damage")
    numbers = damage(text, reading, whole)
    each = {how: max(-MOST_ODDS, min(MOST_ODDS, linear(arrays, how).predict_one(numbers))) for how in SPOILT}
    together = float(np.log(sum(np.exp(value) for value in each.values())))
    return round(together, DIGITS), {how: round(value, DIGITS) for how, value in each.items()}


def same(one: Side, other: Side, a: NDArray[np.floating], b: NDArray[np.floating],
         first_a: NDArray[np.floating], first_b: NDArray[np.floating]) -> float:  # fmt: skip
    """Chance that two texts for one prompt say the same. Arguments as in `features.pairs.pair`."""
    odds = linear(load("same"), "same").predict_one(pair(one, other, a, b, first_a, first_b))
    return round(float(1 / (1 + np.exp(-odds))), DIGITS)


def drafted(reading: Reading) -> float:
    """What readers of drafts would say of one beside others for its request, in points of theirs (1 to 10).

    Only the order among texts of one writer for one request was learned, and only of drafts of the default model, with
    its adapter for drafting and without.
    """
    return round(float(linear(load("drafts"), "drafted").predict(reading.states.reshape(1, -1))[0]), DIGITS)


def promised(reading: Reading) -> float:
    """What readers of ideas would say of one beside others for its theme, in points of theirs (1 to 10).

    `reading`: after `agents.promise.before`. Only the order among ideas for one theme was learned.
    """
    return round(float(linear(load("promise"), "promised").predict(reading.states.reshape(1, -1))[0]), DIGITS)


def original(thing: str, use: str, reading: Reading, vectors: NDArray[np.floating]) -> tuple[float, bool]:
    """How original people would find a use of a thing (1 to 5), and whether that thing was among the rated ones.

    Arguments as in `features.ideas.idea`. For a thing nobody rated, the order of its uses holds, the level does not.
    """
    arrays = load("ideas")
    numbers = idea(thing, use, reading, vectors)
    scalars = np.repeat([numbers[str(name)] for name in arrays["names"]], 3)
    row = np.concatenate([reading.states.ravel(), scalars])[None]
    known = thing.strip().lower() in set(map(str, arrays["things"]))
    if known:
        near = kernel(arrays, "near").predict(vectors[2:].reshape(1, -1))[0]
        value = KERNEL_SHARE * near + (1 - KERNEL_SHARE) * linear(arrays, "known").predict(row)[0]
    else:
        value = linear(arrays, "unknown").predict(row)[0]
    return round(float(np.clip(value, 1, 5)), 2), known
