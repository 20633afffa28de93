"""Small LoRA adapters of random numbers, and a program that tunes nothing but speaks as the tuner does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from cocreate.settings import Settings
from cocreate.training.job import DataUsed, TuneResult

HIDDEN, LAYERS = 8, 2
BASE = "b" * 64


def write_adapter(
    folder: Path, *, rank: int = 2, alpha: float = 4, seed: int = 0, modules: tuple[str, ...] = ()
) -> Path:
    """A peft folder over q and v (or `modules`) of a model of two layers."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for layer in range(LAYERS):
        for module in modules or ("self_attn.q_proj", "self_attn.v_proj"):
            key = f"base_model.model.model.layers.{layer}.{module}"
            tensors[f"{key}.lora_A.weight"] = rng.standard_normal((rank, HIDDEN)).astype(np.float32)
            tensors[f"{key}.lora_B.weight"] = rng.standard_normal((HIDDEN, rank)).astype(np.float32)
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": ["q_proj", "v_proj"],
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def result_of(name: str, folder: Path, works: tuple[tuple[str, str], ...], **changed: object) -> TuneResult:
    """The card of a tuning that made `folder`; `works`: (id, title)."""
    data = tuple(DataUsed(work, title, work * 4, "train", 900) for work, title in works)
    fields: dict[str, object] = {
        "name": name, "adapter": folder, "method": "lora", "rank": 2, "base_name": "tiny", "base_sha256": BASE,
        "bytes": 1024, "tokens": 900, "held_out": 100, "perplexity_before": 40.0, "perplexity_after": 30.0, "steps": 9,
        "best_step": 6, "seconds": 3.0, "cpu_seconds": 5.0, "seed": 0, "recipe": {}, "data": data,
    }  # fmt: skip
    result = TuneResult(**(fields | changed))  # type: ignore[arg-type]
    rows = [{"work_id": one.work_id, "title": one.title} for one in data]
    card = {"name": name, "note": f"“{works[-1][1]}” was cut into parts.", "data": rows}
    (folder / "card.json").write_text(json.dumps(card, ensure_ascii=False))
    return result


@pytest.fixture
def make_adapter() -> Callable[..., Path]:
    return write_adapter


@pytest.fixture
def make_result() -> Callable[..., TuneResult]:
    return result_of


TUNER = """
import json, os, sys, time
from pathlib import Path
import cocreate.training.tuning as tuning
from cocreate.training.job import DataUsed, Started, Stepped, TooLittleText, TuneResult
import numpy as np
from safetensors.numpy import save_file

def tune(job, on_event, control):
    sys.stdout.write("a library talks")
    at = job.work_dir / "step"
    first = int(at.read_text()) if at.exists() else 0
    words = sum(len(one.text.split()) for one in job.texts)
    if words < 5:
        raise TooLittleText("There is too little text: 5 words are needed.", "Add more.", 5 - words)
    if any("break it" in one.text for one in job.texts):
        raise ZeroDivisionError("seven")
    on_event(Started(len(job.texts), words, 1, 2, 6, "", first > 0, first))
    for step in range(first, 6):
        while control.pause.is_set() and not control.stop.is_set():
            on_event(Stepped(step, 6, 3.0, None, None, 1.0, 1.0, waiting=True))
            time.sleep(0.02)
        if control.stop.is_set():
            break
        at.with_suffix(".new").write_text(str(step + 1))
        at.with_suffix(".new").replace(at)
        on_event(Stepped(step + 1, 6, 3.0 - step / 10, 3.0 if step % 2 else None, 2.9, 1.0, 1.0))
        time.sleep(0.02)
        if any("hang here" in one.text for one in job.texts) and step == 3 and not first:
            time.sleep(60)
    save_file({"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": np.ones((2, 8), np.float32),
               "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight": np.ones((8, 2), np.float32)},
              str(job.out / "adapter_model.safetensors")) if job.out.mkdir(parents=True) is None else None
    (job.out / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["q_proj"], "bias": "none"}))
    data = tuple(DataUsed(one.work_id, one.title, one.content_hash, "train", 9) for one in job.texts)
    (job.out / "card.json").write_text(json.dumps({"data": [{"work_id": d.work_id, "title": d.title} for d in data]}))
    return TuneResult(job.name, job.out, job.method, 2, "scripted", "", 64, words, 1, 40.0, 30.0, 6, 6, 1.0, 1.0, 0, {},
                      data, stopped=control.stop.is_set())

tuning.tune = tune
from cocreate.voices.tuner import main
main()
"""


@pytest.fixture
def tuner(tmp_path: Path) -> tuple[str, ...]:
    """The command of a tuner that writes numbers instead of learning; everything around it is real."""
    path = tmp_path / "tuner_program.py"
    path.write_text(TUNER)
    return (sys.executable, "-P", str(path))


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Settings]:
    def made(**changed: object) -> Settings:
        fields: dict[str, object] = {"home": tmp_path / "home", "cache": tmp_path / "cache"}
        return Settings(**(fields | changed))  # type: ignore[arg-type]

    return made
