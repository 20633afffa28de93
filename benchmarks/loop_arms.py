"""The texts the loop is judged by: for each brief and seed one pool, from which as many arms as possible are taken.

Arms, each one text a brief and seed:

- plain: the request as a chat message, the model alone, sampled as a plain chat would be (as in `turn.py`);
- raw, tuned: one draft of the drafting agent, without and with the adapters of the agents' jobs;
- best_of_n: the critic's choice of drafts without a loop around them, as many as it takes to generate at least as many
  tokens as the whole turn did; likeliest_of_n: of the same drafts the one whose tokens are likeliest in the mean after
  its request, by the model without adapters, which takes no critic;
- all: what stands first after a whole turn of the product (`Studio`);
- no_critique: one of that turn's first drafts, drawn by the seed (of best_of_n's where the critic has chosen openings
  already); no_revision: the best of its first drafts, without other ends or revisions;
  no_style: what stands first when nothing was bent to the writer's voice;
- no_ideas: a whole turn without directions (the same where it looked for none). Where every draft is written to its
  end its first drafts are the beginning of best_of_n's.

Tokens are counted where they leave the engine.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.contracts import Brief, Chunk, Engine, Message, Request, Sampling, StopFlag
from agents.critique.features.reading import Reader
from agents.critique.scorecard import Critic
from agents.drafting import Drafting
from agents.errors import AgentError
from agents.understand import understand
from cocreate.commands import TurnOptions, Write
from cocreate.events import (
    CommandRefused,
    DraftFinished,
    DraftScored,
    DraftStarted,
    EngineMeasured,
    RevisionJudged,
    TurnFinished,
)
from cocreate.metering import MeteredEngine
from cocreate.state import rank
from cocreate.studio import Studio

PLAIN = Sampling(0.8, 0, 0.9, 0.0, 1.0, 0, 0.0, 1.75, 2)
"""What a plain chat does; no repetition control."""
PROMPTS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 18)
"""Creative prompts that ask for a text that has a shape and no single answer."""
STORY = 180
"""Words a story prompt is answered with; prompts whose words rules would read otherwise are left out."""
FURTHER = 1_000_003
"""Distance of the seeds of best_of_n's further drafts from those of the turn."""
PLANNED = 8
"""Drafts that a turn's tokens are taken for before any has been written."""
MOST = 64
"""Drafts of best_of_n at most: the model may answer one brief with very few words."""


@dataclass(frozen=True)
class Task:
    """One brief of the benchmark."""

    key: str
    request: str
    brief: Brief


def tasks(
    prompts: Sequence[Mapping[str, Any]], stories: Sequence[Mapping[str, Any]], count: int, seed: int = 6
) -> list[Task]:
    """Half from the creative prompts, in their order, half from the prompts people wrote stories for, drawn by seed."""
    half = count // 2
    asked = [(prompts[at]["id"], prompts[at]["prompt"]) for at in PROMPTS]
    found = [Task(key, text, _brief(text)) for key, text in asked]
    told = []
    for number, prompt in enumerate(dict.fromkeys(row["prompt"] for row in stories)):
        request = f"Write a short story about {prompt.strip()}"
        brief = _brief(request)
        told_what = not prompt.startswith("Write")
        if (
            told_what
            and brief.kind == "story"
            and brief.length
            and brief.length.count == STORY
            and 4 <= len(prompt.split()) <= 40
        ):
            told.append(Task(f"story-{number}", request, brief))
    random.Random(seed).shuffle(told)
    return [*found[: count - half], *told[:half]]


def _brief(request: str) -> Brief:
    found = understand(request)
    assert found.brief is not None
    return found.brief


class Bare:
    """An engine without its adapters: the base model."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    adapters: tuple[str, ...] = ()

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """As Engine.generate."""
        return self._engine.generate(requests, stop)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@dataclass
class Kept:
    """Texts made so far, a line of JSON each; a rerun goes on where the last one ended."""

    path: Path
    rows: dict[tuple[str, int, str], dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Kept:
        """Read what is there; half a last line (a run was cut off) is left out."""
        kept = cls(path)
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue
                kept.rows[row["task"], row["seed"], row["arm"]] = row
        return kept

    def add(self, task: str, seed: int, arm: str, **values: Any) -> None:
        """Write one row."""
        row = {"task": task, "seed": seed, "arm": arm, **values}
        self.rows[task, seed, arm] = row
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            file.seek(-min(1, file.tell()), os.SEEK_CUR)
            if file.read(1) not in (b"", b"\n"):
                file.write(b"\n")  # else this row would end the half of one that a broken run left
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())

    def text(self, task: str, seed: int, arm: str) -> str:
        """Text of one arm."""
        return str(self.rows[task, seed, arm]["text"])


@dataclass
class Turn:
    """What a whole turn left."""

    tokens: int
    seconds: float
    steps: dict[str, int]
    """Tokens of each step."""
    firsts: list[str]
    """First drafts that were written to their end, in the order they were begun."""
    openings: int
    """Openings that were set aside; 0 where every draft was written to its end."""
    takes: list[dict[str, Any]]
    """Text, agent, card's rank, best first."""


class Maker:
    """Makes the texts of a brief and a seed."""

    def __init__(self, engine: MeteredEngine, studio: Studio | None, kept: Kept, preset: str) -> None:
        self._engine, self._studio, self._kept, self._preset = engine, studio, kept, preset
        self._stop = threading.Event()

    def singles(self, task: Task, seed: int) -> None:
        """One draft with and without adapters, and a plain reply."""
        if (task.key, seed, "plain") in self._kept.rows:
            return
        brief = task.brief
        for arm, engine in (("raw", Bare(self._engine)), ("tuned", self._engine)):
            [text], tokens = self._drafts(engine, task, seed, 1)
            self._kept.add(task.key, seed, arm, text=text, tokens=tokens)
        most = 13 * brief.length.count + 24 if brief.length and brief.length.unit == "lines" else 320
        before = self._engine.tokens
        request = Request((Message("user", task.request),), max_tokens=most, sampling=PLAIN, seed=seed)
        text = "".join(chunk.text for chunk in self._engine.generate([request], self._stop)).strip()
        self._kept.add(task.key, seed, "plain", text=text, tokens=self._engine.tokens - before)

    def turns(self, task: Task, seed: int) -> None:
        """All arms of whole turns, and the pool from which the critic takes best_of_n later."""
        if (task.key, seed, "pool") in self._kept.rows:
            return
        whole = self._turn(task, seed, None)
        less = self._turn(task, seed, 0) if whole.steps.get("ideate") else whole
        chosen = less.openings > 0  # then its drafts are no plain ones
        pool, tokens = ([], 0) if chosen else (list(less.firsts), less.steps.get("draft", 0))
        while tokens < whole.tokens and len(pool) < MOST:
            each = max(1.0, tokens / len(pool) if pool else whole.tokens / PLANNED)
            count = min(MOST - len(pool), max(1, round((whole.tokens - tokens) / each)))
            texts, spent = self._drafts(self._engine, task, seed + FURTHER * len(pool), count)
            pool, tokens = [*pool, *texts], tokens + max(1, spent)
        self._keep_turns(task.key, seed, whole, less, pool)
        self._kept.add(task.key, seed, "pool", texts=pool, tokens=tokens)

    def _drafts(self, engine: Any, task: Task, seed: int, count: int) -> tuple[list[str], int]:
        before = self._engine.tokens
        written = Drafting(engine).write(
            task.brief, (), (), count=count, seed=seed, stop=self._stop, progress=lambda index, piece: None
        )
        return [one.text for one in written], self._engine.tokens - before

    def _turn(self, task: Task, seed: int, ideas: int | None) -> Turn:
        assert self._studio is not None
        options = TurnOptions(ideas=ideas, seed=seed, ask=False, preset=self._preset)
        started = time.perf_counter()
        return read_turn(list(self._studio.send(Write(task.request, options=options))), time.perf_counter() - started)

    def _keep_turns(self, key: str, seed: int, whole: Turn, less: Turn, pool: Sequence[str]) -> None:
        keep, spent = self._kept.add, {"tokens": whole.tokens}
        best = whole.takes[0]
        keep(key, seed, "all", text=best["text"], agent=best["agent"], seconds=whole.seconds, steps=whole.steps,
             firsts=whole.firsts, openings=whole.openings, **spent)  # fmt: skip
        drafts = [take for take in whole.takes if take["first"]]
        unbent = next(take for take in whole.takes if take["agent"] != "style")
        drawn = random.Random(f"{key} {seed}").choice(pool if whole.openings else whole.firsts)
        keep(key, seed, "no_critique", text=drawn, **spent)
        keep(key, seed, "no_revision", text=max(drafts, key=lambda take: take["rank"])["text"], **spent)
        keep(key, seed, "no_style", text=unbent["text"], **spent)
        keep(key, seed, "no_ideas", text=less.takes[0]["text"], tokens=less.tokens, seconds=less.seconds)


def read_turn(events: Sequence[Any], seconds: float) -> Turn:
    """What the events of a turn say. Raises RuntimeError when it was refused or failed."""
    finished = next((event for event in events if isinstance(event, TurnFinished)), None)
    if finished is None or not finished.takes:
        said = [event for event in events if isinstance(event, CommandRefused)] or list(events[-1:])
        raise RuntimeError(f"a turn gave no text: {said}")
    aside = {event.draft_id for event in events if isinstance(event, RevisionJudged) and not event.parent}
    begun = [e for e in events if isinstance(e, DraftStarted) and not e.parent and e.draft_id not in aside]
    texts = {event.draft_id: event.text for event in events if isinstance(event, DraftFinished)}
    cards = {event.draft_id: event.scorecard for event in events if isinstance(event, DraftScored)}
    firsts = {event.draft_id for event in begun}
    steps: dict[str, int] = {}
    for event in events:
        if isinstance(event, EngineMeasured):
            steps[event.step] = steps.get(event.step, 0) + event.tokens
    takes = []
    for take in finished.takes:
        card = cards.get(take.id, take.scorecard)
        takes.append({"text": take.text, "agent": take.agent, "rank": rank(card), "first": take.id in firsts})
    known = {take["text"] for take in takes}
    takes += [
        {"text": texts[at], "agent": "drafting", "rank": rank(cards.get(at)), "first": True}
        for at in firsts
        if texts.get(at, "").strip() and texts[at] not in known
    ]
    kept = [texts[event.draft_id] for event in begun if texts.get(event.draft_id, "").strip()]
    return Turn(sum(steps.values()), seconds, steps, kept, len(aside), takes)


def choose_best_of_n(
    kept: Kept, every: Sequence[Task], seeds: Sequence[int], critic: Critic, reader: Reader, note: Callable[[str], None]
) -> None:
    """The critic's choice of each pool, judged together as the drafts of a turn are, and the likeliest of it."""
    for task in every:
        for seed in seeds:
            made = all((task.key, seed, arm) in kept.rows for arm in ("best_of_n", "likeliest_of_n"))
            if made or (task.key, seed, "pool") not in kept.rows:
                continue
            pool = kept.rows[task.key, seed, "pool"]
            texts = [text for text in pool["texts"] if text.strip()]
            try:
                cards = critic.judge(texts, task.brief, answer=True)
            except AgentError as error:
                note(f"{task.key} {seed}: {error}")
                continue
            best = max(range(len(texts)), key=lambda at: rank(cards[at]))
            read = reader.read([f" {text}" for text in texts], f"{task.request}\n\n")
            likeliest = max(range(len(texts)), key=lambda at: float(read[at].logprobs.mean()))
            kept.add(task.key, seed, "likeliest_of_n", text=texts[likeliest], tokens=pool["tokens"], n=len(texts))
            kept.add(task.key, seed, "best_of_n", text=texts[best], tokens=pool["tokens"], n=len(texts))
            note(f"chosen of {len(texts)}: {task.key} {seed}")
