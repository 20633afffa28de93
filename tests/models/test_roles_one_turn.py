"""The adapters of several agents in one turn: all are there from the start, and no model is loaded on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from agents.contracts import Brief, Length
from agents.drafting import Drafting
from agents.ideation import Ideation
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.metering import MeteredEngine
from cocreate.training.gguf_lora import gguf_of
from memory.embedder import HashEmbedder

pytestmark = pytest.mark.model
WIDE, RANK, LAYERS = 576, 2, (0, 29)
BRIEF = Brief("a poem about rain", theme="rain in a courtyard", length=Length(3, "lines"))


def adapter(folder: Path, seed: int) -> str:
    """A LoRA of random weights on two layers of the default model, as peft keeps it."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    name = "base_model.model.model.layers.{}.self_attn.q_proj.lora_{}.weight"
    halves = {"A": (RANK, WIDE), "B": (WIDE, RANK)}
    tensors = {
        name.format(layer, half): draw.normal(0, 0.05, shape).astype(np.float32)
        for layer in LAYERS
        for half, shape in halves.items()
    }
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": RANK, "target_modules": ["q_proj"], "bias": "none"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return str(folder)


@pytest.fixture
def engine(writer_path: Path, tmp_path: Path) -> Iterator[LlamaCppEngine]:
    roles = ("role/ideation", "role/drafting")
    adapters = {name: adapter(tmp_path / name, seed) for seed, name in enumerate(roles)}
    files = {name: str(gguf_of(Path(path), writer_path, tmp_path / "cache")) for name, path in adapters.items()}
    engine = LlamaCppEngine(writer_path, context=768, parallel=4, adapters=files, threads=1)
    yield engine
    engine.close()


def test_directions_drafts_and_directions_again_need_no_model_loaded_anew(
    engine: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    plain = LlamaCppEngine._open

    def noted(self: LlamaCppEngine, threads: int, parallel: int):
        opened.append(parallel)
        return plain(self, threads, parallel)

    monkeypatch.setattr(LlamaCppEngine, "_open", noted)
    asked: list[str | None] = []
    generate = engine.generate

    def watched(requests, stop):
        asked.extend(request.adapter for request in requests)
        return generate(requests, stop)

    monkeypatch.setattr(engine, "generate", watched)
    metered, stop = MeteredEngine(engine), threading.Event()
    ideation, drafting = Ideation(metered, HashEmbedder()), Drafting(metered)

    ideation.find(BRIEF, (), count=2, seed=1, stop=stop)
    drafts = drafting.write(BRIEF, (), (), count=2, seed=1, stop=stop, progress=lambda index, piece: None)
    ideation.find(BRIEF, (), count=1, seed=2, stop=stop)

    assert {"role/ideation", "role/drafting"} == set(asked)
    assert all(draft.text for draft in drafts)
    assert opened == []
