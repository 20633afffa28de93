"""Learning from choosing: best-of-N distillation of the drafting adapter, guarded. Prints JSON.

    python benchmarks/choose_role.py --data FOLDER --adapter FOLDER --out FOLDER --work FOLDER
        [--briefs 120] [--count 6] [--minutes 12] [--test 24]

1. Briefs are read off pieces of the training literature; `--count` drafts of each by the adapter as it is.
2. The critic chooses the best of each brief (copies, loops and texts of the wrong length are not to be chosen).
3. The adapter is tuned on, half on what was chosen and half on literature.
4. On briefs of their own, drafts of both adapters are compared by the second judge, which has seen neither the critic's
   data nor its features (`loop_judge`); length, distinct-3, repetition and copying are watched. `--out` is written in
   any case; the verdict says whether it is to be kept.

Best-of-N distillation: Sessa et al. 2024 (BOND, arXiv 2407.14622); rejection sampling as in Llama 2 (2307.09288).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from critic_sets import Source
from loop_features import open_views
from loop_judge import second_judge
from loop_measures import Literature, distinct, interval, repeated
from loop_measures import literature as literature_of
from role_sets import literature
from train_critic import open_source

from agents import prompts, wording
from agents.cleaning import reached
from agents.contracts import Brief, Message
from agents.critique import repetition
from agents.critique.scorecard import Critic
from agents.drafting import Drafting
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models import resolve
from cocreate.settings import Settings
from cocreate.training.job import Control, Lesson, Stepped, TuneJob
from cocreate.training.role_texts import World, brief_for, cleaned, nouns_of, pieces_of
from cocreate.training.split import Part
from cocreate.training.tuning import tune

NAME = "role/drafting"
LOOPS = 0.02
"""Largest share of repeated word trigrams of a text that may be chosen."""


@dataclass(frozen=True)
class Row:
    """One draft of one brief."""

    brief: Brief
    text: str
    overall: float
    theme: float


def say(*words: object) -> None:
    print(*words, file=sys.stderr, flush=True)


def briefs(data: Path, count: int, seed: int) -> list[Brief]:
    """Briefs for pieces of literature, as the adapter was tuned on: no two of one text."""
    texts = literature(data)
    rng = random.Random(seed)
    world = World(lambda piece: (), nouns_of(text.text for text in texts))
    rng.shuffle(texts)
    found: list[Brief] = []
    for text in texts:
        part = cleaned(Part(text, 0, len(text.text), 0))
        pieces = pieces_of(part, rng) if part else []
        brief = brief_for(rng.choice(pieces), world, rng) if pieces else None
        if brief and brief.theme and (brief.kind == "poem" or len(found) % 5 < 2):
            found.append(brief)
        if len(found) == count:
            break
    return found


def drafts(engine: LlamaCppEngine, critic: Critic, wanted: list[Brief], count: int, seed: int) -> list[list[Row]]:
    """`count` scored drafts of each brief."""
    agent, stop, found = Drafting(engine), threading.Event(), []
    for at, brief in enumerate(wanted):
        made = agent.write(brief, (), (), count=count, seed=seed + at, stop=stop, progress=lambda i, piece: None)
        texts = [one.text for one in made if one.text.strip()]
        cards = critic.judge(texts, brief, answer=True)
        found.append([Row(brief, t, c.overall, c.theme_fit.value) for t, c in zip(texts, cards, strict=True)])
        if at % 10 == 9:
            say(f"  {at + 1}/{len(wanted)} briefs")
    return found


def choose(rows: list[Row]) -> Row | None:
    """The critic's best among those that may be chosen."""

    def allowed(row: Row) -> bool:
        length = wording.length_of(row.brief)
        there = reached(row.text, length) / length.count
        return 0.8 <= there <= 1.2 and repetition.trigram_rate(row.text) <= LOOPS

    return max((row for row in rows if allowed(row)), key=lambda row: row.overall, default=None)


def lesson(row: Row) -> Lesson:
    prompt = prompts.fill("draft", row.brief.language, wording.slots(row.brief))
    return Lesson(prompt.messages, row.text, theme=row.brief.theme)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "adapter", "out", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--briefs", type=int, default=120)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--test", type=int, default=24)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=options.work, cache=options.cache, threads=options.threads)
    base = resolve(settings, lambda done, total: None).path
    wanted = briefs(options.data, options.briefs + options.test, 11)
    learn, test = wanted[: options.briefs], wanted[options.briefs :]
    source = open_source(options.data, None, settings.home, settings.cache, exact=False)
    critic = Critic(source.reader, source.embedder)  # type: ignore[arg-type]

    def write(adapter: Path, some: list[Brief], count: int, seed: int) -> list[list[Row]]:
        engine = LlamaCppEngine(
            base, threads=options.threads, context=1024, parallel=count, adapters={NAME: str(adapter)},
            cache=options.work,
        )  # fmt: skip
        try:
            return drafts(engine, critic, some, count, seed)
        finally:
            engine.close()

    kept = options.work / "chosen.json"
    if not kept.is_file():
        rows = write(options.adapter, learn, options.count, 1)
        chosen = [best for group in rows if (best := choose(group)) is not None]
        mean = sum(row.overall for group in rows for row in group) / max(1, sum(map(len, rows)))
        told = {"drafts": sum(map(len, rows)), "chosen": len(chosen), "overall_of_all": round(mean, 2),
                "overall_of_chosen": round(sum(row.overall for row in chosen) / max(1, len(chosen)), 2)}  # fmt: skip
        lessons = [vars_of(lesson(row)) for row in chosen]
        kept.write_text(json.dumps({"told": told, "lessons": lessons}, ensure_ascii=False), encoding="utf-8")
    found = json.loads(kept.read_text(encoding="utf-8"))
    say(found["told"])
    if not options.out.exists():
        chosen_lessons = [
            Lesson(tuple(Message(*pair) for pair in row["messages"]), row["reply"], "", row["theme"])
            for row in found["lessons"]
        ]
        job = TuneJob(
            NAME, base, options.out, options.work / "steps", options.cache, literature(options.data), role="drafting",
            chosen=chosen_lessons, begin=options.adapter, minutes=options.minutes, seed=5, threads=options.threads,
        )  # fmt: skip
        tune(job, tell, Control(), distilling())
    before = write(options.adapter, test, 2, 501)
    after = write(options.out, test, 2, 501)
    print(json.dumps({"chosen": found["told"], **compare(before, after, options.data, source, settings)}, indent=1))


def distilling() -> Any:
    """The role's recipe with a third of its rate: it goes on, it does not begin."""
    from dataclasses import replace

    from cocreate.training.recipe import role_recipe

    return replace(role_recipe("drafting"), learning_rate=6e-4, strength=1.0)


def vars_of(made: Lesson) -> dict[str, Any]:
    return {"messages": [(m.role, m.text) for m in made.messages], "reply": made.reply, "theme": made.theme}


def tell(event: object) -> None:
    if isinstance(event, Stepped) and event.validation is not None:
        say(f"  step {event.step} loss {event.loss:.3f} validation {event.validation:.3f} {event.left:.0f} s left")


def compare(
    before: list[list[Row]], after: list[list[Row]], data: Path, source: Source, settings: Settings
) -> dict[str, Any]:
    """The second judge on pairs of drafts of one brief, and what is watched."""
    judge = second_judge(source, open_views(settings, settings.home / "views"), settings.home)
    known = literature_of([text.text for text in literature(data)])
    wins: list[float] = []
    groups: list[int] = []
    for at, (old, new) in enumerate(zip(before, after, strict=True)):
        for one, other in zip(old, new, strict=False):
            wins.append(float(judge.prefers(other.text, one.text) > 0.5))
            groups.append(at)
    watched = {name: watch(rows, known) for name, rows in (("before", before), ("after", after))}
    return {"wins_of_after": interval(wins, groups), "watched": watched}


def watch(groups: list[list[Row]], known: Literature) -> dict[str, float]:
    """Means of what must not suffer."""
    rows = [row for group in groups for row in group]
    texts = [row.text for row in rows]
    return {
        "words": round(sum(len(text.split()) for text in texts) / len(texts), 1),
        "distinct_3": round(distinct(texts, 3), 4),
        "repeated_trigrams": round(repeated(texts), 4),
        "share_in_known_6_grams": round(known.share(texts), 5),
        "longest_copied": max(known.longest(text) for text in texts),
        "overall": round(sum(row.overall for row in rows) / len(rows), 2),
        "theme_fit": round(sum(row.theme for row in rows) / len(rows), 2),
    }


if __name__ == "__main__":
    main()
