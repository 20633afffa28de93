"""What tells ideas for one theme apart: the head that reads the model's states, and what it is measured by.

    python benchmarks/critic_promise.py --data FOLDER [--keep FOLDER] [--cache FOLDER]

Prints JSON: for the ideas of `choose_ideas.py draw` that readers scored, how many points of ten the first four of a
theme stand above its mean (95 % interval, themes resampled), by the measure as it chooses and without the head, the
head alone, nearness to the theme, the longer idea and word TF-IDF. What is fitted is fitted without the theme it is
asked about (ten folds of themes).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import critic_fits as fits
import numpy as np
from choose_ideas import SCORED
from critic_drafts import FOLDS, folds_of
from critic_sets import Source
from critic_table import bag
from drafts_reading import rows_of
from loop_measures import interval

from agents.critique.heads import linear
from agents.promise import HEARD, before, promise

PENALTY = 10_000.0
"""Of 1,000, 3,000 and 10,000 the best in ten folds of themes (docs/log.md)."""
FIRST = 4
"""Ideas of a theme that are looked at."""
ASKED = ("glad", "fresh")


def ideas(source: Source, path: Path = SCORED, how: str = "exact") -> dict[str, np.ndarray]:
    """States, nearness, likelihood, scores and themes of all ideas; the target is how glad a writer would be of it."""

    def make() -> dict[str, np.ndarray]:
        rows = rows_of([path])
        themes = list(dict.fromkeys(row["request"] for row in rows))
        states: list[Any] = [None] * len(rows)
        numbers = np.zeros((len(rows), 2))
        for theme in themes:
            places = [at for at, row in enumerate(rows) if row["request"] == theme]
            texts = [rows[at]["text"] for at in places]
            vectors = source.embedder.embed([theme, *texts])
            for number, (at, reading) in enumerate(
                zip(places, source.reader.read([f" {text}" for text in texts], before(theme)), strict=True)
            ):
                states[at] = reading.states.ravel()
                numbers[at] = float(vectors[number + 1] @ vectors[0]), float(reading.logprobs.mean())
        scores = np.array([np.mean(row["scores"], axis=0) for row in rows])
        return {
            "states": np.array(states), "cosine": numbers[:, 0], "likely": numbers[:, 1], "scores": scores,
            "target": scores[:, 0], "groups": np.array([row["request"] for row in rows]),
            "texts": np.array([row["text"] for row in rows]),
        }  # fmt: skip

    return source.matrix(f"ideas_{how}_{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}", make)


def fit(arrays: dict[str, np.ndarray], rows: np.ndarray) -> linear.Linear:
    """What makes one idea better than others for its theme."""
    return fits.fit_centred(arrays["states"][rows], arrays["target"][rows], arrays["groups"][rows], PENALTY)


def first_over_mean(points: Sequence[float], scores: np.ndarray, groups: np.ndarray) -> dict[str, Any]:
    """Points of ten by which the first FIRST of a theme stand above its mean."""
    value = np.asarray(points, dtype=float)
    table = {}
    for place, question in enumerate(ASKED):
        apart = []
        for group in dict.fromkeys(groups):
            rows = np.flatnonzero(groups == group)
            best = rows[np.argsort(-value[rows], kind="stable")[:FIRST]]
            apart.append(float(scores[best, place].mean() - scores[rows, place].mean()))
        table[question] = interval(apart, range(len(apart)))
    return table


def main() -> None:
    from train_critic import open_source

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    source = open_source(options.data, options.keep, options.home, options.cache, exact=False)
    arrays = ideas(source, how="read")
    fold = folds_of(arrays["groups"])
    heard = np.zeros(len(fold))
    for one in range(FOLDS):
        heard[fold == one] = fit(arrays, fold != one).predict(arrays["states"][fold == one])
    rows = list(zip(arrays["cosine"], arrays["likely"], heard, strict=True))
    told = {
        "as it chooses": [promise(*row) for row in rows],
        "without the head": [promise(*row) - HEARD * row[2] for row in rows],
        "the head alone": heard,
        "nearness to the theme": arrays["cosine"],
        "the longer": [float(len(str(text))) for text in arrays["texts"]],
        "word TF-IDF": bag(arrays["texts"], arrays["target"], fold),
    }
    found = {by: first_over_mean(points, arrays["scores"], arrays["groups"]) for by, points in told.items()}
    print(json.dumps({"themes": len(set(arrays["groups"])), "ideas": len(fold)} | found, indent=1))


if __name__ == "__main__":
    main()
