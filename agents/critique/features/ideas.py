"""How unusual a use of an everyday thing is: numbers of one idea."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.reading import Reading
from agents.critique.features.words import split_words, zipf


def before(thing: str) -> str:
    """What stands before an idea when the language model reads it."""
    return f"A creative and unusual use for a {thing}:"


def wordings(thing: str, use: str) -> tuple[str, str, str, str]:
    """The four texts whose vectors `idea` takes: the thing, the use, and both together in two ways."""
    return thing, use, f"{thing}: {use}", f"A {thing} used as: {use}"


def idea(thing: str, use: str, reading: Reading, vectors: NDArray[np.floating]) -> dict[str, float]:
    """Numbers of one idea. `reading`: of " " + use after `before(thing)`; `vectors`: (4, d), unit, of `wordings`."""
    words = split_words(use)
    common = sorted(zipf(word) for word in words) or [0.0]
    logs = reading.logprobs if len(reading.logprobs) else np.array([-5.0])
    low = np.sort(logs)
    count, length = math.log1p(len(words)), math.log1p(len(use))
    numbers = {
        "words": count,
        "length": length,
        "loss": float(-logs.sum()) / 10,
        "mean": float(logs.mean()),
        "lowest": float(low[0]),
        "lowest_2": float(low[:2].mean()),
        "first": float(logs[0]),
        "last": float(logs[-1]),
        "spread": float(logs.std()),
        "zipf": sum(common) / len(common),
        "rarest": common[0],
        "rarest_2": common[min(1, len(common) - 1)],
        "names_thing": float(thing.lower() in words),
        "as_or_for": float("as" in words or "for" in words),
        "one_word": float(len(words) == 1),
        "to": float(use.lower().startswith("to ")),
        "use": float(use.lower().startswith("use")),
        "make": float("make" in words),
        "letters": sum(map(len, words)) / max(1, len(words)),
        "use_thing": float(vectors[1] @ vectors[0]),
        "both_thing": float(vectors[2] @ vectors[0]),
        "both_use": float(vectors[2] @ vectors[1]),
        "as_use": float(vectors[3] @ vectors[1]),
    }
    squares = {f"{name}_squared": numbers[name] ** 2 for name in ("words", "length", "loss", "mean")}
    return {**numbers, **squares}


def plain(use: str) -> str:
    """An idea without the white space around it."""
    return re.sub(r"\s+", " ", use).strip()
