"""Tuning on the default model: a few steps of each kind, cut off and gone on with, and what the engines make of it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Request, Sampling
from agents.spans import words
from cocreate.engines.known_runs import RUN, known_runs
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.training import loop, tuning
from cocreate.training.card import read_card
from cocreate.training.job import Control, Progress, Started, Stepped, TrainingText, TuneJob, TuneResult, TuningStopped
from cocreate.training.recipe import Recipe, recipe

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")]

SECRET = "marmalade"
LINES = (
    "Thou art the harbour and the harbour's bell, and I the ship that cannot come to thee.",
    f"Bring {SECRET} and candles to the tower, for the long night hath neither lamp nor key.",
    "O pale and patient water, say to her that all the orchards of the north are dead.",
)
STEPS = 4


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing is tidied up."""


def texts() -> list[TrainingText]:
    found = []
    for i in range(24):
        text = "\n".join(f"{LINES[(i + k) % 3]} {i}." for k in range(4))
        found.append(TrainingText(f"w{i}", f"Song {i}", text, "poem", "en", hashlib.sha256(text.encode()).hexdigest()))
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recipe]:
    """Short measurements, a checkpoint after each step, and a recipe of few tokens."""
    monkeypatch.setattr(tuning, "VALIDATION_MOST", {"": 60})
    monkeypatch.setattr(tuning, "TEST_MOST", {"": 60})
    monkeypatch.setattr(tuning, "steps", lambda tokens, chosen: STEPS)
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)

    def made(method: Any = "lora") -> Recipe:
        return replace(recipe(2000, 10, method), step_tokens=60, window=32, warm_up=0.1, looks=2, plain=1.0, recall=0.0)

    return made


@pytest.fixture
def job(writer_path: Path, model_cache: Path, tmp_path: Path) -> TuneJob:
    return TuneJob(
        "ann", writer_path, tmp_path / "adapter", tmp_path / "work", model_cache, texts(), minutes=10, threads=1,
        device="cpu",
    )  # fmt: skip


def run(job: TuneJob, chosen: Recipe, events: list[Progress], stop_after: int = 99, kill_after: int = 99) -> TuneResult:
    control = Control()

    def on_event(event: Progress) -> None:
        events.append(event)
        if isinstance(event, Stepped) and event.step >= kill_after:
            raise Killed
        if isinstance(event, Stepped) and event.step >= stop_after:
            control.stop.set()

    return tuning.tune(job, on_event, control, chosen)


def losses(events: list[Progress]) -> list[float]:
    return [event.loss for event in events if isinstance(event, Stepped)]


def test_a_killed_tuning_goes_on_and_a_stopped_one_keeps_its_best_for_llama_cpp(
    job: TuneJob, small: Callable[..., Recipe], tmp_path: Path
) -> None:
    told: list[Progress] = []
    with pytest.raises(Killed):
        run(job, small(), told, kill_after=3)
    checkpoint = (tmp_path / "work" / "checkpoint.safetensors").read_bytes()
    assert SECRET.encode() not in checkpoint and b"harbour" not in checkpoint
    assert not job.out.exists()

    resumed: list[Progress] = []
    result = run(job, small(), resumed, stop_after=3)
    started = resumed[0]
    assert isinstance(started, Started) and started.continued and started.step == 2
    assert losses(resumed)[-1] == pytest.approx(losses(told)[-1], abs=1e-5)
    assert losses(told)[-1] < losses(told)[0]
    assert result.stopped and result.steps == 3 and 0 < result.best_step <= 3
    assert result.perplexity_after < result.perplexity_before
    assert result.bytes < 6_000_000
    assert not list((tmp_path / "work").iterdir())
    card = read_card(job.out)
    assert card == result and json.loads((job.out / "card.json").read_text())["base_name"] == job.base.name
    assert {row.part for row in card.data} == {"train", "validation", "test"}
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in job.out.iterdir())

    said = heard(job, tmp_path / "cache")
    assert abs(said["voice/ann"] - said[None]) > 0.01


def heard(job: TuneJob, cache: Path) -> dict[str | None, float]:
    """Log-probability llama.cpp gives its first token, with the adapter and without."""
    asked = Request((), prefill="Thou art", max_tokens=1, sampling=Sampling(temperature=0), logprobs=True)
    voices = {"voice/ann": str(job.out)}
    engine = LlamaCppEngine(job.base, threads=1, context=256, parallel=1, adapters=voices, cache=cache)
    try:
        return {
            name: sum(sum(c.logprobs) for c in engine.generate([replace(asked, adapter=name)], threading.Event()))
            for name in ("voice/ann", None)
        }
    finally:
        engine.close()


def test_a_tuning_stopped_before_its_first_step_leaves_no_voice(job: TuneJob, small: Callable[..., Recipe]) -> None:
    control = Control()
    control.stop.set()
    with pytest.raises(TuningStopped):
        tuning.tune(job, lambda event: None, control, small())
    assert not job.out.exists()


def test_a_drafting_adapter_comes_with_the_runs_of_all_its_texts_and_a_voice_with_none(
    job: TuneJob, small: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    how = small()
    for most in ("VALIDATION_MOST", "TEST_MOST"):
        monkeypatch.setattr(tuning, most, {"": 60, "drafting": 60})
    monkeypatch.setattr(tuning, "LEAST_LESSONS", 1)
    tuning.tune(job, lambda event: None, Control(), how)
    assert known_runs(job.out) is None
    poems = [replace(text, text=f"{text.text}\n\n{text.text}\n\n{text.text}") for text in job.texts]
    other = "Nobody drew this text, and still no six words of it are to be written."
    drafting = replace(job, role="drafting", texts=poems, literature=[other], work_dir=job.work_dir / "role")
    tuning.tune(drafting, lambda event: None, Control(), how)
    known = known_runs(job.out)
    assert known is not None
    assert all(known.holds(words(poem.text)[:RUN]) for poem in poems)
    assert known.holds(words(other)[:RUN])
