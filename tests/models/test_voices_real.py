"""Voices on real models: a mix is the sum of its parts, other adapters run per row, and a tuned voice writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Chunk, Request, Sampling
from agents.errors import AdapterRefused
from cocreate.commands import AddWorks, StopTuning, TuneVoice, TurnOptions, Write
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_engine import TorchEngine
from cocreate.engines.torch_weights import hf_folder
from cocreate.events import TuningFinished, TuningProgressed, TurnFinished
from cocreate.settings import Settings
from cocreate.studio import Studio
from cocreate.voices.mixing import Share, mixed

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")]
GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
PROMPT = "The rain in the courtyard"


def random_adapter(base: Path, folder: Path, config: Any, strength: float, seed: int) -> Path:
    """An adapter of random numbers for the model in `base`, saved by peft."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    peft = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, weight in peft.named_parameters():
            if weight.requires_grad:
                weight.add_(torch.randn(weight.shape, generator=generator) * strength)
    peft.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def base(writer_path: Path, model_cache: Path) -> Path:
    return hf_folder(writer_path, model_cache)


@pytest.fixture(scope="module")
def loras(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two adapters of different rank, scale and layers."""
    from peft import LoraConfig

    folder = tmp_path_factory.mktemp("loras")
    one = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])
    two = LoraConfig(
        task_type="CAUSAL_LM", r=8, lora_alpha=8, target_modules=["k_proj", "v_proj"], layers_to_transform=[20, 29]
    )
    return [
        random_adapter(base, folder / "one", one, 0.05, 1),
        random_adapter(base, folder / "two", two, 0.1, 2),
    ]


def test_the_logits_of_a_mix_are_those_of_the_summed_changes(base: Path, loras: list[Path], tmp_path: Path):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from cocreate.training.adapter_files import read_adapter

    ids = AutoTokenizer.from_pretrained(base)(PROMPT, return_tensors="pt").input_ids
    shares = [Share(loras[0], 0.7), Share(loras[1], 0.4)]
    with torch.inference_mode():
        plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        before = plain(ids).logits
        mix = PeftModel.from_pretrained(plain, mixed(shares, tmp_path))
        found = mix(ids).logits
        summed = mix.unload()
        for share in shares:
            for pair in read_adapter(share.folder).pairs:
                weight = summed.get_submodule(f"model.layers.{pair.layer}.{pair.module}").weight
                weight += share.weight * pair.scale * torch.from_numpy(pair.b) @ torch.from_numpy(pair.a)
        wanted = summed(ids).logits
    assert float((wanted - before).abs().max()) > 0.5, "the voices do change something"
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-3)


def said(engine: Any, *adapters: str | None, tokens: int = 24) -> list[tuple[str, list[float]]]:
    requests = [Request((), PROMPT, tokens, GREEDY, adapter=adapter) for adapter in adapters]
    chunks: list[Chunk] = list(engine.generate(requests, threading.Event()))
    own = [[chunk for chunk in chunks if chunk.index == index] for index in range(len(requests))]
    return [("".join(c.text for c in one), [value for c in one for value in c.logprobs]) for one in own]


def test_llama_cpp_says_the_same_with_a_mix_as_with_both_adapters_at_their_weights(
    writer_path: Path, loras: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mix = mixed([Share(loras[0], 0.7), Share(loras[1], 0.4)], tmp_path)
    options: dict[str, Any] = {"threads": 1, "context": 256, "parallel": 1, "cache": tmp_path, "exact": True}
    engine = LlamaCppEngine(writer_path, **options)
    try:
        engine.add_adapter("voice/one*0.7+two*0.4", str(mix))
        [plain, together] = said(engine, None) + said(engine, "voice/one*0.7+two*0.4")
    finally:
        engine.close()
    both = LlamaCppEngine(writer_path, adapters={"one": str(loras[0]), "two": str(loras[1])}, **options)
    fields = both._fields
    weights = {"lora": [{"id": 0, "scale": 0.7}, {"id": 1, "scale": 0.4}]}
    monkeypatch.setattr(both, "_fields", lambda request: fields(request) | weights)
    try:
        [apart] = said(both, "one")
    finally:
        both.close()
    assert together[0] == apart[0] != plain[0]
    assert together[1] == pytest.approx(apart[1], abs=5e-3)


@pytest.fixture(scope="module")
def torch_engine(base: Path, model_cache: Path) -> Iterator[TorchEngine]:
    engine = TorchEngine(base, cache=model_cache, dtype="float32", context=512, device="cpu")
    yield engine
    engine.close()


def by_peft(base: Path, folder: Path, tokens: int) -> str:
    """What transformers and peft themselves say with an adapter."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    model = PeftModel.from_pretrained(model, folder).eval()
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    begun = ids.shape[1]
    with torch.inference_mode():
        for _ in range(tokens):  # without a cache: nothing of how the engine does it
            ids = torch.cat([ids, model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    return str(tokenizer.decode(ids[0, begun:]))


def test_ia3_and_prefixes_run_per_row_on_torch_as_peft_runs_them(base: Path, torch_engine: TorchEngine, tmp_path: Path):
    from peft import IA3Config, PrefixTuningConfig

    ia3 = IA3Config(
        task_type="CAUSAL_LM", target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]
    )
    prefix = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=5)
    folders = {
        "voice/ia3": random_adapter(base, tmp_path / "ia3", ia3, 0.3, 3),
        "voice/prefix": random_adapter(base, tmp_path / "prefix", prefix, 0.3, 4),
    }
    [alone] = said(torch_engine, None, tokens=8)
    for name, folder in folders.items():
        torch_engine.add_adapter(name, str(folder))
    assert torch_engine.adapters == ("voice/ia3", "voice/prefix")
    together = said(torch_engine, "voice/ia3", None, "voice/prefix", "voice/ia3", tokens=8)
    assert [text for text, _ in together] == [
        by_peft(base, folders["voice/ia3"], 8), alone[0], by_peft(base, folders["voice/prefix"], 8), together[0][0],
    ]  # fmt: skip
    assert len({text for text, _ in together}) == 3, "each changes the text in its own way"
    shared = said(torch_engine, "voice/prefix", "voice/prefix", tokens=8)
    assert {text for text, _ in shared} == {together[2][0]}
    with pytest.raises(AdapterRefused):
        broken = tmp_path / "ia3"
        (broken / "adapter_model.safetensors").write_bytes(b"no weights")
        torch_engine.add_adapter("voice/ia3", str(broken))
    for name in folders:
        torch_engine.remove_adapter(name)
    assert torch_engine.adapters == ()
    assert said(torch_engine, None, tokens=8) == [alone]
