"""How much of what was asked for a text speaks of: meaning by embeddings, words by their rarity."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.words import EMPTY, rarity, split_words, stem


def theme(asked: str, text: str, want: NDArray[np.floating], whole: NDArray[np.floating],
          parts: NDArray[np.floating]) -> dict[str, float]:  # fmt: skip
    """Numbers of one text against what was asked.

    Args:
        asked: the theme or the request.
        text: the text.
        want: (d,), unit vector of `asked`.
        whole: (d,), unit vector of `text`.
        parts: (n, d), unit vectors of its sentences or lines, in order; n is at least 1.
    """
    fits = np.asarray(parts @ want, dtype=float)
    centre = parts.mean(axis=0)
    third = max(1, len(fits) // 3)
    return {
        **_overlap(asked, text),
        "best": float(fits.max()),
        "mean": float(fits.mean()),
        "best_3": float(np.sort(fits)[-3:].mean()),
        "whole": float(whole @ want),
        "centre": float(centre @ want) / (float(np.linalg.norm(centre)) or 1.0),
        "begin": float(fits[:third].max()),
        "end": float(fits[-third:].max()),
        "weakest_third": float(min(part.max() for part in np.array_split(fits, 3) if len(part))),
        "low": float(np.quantile(fits, 0.25)),
    }


def _overlap(asked: str, text: str) -> dict[str, float]:
    wanted = {stem(word) for word in split_words(asked) if word not in EMPTY}
    said = [stem(word) for word in split_words(text) if word not in EMPTY]
    both = wanted & set(said)
    hits = [word for word in said if word in wanted]
    return {
        "recalled": sum(map(rarity, both)) / (sum(map(rarity, wanted)) + 1),
        "recalled_plain": len(both) / (len(wanted) + 1),
        "hits": math.log1p(len(hits)),
        "hits_rare": sum(map(rarity, hits)) / max(1, len(said)),
        "rarest": max(map(rarity, both), default=0.0),
        "missing": sum(map(rarity, wanted - both)),
    }
