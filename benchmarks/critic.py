"""The critic against people: the trained heads by grouped folds, and the scorecard as it is. Prints JSON.

    python benchmarks/critic.py --data FOLDER [--bootstrap 1000] [--only heads|scorecard|speed] [--keep FOLDER]

heads: every row of the table in docs/critic.md, each head fitted without the group it is measured on (`critic_table`),
with intervals and baselines; `--keep` holds matrices of features between runs.

scorecard: what `Critic.judge` itself says, the heads for stories fitted without the prompt that is judged. Spearman's
rho of theme fit with `relevant`, fluency with the mean of `grammar` and `cohesive`, overall with `enjoy`, beside the
length and the TF-IDF cosine to the prompt; 95% intervals by resampling prompts. Then the pairs of `expert_rankings`.

speed: four and sixteen drafts of 120 words.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import critic_fits as fits
import critic_sets as sets
import critic_speed
import critic_table
import numpy as np
from train_critic import open_source

from agents.contracts import Brief
from agents.critique.heads import judge as heads_in_use
from agents.critique.heads import store
from agents.critique.scorecard import Critic
from cocreate.engines.choose import open_engine, open_scorer
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from memory.embedder import SentenceEmbedder


def ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks, ties shared."""
    order = values.argsort(kind="stable")
    place = np.empty(len(values))
    place[order] = np.arange(len(values), dtype=float)
    for value in np.unique(values):
        place[values == value] = place[values == value].mean()
    return place


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    a, b = ranks(one), ranks(other)
    return float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else 0.0


def interval(one: np.ndarray, other: np.ndarray, groups: list[str], times: int) -> dict[str, float]:
    """rho with a 95% interval; whole prompts are resampled."""
    rng = np.random.default_rng(3)
    names = sorted(set(groups))
    rows = {name: [i for i, group in enumerate(groups) if group == name] for name in names}
    drawn = []
    for _ in range(times):
        picked = [i for name in rng.choice(names, len(names)) for i in rows[name]]
        drawn.append(spearman(one[picked], other[picked]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"rho": round(spearman(one, other), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def tfidf(prompts: list[str], stories: list[str]) -> np.ndarray:
    """Cosine of TF-IDF vectors of prompt and story."""
    bags = [Counter(re.findall(r"[a-z']+", text.lower())) for text in prompts + stories]
    seen = Counter(word for bag in bags for word in bag)
    weigh = [{w: c * math.log(len(bags) / seen[w]) for w, c in bag.items()} for bag in bags]

    def cosine(a: dict[str, float], b: dict[str, float]) -> float:
        dot = sum(v * b.get(w, 0.0) for w, v in a.items())
        norm = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
        return dot / norm if norm else 0.0

    n = len(prompts)
    return np.array([cosine(weigh[i], weigh[n + i]) for i in range(n)])


def load(settings: Settings) -> Critic:
    resolved = resolve(settings, lambda done, total: None)
    engine = open_engine(settings, resolved)
    embedder = SentenceEmbedder(resolve_embedder(settings, lambda done, total: None), threads=settings.threads)
    return Critic(open_scorer(settings, resolved, engine), embedder)


def judge(
    critic: Critic, rows: list[dict[str, Any]], arrays: dict[str, np.ndarray], prose: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Cards of all stories, each by heads fitted without its prompt (tenfold)."""
    fold = critic_table.folds(arrays["groups"], 10)
    found = {name: np.zeros(len(rows)) for name in (*QUALITIES, "overall", "low", "high", "polish")}
    for part in np.unique(fold):
        with refitted(arrays, fold != part, prose):
            for at in np.flatnonzero(fold == part):
                brief = Brief(rows[at]["prompt"], kind="story", theme=rows[at]["prompt"], length=None)
                card = critic.judge([rows[at]["story"]], brief)[0]
                for name in QUALITIES:
                    found[name][at] = getattr(card, name).value
                found["overall"][at], found["low"][at], found["high"][at] = card.overall, card.low or 0, card.high or 0
    return found


@contextmanager
def refitted(arrays: dict[str, np.ndarray], train: np.ndarray, prose: dict[str, np.ndarray]) -> Iterator[None]:
    """The package's heads for stories, and the gate, fitted to `train` alone."""
    heads = {name: fits.fit_style(arrays, train, name) for name in ("fluent", "enjoy")}
    heads["relevant"] = fits.fit_theme(arrays, train)
    packed = {key: value for name, head in heads.items() for key, value in store.pack_linear(name, head).items()}
    others = {"stories": packed, "gate": store.pack_linear("gate", fits.fit_gate(arrays, train, prose))}
    shipped = heads_in_use.load
    heads_in_use.load = lambda name: others.get(name) or shipped(name)  # type: ignore[assignment]
    try:
        yield
    finally:
        heads_in_use.load = shipped


QUALITIES = ("theme_fit", "fluency", "novelty", "craft")


def experts(critic: Critic, rankings: list[dict[str, Any]]) -> dict[str, Any]:
    """Pairs of ranked texts decided as most writers do, by the card's overall; no ranked text was fitted to."""
    score = [
        [critic.judge([row["texts"][version]], Brief(row["instruction"], kind="story", length=None))[0].overall
         for version in sets.VERSIONS]
        for row in rankings
    ]  # fmt: skip
    right, groups, machine = critic_table.pairs(np.array(score), rankings)
    one = np.ones(len(right))
    return {
        "all": critic_table.interval(right, one, groups, lambda a, b: float(a.mean()), 1000),
        "machine_alone": critic_table.interval(
            right[machine], one[machine], groups[machine], lambda a, b: float(a.mean()), 1000
        ),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bootstrap", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is JSON always")
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    parser.add_argument("--only", choices=("heads", "scorecard", "speed"))
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    found: dict[str, Any] = {}
    if options.only in (None, "speed"):
        found["speed"] = critic_speed.measure(load(Settings(home=options.home, cache=options.cache)))
    if options.only in (None, "heads"):
        found["heads"] = heads(options)
    if options.only in (None, "scorecard"):
        found["scorecard"] = scorecard(options)
    json.dump(found, sys.stdout, indent=1)
    return 0


def heads(options: argparse.Namespace) -> dict[str, Any]:
    """Every row of the table."""
    source = open_source(options.data, options.keep, options.home, options.cache)
    times = options.bootstrap
    return {
        **critic_table.ideas(sets.ideas(source), times),
        **critic_table.stories(sets.stories(source), times),
        **critic_table.prose(sets.prose(source), source.rows("expert_rankings"), times),
        **critic_table.same(sets.same(source), times),
        **critic_table.spoilt(sets.spoilt(source, sets.LEARN), sets.spoilt(source, sets.JUDGE)),
    }


def scorecard(options: argparse.Namespace) -> dict[str, Any]:
    """The card's own values against people: stories by folds, and the ranked texts."""
    source = open_source(options.data, options.keep, options.home, options.cache)
    critic = Critic(source.reader, source.embedder)  # type: ignore[arg-type]
    rows = source.rows("story_ratings")
    mine = judge(critic, rows, sets.stories(source), sets.prose(source))
    return report(mine, rows, options.bootstrap) | {"expert_pairs": experts(critic, source.rows("expert_rankings"))}


def report(mine: dict[str, np.ndarray], rows: list[dict[str, Any]], times: int) -> dict[str, Any]:
    groups = [row["prompt"] for row in rows]
    people = {
        "theme_fit": np.array([np.mean(row["relevant"]) for row in rows]),
        "fluency": np.array([np.mean(row["grammar"] + row["cohesive"]) for row in rows]),
        "overall": np.array([np.mean(row["enjoy"]) for row in rows]),
    }
    baselines = {
        "length": np.array([float(len(row["story"].split())) for row in rows]),
        "tfidf": tfidf(groups, [row["story"] for row in rows]),
    }
    return {
        name: {
            "critic": interval(mine[name], human, groups, times),
            **{base: interval(values, human, groups, times) for base, values in baselines.items()},
        }
        for name, human in people.items()
    } | {"stories": len(rows)}


if __name__ == "__main__":
    sys.exit(main())
