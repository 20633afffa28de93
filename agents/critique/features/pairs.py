"""Do two texts say the same? Numbers of one pair, without looking at any other text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.ngrams import char_ngrams
from agents.critique.features.words import zipf

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w']+|\b\d[\d,.]*")
_STRONG = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Side:
    """One text, taken apart once."""

    words: tuple[str, ...]
    own: frozenset[str]
    """Words that the prompt does not hold."""
    rare: frozenset[str]
    names: frozenset[str]
    strong: frozenset[str]
    """Words in bold type."""
    grams: Counter[str]


def side(text: str, prompt: str) -> Side:
    """Take a text apart; what the prompt says already counts for nothing."""
    given = frozenset(_WORD.findall(prompt.lower()))
    words = tuple(_WORD.findall(text.lower()))
    own = frozenset(words) - given
    names = frozenset(name.lower() for name in _NAME.findall(text)) - given
    strong = frozenset(" ".join(_STRONG.findall(text)).lower().split())
    rare = frozenset(word for word in own if zipf(word) < 4.5 or word.isdigit())
    return Side(words, own, rare, names, strong, char_ngrams(text[:4000], 2, 4))


def pair(one: Side, other: Side, a: NDArray[np.floating], b: NDArray[np.floating],
         first_a: NDArray[np.floating], first_b: NDArray[np.floating]) -> dict[str, float]:  # fmt: skip
    """Numbers of a pair, whichever text comes first. `a`, `b`: unit vectors of the texts; then of first sentences."""
    short, long = sorted((len(one.words), len(other.words)))
    ahead = 0
    while ahead < short and one.words[ahead] == other.words[ahead]:
        ahead += 1
    return {
        "cosine": float(a @ b),
        "first": float(first_a @ first_b),
        "letters": _cosine(one.grams, other.grams),
        "words": _shared(one.own, other.own),
        "weighted": _weighted(one.own, other.own, of_smaller=False),
        "weighted_smaller": _weighted(one.own, other.own, of_smaller=True),
        "rare": _shared(one.rare, other.rare),
        "no_rare": float(not one.rare | other.rare),
        "names": _shared(one.names, other.names),
        "no_names": float(not one.names | other.names),
        "strong": _shared(one.strong, other.strong),
        "no_strong": float(not one.strong | other.strong),
        "same": float(one.words == other.words),
        "same_words": float(one.own == other.own),
        "ahead": ahead / (short + 1),
        "last": float(one.words[-1:] == other.words[-1:]),
        "lengths": math.log((long + 1) / (short + 1)),
        "short": math.log(short + 1),
        "long": math.log(long + 1),
    }


def _shared(one: Set[str], other: Set[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _weight(words: Set[str]) -> float:
    return sum(max(0.2, 7.5 - zipf(word)) for word in sorted(words))  # sorted: sums of floats depend on their order


def _weighted(one: Set[str], other: Set[str], *, of_smaller: bool) -> float:
    whole = min(_weight(one), _weight(other)) if of_smaller else _weight(one | other)
    return _weight(one & other) / (whole or 1)


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    def size(grams: Counter[str]) -> float:
        return math.sqrt(sum((1 + math.log(times)) ** 2 for times in grams.values())) or 1.0

    dot = sum((1 + math.log(times)) * (1 + math.log(other[gram])) for gram, times in one.items() if gram in other)
    return dot / (size(one) * size(other))
