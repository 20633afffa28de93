"""Learning from choosing: an ideation adapter is taught the ideas that the product chose from many. Prints JSON.

    python benchmarks/choose_ideas.py --data FOLDER --adapter FOLDER --out FOLDER --work FOLDER
        [--themes 240] [--minutes 40] [--threads 2]

1. Themes: those of `choosing_requests`, and by program from the literature (`training.themes`, `role_premises`).
2. For each, a quarter more tries than the product makes for ten ideas, by the adapter for drafts after
   the examples of the prompt; the ideas that differ and promise most (`agents.promise`) are the lessons: best-of-N
   distillation (Gulcehre et al. 2023, arXiv 2308.08998).
3. A LoRA that begins as the adapter for drafts learns them as answers to the short prompt, without examples.
   A tenth of the themes is held out; the weights with the least loss on it are kept. The card's perplexities are on it,
   of the adapter it begins as and of itself.

Whether `--out` is to be kept, reading decides (`ideas_reading.py`).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import shutil
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from choosing_requests import requests
from role_sets import literature

from agents import prompts, wording
from agents.contracts import Brief
from agents.critique.scorecard import Critic
from agents.idea_judge import IdeaJudge
from agents.ideation import ADAPTER, ANGLES_EN, DRAFTING, Ideation
from agents.understand import understand
from cocreate.engines.choose import open_scorer
from cocreate.engines.known_runs import FILE as KNOWN_RUNS
from cocreate.engines.known_runs import KnownRuns
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_model import TorchModel
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from cocreate.training import methods, themes
from cocreate.training.card import read_card, write_card
from cocreate.training.checkpoints import State
from cocreate.training.corpus import Example
from cocreate.training.job import Control, TuneJob
from cocreate.training.loop import Loop
from cocreate.training.recipe import role_recipe
from cocreate.training.role_premises import premise_of
from cocreate.training.role_texts import World, cleaned, nouns_of, pieces_of
from cocreate.training.split import Part
from memory.embedder import SentenceEmbedder

CHOSEN, TRIES = 10, 5
"""Ideas that are chosen for each theme; replies for each of them."""
_PLURAL = re.compile(r"\ban? \w+s\b")
"""A theme that a program has put wrongly."""


def say(*said: object) -> None:
    print(*said, file=sys.stderr, flush=True)


def briefs(data: Path, count: int) -> list[Brief]:
    """The requests, and themes and premises of pieces of literature in equal parts: `count` in all, mixed."""
    rng = random.Random(11)
    found = [brief for request in requests() if (brief := understand(request).brief) is not None and brief.theme]
    texts = literature(data)
    parts = [one for text in texts if (one := cleaned(Part(text, 0, len(text.text), 0))) is not None]
    world = World(lambda piece: (), nouns_of(part.said for part in parts))
    rng.shuffle(parts)
    seen = {brief.theme.lower() for brief in found}
    for part in parts:
        pieces = pieces_of(part, rng)
        if len(found) >= count:
            break
        if not pieces:
            continue
        piece = rng.choice(pieces)
        told = len(found) % 2
        said = premise_of(piece, world, rng) if told else themes.said(world.themes(piece.text), chinese=False, rng=rng)
        if said and not _PLURAL.search(said) and said.lower() not in seen:
            seen.add(said.lower())
            found.append(Brief(said, theme=said, language="en"))
    rng.shuffle(found)
    return found[:count]


def gathered(asked: list[Brief], options: argparse.Namespace) -> dict[str, list[tuple[str, str]]]:
    """(angle, idea) of what was chosen for each theme; what stands in the work folder is not found again."""
    kept = options.work / "ideas.json"
    found: dict[str, list[tuple[str, str]]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    settings = Settings(options.work, options.cache, threads=options.threads)
    resolved = resolve(settings, lambda done, total: None)
    engine = LlamaCppEngine(
        resolved.path, threads=options.threads, adapters={DRAFTING: str(options.adapter)}, cache=options.cache,
        known={DRAFTING: KnownRuns.load(options.adapter / KNOWN_RUNS)},
    )  # fmt: skip
    embedder = SentenceEmbedder(resolve_embedder(settings, lambda done, total: None), threads=options.threads)
    scorer = open_scorer(settings, resolved, engine)
    agent = Ideation(engine, embedder, IdeaJudge(scorer, embedder, Critic(scorer, embedder)))
    began = time.monotonic()
    for at, brief in enumerate(asked):
        if brief.theme in found or time.monotonic() - began > 60 * options.minutes:
            continue
        ideas = agent.ideas(brief, count=CHOSEN, seed=60_000 + at, stop=threading.Event(), rounds=0, tries=TRIES)
        found[brief.theme] = [(idea.angle, idea.text) for idea in ideas]
        kept.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
        say(f"  {at + 1}/{len(asked)} {time.monotonic() - began:.0f} s {len(ideas)} {brief.theme[:60]}")
    engine.close()
    return found


class Chosen:
    """The lessons as the training loop reads them: all of them in each pass, in another order."""

    def __init__(self, examples: list[Example], seed: int) -> None:
        self._examples, self._seed = examples, seed

    def epoch(self, number: int) -> list[Example]:
        return random.Random(f"{self._seed} {number}").sample(self._examples, len(self._examples))


def example(coder: TorchModel, theme: str, angle: str, idea: str) -> Example:
    """The short prompt for a theme and an angle, and the idea as its reply; the angle's beginning is not learned."""
    begun = f"{dict(ANGLES_EN)[angle]} "
    start = begun.strip() if idea.startswith(begun) else ""
    slots = wording.slots(Brief(theme, theme=theme, language="en")) | {"angle": angle, "start": start}
    prompt = prompts.fill("idea_short", "en", slots)
    before = coder.prompt(prompt.messages, prompt.prefill)
    return Example((*before, *coder.encode(idea[len(start) :]), coder.tokenizer.eos_token_id), len(before))


def learn(found: dict[str, list[tuple[str, str]]], base: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Tune, and leave the adapter with its card in `--out`; what was measured."""
    begun = read_card(options.adapter)
    coder = TorchModel(base, cache=options.cache, threads=options.threads, device=options.device, dtype="float32")
    names = sorted(found)
    random.Random(options.seed).shuffle(names)
    held = set(names[: max(1, len(names) // 10)])
    lessons = {name: [example(coder, name, *row) for row in found[name][: options.best]] for name in names}
    learned_from = [one for name in names if name not in held for one in lessons[name]]
    judged_on = [one for name in held for one in lessons[name]]
    tokens = sum(len(one.tokens) for one in learned_from)
    recipe = replace(
        role_recipe("ideation"),
        learning_rate=options.rate,
        epochs=options.epochs,
        step_tokens=1024,
        looks=10,
        patience=3,
    )
    steps = max(8, round(tokens * recipe.epochs / recipe.step_tokens))
    runner = methods.attach(coder.model, recipe, steps, options.seed)
    methods.begin(runner, options.adapter)
    job = TuneJob(
        ADAPTER, base, options.out, options.work / "tuning", options.cache, (), role="ideation",
        minutes=options.learning, seed=options.seed, threads=options.threads,
    )  # fmt: skip
    job.work_dir.mkdir(exist_ok=True)
    loop = Loop(runner, job, recipe, steps, Chosen(learned_from, options.seed), judged_on, State("chosen"), {},
                60 * options.learning)  # type: ignore[arg-type]  # fmt: skip
    loop.run(lambda event: say(f"  {event}"), Control())
    size = methods.save(runner, recipe, loop.best, base, options.out)
    state = loop.state
    made_of = (
        f"Begun as {begun.name}; taught {len(learned_from)} ideas for {len(names) - len(held)} themes, the first "
        f"{options.best} of those chosen among {TRIES * CHOSEN} tries for each."
    )
    result = replace(
        begun,
        name=ADAPTER,
        role="ideation",
        bytes=size,
        tokens=tokens,
        held_out=sum(len(one.tokens) for one in judged_on),
        perplexity_before=math.exp(state.looks[0][1]),
        perplexity_after=math.exp(state.best or math.nan),
        steps=state.step,
        best_step=state.best_step,
        seconds=round(state.seconds, 1),
        cpu_seconds=round(state.cpu_seconds, 1),
        seed=options.seed,
        recipe=recipe.as_dict(),
        bad_at="",
        figures={},
        note=made_of,
    )
    write_card(result, options.out)
    if (options.adapter / KNOWN_RUNS).is_file():
        shutil.copy(options.adapter / KNOWN_RUNS, options.out / KNOWN_RUNS)
    return {"themes": len(names), "lessons": len(learned_from), "held_out": len(judged_on), "steps": state.step,
            "looks": state.looks}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "adapter", "out", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--themes", type=int, default=240)
    parser.add_argument("--minutes", type=float, default=40.0, help="most time for finding the ideas")
    parser.add_argument("--learning", type=float, default=15.0, help="most minutes of the tuning")
    parser.add_argument("--best", type=int, default=6, help="ideas of a theme that are taught, most promising first")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    found = gathered(briefs(options.data, options.themes), options)
    settings = Settings(options.work, options.cache, threads=options.threads)
    json.dump(learn(found, resolve(settings, lambda done, total: None).path, options), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
