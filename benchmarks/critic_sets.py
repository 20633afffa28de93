"""The rated sets as matrices of features; what was computed once is kept in a folder."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from corruptions import SPOILERS, pieces, spoil

from agents.critique.features.counts import counts
from agents.critique.features.damage import damage
from agents.critique.features.ideas import before, idea, plain, wordings
from agents.critique.features.ngrams import hashed
from agents.critique.features.pairs import pair, side
from agents.critique.features.reading import Reader
from agents.critique.features.surprise import surprise
from agents.critique.features.theme import theme
from agents.critique.features.words import split_sentences
from memory.embedder import Embedder

PLACES = 2**14
VERSIONS = ("machine", "machine_edited", "writer_edited")
SHUFFLES = 3
VERSE, PROSE = (100, 170), (150, 230)
LEARN = {
    "saki_prose": (8, 3),
    "anton_chekhov_prose": (8, 4),
    "sherwood_anderson_prose": (8, 5),
    "w_b_yeats_verse": (10, 6),
    "robert_frost_verse": (10, 7),
}
"""Author to (excerpts, seed). The authors the figures are measured on are not among them."""
JUDGE = {"o_henry_prose": (24, 1), "keats_verse": (24, 2)}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """The data folder, the models, and where matrices are kept."""

    data: Path
    reader: Reader
    embedder: Embedder
    kept: Path | None = None

    def rows(self, name: str) -> list[dict[str, Any]]:
        text = (self.data / f"{name}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def matrix(self, name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Arrays by name, computed by `make` unless they are kept already."""
        path = self.kept / f"{name}.npz" if self.kept else None
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as found:
                return {key: found[key] for key in found.files}
        made = make()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, **made)
        return made


def table(rows: Iterable[Mapping[str, float]]) -> dict[str, np.ndarray]:
    """Dicts with the same keys as a matrix and its column names."""
    every = list(rows)
    names = tuple(every[0])
    return {"rows": np.array([[row[name] for name in names] for row in every]), "names": np.array(names)}


def ideas(source: Source) -> dict[str, np.ndarray]:
    def make() -> dict[str, np.ndarray]:
        rows = source.rows("idea_originality")
        uses, things = [plain(row["use"]) for row in rows], [row["object"] for row in rows]
        flat = [text for thing, use in zip(things, uses, strict=True) for text in wordings(thing, use)]
        vectors = source.embedder.embed(flat).reshape(len(rows), 4, -1)
        readings: dict[int, Any] = {}
        for thing in sorted(set(things)):
            places = [at for at, other in enumerate(things) if other == thing]
            readings |= zip(places, source.reader.read([" " + uses[at] for at in places], before(thing)), strict=True)
        found = table(idea(things[at], uses[at], readings[at], vectors[at]) for at in range(len(rows)))
        return found | {
            "states": np.array([readings[at].states.ravel() for at in range(len(rows))]).astype(np.float32),
            "vectors": vectors[:, 2:].reshape(len(rows), -1),
            "target": np.array([row["originality"] for row in rows]),
            "groups": np.array(things),
            "texts": np.array(uses),
        }

    return source.matrix("ideas", make)


def stories(source: Source) -> dict[str, np.ndarray]:
    def make() -> dict[str, np.ndarray]:
        rows = source.rows("story_ratings")
        texts, asked = [row["story"] for row in rows], [row["prompt"] for row in rows]
        readings = source.reader.read(texts)
        style = table(
            {**counts(text), **{f"lm_{k}": v for k, v in surprise(text, reading).items()}}
            for text, reading in zip(texts, readings, strict=True)
        )
        cut = [split_sentences(text) for text in texts]
        parts = np.split(
            source.embedder.embed([part for some in cut for part in some]), np.cumsum([len(c) for c in cut])[:-1]
        )
        want, whole = source.embedder.embed(asked), source.embedder.embed(texts)
        rng = np.random.default_rng(1)
        others = [
            rng.choice([j for j in range(len(rows)) if asked[j] != asked[i]])
            for _ in range(SHUFFLES)
            for i in range(len(rows))
        ]
        fits = [
            theme(asked[j], texts[i], want[j], whole[i], parts[i])
            for i, j in zip([*range(len(rows))] * (1 + SHUFFLES), [*range(len(rows)), *others], strict=True)
        ]
        fit = table(fits)
        mean = lambda *keys: np.array([np.mean([v for k in keys for v in row[k]]) for row in rows])  # noqa: E731
        return style | {
            "fit": fit["rows"], "fit_names": fit["names"], "groups": np.array(asked),
            "relevant": mean("relevant"), "fluent": mean("grammar", "cohesive"), "enjoy": mean("enjoy"),
            "human": np.array([float(row["human_written"]) for row in rows]), "texts": np.array(texts),
        }  # fmt: skip

    return source.matrix("stories", make)


def prose(source: Source) -> dict[str, np.ndarray]:
    """Paragraphs with a quality, and the ranked ones: counts and n-grams of both."""

    def make() -> dict[str, np.ndarray]:
        rated, ranked = source.rows("paragraph_quality"), source.rows("expert_rankings")
        texts = [row["text"] for row in rated]
        texts += [row["texts"][version] for row in ranked for version in VERSIONS]
        found = table(map(counts, texts))
        return found | {
            "grams": np.array([hashed(text, PLACES) for text in texts]).astype(np.float16),
            "target": np.array([row["quality"] for row in rated]),
        }

    return source.matrix("prose", make)


def same(source: Source) -> dict[str, np.ndarray]:
    def make() -> dict[str, np.ndarray]:
        rows, found, target, groups, on = source.rows("same_or_different"), [], [], [], []
        shift = len(rows) // 3
        asked = source.embedder.embed([row["prompt"] for row in rows])
        for at, row in enumerate(rows):
            texts = row["generations"]
            whole = source.embedder.embed(texts)
            first = source.embedder.embed([split_sentences(text)[0][:200] for text in texts])
            sides = [side(text, row["prompt"]) for text in texts]
            on += [
                (float(v @ asked[at]), float(v @ asked[(at + shift) % len(rows)]), len(t.split()))
                for v, t in zip(whole, texts, strict=True)
            ]
            for a in range(len(texts)):
                for b in range(a + 1, len(texts)):
                    found.append(pair(sides[a], sides[b], whole[a], whole[b], first[a], first[b]))
                    target.append(float(row["partition"][a] == row["partition"][b]))
                    groups.append(at)
        return table(found) | {"target": np.array(target), "groups": np.array(groups), "on": np.array(on)}

    return source.matrix("same", make)


def spoilt(source: Source, which: Mapping[str, tuple[int, int]]) -> dict[str, np.ndarray]:
    """Excerpts and each of them spoilt every way: rows (n * 6, k), the original first."""

    def make() -> dict[str, np.ndarray]:
        texts, groups = versions(source, which)
        readings = source.reader.read(texts)
        return table(damage(t, r) for t, r in zip(texts, readings, strict=True)) | {"groups": np.array(groups)}

    return source.matrix("judge" if which is JUDGE else "learn", make)


def versions(source: Source, which: Mapping[str, tuple[int, int]]) -> tuple[list[str], list[str]]:
    """Texts (each original before its spoilt versions) and the author of each."""
    texts: list[str] = []
    groups: list[str] = []
    done = {True: 0, False: 0}
    for name, (count, seed) in which.items():
        folder, verse = "authors" if name in JUDGE else "literature", "verse" in name
        for text in excerpts(source.rows(f"{folder}/{name}"), count, seed, verse):
            texts += [text, *(spoil(text, how, done[verse]) for how in SPOILERS)]
            groups += [name] * (1 + len(SPOILERS))
            done[verse] += 1
    return texts, groups


def excerpts(works: list[dict[str, Any]], count: int, seed: int, verse: bool) -> list[str]:
    """One excerpt of each of `count` works, from the first line (verse) or from somewhere in the first half."""
    rng = random.Random(seed)
    rng.shuffle(works)
    least, most = VERSE if verse else PROSE
    found: list[str] = []
    for work in works:
        parts = pieces(work["text"].strip())
        if sum(len(part.split()) for part in parts) < least:
            continue
        at = rng.randrange(max(1, len(parts) // 2))
        at = 0 if verse else at
        text = ""
        while at < len(parts) and len(text.split()) < least:
            text += parts[at]
            at += 1
        if least <= len(text.split()) <= most:
            found.append(text.strip())
        if len(found) == count:
            break
    return found
