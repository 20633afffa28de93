"""Character n-grams, hashed into a fixed number of places, so that no vocabulary has to be shipped."""

from __future__ import annotations

import re
import zlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

_SPACE = re.compile(r"\s+")


def char_ngrams(text: str, shortest: int = 3, longest: int = 5) -> Counter[str]:
    """Counts of the n-grams inside words; a word stands between two spaces."""
    found: Counter[str] = Counter()
    for word, times in Counter(_SPACE.split(text.lower().strip())).items():
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            for at in range(max(1, len(padded) - size + 1)):
                found[padded[at : at + size]] += times
    return found


def hashed(text: str, places: int) -> NDArray[np.float32]:
    """(places,), 1 + log(count) of the n-grams (lengths 3 to 5) that fall on each place (CRC-32)."""
    row = np.zeros(places, dtype=np.float32)
    for gram, times in char_ngrams(text).items():
        row[zlib.crc32(gram.encode()) % places] += times
    return np.where(row > 0, 1 + np.log(np.maximum(row, 1)), 0).astype(np.float32)
