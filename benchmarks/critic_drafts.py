"""What tells drafts of one request apart: the head that reads the language model's states, and what it is measured by.

    python benchmarks/critic_drafts.py --data FOLDER [--keep FOLDER] [--scored FILE] [--cache FOLDER]

Prints JSON: for the drafts that `drafts_reading` had scored, how often the first choice of a request is rather given,
and better written, than its other drafts (0.5: by chance), with a 95 % interval (requests resampled): the overall as it
is with and without the head, the head alone, the shorter draft, word TF-IDF of the text. What is fitted is fitted
without the request it is asked about (ten folds of requests). `--scored FILE` (another file of drafts for other
requests): nothing is fitted to it, the shipped head is asked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import critic_fits as fits
import numpy as np
from critic_sets import Source
from critic_table import bag
from drafts_reading import QUESTIONS, SCORED, rows_of
from loop_measures import interval

from agents.critique import calibration, overall
from agents.critique.heads import linear
from agents.critique.heads import store as heads
from agents.critique.measure import curve
from agents.critique.scorecard import LEAST_WORDS, Critic
from agents.spans import tokens
from agents.understand import understand

PENALTY = 10_000.0
"""Of 3,000, 10,000, 30,000 and 100,000 the best in ten folds of requests (docs/log.md)."""
FOLDS = 10
SCALE = ((0.5, 0.0), (2.0, 1.5), (50.0, 5.0), (98.0, 8.0), (99.5, 10.0))
"""(percentile of the drafts, points), as in `agents.critique.answer`."""


def drafts(source: Source, path: Path = SCORED, how: str = "exact") -> dict[str, np.ndarray]:
    """States, scores and requests of all drafts; `bare`: written without the adapter. `how` they were read, and what
    stands in the file, are in the name under which they are kept."""

    def make() -> dict[str, np.ndarray]:
        rows = rows_of([path])
        readings = source.reader.read([row["text"] for row in rows])
        return {
            "states": np.array([one.states.ravel() for one in readings]),
            "scores": np.array([np.mean(row["scores"], axis=0) for row in rows]),
            "target": np.array([float(np.mean(row["scores"])) for row in rows]),
            "groups": np.array([row["request"] for row in rows]),
            "texts": np.array([row["text"] for row in rows]),
            "bare": np.array([bool(row["bare"]) for row in rows]),
        }

    return source.matrix(f"drafts_{how}_{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}", make)


def fit(arrays: dict[str, np.ndarray], rows: np.ndarray) -> linear.Linear:
    """What makes a draft better than others of one writer for the same request, given and writing in equal parts.

    Nobody chooses between the adapter and the bare model, and what tells these two apart would drown the rest.
    """
    return fits.fit_centred(arrays["states"][rows], arrays["target"][rows], sets_of(arrays)[rows], PENALTY)


def sets_of(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Request and writer of each draft: what is chosen among."""
    pairs = zip(arrays["groups"], arrays["bare"], strict=True)
    return np.array([f"{request} {'bare' if bare else 'own'}" for request, bare in pairs])


def folds_of(groups: np.ndarray) -> np.ndarray:
    """A fold for each row, the same for all drafts of a request."""
    names = list(dict.fromkeys(groups))
    of = dict(zip(names, np.random.default_rng(1).permutation(len(names)) % FOLDS, strict=True))
    return np.array([of[name] for name in groups])


def first_choice(points: np.ndarray, scores: np.ndarray, groups: np.ndarray) -> dict[str, Any]:
    """How often the first of each group by `points` stands above its others by `scores`; ties are a half."""
    table = {}
    for place, question in enumerate(QUESTIONS):
        won, of = [], []
        for group in dict.fromkeys(groups):
            rows = np.flatnonzero(groups == group)
            best = rows[int(np.argmax(points[rows]))]
            others = [at for at in rows if at != best]
            if others:
                won.append(float(np.mean(0.5 + 0.5 * np.sign(scores[best, place] - scores[others, place]))))
                of.append(group)
        table[question] = interval(won, of)
    return table


def cards(source: Source, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The overall of each draft without the head's part, that of `answer.score` in it, that of the damage, and the
    weight of the head."""
    critic, sets = Critic(source.reader, source.embedder), sets_of(arrays)  # type: ignore[arg-type]
    assert critic.trained, "the reader is not the one of the training"
    rest, kept, hurt, part = (np.zeros(len(sets)) for _ in range(4))
    for one in dict.fromkeys(sets):
        rows = np.flatnonzero(sets == one)
        brief = understand(str(arrays["groups"][rows[0]])).brief
        assert brief is not None, one
        for at, card in zip(
            rows, critic.judge([str(arrays["texts"][at]) for at in rows], brief, answer=True), strict=True
        ):
            why = dict(card.why)
            long = len(tokens(str(arrays["texts"][at]))) >= LEAST_WORDS  # of these damage can be told
            part[at] = overall.DRAFTED / (1 + overall.SOUND) if long else overall.DRAFTED
            rest[at] = card.overall - why.get(overall.LIKED, 0.0)
            kept[at] = why.get(overall.KEPT, 0.0) * overall.DRAFTED / (overall.ANSWERED - overall.DRAFTED)
            hurt[at] = why.get(overall.WHOLE, 0.0)
    return {"rest": rest, "kept": kept, "hurt": hurt, "part": part}


def table(source: Source, path: Path) -> dict[str, Any]:
    """What is printed: of the drafts with the adapter, and of those without."""
    arrays = drafts(source, path, "read")
    groups, scores, texts = sets_of(arrays), arrays["scores"], arrays["texts"]
    fold = folds_of(arrays["groups"])
    shipped = heads.linear(heads.load("drafts"), "drafted").predict(arrays["states"])
    head = shipped.copy()
    for one in range(FOLDS) if path.resolve() == SCORED.resolve() else ():
        head[fold == one] = fit(arrays, fold != one).predict(arrays["states"][fold == one])
    made = cards(source, arrays)
    points = made["part"] * np.array([curve(float(one), calibration.DRAFTED) - overall.MIDDLE for one in head])
    told = {
        "overall": made["rest"] + points,
        "overall without the head": made["rest"] + made["kept"],
        "overall without damage": made["rest"] + points - made["hurt"],
        "the head alone": head,
        "the shorter": -np.array([float(len(str(text))) for text in texts]),
    }
    if path.resolve() == SCORED.resolve():
        told["word TF-IDF"] = bag(texts, arrays["target"], fold)
    found: dict[str, Any] = {"requests": len(set(arrays["groups"])), "drafts": len(texts)}
    for name, rows in (("with the adapter", ~arrays["bare"]), ("bare", arrays["bare"])):
        if rows.any():
            found[name] = {by: first_choice(values[rows], scores[rows], groups[rows]) for by, values in told.items()}
    own = shipped[~arrays["bare"]]
    return found | {"scale": [[round(float(np.percentile(own, at)), 2), to] for at, to in SCALE]}


def main() -> None:
    from train_critic import open_source

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--scored", type=Path, default=SCORED)
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    source = open_source(options.data, options.keep, options.home, options.cache, exact=False)
    print(json.dumps(table(source, options.scored), indent=1))


if __name__ == "__main__":
    main()
