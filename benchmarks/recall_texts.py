"""Passages, paraphrased sentences and synthetic vectors for the benchmarks of recall. All seeded."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memory.passages import cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DROPPED = 0.25
"""Part of a sentence's words (characters in Chinese) that a paraphrase leaves out."""
SWAPPED = 6
"""One pair of neighbours in so many words changes places."""
_SENTENCE = re.compile(r"(?<=[.!?。！？])")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Sample:
    """One passage of a real work."""

    author: str
    title: str
    text: str


def passages_of(data: Path) -> list[Sample]:
    """Every passage of every work in the JSON-lines files of a folder, or of its folder `authors`."""
    folder = data / "authors" if (data / "authors").is_dir() else data
    found: list[Sample] = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                work = json.loads(line)
                found += [Sample(path.stem, work["title"], work["text"][a:b]) for a, b in cut(work["text"])]
    return found


def chinese(text: str) -> bool:
    """Whether a text is Chinese."""
    return bool(_CHINESE.search(text))


def sentences(text: str) -> list[str]:
    """Sentences long enough to be looked for: 10 characters in Chinese, 40 elsewhere."""
    least = 10 if chinese(text) else 40
    return [part.strip() for part in _SENTENCE.split(text) if len(part.strip()) > least]


def paraphrased(text: str, rng: random.Random) -> str:
    """A sentence of the text without a quarter of its words, and some of the others swapped; "" where there is none."""
    found = sentences(text)
    if not found:
        return ""
    joint = "" if chinese(text) else " "
    sentence = rng.choice(found)
    words = [word for word in (list(sentence) if not joint else sentence.split()) if rng.random() >= DROPPED]
    for _ in range(len(words) // SWAPPED):
        at = rng.randrange(len(words) - 1)
        words[at], words[at + 1] = words[at + 1], words[at]
    return joint.join(words)


class Synthetic:
    """Vectors that lie as real ones do: two real passages mixed, and noise with the spread of the real ones.

    v = (1 - w) a + w b + .35 z, to norm 1; a and b are vectors of real passages, w is uniform in 0 to .35, and z is
    normal with the covariance of the real vectors. The ten nearest of a query have a cosine of about .84 in a library
    of 60,000, a random pair .24. Uniform noise, by contrast, has no neighbours worth the name.
    """

    def __init__(self, real: NDArray[np.float32]) -> None:
        """`real`: float32 (n, dimension), rows of norm 1."""
        import numpy as np

        self._real = real
        values, axes = np.linalg.eigh(np.cov(real.T))
        self._spread = (axes * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)

    def make(self, count: int, seed: int) -> NDArray[np.float32]:
        """Return float32 (count, dimension), rows of norm 1; the same for the same seed."""
        import numpy as np

        rng = np.random.default_rng(seed)
        a, b = rng.integers(0, len(self._real), count), rng.integers(0, len(self._real), count)
        share = rng.uniform(0, 0.35, count).astype(np.float32)[:, None]
        noise = rng.standard_normal((count, self._real.shape[1]), dtype=np.float32) @ self._spread
        made: NDArray[np.float32] = (1 - share) * self._real[a] + share * self._real[b] + np.float32(0.35) * noise
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made
