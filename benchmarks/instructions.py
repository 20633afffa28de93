"""Small instructions whose answer a program can check, before and after an adapter. Prints JSON.

    python benchmarks/instructions.py [--adapter FOLDER ...] [--seeds 3] [--model GGUF] [--cache FOLDER]

After IFEval (Zhou et al. 2023, arXiv 2311.07911): every instruction is verifiable, so no judge is needed. An adapter
that has unlearned to do as it is told shows here, whatever its verse is like.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import threading
from collections.abc import Callable
from pathlib import Path

from agents.batch import run
from agents.contracts import Message, Request, Sampling
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models import resolve
from cocreate.settings import Settings

SAMPLING = Sampling(temperature=0.4, min_p=0.1, repeat_penalty=1.0, dry_multiplier=0.0)
Check = Callable[[str], bool]


def says(*words: str) -> Check:
    return lambda text: all(re.search(rf"\b{word}", text, re.IGNORECASE) for word in words)


def starts(word: str) -> Check:
    return lambda text: text.strip().strip("\"'“*").lower().startswith(word.lower())


def lines_of(count: int) -> Check:
    return lambda text: len([line for line in text.splitlines() if line.strip()]) == count


def at_most(count: int) -> Check:
    return lambda text: 0 < len(text.split()) <= count


def both(*checks: Check) -> Check:
    return lambda text: all(check(text) for check in checks)


TASKS: tuple[tuple[str, Check], ...] = (
    ("What is the capital of France? Answer with one word.", both(says("Paris"), at_most(8))),
    ("What is the capital of Italy? Answer with one word.", both(says("Rome"), at_most(8))),
    ("Is ice cold? Answer with yes or no only.", both(starts("yes"), at_most(6))),
    ("Can a stone swim? Answer with yes or no only.", both(starts("no"), at_most(6))),
    ("How many days are there in a week? Answer with a number.", says("(7|seven)")),
    ("What is 2 + 3? Answer with a number only.", both(says("(5|five)"), at_most(8))),
    ("What colour is grass? Answer with one word.", both(says("green"), at_most(8))),
    ("What do bees make? Answer with one word.", both(says("honey"), at_most(8))),
    ("Write one sentence that contains the word lantern.", says("lantern")),
    ("Write one sentence that contains the words river and bread.", says("river", "bread")),
    ("Write a sentence of at most ten words about a dog.", both(says("dog"), at_most(14))),
    ("Name three fruits, separated by commas.", lambda text: text.count(",") >= 2 and len(text.split()) < 20),
    ("Name four animals, one on each line.", lines_of(4)),
    ("Write a poem of exactly two lines about the sea.", lines_of(2)),
    ("Write a poem of exactly four lines about snow.", lines_of(4)),
    ("Write a slogan for a bakery in one line.", both(lines_of(1), at_most(25))),
    ("Begin your answer with the word Listen and tell me about the rain.", starts("listen")),
    ("Begin your answer with the word Tomorrow and tell me about a journey.", starts("tomorrow")),
    ("Repeat this sentence exactly: The old clock struck nine.", says("The old clock struck nine")),
    ("Repeat this sentence exactly: Two crows sat on the gate.", says("Two crows sat on the gate")),
    ("Write the word moon three times.", lambda text: len(re.findall(r"\bmoon\b", text, re.IGNORECASE)) == 3),
    ("What is the opposite of hot? Answer with one word.", both(says("cold"), at_most(8))),
    ("What is the opposite of tall? Answer with one word.", both(says("short"), at_most(8))),
    ("Which season comes after winter? Answer with one word.", both(says("spring"), at_most(8))),
    ("Give this text a title, nothing else: A boy finds a lost dog in the snow and takes it home.", at_most(14)),
    ("Summarise in one sentence: The baker rose at four. He lit the oven. By six the bread was sold.", at_most(35)),
    ("Write a short email to a friend named Anna about a picnic.", says("Anna", "picnic")),
    ("List the months of the year.", says("January", "June", "December")),
    ("Explain what a lighthouse is in one or two sentences.", both(says("(light|ship|sea|coast)"), at_most(70))),
    ("Which is heavier, a feather or a house? Answer in one word.", both(says("house"), at_most(8))),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", type=Path, nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    settings = Settings(home=Path(), cache=options.cache, model=str(options.model or ""))
    names = {f"role/{path.name}": str(path) for path in options.adapter}
    engine = LlamaCppEngine(
        resolve(settings, lambda done, total: None).path, context=1024, parallel=8, adapters=names, cache=options.cache
    )
    try:
        found = {str(name): measure(engine, name, options.seeds) for name in (None, *names)}
    finally:
        engine.close()
    print(json.dumps({"tasks": len(TASKS), "seeds": options.seeds, "obeyed": found}, indent=1))


def measure(engine: LlamaCppEngine, adapter: str | None, seeds: int) -> dict[str, object]:
    requests = [
        Request((Message("user", ask),), max_tokens=120, sampling=SAMPLING, seed=seed + 1, adapter=adapter)
        for seed in range(seeds)
        for ask, _ in TASKS
    ]
    replies = run(engine, requests, threading.Event())
    right = [[TASKS[at % len(TASKS)][1](reply.text)] for at, reply in enumerate(replies)]
    by_task = [sum(right[at + len(TASKS) * seed][0] for seed in range(seeds)) / seeds for at in range(len(TASKS))]
    rng = random.Random(0)
    means = sorted(sum(rng.choices(by_task, k=len(by_task))) / len(by_task) for _ in range(2000))
    return {
        "share": round(sum(by_task) / len(by_task), 3), "interval": [round(means[50], 3), round(means[1949], 3)],
        "failed": [TASKS[at][0] for at, share in enumerate(by_task) if share < 0.5],
    }  # fmt: skip


if __name__ == "__main__":
    main()
