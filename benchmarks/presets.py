"""Which turns are worth their tokens: many ways to spend the same number of generated tokens, from one pool of texts.

    python benchmarks/presets.py --pool FILE [--briefs 12] [--seeds 1] [--plain 8] [--directed 8] [--tried 3]
                                 [--rounds 2] [--temperatures 1.0,0.8] [--budgets 520,1040,2080]
                                 [--data FOLDER --work loop-work] [--no-roles] [--limit SECONDS]

Texts are written and judged once for each brief and seed (`presets_pool.py`) and kept in FILE, so that a run that was
cut off goes on and a second run only searches. A way to spend tokens says at which temperatures drafts are written,
which share follows directions, how many of the best are revised with how many candidates in how many rounds, and
whether twice as many openings are written and the better half goes on. Its drafts are drawn from the pool at random
until the budget is spent, 60 times over; its result is the best text by the critic's overall. With --data the second
judge (`loop_judge.py`) scores those results too; it had no part in the choice.

Prints one JSON object: for each budget and each way the mean overall, the difference to plain drafts at the first
temperature, the same by the second judge and the share of its wins, with 95 % intervals over briefs; how well an
opening tells its draft; what the choice of the drafts in front costs in overall and gains in distance, for several
balances.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from briefs import BRIEFS
from loop_measures import interval
from presets_pool import OPENING, DraftRow, Judged, Maker, Pool, Size, load, save

from agents.contracts import Score, Scorecard
from cocreate import offering
from cocreate.settings import Settings

DRAWS = 60
"""Times a way is put together from one pool."""
REVISIONS = ((0, 0, 0), (1, 3, 1), (2, 3, 1), (4, 3, 1), (8, 3, 1), (1, 3, 2), (2, 3, 2), (4, 3, 2))
"""(drafts revised, candidates, rounds)."""
FRONT, BEHIND = 4, 8
"""Drafts put in front, of how many."""
BALANCES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True)
class Way:
    """One way to spend tokens."""

    temperatures: tuple[float, ...]
    directed: float
    """Share of the drafts that follow a direction."""
    parents: int
    tried: int
    rounds: int
    openings: int = 1
    """Openings written for each draft that goes on."""


@dataclass(frozen=True)
class Result:
    """What a way came to, once."""

    best: Judged
    drafts: int
    tokens: float
    short: bool
    """The pool had no more drafts to give."""


# --- one turn from the pool ----------------------------------------------------------------------------------


def spend(pool: Pool, way: Way, budget: float, draw: random.Random) -> Result:
    """Put a turn together within the budget; at least one draft is written."""
    left = budget - _revising(pool, way)
    order = list(_order(pool, way, draw))
    taken, cost, count = _fitting(pool, way, order, left, draw)
    best = _revised(sorted(taken, key=lambda draft: -draft.overall), way)
    for _, tokens in best:
        cost += tokens
    return Result(max((one for one, _ in best), key=lambda one: one.overall), count, cost, count >= len(order))


def _order(pool: Pool, way: Way, draw: random.Random) -> Iterator[DraftRow]:
    """Drafts in the order they would be written: kinds in their shares, at random inside a kind."""
    kinds: dict[object, list[DraftRow]] = {"directed": [draft for draft in pool.drafts if draft.directed]}
    for warm in way.temperatures:
        kinds[warm] = [draft for draft in pool.drafts if not draft.directed and draft.temperature == warm]
    for found in kinds.values():
        draw.shuffle(found)
    directed = 0
    for number in range(len(pool.drafts)):
        wanted: object = way.temperatures[(number - directed) % len(way.temperatures)]
        if directed < way.directed * (number + 1):
            wanted, directed = "directed", directed + 1
        if not kinds[wanted]:
            return
        yield kinds[wanted].pop()


def _fitting(
    pool: Pool, way: Way, order: Sequence[DraftRow], left: float, draw: random.Random
) -> tuple[list[DraftRow], float, int]:
    """The drafts that fit, what they cost, and how many of `order` were begun for them.

    The draft that would go over the budget is written as often as makes the mean cost the budget: else ways with dear
    drafts would spend less.
    """
    best: tuple[list[DraftRow], float, int] = ([], 0.0, 0)
    for count in range(way.openings, len(order) + 1, way.openings):
        begun = order[:count]
        whole = sorted(begun, key=lambda draft: -draft.opening)[: count // way.openings]
        if way.openings == 1:
            cost = float(sum(draft.tokens for draft in begun))
        else:
            cost = sum(draft.tokens * OPENING for draft in begun) + sum(d.tokens * (1 - OPENING) for d in whole)
        cost += pool.idea_tokens * sum(draft.directed for draft in begun)
        if best[0] and cost > left:
            return (whole, cost, count) if draw.random() < (left - best[1]) / (cost - best[1]) else best
        best = (whole, cost, count)
    return best


def _revising(pool: Pool, way: Way) -> float:
    """Tokens to keep back for revisions: the mean of the pool's candidates, as many as the way tries."""
    return pool.rewrite_tokens * way.tried * (way.parents + way.rounds - 1) if way.rounds else 0.0


def _revised(drafts: Sequence[DraftRow], way: Way) -> list[tuple[Judged, float]]:
    """Each draft, or what became of it, with the tokens its revision cost; best first goes in, any order comes out."""
    found: list[tuple[Judged, float]] = [(draft, 0.0) for draft in drafts]
    if not way.rounds:
        return found
    for place in range(min(way.parents, len(drafts))):
        found[place] = _round(drafts[place], drafts[place], 0, way.tried)
    for number in range(1, way.rounds):
        place = max(range(len(found)), key=lambda row: found[row][0].overall)
        again, tokens = _round(drafts[place], found[place][0], number, way.tried)
        found[place] = (again, found[place][1] + tokens)
    return found


def _round(draft: DraftRow, now: Judged, number: int, tried: int) -> tuple[Judged, float]:
    """The better of a text and the best candidate of its round, and the tokens of the candidates."""
    if number >= len(draft.rounds):
        return now, 0.0
    candidates = draft.rounds[number][:tried]
    best = max(candidates, key=lambda one: one.overall)
    return (best if best.overall > now.overall else now), float(sum(one.tokens for one in candidates))


# --- the search ----------------------------------------------------------------------------------------------


def ways(temperatures: Sequence[float]) -> list[Way]:
    """All that are compared; plain drafts at the first temperature come first."""
    warm = [(one,) for one in temperatures] + ([tuple(temperatures)] if len(temperatures) > 1 else [])
    found = [
        Way(heat, directed, *revision, openings)
        for heat, directed, revision, openings in product(warm, (0.0, 0.5, 1.0), REVISIONS, (1, 2))
    ]
    return [way for way in found if way.directed < 1 or way.temperatures == warm[0]]


def search(pools: Sequence[Pool], found: Sequence[Way], budget: float) -> list[dict[str, Any]]:
    """A row for each way, the best by overall first."""
    results = {way: [_draws(pool, way, budget) for pool in pools] for way in found}
    plain = results[found[0]]
    rows = [_row(way, results[way], plain, [pool.request for pool in pools]) for way in found]
    return sorted(rows, key=lambda row: -row["overall"]["value"])


def _draws(pool: Pool, way: Way, budget: float) -> list[Result]:
    draw = random.Random(f"{pool.request} {pool.seed}")
    return [spend(pool, way, budget, draw) for _ in range(DRAWS)]


def _row(way: Way, mine: list[list[Result]], plain: list[list[Result]], briefs: list[str]) -> dict[str, Any]:
    def mean(results: list[Result]) -> float:
        return fmean(result.best.overall for result in results)

    every = [result for results in mine for result in results]
    row: dict[str, Any] = {
        "way": asdict(way),
        "drafts": round(fmean(result.drafts for result in every), 1),
        "tokens": round(fmean(result.tokens for result in every)),
        "pool_too_small": round(fmean(result.short for result in every), 2),
        "overall": interval([mean(results) for results in mine], briefs),
        "against_plain": interval([mean(a) - mean(b) for a, b in zip(mine, plain, strict=True)], briefs),
    }
    if all(result.best.second is not None for result in (*every, *(one for results in plain for one in results))):
        row["second"] = interval([_second(results) for results in mine], briefs)
        row["second_against_plain"] = interval(
            [_second(a) - _second(b) for a, b in zip(mine, plain, strict=True)], briefs
        )
        row["second_wins"] = interval([_wins(a, b) for a, b in zip(mine, plain, strict=True)], briefs)
    return row


def _second(results: list[Result]) -> float:
    return fmean(result.best.second or 0.0 for result in results)


def _wins(mine: list[Result], plain: list[Result]) -> float:
    """Share of pairs the second judge gives to `mine`; an equal text is half a win. Every draw meets every other."""
    a, b = (np.array([result.best.second or 0.0 for result in results]) for results in (mine, plain))
    return float(((a[:, None] > b) + 0.5 * (a[:, None] == b)).mean())


def front(pools: Sequence[Pool]) -> list[dict[str, float]]:
    """For each balance of score and distance: mean overall and mean cosine of the drafts put in front."""
    rows, kept = [], offering.BALANCE
    for balance in BALANCES:
        offering.BALANCE = balance
        overall, cosine = [], []
        for pool in pools:
            draw = random.Random(f"{pool.request} {pool.seed}")
            for _ in range(DRAWS):
                some = draw.sample(pool.drafts, min(BEHIND, len(pool.drafts)))
                vectors = np.array([draft.vector for draft in some], np.float32)
                chosen = offering.choose([_card(draft) for draft in some], vectors, 0, FRONT)
                near = vectors[chosen] @ vectors[chosen].T
                overall.append(fmean(some[row].overall for row in chosen))
                cosine.append(float(near[np.triu_indices(len(chosen), 1)].mean()))
        rows.append({"balance": balance, "overall": round(fmean(overall), 3),
                     "cosine": round(fmean(cosine), 3)})  # fmt: skip
    offering.BALANCE = kept
    return rows


def _card(draft: DraftRow) -> Scorecard:
    none = Score(0.0)
    return Scorecard(none, none, none, draft.overall)


def openings(pools: Sequence[Pool]) -> dict[str, float]:
    """Spearman's rho of an opening's overall and its draft's, inside a pool, with an interval over briefs."""
    rho = [_spearman([d.opening for d in pool.drafts], [d.overall for d in pool.drafts]) for pool in pools]
    return interval(rho, [pool.request for pool in pools])


def _spearman(one: Sequence[float], other: Sequence[float]) -> float:
    ranks = [np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1]) if len(one) > 2 else 0.0


# --- the second judge ----------------------------------------------------------------------------------------


def ask_second(pools: Sequence[Pool], data: Path, work: Path, settings: Settings) -> None:
    """Let the second judge score every text that can be a result and was not scored yet.

    `work` is the folder of `loop.py`: a judge that was fitted there is taken as it is.
    """
    from loop_features import open_views
    from loop_judge import second_judge
    from train_critic import open_source

    missing = [one for pool in pools for draft in pool.drafts for one in results_of(draft) if one.second is None]
    if not missing:
        return
    views = open_views(settings, work / "views")
    judge = second_judge(open_source(data, None, settings.home, settings.cache, exact=False), views, work)
    for at in range(0, len(missing), 32):
        some = missing[at : at + 32]
        for one, value in zip(some, judge.score([one.text for one in some]), strict=True):
            one.second = float(value)


def results_of(draft: DraftRow) -> list[Judged]:
    """The draft, and each candidate that is better than all before it: nothing else can be a result."""
    found: list[Judged] = [draft]
    for each in draft.rounds:
        for one in each:
            if one.overall > found[-1].overall or one.overall > draft.overall:
                found.append(one)
    return found


# --- the program ---------------------------------------------------------------------------------------------


def main() -> None:
    args = _parser().parse_args()
    temperatures = tuple(float(one) for one in args.temperatures.split(","))
    size = Size(temperatures, args.plain, args.directed, args.tried, args.rounds)
    with tempfile.TemporaryDirectory() as home:
        overrides = {"roles": False} if args.no_roles else {}
        settings = Settings.load(home=Path(home), environ=os.environ, overrides=overrides)
        pools = make(settings, size, BRIEFS[: args.briefs], range(1, args.seeds + 1), Path(args.pool), args.limit)
        if args.data:
            ask_second(pools, args.data, args.work, settings)
            save(pools, Path(args.pool))
    found = ways(temperatures)
    budgets = [float(one) for one in args.budgets.split(",")]
    result = {
        "pools": len(pools),
        "briefs": len({pool.request for pool in pools}),
        "size": asdict(size),
        "tokens_a_draft": round(fmean(d.tokens for pool in pools for d in pool.drafts), 1),
        "tokens_a_direction": round(fmean(pool.idea_tokens for pool in pools), 1),
        "openings_tell": openings(pools),
        "front": front(pools),
        "budgets": {f"{budget:g}": search(pools, found, budget) for budget in budgets},
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


def make(settings: Settings, size: Size, briefs: Sequence[str], seeds: Sequence[int], path: Path, limit: float
         ) -> list[Pool]:  # fmt: skip
    """The pools of all briefs and seeds: from the file, the rest made now and added to it, until `limit` seconds."""
    pools, began = load(path), time.perf_counter()
    there = {(pool.request, pool.seed) for pool in pools}
    missing = [(brief, seed) for seed in seeds for brief in briefs if (brief, seed) not in there]
    maker = Maker(settings) if missing else None
    try:
        for brief, seed in missing:
            if maker is None or time.perf_counter() - began > limit:
                break
            pools.append(maker.pool(brief, seed, size, lambda said: print(said, file=sys.stderr)))
            save(pools, path)
    finally:
        if maker is not None:
            maker.close()
    return [pool for pool in pools if pool.request in briefs and pool.seed in seeds]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--briefs", type=int, default=len(BRIEFS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--plain", type=int, default=8, help="drafts at each temperature")
    parser.add_argument("--directed", type=int, default=8)
    parser.add_argument("--tried", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--temperatures", default="1.0,0.8")
    parser.add_argument("--budgets", default="520,1040,2080", help="generated tokens of a turn")
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--work", type=Path, default=Path("loop-work"))
    parser.add_argument("--no-roles", action="store_true")
    parser.add_argument("--limit", type=float, default=float("inf"), help="seconds after which no pool is begun")
    return parser


if __name__ == "__main__":
    main()
