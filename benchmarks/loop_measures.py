"""What the loop is measured by besides the second judge: variety, repetition, obedience, copies, ideas, intervals."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.contracts import Brief, Embedder
from agents.critique.diversity import FIRST, SAME
from agents.critique.features.ideas import before, plain, wordings
from agents.critique.features.pairs import side
from agents.critique.features.reading import Reader
from agents.critique.features.words import split_sentences
from agents.critique.heads import judge
from agents.critique.repetition import trigram_rate
from agents.spans import blocks, lines, words

NEAR = 0.2
"""A length or a number of lines may differ from what was asked by this share."""
RUN = 6
"""Words of a run that is looked for in the training literature."""
THEME_PERCENTILE = 20
"""Of people's stories for their prompts: a cosine above it is on theme."""


# --- intervals -----------------------------------------------------------------------------------------------


def interval(values: Sequence[float], groups: Sequence[Any], times: int = 1000, seed: int = 3) -> dict[str, float]:
    """Mean and its 95% interval; whole groups (briefs) are resampled, never rows."""
    return interval_of(lambda rows: float(np.mean(np.asarray(values)[rows])), groups, times, seed)


def interval_of(
    measure: Callable[[np.ndarray], float], groups: Sequence[Any], times: int = 1000, seed: int = 3
) -> dict[str, float]:
    """`measure` takes row numbers (some more than once)."""
    names = list(dict.fromkeys(groups))
    rows = [np.array([at for at, group in enumerate(groups) if group == name]) for name in names]
    rng = np.random.default_rng(seed)
    drawn = [
        measure(np.concatenate([rows[at] for at in rng.integers(len(rows), size=len(rows))])) for _ in range(times)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    value = measure(np.arange(len(groups)))
    return {"value": round(value, 3), "low": round(float(low), 3), "high": round(float(high), 3), "n": len(groups)}


# --- texts ---------------------------------------------------------------------------------------------------


def distinct(texts: Sequence[str], size: int = 3) -> float:
    """Share of different n-grams among all n-grams of a set (Li et al. 2016)."""
    grams = [gram for text in texts for gram in _grams(words(text), size)]
    return len(set(grams)) / len(grams) if grams else 0.0


def distinct_same_size(sets: Mapping[str, Sequence[str]], size: int = 3, seed: int = 1) -> dict[str, float]:
    """`distinct` of several sets on as many n-grams each: a longer set repeats more only because it is longer.

    The texts of a set come in an order drawn by `seed` and are cut where the smallest set ends.
    """
    grams = {}
    for name, texts in sets.items():
        order = np.random.default_rng(seed).permutation(len(texts))
        grams[name] = [gram for at in order for gram in _grams(words(texts[at]), size)]
    least = min(map(len, grams.values()))
    return {name: round(len(set(found[:least])) / max(1, least), 4) for name, found in grams.items()}


def repeated(texts: Sequence[str]) -> float:
    """Mean share of trigrams of a text that stood in it before."""
    return float(np.mean([trigram_rate(text) for text in texts]))


def obeys(text: str, brief: Brief) -> dict[str, bool]:
    """Whether the text has the length, the stanzas and the opening that were asked for; only what was asked for."""
    found: dict[str, bool] = {}
    if brief.length is not None:
        have = len(lines(text)) if brief.length.unit == "lines" else len(words(text))
        found["length"] = abs(have - brief.length.count) <= NEAR * brief.length.count
    if brief.stanzas:
        found["stanzas"] = len(blocks(text)) == brief.stanzas
    if brief.opening:
        found["opening"] = text.startswith(brief.opening)
    return found


# --- copies --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Literature:
    """All words of the training literature as numbers, and where each run of RUN words stands."""

    words: np.ndarray
    """One text after the other, a 0 between two."""
    hashes: np.ndarray
    """Of all runs of RUN words, sorted."""
    places: np.ndarray
    """Where each of those runs begins in `words`."""

    def share(self, texts: Sequence[str]) -> float:
        """Share of the words of all texts that lie inside a run of RUN words that stands in the literature."""
        inside = total = 0
        for text in texts:
            marked = np.zeros(len(words(text)), dtype=bool)
            for at, _ in self._hits(_numbers(text)):
                marked[at : at + RUN] = True
            inside, total = inside + int(marked.sum()), total + len(marked)
        return inside / max(1, total)

    def longest(self, text: str) -> int:
        """Words of the longest run that stands in the literature; 0 when it is shorter than RUN."""
        own, best = _numbers(text), 0
        for at, place in self._hits(own):
            size = 0
            while (
                at + size < len(own) and place + size < len(self.words) and own[at + size] == self.words[place + size]
            ):
                size += 1
            best = max(best, size)
        return best

    def _hits(self, own: np.ndarray) -> Iterator[tuple[int, int]]:
        """(place in the text, place in the literature) of every run of RUN words they share."""
        hashes = _hashes(own)
        first, last = (np.searchsorted(self.hashes, hashes, side) for side in ("left", "right"))
        for at in np.flatnonzero(last > first):
            for place in self.places[first[at] : last[at]]:
                yield int(at), int(place)


def literature(texts: Sequence[str]) -> Literature:
    """Read the training texts once."""
    every = np.concatenate([row for text in texts for row in (_numbers(text), np.zeros(1, dtype=np.uint64))])
    hashes = _hashes(every)
    order = hashes.argsort(kind="stable")
    return Literature(every, hashes[order], order)


def _numbers(text: str) -> np.ndarray:
    """A number of 64 bits for each word."""
    found = [int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little") for word in words(text)]
    return np.array(found, dtype=np.uint64)


def _hashes(row: np.ndarray) -> np.ndarray:
    """Polynomial hashes modulo 2^64 of all runs of RUN words."""
    count = max(0, len(row) - RUN + 1)
    total = np.zeros(count, dtype=np.uint64)
    for at in range(RUN if count else 0):
        total = total * np.uint64(0x9E3779B97F4A7C15) + row[at : at + count]
    return total


def _grams(found: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(found[at : at + size]) for at in range(len(found) - size + 1)]


# --- ideas ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IdeaScores:
    """What is said of the ideas for one prompt."""

    classes: int
    """Different ones, by the same-or-different head."""
    classes_from_half: int
    """The same where a chance of one half is enough: too strict for short texts (`loop_report.same_head`)."""
    on_theme: int
    distinct_on_theme: int
    """Classes that hold an idea on theme."""
    originality: float
    """Mean of the novelty head, 1 to 5; for a thing nobody rated only the order holds."""
    shown: int


def score_ideas(
    ideas: Sequence[str], prompt: str, theme: str, reader: Reader, embedder: Embedder, least: float, same: float
) -> IdeaScores:
    """Judge the ideas for one prompt.

    `least`: cosine to the prompt from which an idea is on theme; `same`: chance from which two say the same.
    """
    if not ideas:
        return IdeaScores(0, 0, 0, 0, 0.0, 0)
    rows = embedder.embed([prompt, *ideas])
    near = rows[1:] @ rows[0] >= least
    classes, strict = (same_classes(ideas, prompt, embedder, chance) for chance in (same, SAME))
    original = [originality(theme, one, reader, embedder) for one in ideas]
    both = len({classes[at] for at in np.flatnonzero(near)})
    return IdeaScores(len(set(classes)), len(set(strict)), int(near.sum()), both, float(np.mean(original)), len(ideas))


def same_classes(texts: Sequence[str], prompt: str, embedder: Embedder, same: float) -> list[int]:
    """A class for each text: the class of the first earlier text it says the same as, else a new one."""
    firsts = [split_sentences(text)[0][:FIRST] for text in texts]
    rows = embedder.embed([*texts, *firsts])
    sides, count = [side(text, prompt) for text in texts], len(texts)
    found: list[int] = []
    for b in range(count):
        near = next(
            (
                a
                for a in range(b)
                if judge.same(sides[a], sides[b], rows[a], rows[b], rows[count + a], rows[count + b]) >= same
            ),
            None,
        )
        found.append(b if near is None else found[near])
    return found


def originality(theme: str, text: str, reader: Reader, embedder: Embedder) -> float:
    """The novelty head's opinion of one idea."""
    use = plain(text)
    [reading] = reader.read([f" {use}"], before(theme))
    return judge.original(theme, use, reading, embedder.embed(list(wordings(theme, use))))[0]


def theme_threshold(rows: Sequence[Mapping[str, Any]], embedder: Embedder) -> float:
    """The cosine that THEME_PERCENTILE per cent of people's stories have to their prompts, or less."""
    own = [row for row in rows if row["human_written"]]
    asked = embedder.embed([row["prompt"] for row in own])
    told = embedder.embed([row["story"] for row in own])
    return float(np.percentile((asked * told).sum(axis=1), THEME_PERCENTILE))


# --- data ----------------------------------------------------------------------------------------------------


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def passages(text: str, least: int, most: int) -> list[str]:
    """Whole sentences or lines of a text in pieces of `least` to `most` words, in order."""
    verse = text.count("\n") >= max(3, len(text) // 120)
    parts = re.findall(r"[^\n]+\n*", text) if verse else re.findall(r"[^.!?]+(?:[.!?]+[\"”’']*\s*|$)", text)
    found, piece = [], ""
    for part in parts:
        piece += part
        count = len(words(piece))
        if count >= least:
            if count <= most:
                found.append(piece.strip())
            piece = ""
    return found
