"""A whole turn against one plain sample of the same model, in the same run, alternating.

    python benchmarks/turn.py [--briefs 12] [--preset balanced | --ideas 6 --drafts 4 --revisions 1] [--seed 1]

The plain sample is what a writer gets without the studio: the brief as a chat message, temperature 0.8, top-p 0.9, no
repetition control, the same limit of tokens as one draft. Both are scored by the studio's critic under the same brief.
Prints one JSON object: per brief the overall scores, seconds, repeated-trigram rates; and the summary. A data directory
of its own is made and removed; models come from the usual cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from briefs import BRIEFS

from agents.contracts import Brief, Message, Request, Sampling
from agents.critique.scorecard import Critic
from cocreate.commands import TurnOptions, Write
from cocreate.engines.choose import open_engine, open_scorer
from cocreate.events import (
    BriefUnderstood,
    DraftGrew,
    DraftScored,
    DraftStarted,
    RevisionJudged,
    StepStarted,
    TurnFinished,
)
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from cocreate.studio import Studio
from memory.embedder import SentenceEmbedder

PLAIN = Sampling(0.8, 0, 0.9, 0.0, 1.0, 0, 0.0, 1.75, 2)


def repeated_trigrams(text: str) -> float:
    """Share of word trigrams that occurred before in the text (0 to 1)."""
    words = text.lower().split()
    grams = list(zip(words, words[1:], words[2:], strict=False))
    return sum(count - 1 for count in Counter(grams).values()) / len(grams) if grams else 0.0


class Plain:
    """The rival: one sample, no studio."""

    def __init__(self, settings: Settings) -> None:
        resolved = resolve(settings, lambda done, total: None)
        self.engine = open_engine(settings, resolved)
        embedder = SentenceEmbedder(resolve_embedder(settings, lambda done, total: None), threads=settings.threads)
        self.critic = Critic(open_scorer(settings, resolved, self.engine), embedder)

    def write(self, request: str, seed: int) -> tuple[str, float]:
        started = time.perf_counter()
        chunks = self.engine.generate(
            [Request((Message("user", f"Write {request}."),), max_tokens=260, sampling=PLAIN, seed=seed)],
            threading.Event(),
        )
        return "".join(chunk.text for chunk in chunks).strip(), time.perf_counter() - started

    def overall(self, text: str, brief: Brief) -> float:
        return self.critic.judge([text], brief)[0].overall


def studio_turn(studio: Studio, request: str, options: TurnOptions) -> dict[str, object]:
    started = time.perf_counter()
    events, first_word = [], 0.0
    for event in studio.send(Write(request, options=options)):
        if isinstance(event, DraftGrew) and not first_word:
            first_word = time.perf_counter() - started
        events.append((time.perf_counter() - started, event))
    steps: dict[str, float] = {}
    marks = [(at, event.step) for at, event in events if isinstance(event, StepStarted)]
    for (at, step), (until, _) in zip(marks, [*marks[1:], (events[-1][0], "")], strict=True):
        steps[step] = round(steps.get(step, 0.0) + until - at, 2)
    firsts = {event.draft_id for _, event in events if isinstance(event, DraftStarted) and not event.parent}
    firsts -= {event.draft_id for _, event in events if isinstance(event, RevisionJudged) and not event.parent}
    finished = next(event for _, event in events if isinstance(event, TurnFinished))
    return {
        "seconds": finished.seconds,
        "first_word_seconds": first_word,
        "steps": steps,
        "tokens": finished.tokens,
        "best": finished.takes[0],
        "brief": next(event.brief for _, event in events if isinstance(event, BriefUnderstood)),
        "first_drafts": [
            event.scorecard.overall
            for _, event in events
            if isinstance(event, DraftScored) and event.draft_id in firsts
        ],
    }


def compare(studio: Studio, plain: Plain, request: str, options: TurnOptions) -> dict[str, object]:
    turn = studio_turn(studio, request, options)
    text, seconds = plain.write(request, options.seed or 0)
    best, brief = turn["best"], turn["brief"]
    return {
        "brief": request,
        # The best take alone, as the plain sample: in the turn its novelty was judged against the other drafts.
        "studio_overall": plain.overall(best.text, brief),
        "plain_overall": plain.overall(text, brief),
        "studio_in_turn": best.scorecard.overall,
        "first_drafts": turn["first_drafts"],
        "best_at_least_first_drafts": best.scorecard.overall >= max(turn["first_drafts"]),
        "studio_repeated_trigrams": repeated_trigrams(best.text),
        "plain_repeated_trigrams": repeated_trigrams(text),
        "seconds": turn["seconds"],
        "plain_seconds": seconds,
        "first_word_seconds": turn["first_word_seconds"],
        "steps": turn["steps"],
        "tokens": turn["tokens"],
        "studio_text": best.text,
        "plain_text": text,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--briefs", type=int, default=len(BRIEFS))
    parser.add_argument("--preset", default=None, help="figures left out are this preset's; without it, balanced's")
    for name in ("ideas", "drafts", "revisions"):
        parser.add_argument(f"--{name}", type=int, default=None)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        base = Settings.load(home=Path(home))
        studio, plain = Studio(base), Plain(base)
        list(studio.start())
        options = TurnOptions(args.ideas, args.drafts, args.revisions, args.seed, ask=False, preset=args.preset)
        rows = [compare(studio, plain, request, options) for request in BRIEFS[: args.briefs]]
        studio.close()
    summary = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "wins": sum(row["studio_overall"] > row["plain_overall"] for row in rows),
        "of": len(rows),
        "best_at_least_first_drafts": all(row["best_at_least_first_drafts"] for row in rows),
    }
    for name in ("seconds", "first_word_seconds", "plain_seconds", "studio_overall", "plain_overall"):
        values = [row[name] for row in rows]
        summary[name] = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    for name in ("studio_repeated_trigrams", "plain_repeated_trigrams"):
        summary[name] = {"mean": statistics.mean(row[name] for row in rows), "max": max(row[name] for row in rows)}
    print(json.dumps({"summary": summary, "rows": rows}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
