"""The critic against people: the trained heads by grouped folds, and the scorecard as it is. Prints JSON.

    python benchmarks/critic.py --data FOLDER [--bootstrap 1000] [--only heads|scorecard|speed] [--keep FOLDER]

heads: every row of the table in docs/critic.md, each head fitted without the group it is measured on (`critic_table`),
with intervals and baselines; `--keep` holds matrices of features between runs.

scorecard: `story_ratings.jsonl` (WP-A): prompt, story, ratings 1-5 by three readers. Spearman's rho of theme fit with
`relevant`, fluency with the mean of `grammar` and `cohesive`, overall with `enjoy`; beside each the length of the story
and the TF-IDF cosine to the prompt; 95% intervals by resampling prompts. Nothing is fitted there.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import critic_sets as sets
import critic_speed
import critic_table
import numpy as np
from train_critic import open_source

from agents.contracts import Brief
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


def judge(critic: Critic, rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    cards = []
    for row in rows:
        brief = Brief(row["prompt"], kind="story", theme=row["prompt"], length=None)
        cards.append(critic.judge([row["story"]], brief)[0])
    return {
        "theme_fit": np.array([card.theme_fit.value for card in cards]),
        "fluency": np.array([card.fluency.value for card in cards]),
        "novelty": np.array([card.novelty.value for card in cards]),
        "overall": np.array([card.overall for card in cards]),
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
    """The scorecard's values against the ratings of stories."""
    text = (options.data / "story_ratings.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    mine = judge(load(Settings(home=options.home, cache=options.cache)), rows)
    return report(mine, rows, options.bootstrap)


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
