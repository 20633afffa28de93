"""Tuning a voice, from texts to an adapter with its card."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.errors import EngineFailed
from cocreate.engines.known_runs import FILE as KNOWN_RUNS
from cocreate.engines.known_runs import KnownRuns
from cocreate.engines.torch_model import TorchModel
from cocreate.private import private_folder
from cocreate.training import checkpoints, methods
from cocreate.training.card import data_used, hash_of, write_card
from cocreate.training.checkpoints import State
from cocreate.training.corpus import Corpus, Example
from cocreate.training.job import (
    Control,
    DataUsed,
    Progress,
    Started,
    TooLittleText,
    TuneJob,
    TuneResult,
    TuningStopped,
)
from cocreate.training.loop import Loop
from cocreate.training.reading import MICRO, mean_loss
from cocreate.training.recipe import Recipe, recipe, role_recipe, steps
from cocreate.training.role_corpus import RoleCorpus
from cocreate.training.role_ideation import IdeaCorpus, readable, sentences, used
from cocreate.training.roles import teacher
from cocreate.training.split import Part, Split, split

VALIDATION_MOST = {"": 1200, "drafting": 3000, "ideation": 1500, "style": 1500}
"""Tokens measured at each look at the validation works, by role; "" is a voice."""
TEST_MOST = {"": 3000, "drafting": 8000, "ideation": 3000, "style": 3000}
"""Tokens of the test works that the card's perplexity is measured on: bare text, for ideation and style lessons."""

OWN_WORDS = ("drafting", "ideation")
"""Roles that are to write no run of words of what they learned from (`cocreate.engines.known_runs`)."""
LEAST_LESSONS = 20
"""Lessons of a role in the first pass, below which nothing is tuned: it would learn them by heart."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was decided before the first step."""

    split: Split
    recipe: Recipe
    steps: int
    corpus: Corpus | RoleCorpus | IdeaCorpus
    validation: list[Example]
    test: list[Example]


def tune(
    job: TuneJob, on_event: Callable[[Progress], None], control: Control, chosen: Recipe | None = None
) -> TuneResult:
    """Tune an adapter on the texts of `job`, and leave it with its card in `job.out`.

    Goes on from the checkpoint in `job.work_dir` when it was made by the same job (same texts, base, method, seed).

    Args:
        job: what to do.
        on_event: called in this thread; `Started` first, then `Stepped` after each step.
        control: stop and pause.
        chosen: a recipe to use instead of the one for this amount of text.

    Raises:
        TooLittleText: with how much is missing.
        TuningStopped: stopped before anything was learned.
        agents.errors.EngineFailed: the base model cannot be loaded or trained.
        OSError: a folder cannot be written.
    """
    began = time.monotonic()
    base_hash = hash_of(job.base) if job.base.exists() else ""
    model = TorchModel(
        job.base,
        cache=job.cache,
        threads=job.threads,
        device=job.device,
        dtype="" if _on_cuda(job.device) else "float32",
    )
    plan = _plan(job, model, chosen)
    state, tensors = checkpoints.load(job.work_dir, _known_as(job, plan, base_hash)) or (
        State(_known_as(job, plan, base_hash)),
        {},
    )
    measuring = time.monotonic()
    if state.before is None:
        state.before = _perplexity(model.model, plan.test)
    measured = time.monotonic() - measuring
    on_event(_started(plan, state))
    try:
        runner = methods.attach(model.model, plan.recipe, plan.steps, job.seed)
        # What is measured at the end takes as long as what was measured now; a few seconds more to save.
        budget = max(1.0, 60 * job.minutes - (time.monotonic() - began) - 1.5 * measured - 3)
        loop = Loop(runner, job, plan.recipe, plan.steps, plan.corpus, plan.validation, state, tensors, budget)
        stopped = loop.run(on_event, control)
        if stopped and not state.step:
            raise TuningStopped("The tuning was stopped before its first step: there is nothing to keep.")
        loop.save()
        return _leave(job, plan, loop, runner, base_hash, stopped=stopped)
    except RuntimeError as error:  # how PyTorch says out of memory, on any device
        raise EngineFailed(
            f"The tuning failed: {str(error).splitlines()[0][:200]}",
            "Close other programs, or tune on a smaller model; what was learned so far is kept.",
        ) from error


def _plan(job: TuneJob, model: TorchModel, chosen: Recipe | None) -> _Plan:
    if job.role == "ideation":
        return _ideas_plan(job, model, chosen or role_recipe(job.role))
    divided = split(job.texts, lambda text: len(model.encode(text)), job.seed)
    tokens = sum(part.tokens for part in divided.train)
    if job.role:
        how = chosen or role_recipe(job.role)
        lessons = RoleCorpus(divided.train, model, teacher(job.role), window=how.window, seed=job.seed)
        bare = job.role == "drafting"
        test = (lessons.plain if bare else lessons.fixed)(divided.test, TEST_MOST[job.role])
        validation = lessons.fixed(divided.validation, VALIDATION_MOST[job.role])
        if not validation or not test or len(lessons.epoch(0)) < LEAST_LESSONS:
            raise TooLittleText(
                f"The texts hold too little that could be learned for {job.role}: prose or verse by several authors.",
                "Put more texts into the folder; a few books are a beginning.",
                0,
            )
        return _Plan(divided, how, steps(tokens, how), lessons, validation, test)
    how = chosen or recipe(tokens, job.minutes, job.method)
    corpus = Corpus(divided.train, model, window=how.window, shares=how.shares, seed=job.seed)
    return _Plan(
        divided,
        how,
        steps(tokens, how),
        corpus,
        corpus.fixed(divided.validation, VALIDATION_MOST[""]),
        corpus.plain(divided.test, TEST_MOST[""]),
    )


def _ideas_plan(job: TuneJob, model: TorchModel, how: Recipe) -> _Plan:
    divided = split(readable(job.texts, model), lambda text: len(model.encode(text)), job.seed)
    corpus = IdeaCorpus(divided.train, model, seed=job.seed)
    count = max(8, round(corpus.tokens * how.epochs / how.step_tokens))
    validation, test = (
        corpus.fixed(parts, most["ideation"])
        for parts, most in ((divided.validation, VALIDATION_MOST), (divided.test, TEST_MOST))
    )
    return _Plan(divided, how, count, corpus, validation, test)


def _known_as(job: TuneJob, plan: _Plan, base_hash: str) -> str:
    texts = sorted((text.content_hash, text.weight, text.before, text.kind) for text in job.texts)
    asked = [
        texts,
        base_hash,
        job.method,
        job.role,
        job.seed,
        plan.recipe.as_dict(),
        plan.steps,
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _on_cuda(device: str) -> bool:
    import torch

    return device.startswith("cuda") or (not device and bool(torch.cuda.is_available()))


def _perplexity(runner: Any, examples: list[Example]) -> float:
    device = str(runner.device).split(":")[0]
    return math.exp(mean_loss(runner, examples, MICRO.get(device, MICRO["cpu"])))


def _tokens(parts: tuple[Part, ...]) -> int:
    return sum(part.tokens for part in parts)


def _started(plan: _Plan, state: State) -> Started:
    divided = plan.split
    return Started(
        works=len({part.text.content_hash for part in divided.train + divided.validation + divided.test}),
        tokens=_tokens(divided.train),
        held_out=_tokens(divided.validation + divided.test),
        rank=plan.recipe.rank,
        steps=plan.steps,
        note=divided.note,
        continued=state.step > 0,
        step=state.step,
    )


def _data(job: TuneJob, divided: Split) -> tuple[DataUsed, ...]:
    if job.role != "ideation":
        return data_used(divided)
    return used(divided.train + divided.validation + divided.test, job.texts)


def _leave(job: TuneJob, plan: _Plan, loop: Loop, runner: Any, base_hash: str, *, stopped: bool) -> TuneResult:
    """Save the best weights, measure them, write the card; put the folder in place in one step."""
    state, divided = loop.state, plan.split
    parent = private_folder(job.out.parent)
    aside = Path(tempfile.mkdtemp(prefix=f".{job.out.name}.", dir=parent))
    try:
        weights = methods.weakened(loop.best, plan.recipe.strength)
        size = methods.save(runner, plan.recipe, weights, job.base, aside / "made")
        after = _perplexity(runner, plan.test)
        result = TuneResult(
            name=job.name,
            adapter=job.out,
            method=job.method,
            rank=plan.recipe.rank,
            base_name=job.base.name,
            base_sha256=base_hash,
            bytes=size,
            tokens=_tokens(divided.train),
            held_out=_tokens(divided.validation + divided.test),
            perplexity_before=state.before or math.nan,
            perplexity_after=after,
            steps=state.step,
            best_step=state.best_step,
            seconds=round(state.seconds, 1),
            cpu_seconds=round(state.cpu_seconds, 1),
            seed=job.seed,
            recipe=plan.recipe.as_dict(),
            data=_data(job, divided),
            note=divided.note,
            stopped=stopped,
            role=job.role,
            engines=methods.ENGINES[job.method],
        )
        if job.role in OWN_WORDS:
            own = sentences(job.texts) if job.role == "ideation" else [text.text for text in job.texts]
            read = (*own, *job.literature)
            KnownRuns.of(dict.fromkeys(read)).save(aside / "made" / KNOWN_RUNS)
        write_card(result, aside / "made")
        if job.out.exists():
            job.out.replace(aside / "before")
        (aside / "made").replace(job.out)
        checkpoints.clear(job.work_dir)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return result
