"""The critic against people: the trained heads by grouped folds, and the scorecard as it is. Prints JSON.

    python benchmarks/critic.py --data FOLDER [--only heads|scorecard|speed] [--bootstrap 1000] [--keep FOLDER]
        [--limit N]

What is done is told on stderr, a line of JSON a part, so that a run that is cut off loses nothing.

heads: every row of the table in docs/critic.md, each head fitted without the group it is measured on (`critic_table`),
with intervals and baselines; `--keep` holds matrices of features between runs.

scorecard: what `Critic.judge` itself says, the heads for stories fitted without the prompt that is judged. Spearman's
rho of theme fit with `relevant`, fluency with the mean of `grammar` and `cohesive`, overall with `enjoy`, beside the
length and the TF-IDF cosine to the prompt; 95% intervals by resampling prompts. Then the same stories with another's
prompt (off theme), the excerpts of `critic_sets.JUDGE` spoilt five ways by fluency and by overall, and the pairs of
`expert_rankings`. `--limit N`: N stories, N rankings and N excerpts an author, drawn by seed, to see that it runs.

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
from corruptions import SPOILERS
from train_critic import open_source

from agents.contracts import Brief, Kind, Scorecard
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
    critic: Critic, rows: list[dict[str, Any]], arrays: dict[str, np.ndarray], prose: dict[str, np.ndarray],
    chosen: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Cards of the chosen stories, in that order, each by heads fitted without its prompt (tenfold); "off" is the theme
    fit to another's prompt."""
    fold = critic_table.folds(arrays["groups"], 10)
    found = {name: np.zeros(len(rows)) for name in (*QUALITIES, "overall", "off")}
    rng = np.random.default_rng(1)
    for part in np.unique(fold):
        with refitted(arrays, fold != part, prose):
            for at in sorted(set(np.flatnonzero(fold == part)) & set(chosen)):
                card = one_card(critic, rows[at]["story"], rows[at]["prompt"])
                for name in QUALITIES:
                    found[name][at] = getattr(card, name).value
                found["overall"][at] = card.overall
                other = rng.choice([row["prompt"] for row in rows if row["prompt"] != rows[at]["prompt"]])
                found["off"][at] = one_card(critic, rows[at]["story"], other).theme_fit.value
        told({"fold": int(part), "stories_done": int((fold[chosen] <= part).sum())})
    return {name: values[chosen] for name, values in found.items()}


def one_card(critic: Critic, text: str, theme: str, kind: Kind = "story") -> Scorecard:
    return critic.judge([text], Brief(theme, kind=kind, theme=theme, length=None))[0]


def told(part: dict[str, Any]) -> None:
    """One part, as soon as it is known."""
    print(json.dumps(part), file=sys.stderr, flush=True)


def spoilt(critic: Critic, source: sets.Source, limit: int) -> dict[str, Any]:
    """Excerpts against their spoilt versions, by the card: AUC over all texts together; own original."""
    found: dict[str, Any] = {}
    for author, (count, seed) in sets.JUDGE.items():
        texts, _ = sets.versions(source, {author: (min(count, limit or count), seed)})
        kind: Kind = "poem" if author.endswith("verse") else "story"
        cards = critic_cards(critic, texts, kind)
        found[author] = {}
        for name, values in cards.items():
            rows = -values.reshape(-1, 1 + len(SPOILERS))
            found[author][name] = {
                how: {
                    "auc": critic_table.spoilt_auc(rows[:, 0], rows[:, at]),
                    "own_original": critic_table.own_original(rows[:, 0], rows[:, at]),
                }
                for at, how in enumerate(SPOILERS, 1)
            }
            found[author][name]["mean_auc"] = round(
                float(np.mean([found[author][name][h]["auc"] for h in SPOILERS])), 3
            )
        told({"spoilt": {author: found[author]}})
    return found


def critic_cards(critic: Critic, texts: list[str], kind: Kind) -> dict[str, np.ndarray]:
    """Fluency and overall of each text, judged alone and without a theme."""
    cards = [critic.judge([text], Brief("", kind=kind, length=None))[0] for text in texts]
    return {
        "fluency": np.array([card.fluency.value for card in cards]),
        "overall": np.array([c.overall for c in cards]),
    }


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
    parser.add_argument("--limit", type=int, default=0, help="so many stories, rankings, excerpts an author (0: all)")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    if options.only in (None, "speed"):
        found["speed"] = critic_speed.measure(load(Settings(home=options.home, cache=options.cache)))
    if options.only in (None, "heads"):
        found["heads"] = heads(options)
        told({"heads": found["heads"]})
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
    """The card's own values against people: stories by folds, spoilt excerpts, and the ranked texts."""
    source = open_source(options.data, options.keep, options.home, options.cache, exact=False)
    critic = Critic(source.reader, source.embedder)  # type: ignore[arg-type]
    rows, rankings = source.rows("story_ratings"), source.rows("expert_rankings")
    found: dict[str, Any] = {"spoilt": spoilt(critic, source, options.limit)}
    few = np.random.default_rng(5).permutation(len(rows))[: options.limit or len(rows)]
    mine = judge(critic, rows, sets.stories(source), sets.prose(source), few)
    found |= report(mine, [rows[at] for at in few], options.bootstrap)
    told(found)
    drawn = np.random.default_rng(5).permutation(len(rankings))[: options.limit or len(rankings)]
    return found | {"expert_pairs": experts(critic, [rankings[at] for at in drawn]), "rankings": len(drawn)}


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
    own = np.repeat([1.0, 0.0], len(rows))
    off = critic_table.interval(
        np.r_[mine["theme_fit"], mine["off"]], own, np.array([*groups, *groups]), critic_table.auc, min(times, 300)
    )
    return {
        name: {
            "critic": interval(mine[name], human, groups, times),
            **{base: interval(values, human, groups, times) for base, values in baselines.items()},
        }
        for name, human in people.items()
    } | {"off_theme_auc": off, "stories": len(rows)}


if __name__ == "__main__":
    sys.exit(main())
