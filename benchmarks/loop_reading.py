"""The loop's texts, read blind: pairs to be read, then what the readers said. No model judges here.

    python benchmarks/loop_reading.py pairs --data FOLDER --work FOLDER --arms all:tuned all:best_of_n --out NAME
    python benchmarks/loop_reading.py count --pairs NAME --verdicts FILE [FILE ...]

`pairs` takes the texts `loop.py` kept in `--work` and writes NAME.txt (request, X, Y; which arm is X is drawn, and so
is the order of pairs) and NAME.key.json, which a reader does not open. A reader answers two questions for each pair:
which text a writer who made this request would rather be given, and which is the better writing whatever was asked. A
verdicts file is JSON: {"0": ["X", "Y"], ...}, an entry a pair.

`count` prints, for each pair of arms and each question, the share that goes to the first arm over all readers, with a
95 % interval (briefs resampled; the same text in both is half a win), and how often two readers say the same, beside
what they would by chance. A verdict that is missing, or is no X or Y, ends it: exit 2.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from loop_arms import Kept, Task, tasks
from loop_measures import interval, read_rows

QUESTIONS = ("rather_given", "better_writing")
Verdicts = Mapping[str, Sequence[str]]
"""Number of a pair to an answer for each question."""


def pairs(kept: Kept, every: Sequence[Task], seeds: Sequence[int], arms: Sequence[tuple[str, str]], draw: int
          ) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """What is read, and its key: for each number the brief, the first arm, the second, and which of them is X ("" where
    both are the same text, which nobody has to read)."""
    rng = random.Random(draw)
    found = [
        (task, seed, one, other)
        for task in every
        for seed in seeds
        for one, other in arms
        if (task.key, seed, one) in kept.rows and (task.key, seed, other) in kept.rows
    ]
    rng.shuffle(found)
    shown, key = [], {}
    for number, (task, seed, one, other) in enumerate(found):
        first = one if rng.random() < 0.5 else other
        texts = {arm: kept.text(task.key, seed, arm).strip() for arm in (one, other)}
        same = texts[one] == texts[other]
        key[str(number)] = {"brief": task.key, "seed": seed, "arms": [one, other], "x": "" if same else first}
        if not same:
            second = other if first == one else one
            shown.append(f"######## {number}: {task.request}\n\n--- X\n{texts[first]}\n\n--- Y\n{texts[second]}\n")
    return "\n\n".join(shown), key


def winners(key: Mapping[str, Any], verdicts: Verdicts, question: int) -> dict[str, float]:
    """For each pair 1 where the reader prefers the first arm, 0 the second, .5 where they are the same text.

    Raises ValueError naming a pair without an answer, or with another than X or Y.
    """
    found = {}
    for number, row in key.items():
        if not row["x"]:
            found[number] = 0.5
            continue
        said = verdicts.get(number, ())
        if len(said) != len(QUESTIONS) or said[question] not in ("X", "Y"):
            raise ValueError(f"pair {number} has no verdict of X or Y for each of {', '.join(QUESTIONS)}")
        found[number] = float((said[question] == "X") == (row["x"] == row["arms"][0]))
    return found


def count(key: Mapping[str, Any], readers: Sequence[Verdicts]) -> dict[str, Any]:
    """The table that `count` prints. Raises ValueError as `winners` does."""
    table: dict[str, Any] = {}
    for place, question in enumerate(QUESTIONS):
        each = [winners(key, reader, place) for reader in readers]
        rows: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for number, row in key.items():
            rows["_over_".join(row["arms"])].append((row["brief"], float(np.mean([one[number] for one in each]))))
        table[question] = {
            name: interval([value for _, value in some], [brief for brief, _ in some])
            for name, some in sorted(rows.items())
        }
        table[question]["readers_agree"] = _agreement(key, each)
    return table


def _agreement(key: Mapping[str, Any], each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean over pairs of readers: share of texts on which they say the same, and Cohen's kappa."""
    read = [number for number, row in key.items() if row["x"]]
    shares, kappas = [], []
    for one, other in combinations(each, 2):
        a, b = (np.array([values[number] for number in read]) for values in (one, other))
        same, chance = float((a == b).mean()), float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
        shares.append(same)
        kappas.append((same - chance) / (1 - chance) if chance < 1 else 1.0)
    return {"share": round(float(np.mean(shares)), 3), "kappa": round(float(np.mean(kappas)), 3)} if shares else {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    make = steps.add_parser("pairs")
    make.add_argument("--data", type=Path, required=True)
    make.add_argument("--work", type=Path, required=True)
    make.add_argument("--arms", nargs="+", required=True, help="such as all:tuned")
    make.add_argument("--seeds", type=int, nargs="+", default=[1])
    make.add_argument("--briefs", type=int, default=24)
    make.add_argument("--draw", type=int, default=7, help="seed of the order and of which is X")
    make.add_argument("--out", type=Path, required=True)
    add = steps.add_parser("count")
    add.add_argument("--pairs", type=Path, required=True)
    add.add_argument("--verdicts", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    if options.step == "pairs":
        return _write(options)
    key = json.loads(options.pairs.with_suffix(".key.json").read_text(encoding="utf-8"))
    try:
        found = count(key, [json.loads(path.read_text(encoding="utf-8")) for path in options.verdicts])
    except ValueError as error:
        print(f"{error}. Complete the verdicts and count again.", file=sys.stderr)
        return 2
    json.dump(found, sys.stdout, indent=1)
    return 0


def _write(options: argparse.Namespace) -> int:
    named = [tuple(arm.split(":")) for arm in options.arms]
    if any(len(two) != 2 for two in named):
        print("--arms takes pairs such as all:tuned.", file=sys.stderr)
        return 2
    prompts, stories = (read_rows(options.data / f"{n}.jsonl") for n in ("creative_prompts", "story_ratings"))
    every = tasks(prompts, stories, options.briefs)
    shown, key = pairs(Kept.open(options.work / "texts.jsonl"), every, options.seeds, named, options.draw)  # type: ignore[arg-type]
    if not key:
        print(f"{options.work} holds no text of both arms of any pair. Run loop.py first.", file=sys.stderr)
        return 2
    options.out.with_suffix(".txt").write_text(shown, encoding="utf-8")
    options.out.with_suffix(".key.json").write_text(json.dumps(key), encoding="utf-8")
    json.dump({"pairs": len(key), "to_read": sum(bool(row["x"]) for row in key.values())}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
