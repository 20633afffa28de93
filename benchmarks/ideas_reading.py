"""Ideas, read blind: lists by two ways of making them, what is given to readers, and what they said. No model judges.

    python benchmarks/ideas_reading.py make --data FOLDER --out FILE [--ideation FOLDER] [--drafting FOLDER]
        [--themes own|creative] [--count 10] [--turn]
    python benchmarks/ideas_reading.py give FILE FILE --ask lists|singles --out NAME
    python benchmarks/ideas_reading.py count --given NAME --verdicts FILE [FILE ...]

`make` asks the product for ideas (or with `--turn` for the directions of a turn) for each theme, with the adapters that
are named and no others, and prints the seconds each list took. `give` writes NAME.txt and NAME.key.json, which a reader
does not open. Lists: two of one theme, X and Y (which is which is drawn); a verdict is the list a writer would rather
be given and the one that is more original, {"0": ["X", "Y"], ...}. Singles: the first four of each list, mixed within
their theme; a verdict is two figures from 1 to 10, how glad a writer would be of it and how fresh it is:
{"0": [4, 6], ...}.

`count` prints what goes to the first file: the share of lists, or the mean and its difference to the second file, with
a 95 % interval (themes resampled), and how far two readers agree. A verdict that is missing or no such value: exit 2.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from critic_table import spearman
from loop_measures import interval, read_rows

from agents import ideation
from agents.contracts import Brief
from agents.critique.scorecard import Critic
from agents.idea_judge import IdeaJudge
from agents.understand import understand
from cocreate.engines.choose import open_scorer
from cocreate.engines.known_runs import known_runs
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from memory.embedder import SentenceEmbedder

THEMES = (
    "my grandmother's kitchen", "the last day of school", "a missed train", "autumn rain in a quiet courtyard",
    "moving house", "a power cut", "an old wedding dress", "the sea at night", "jealousy", "a lost dog",
    "Write a story about two brothers who inherit a bakery", "first snow", "Write an ad for a small coffee roastery",
    "Write a song about leaving a small town", "growing old", "a robot that wants to learn to paint",
    "the night shift in a hospital", "homesickness", "Write a poem about my father's hands", "a market in the morning",
    "a haunted elevator", "forgiveness", "a letter that arrives forty years late",
    "Write a horror story about a mirror",
)  # fmt: skip
"""Themes on which ways of making ideas are chosen; the creative prompts of the data folder are kept for the end."""
FIRST = 4
"""Ideas of a list that are read alone."""
ASKED = {"lists": ("rather_given", "more_original"), "singles": ("glad", "fresh")}


def make(options: argparse.Namespace) -> dict[str, Any]:
    """{theme: {"ideas": [...], "seconds": s}}."""
    asked = THEMES if options.themes == "own" else [
        row["prompt"] for row in read_rows(options.data / "creative_prompts.jsonl")
    ]  # fmt: skip
    settings = Settings(options.out.parent, options.cache, threads=options.threads)
    resolved = resolve(settings, lambda done, total: None)
    named = {ideation.ADAPTER: options.ideation, ideation.DRAFTING: options.drafting}
    adapters = {name: folder for name, folder in named.items() if folder}
    engine = LlamaCppEngine(
        resolved.path, threads=options.threads, cache=options.cache,
        adapters={name: str(folder) for name, folder in adapters.items()},
        known={name: runs for name, folder in adapters.items() if (runs := known_runs(folder))},
    )  # fmt: skip
    embedder = SentenceEmbedder(resolve_embedder(settings, lambda done, total: None), threads=options.threads)
    scorer = open_scorer(settings, resolved, engine)
    agent = ideation.Ideation(engine, embedder, IdeaJudge(scorer, embedder, Critic(scorer, embedder)))
    found: dict[str, Any] = {}
    for at, theme in enumerate(asked):
        stop, began = threading.Event(), time.perf_counter()
        brief = Brief(theme, kind="idea", theme=theme)  # as `cocreate ideas` asks
        if options.turn:
            brief = understand(theme).brief or brief
            ideas = [one.text for one in agent.find(brief, (), count=options.count, seed=options.seed + at, stop=stop)]
        else:
            ideas = [one.text for one in agent.ideas(brief, count=options.count, seed=options.seed + at, stop=stop)]
        found[theme] = {"ideas": ideas, "seconds": round(time.perf_counter() - began, 2)}
        print(f"  {theme[:60]}: {len(ideas)} in {found[theme]['seconds']} s", file=sys.stderr, flush=True)
    engine.close()
    return found


def give(one: dict[str, Any], other: dict[str, Any], ask: str, draw: int) -> tuple[str, dict[str, Any]]:
    """What is read, and its key."""
    rng = random.Random(draw)
    shown, key = [], {}
    names = [theme for theme in one if theme in other]
    if ask == "lists":
        rng.shuffle(names)
        for number, theme in enumerate(names):
            first = rng.randrange(2)
            lists = [one[theme]["ideas"], other[theme]["ideas"]]
            x, y = ("\n".join(f"- {idea}" for idea in lists[place]) for place in (first, 1 - first))
            shown.append(f"######## {number}: {theme}\n\n--- X\n{x}\n\n--- Y\n{y}\n")
            key[str(number)] = {"theme": theme, "x": first}
        return "\n\n".join(shown), key
    rows = [(theme, place, idea) for theme in names for place, found in enumerate((one, other))
            for idea in found[theme]["ideas"][:FIRST]]  # fmt: skip
    rng.shuffle(rows)
    rows.sort(key=lambda row: names.index(row[0]))  # themes together, the ways mixed within
    for number, (theme, place, idea) in enumerate(rows):
        if not number or rows[number - 1][0] != theme:
            shown.append(f"\n######## {theme}")
        shown.append(f"{number}: {idea}")
        key[str(number)] = {"theme": theme, "of": place}
    return "\n".join(shown), key


def value(row: dict[str, Any], said: Any) -> float:
    """A verdict as a number: lists 1 where the first file's is preferred, singles the figure. Raises ValueError."""
    if "x" in row:
        if said not in ("X", "Y"):
            raise ValueError(f"{said!r} is neither X nor Y")
        return float((said == "X") == (row["x"] == 0))
    if isinstance(said, bool) or not isinstance(said, int | float) or not 1 <= said <= 10:
        raise ValueError(f"{said!r} is no figure from 1 to 10")
    return float(said)


def count(key: dict[str, Any], ask: str, readers: list[dict[str, Any]]) -> dict[str, Any]:
    """The table that `count` prints. Raises ValueError naming a verdict that is missing or no such value."""
    table: dict[str, Any] = {}
    for place, question in enumerate(ASKED[ask]):
        each = []
        for reader in readers:
            try:
                each.append([value(row, reader[number][place]) for number, row in key.items()])
            except (KeyError, IndexError, TypeError) as error:
                raise ValueError(f"a verdict on {question} is missing: {error}") from error
        mean, rows = np.mean(each, axis=0), list(key.values())
        if ask == "lists":
            table[question] = {"share_of_first": interval(list(mean), [row["theme"] for row in rows])}
            agree = [float(np.mean(np.array(a) == np.array(b))) for a, b in combinations(each, 2)]
        else:
            table[question] = _apart(rows, mean)
            agree = [spearman(np.array(a), np.array(b)) for a, b in combinations(each, 2)]
        table[question]["readers_agree"] = round(float(np.mean(agree)), 3) if agree else None
    return table


def _apart(rows: list[dict[str, Any]], mean: np.ndarray) -> dict[str, Any]:
    """Means of both files, and the difference of their means inside a theme."""
    of = np.array([row["of"] for row in rows])
    themes = sorted({row["theme"] for row in rows})
    there = np.array([themes.index(row["theme"]) for row in rows])
    apart = [
        float(mean[(there == at) & (of == 0)].mean() - mean[(there == at) & (of == 1)].mean())
        for at in range(len(themes))
        if len(set(of[there == at])) == 2
    ]
    bad = [float((mean[of == place] <= 2.5).mean()) for place in (0, 1)]
    return {
        "first": round(float(mean[of == 0].mean()), 3), "second": round(float(mean[of == 1].mean()), 3),
        "first_over_second": interval(apart, range(len(apart))),
        "shares_of_2.5_or_less": [round(one, 3) for one in bad],
    }  # fmt: skip


def _beside(name: Path, ending: str) -> Path:
    """NAME with an ending; a dot in the name stays."""
    return name.with_name(name.name + ending)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    making = steps.add_parser("make")
    making.add_argument("--data", type=Path, required=True)
    making.add_argument("--out", type=Path, required=True)
    making.add_argument("--ideation", type=Path)
    making.add_argument("--drafting", type=Path)
    making.add_argument("--themes", choices=("own", "creative"), default="own")
    making.add_argument("--count", type=int, default=10)
    making.add_argument("--turn", action="store_true")
    making.add_argument("--seed", type=int, default=7000)
    making.add_argument("--threads", type=int, default=0)
    making.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    giving = steps.add_parser("give")
    giving.add_argument("files", type=Path, nargs=2)
    giving.add_argument("--ask", choices=tuple(ASKED), required=True)
    giving.add_argument("--draw", type=int, default=7, help="seed of the order and of which is X")
    giving.add_argument("--out", type=Path, required=True)
    counting = steps.add_parser("count")
    counting.add_argument("--given", type=Path, required=True)
    counting.add_argument("--verdicts", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    if options.step == "make":
        found = make(options)
        options.out.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
        seconds = [row["seconds"] for row in found.values()]
        json.dump({"themes": len(found), "seconds_median": float(np.median(seconds))}, sys.stdout)
        return 0
    if options.step == "give":
        one, other = (json.loads(path.read_text(encoding="utf-8")) for path in options.files)
        shown, key = give(one, other, options.ask, options.draw)
        _beside(options.out, ".txt").write_text(shown, encoding="utf-8")
        kept = {"ask": options.ask, "key": key}
        _beside(options.out, ".key.json").write_text(json.dumps(kept), encoding="utf-8")
        json.dump({"to_read": len(key)}, sys.stdout)
        return 0
    given = json.loads(_beside(options.given, ".key.json").read_text(encoding="utf-8"))
    try:
        read = [json.loads(path.read_text(encoding="utf-8")) for path in options.verdicts]
        json.dump(count(given["key"], given["ask"], read), sys.stdout, indent=1)
    except ValueError as error:
        print(f"{error}. Complete the verdicts and count again.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
