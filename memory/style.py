"""The style of a text as a vector, and how far a text is from a voice. It looks at how is written, not at what.

English: masked character n-grams, common words in their order, marks, lengths (memory.style_text), standardised on
published writing and projected so that what varies within one author counts little: within-class covariance
normalisation (Hatch et al. 2006), learnt on authors whose works are grouped by work. Chinese: characters,
function characters, marks and lengths, standardised, without any training. See docs/style.md. Numpy only.
"""

from __future__ import annotations

import io
import math
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from memory.form import kind_of, language_of
from memory.style_text import HAN, LENGTH, WORD, Counts, count_chinese, count_english, place, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

PLACES = {"letters": 2**15, "words": 2**14, "characters": 1024, "function": 256}
"""Places into which the grams of each set are hashed."""
BLOCKS = {"characters": 1.0, "function": 0.5, "numbers": 0.3}
"""Weights of the parts of a Chinese vector."""
KIND = 0.15
"""Square of the tangent by which verse and prose stand apart: a person's verse is not like their prose."""
CLIP = 3.0
"""Standard deviations beyond which a number counts no more."""
MOST_PASSAGES = 60
"""Passages a profile is measured on; more are taken evenly from all."""
SIZES = (12, 40, 150)
"""Words, or characters, at which a profile knows how far its own passages lie: short ones lie farther."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The style of one voice: where its passages lie, and how widely."""

    language: str
    """"en" or "zh"."""
    verse: bool
    mean: Vectors
    """Unit vector, shape (d,)."""
    own: tuple[tuple[float, float], ...]
    """For each of `SIZES` mean and deviation of the cosine of its own passages to the mean of its others."""
    passages: int


def style_vectors(texts: Sequence[str], language: str, *, verse: bool | None = None) -> Vectors:
    """Unit rows, float32, shape (len(texts), d); d depends on the language. Cosine is the likeness of style.

    `language`: "zh", or anything else for the measure of alphabetic scripts, which is fitted to English. `verse` says
    how short pieces are set, where their lines do not show it; None looks at each text.
    """
    import numpy as np

    rows = [_vector(text, language, verse) for text in texts]
    return np.stack(rows) if rows else np.zeros((0, 1), dtype=np.float32)


def profile(texts: Sequence[str], language: str = "") -> Profile | None:
    """The profile of the texts of one voice; None when they hold fewer than 30 words or characters."""
    import numpy as np

    whole = [plain(text) for text in texts]
    language = language or language_of("\n".join(text[:2000] for text in whole))
    language = "zh" if language == "zh" else "en"
    verse = sum(len(text) for text in whole if set_in_verse(text)) > 0.5 * sum(map(len, whole))
    cuts = {size: _evenly([part for text in whole for part in _parts(text, size, language)]) for size in SIZES}
    if len(cuts[SIZES[1]]) + len(cuts[SIZES[0]]) / 3 < 1.5:
        return None
    longest = cuts[SIZES[2]] or ["\n".join(whole)]
    vectors = style_vectors(longest, language, verse=verse)
    total = vectors.sum(axis=0)
    own = tuple(
        _likeness(vectors, total, style_vectors(cuts[size], language, verse=verse), same=size == SIZES[2])
        for size in SIZES
    )
    return Profile(language, verse, total / np.linalg.norm(total), own, len(longest))


def likeness(text: str, voice: Profile) -> float:
    """Cosine of a text's style to the mean of the voice, -1 to 1."""
    short = _size(text, voice.language) < 60
    vector = style_vectors([text], voice.language, verse=voice.verse if short else None)
    return float(vector[0] @ voice.mean)


def style_distance(text: str, voice: Profile) -> float:
    """How far a text is from a voice, 0 to 1: about .25 the voice's own passages, .5 the median of other writers.

    Measured against how the voice's own passages of that length scatter; `STEP` deviations away is another writer.
    """
    import numpy as np

    size = max(1, _size(plain(text), voice.language))
    at = [math.log(length) for length in SIZES]
    mean, deviation = (float(np.interp(math.log(size), at, [own[i] for own in voice.own])) for i in (0, 1))
    away = (mean - likeness(text, voice)) / max(deviation, 0.02)
    return 1 / (1 + math.exp(-math.log(3) * (away / _step() - 1)))


def distance(text: str, own_texts: Sequence[str], language: str = "") -> float:
    """How far a text is from the writer's own texts, 0 to 1; 0.0 where there is nothing to compare."""
    voice = known_profile(tuple(own_texts), language)
    return style_distance(text, voice) if voice is not None and _size(text, voice.language) else 0.0


@lru_cache(maxsize=2)
def known_profile(own_texts: tuple[str, ...], language: str = "") -> Profile | None:
    """`profile`, kept for the last few sets of texts."""
    return profile(own_texts, language)


def _vector(text: str, language: str, verse: bool | None) -> Vectors:
    """One unit row: passages of about `LENGTH` words, averaged."""
    import numpy as np

    text = plain(text)
    set_in_lines = set_in_verse(text) if verse is None else verse
    parts = _parts(text, LENGTH, language) if _size(text, language) >= 2 * LENGTH else [text]
    rows = [_chinese(part) if language == "zh" else _english(part, set_in_lines) for part in parts]
    row = np.mean(rows, axis=0)
    norm = float(np.linalg.norm(row))
    along = 1 / math.sqrt(1 + KIND)
    row = row * (along / norm) if norm else row
    kind = math.sqrt(1 - along * along) * (1 if set_in_lines else -1)
    return np.append(row, kind).astype(np.float32)


def _english(text: str, verse: bool) -> Vectors:
    import numpy as np

    weights = _weights("style_en")
    row = english_row(count_english(text, _common()))
    z = np.clip((row[weights["columns"]] - weights["mean"]) / weights["scale"], -CLIP, CLIP) * weights["share"]
    projected: Vectors = z @ _basis() - weights["kinds"][int(verse)]
    return projected


def english_row(counts: Counts) -> Vectors:
    """All counts of an English text before columns are chosen, float32: places of letters, of words, then numbers."""
    import numpy as np

    blocks = [_hashed(counts, name) for name in ("letters", "words")]
    return np.concatenate([*blocks, np.array(counts.numbers, dtype=np.float32)])


def _chinese(text: str) -> Vectors:
    """Cosine Delta (Smith and Aldridge 2011) in three blocks: what is beyond the mean of Chinese writing."""
    import numpy as np

    weights = _weights("style_zh")
    row = np.clip((chinese_row(count_chinese(text)) - weights["mean"]) / weights["scale"], -CLIP, CLIP)
    scaled: Vectors = row * weights["share"]
    return scaled


def chinese_row(counts: Counts) -> Vectors:
    """All counts of a Chinese text, float32: places of characters, of function characters and marks, then numbers."""
    import numpy as np

    blocks = [_hashed(counts, name) for name in ("characters", "function")]
    return np.concatenate([*blocks, np.array(counts.numbers, dtype=np.float32)])


def _hashed(counts: Counts, name: str) -> Vectors:
    import numpy as np

    places = PLACES[name]
    grams = counts.grams[name]
    at = np.fromiter((place(gram, places) for gram in grams), dtype=np.int64, count=len(grams))
    tally = np.bincount(at, weights=np.fromiter(grams.values(), dtype=np.float64, count=len(grams)), minlength=places)
    return np.sqrt(tally).astype(np.float32)


def _likeness(vectors: Vectors, total: Vectors, rows: Vectors, *, same: bool) -> tuple[float, float]:
    """Mean and deviation of the cosine of `rows` to the voice; of passages of the voice itself, to its others."""
    import numpy as np

    if not len(rows):
        rows, same = vectors, True
    if same and len(rows) > 1:
        others = total - rows
        found = (rows * others).sum(axis=1) / np.maximum(np.linalg.norm(others, axis=1), 1e-9)
    else:
        found = rows @ (total / np.linalg.norm(total))
    return float(found.mean()), float(found.std())


def _parts(text: str, size: int, language: str) -> list[str]:
    """The text in runs of `size` words or characters; what is left over goes with the last."""
    found = list(_units(text, language))
    starts = list(range(0, max(0, len(found) - size) + 1, size)) if len(found) >= size else []
    ends = [found[start][0] for start in starts[1:]]
    return (
        [text[found[start][0] : end] for start, end in zip(starts, [*ends, len(text)], strict=True)] if starts else []
    )


def _units(text: str, language: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in (HAN if language == "zh" else re.compile(r"\S+")).finditer(text))


def _size(text: str, language: str) -> int:
    return len((HAN if language == "zh" else WORD).findall(text))


def set_in_verse(text: str) -> bool:
    """Whether a text is set in lines. Chinese lines of verse hold at most two verses of seven characters and marks."""
    lines = [size for line in text.splitlines() if (size := len(HAN.findall(line)))]
    if sum(lines) > 0.3 * len(text):
        return len(lines) > 1 and statistics.median(lines) <= 16
    return kind_of(text) in ("poem", "lyric")


def _evenly(parts: list[str]) -> list[str]:
    step = max(1.0, len(parts) / MOST_PASSAGES)
    return [parts[int(at * step)] for at in range(min(len(parts), MOST_PASSAGES))]


@lru_cache(maxsize=2)
def _weights(name: str) -> dict[str, Vectors]:
    import numpy as np

    raw = (files("memory") / "data" / f"{name}.npz").read_bytes()
    with np.load(io.BytesIO(raw), allow_pickle=False) as found:
        return {key: found[key] for key in found.files}


@lru_cache(maxsize=1)
def _basis() -> Vectors:
    """Columns by directions, float32; kept as whole numbers of -127 to 127 and a scale for each direction."""
    weights = _weights("style_en")
    basis: Vectors = weights["basis"] * weights["steps"]
    return basis


@lru_cache(maxsize=1)
def _common() -> dict[str, int]:
    return {str(word): rank for rank, word in enumerate(_weights("style_en")["common"])}


def _step() -> float:
    return float(_weights("style_en")["step"])
