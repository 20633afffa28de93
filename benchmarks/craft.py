"""What each step of the craft gains, by the critic's own scores. Prints JSON.

    python benchmarks/craft.py [--briefs 12] [--seed 1] [--texts] [--home FOLDER] [--cache FOLDER]

Steps, each on the same briefs: one plain sample (the request as a chat message, temperature .8, top-p .9, no repetition
control); one draft with our prompt and sampling; the critic's choice of four; the same with directions; and after one
revision, kept where it scores higher. The critic was written before and is not tuned on this.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from briefs import BRIEFS

from agents.cleaning import reached
from agents.contracts import Brief, Embedder, Engine, Message, Request, Sampling, Scorecard
from agents.critique import Critic, repetition
from agents.drafting import Drafting
from agents.ideation import Ideation
from agents.understand import understand
from agents.wording import length_of
from cocreate.engines.choose import open_engine, open_scorer
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from memory.embedder import SentenceEmbedder

PLAIN = Sampling(0.8, 0, 0.9, 0.0, 1.0, 0, 0.0, 1.75, 2)
STOP = threading.Event()


@dataclass
class Studio:
    """The parts under test."""

    engine: Engine
    embedder: Embedder
    critic: Critic


def quiet(index: int, piece: str) -> None:
    """Nobody watches."""


def plain(studio: Studio, brief: Brief, seed: int) -> list[str]:
    request = Request((Message("user", f"Write {brief.request}."),), max_tokens=260, sampling=PLAIN, seed=seed)
    return ["".join(chunk.text for chunk in studio.engine.generate([request], STOP)).strip()]


def drafts(studio: Studio, brief: Brief, seed: int, *, count: int, ideas: int = 0) -> list[str]:
    directions: list[str] = []
    if ideas:
        found = Ideation(studio.engine, studio.embedder).find(brief, [], count=ideas, seed=seed, stop=STOP)
        directions = [direction.text for direction in found]
    writer = Drafting(studio.engine)
    return [one.text for one in writer.write(brief, directions, [], count=count, seed=seed, stop=STOP, progress=quiet)]


def revised(studio: Studio, brief: Brief, seed: int) -> list[str]:
    """Four drafts with directions, the best of them revised three times; all are candidates."""
    texts = drafts(studio, brief, seed, count=4, ideas=4)
    cards = studio.critic.judge(texts, brief)
    best = max(range(len(texts)), key=lambda i: cards[i].overall)
    card = cards[best]
    evidence = (*card.fluency.evidence, *card.theme_fit.evidence, *card.novelty.evidence)
    writer = Drafting(studio.engine)
    more = writer.revise(brief, texts[best], evidence, count=3, seed=seed, stop=STOP, progress=quiet)
    # The revisions are held against the other drafts, not against their own parent.
    return [texts[best], *(one.text for one in more)]


STEPS: dict[str, Callable[[Studio, Brief, int], list[str]]] = {
    "plain sample": plain,
    "our prompt and sampling, one draft": lambda s, b, seed: drafts(s, b, seed, count=1),
    "critic's choice of 4": lambda s, b, seed: drafts(s, b, seed, count=4),
    "with directions": lambda s, b, seed: drafts(s, b, seed, count=4, ideas=4),
    "with one revision": revised,
}


def choose(studio: Studio, brief: Brief, texts: list[str]) -> tuple[str, Scorecard]:
    """The best text, each judged alone so that versions of one text do not count as copies of each other."""
    cards = [studio.critic.judge([text], brief)[0] for text in texts]
    best = max(range(len(texts)), key=lambda i: (cards[i].overall, -i))
    return texts[best], cards[best]


def run(studio: Studio, requests: tuple[str, ...], seed: int, steps: list[str], *, show: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in ("plain sample", *(name for name in STEPS if name in steps)):
        step = STEPS[name]
        rows = []
        for number, request in enumerate(requests):
            brief = understand(request).brief
            started = time.perf_counter()
            texts = step(studio, brief, seed * 1000 + number)
            seconds = time.perf_counter() - started
            text, card = choose(studio, brief, texts)
            asked = length_of(brief)
            rows.append(
                {
                    "brief": request,
                    "overall": card.overall,
                    "fluency": card.fluency.value,
                    "theme_fit": card.theme_fit.value,
                    "novelty": card.novelty.value,
                    "repeated_trigrams": round(repetition.trigram_rate(text), 4),
                    "length_share": round(reached(text, asked) / asked.count, 2),
                    "seconds": round(seconds, 1),
                }
                | ({"text": text} if show else {})
            )
        result[name] = {"mean": means(rows), "rows": rows}
        print(name, result[name]["mean"], file=sys.stderr, flush=True)
    for step_result in result.values():
        pairs = zip(step_result["rows"], result["plain sample"]["rows"], strict=True)
        step_result["mean"]["beats_plain"] = sum(ours["overall"] > rival["overall"] for ours, rival in pairs)
    return result


def means(rows: list[dict[str, Any]]) -> dict[str, float]:
    keys = ("overall", "fluency", "theme_fit", "novelty", "repeated_trigrams", "seconds")
    found = {key: round(statistics.mean(row[key] for row in rows), 3) for key in keys}
    return found | {"length_obeyed": sum(0.75 <= row["length_share"] <= 1.25 for row in rows) / len(rows)}


def load(settings: Settings) -> Studio:
    resolved = resolve(settings, lambda done, total: None)
    engine = open_engine(settings, resolved)
    embedder = SentenceEmbedder(resolve_embedder(settings, lambda done, total: None), threads=settings.threads)
    return Studio(engine, embedder, Critic(open_scorer(settings, resolved, engine), embedder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--briefs", type=int, default=len(BRIEFS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", nargs="*", choices=list(STEPS)[1:], help="only these, besides the plain sample")
    parser.add_argument("--texts", action="store_true", help="print the texts too")
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    studio = load(Settings(home=options.home, cache=options.cache))
    result = run(studio, BRIEFS[: options.briefs], options.seed, options.steps or list(STEPS)[1:], show=options.texts)
    json.dump(result, sys.stdout, indent=1, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
