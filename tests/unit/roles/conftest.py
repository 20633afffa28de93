"""Adapters of a model of two small layers, made by hand, with the card of a tuning."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import cocreate.roles.library as library
from cocreate.settings import Settings
from cocreate.training.job import DataUsed, TuneResult

BASE = "ab" * 32


def write_role(folder: Path, role: str, base: str = BASE, **card: object) -> Path:
    """A LoRA of rank 2 and its card; `folder` is the one of all roles."""
    place = folder / role
    place.mkdir(parents=True)
    tensors = {
        f"base_model.model.model.layers.0.self_attn.q_proj.lora_{half}.weight": np.ones(shape, np.float32)
        for half, shape in (("A", (2, 8)), ("B", (8, 2)))
    }
    save_file(tensors, place / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["q_proj"], "bias": "none"}
    (place / "adapter_config.json").write_text(json.dumps(config))
    data = (
        DataUsed("w1", "North of Boston", "11" * 32, "train", 800, "Robert Frost"),
        DataUsed("w2", "A Boy's Will", "22" * 32, "test", 100, "Robert Frost"),
        DataUsed("w3", "The Wild Swans", "33" * 32, "train", 700, "W. B. Yeats"),
    )
    result = TuneResult(
        name=role, adapter=place, method="lora", rank=2, base_name="tiny.gguf", base_sha256=base, bytes=128,
        tokens=1500, held_out=100, perplexity_before=40.0, perplexity_after=30.0, steps=9, best_step=6, seconds=60.0,
        cpu_seconds=110.0, seed=7, recipe={"rank": 2, "learning_rate": 0.002}, data=data, role=role,
    )  # fmt: skip
    (place / "card.json").write_text(json.dumps(asdict(result) | {"adapter": ""} | card, ensure_ascii=False))
    return place


@pytest.fixture
def make_role() -> Callable[..., Path]:
    return write_role


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the adapters that ship, empty at first."""
    folder = tmp_path / "package" / "shipped"
    monkeypatch.setattr(library, "shipped", lambda: folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", tmp_path / "cache")
