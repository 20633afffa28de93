"""Adapters of the agents on the default model: there from the start, chosen per request, out of the critic's way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import cocreate.roles.library as library
from agents.contracts import Engine, Message, Request, Sampling
from cocreate.engines.choose import can_score, open_engine
from cocreate.models import WRITER, resolve
from cocreate.roles.library import own_folder, roles_of
from cocreate.settings import Settings
from cocreate.training.job import TuneResult

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
CHAT = (Message("user", "Tell me about a river at night."),)
LAYERS, HIDDEN = 30, 576
"""Of SmolLM2-135M."""


@pytest.fixture
def nothing_ships(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(library, "shipped", lambda: tmp_path / "nowhere")


@pytest.fixture
def settings(model_cache: Path, writer_path: Path, tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", model_cache, threads=2, context=512)


def make(folder: Path, role: str, strength: float, seed: int) -> Path:
    """An adapter of random weights over the queries of the default model, with a card."""
    import numpy as np
    from safetensors.numpy import save_file

    place = folder / role
    place.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    tensors = {}
    for layer in range(LAYERS):
        key = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
        tensors[f"{key}.lora_A.weight"] = rng.standard_normal((2, HIDDEN)).astype(np.float32)
        tensors[f"{key}.lora_B.weight"] = (strength * rng.standard_normal((HIDDEN, 2))).astype(np.float32)
    save_file(tensors, place / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 2, "lora_alpha": 2, "target_modules": ["q_proj"],
              "bias": "none", "init_lora_weights": True}  # fmt: skip
    (place / "adapter_config.json").write_text(json.dumps(config))
    card = TuneResult(
        role, place, "lora", 2, WRITER.name, WRITER.sha256, 1, 1, 1, 2.0, 1.0, 1, 1, 1.0, 1.0, 0, {}, (), role=role
    )
    (place / "card.json").write_text(json.dumps(asdict(card) | {"adapter": ""}))
    return place


def said(engine: Engine, adapter: str | None) -> str:
    request = Request(CHAT, max_tokens=12, sampling=GREEDY, adapter=adapter)
    return "".join(chunk.text for chunk in engine.generate([request], threading.Event()))


class Told(list[str]):
    def __call__(self, sentence: str, next_step: str) -> None:
        self.append(sentence)


def test_what_ships_is_loaded_and_answers(settings: Settings):
    resolved, told = resolve(settings), Told()
    engine = open_engine(settings, resolved, roles_of(settings, resolved.path, told), told)
    try:
        assert set(engine.adapters) == {f"role/{card.role}" for card in library.cards(library.shipped())}
        assert told == []
        base = said(engine, None)
        assert all(said(engine, name) != base for name in engine.adapters)
    finally:
        engine.close()


@pytest.mark.usefixtures("nothing_ships")
def test_llama_cpp_has_the_whole_adapters_from_the_start_and_voices_come_and_go(settings: Settings, tmp_path: Path):
    folder = own_folder(settings.home, WRITER.sha256)
    make(folder, "drafting", 0.05, 1)
    make(folder, "ideation", float("nan"), 2)
    voice = make(tmp_path / "voices", "style", 0.05, 3)
    resolved, told = resolve(settings), Told()
    engine = open_engine(settings, resolved, roles_of(settings, resolved.path, told), told)
    try:
        assert engine.adapters == ("role/drafting",)
        assert len(told) == 1 and "ideation" in told[0] and "not a number" in told[0]
        base, drafted = said(engine, None), said(engine, "role/drafting")
        assert base and drafted and base != drafted
        engine.add_adapter("voice/ann", str(voice))
        voiced = said(engine, "voice/ann")
        assert voiced not in (base, drafted)
        engine.remove_adapter("voice/ann")
        assert engine.adapters == ("role/drafting",)
        assert (said(engine, None), said(engine, "role/drafting")) == (base, drafted)
    finally:
        engine.close()


@pytest.mark.usefixtures("nothing_ships")
def test_the_torch_engine_scores_without_the_adapters_it_was_given(settings: Settings):
    make(own_folder(settings.home, WRITER.sha256), "drafting", 0.05, 1)
    chosen = replace(settings, engine="torch")
    resolved = resolve(chosen)
    engine = open_engine(chosen, resolved, roles_of(chosen, resolved.path))
    try:
        assert engine.adapters == ("role/drafting",)
        assert said(engine, "role/drafting") != said(engine, None)
        assert can_score(engine)
        with_it, read = engine.score(["The river was wide."])[0], _read(engine)
        engine.remove_adapter("role/drafting")
        assert engine.adapters == ()
        assert engine.score(["The river was wide."])[0] == with_it
        assert _read(engine) == read
    finally:
        engine.close()


def _read(engine: Engine) -> list[float]:
    read: Callable[[list[str]], list] = engine.read  # type: ignore[attr-defined]
    return [float(value) for value in read(["The river was wide."])[0].logprobs]
