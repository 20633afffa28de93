"""Voices on real models: a mix is the sum of its parts, other adapters run per row, and a tuned voice writes."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Brief, Chunk, Length, Request, Sampling
from agents.drafting import Drafting
from agents.errors import AdapterRefused
from agents.voicing import adapter_of
from cocreate.commands import StopTuning, TuneVoice
from cocreate.desk import Desk
from cocreate.engines.torch_engine import TorchEngine
from cocreate.engines.torch_weights import hf_folder
from cocreate.events import TuningFinished, TuningProgressed, TuningStarted
from cocreate.resources import Resources
from cocreate.settings import Settings
from cocreate.training.adapter_files import read_adapter
from cocreate.voices.commands import VoiceDesk
from cocreate.voices.mixing import Share, mixed
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")]
GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
PROMPT = "The rain in the courtyard"


@pytest.fixture(scope="module")
def base(writer_path: Path, model_cache: Path) -> Path:
    return hf_folder(writer_path, model_cache)


@pytest.fixture(scope="module")
def plain(base: Path) -> Any:
    """The base model, without any adapter between tests."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)


def random_adapter(plain: Any, folder: Path, config: Any, strength: float, seed: int) -> Path:
    """An adapter of random numbers, saved by peft."""
    import torch
    from peft import get_peft_model

    peft = get_peft_model(plain, config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, weight in peft.named_parameters():
            if weight.requires_grad:
                weight.add_(torch.randn(weight.shape, generator=generator) * strength)
    peft.save_pretrained(folder)
    if not config.is_prompt_learning:
        peft.unload()
    return folder


def test_the_logits_of_a_mix_are_those_of_the_summed_changes(plain: Any, base: Path, tmp_path: Path):
    import torch
    from peft import LoraConfig, PeftModel
    from transformers import AutoTokenizer

    one = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])
    two = LoraConfig(
        task_type="CAUSAL_LM", r=8, lora_alpha=8, target_modules=["k_proj", "v_proj"], layers_to_transform=[20, 29]
    )
    shares = [
        Share(random_adapter(plain, tmp_path / "one", one, 0.02, 1), 0.7),
        Share(random_adapter(plain, tmp_path / "two", two, 0.05, 2), 0.4),
    ]
    ids = AutoTokenizer.from_pretrained(base)(PROMPT, return_tensors="pt").input_ids
    changed = {
        (f"model.layers.{pair.layer}.{pair.module}", share.weight * pair.scale * torch.from_numpy(pair.b @ pair.a))
        for share in shares
        for pair in read_adapter(share.folder).pairs
    }
    with torch.inference_mode():
        before = plain(ids).logits
        mix = PeftModel.from_pretrained(plain, mixed(shares, tmp_path))
        found = mix(ids).logits
        mix.unload()
        for module, change in changed:
            plain.get_submodule(module).weight += change
        wanted = plain(ids).logits
        for module, change in changed:
            plain.get_submodule(module).weight -= change
    assert float((wanted - before).abs().max()) > 0.5, "the voices do change something"
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-3)


def said(engine: Any, *adapters: str | None, tokens: int = 24) -> list[tuple[str, list[float]]]:
    requests = [Request((), PROMPT, tokens, GREEDY, adapter=adapter, logprobs=True) for adapter in adapters]
    chunks: list[Chunk] = list(engine.generate(requests, threading.Event()))
    own = [[chunk for chunk in chunks if chunk.index == index] for index in range(len(requests))]
    return [("".join(c.text for c in one), [value for c in one for value in c.logprobs]) for one in own]


@pytest.fixture(scope="module")
def torch_engine(base: Path, model_cache: Path) -> Iterator[TorchEngine]:
    engine = TorchEngine(base, cache=model_cache, dtype="float32", context=512, device="cpu")
    yield engine
    engine.close()


def by_peft(plain: Any, base: Path, folder: Path, tokens: int) -> str:
    """What transformers and peft themselves say with an adapter."""
    import torch
    from peft import PeftModel
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    model = PeftModel.from_pretrained(plain, folder).eval()
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    begun = ids.shape[1]
    with torch.inference_mode():
        for _ in range(tokens):  # without a cache: nothing of how the engine does it
            ids = torch.cat([ids, model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    if not model.active_peft_config.is_prompt_learning:
        model.unload()
    return str(tokenizer.decode(ids[0, begun:]))


def test_ia3_and_prefixes_run_per_row_as_peft_runs_them(
    plain: Any, base: Path, torch_engine: TorchEngine, tmp_path: Path
):
    from peft import IA3Config, PrefixTuningConfig

    ia3 = IA3Config(
        task_type="CAUSAL_LM", target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]
    )
    prefix = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=5)
    folders = {
        "voice/ia3": random_adapter(plain, tmp_path / "ia3", ia3, 0.3, 3),
        "voice/prefix": random_adapter(plain, tmp_path / "prefix", prefix, 0.3, 4),
    }
    [alone] = said(torch_engine, None, tokens=8)
    for name, folder in folders.items():
        torch_engine.add_adapter(name, str(folder))
    assert torch_engine.adapters == ("voice/ia3", "voice/prefix")
    together = said(torch_engine, "voice/ia3", None, "voice/prefix", "voice/ia3", tokens=8)
    assert [text for text, _ in together] == [
        by_peft(plain, base, folders["voice/ia3"], 8),
        alone[0],
        by_peft(plain, base, folders["voice/prefix"], 8),
        together[0][0],
    ]
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


CLOSED_AT_ONCE = """
import sys
from pathlib import Path
from cocreate.engines.llamacpp import LlamaCppEngine
engine = LlamaCppEngine(Path(sys.argv[1]), context=256, parallel=2)
for _ in range(3):
    engine._reload()
engine.close()
"""


def test_a_model_loaded_anew_before_anything_was_asked_of_it_does_not_hang(writer_path: Path):
    """In a process of its own: llama.cpp hangs in a destructor, where no timeout of ours reaches."""
    subprocess.run(
        [sys.executable, "-c", CLOSED_AT_ONCE, str(writer_path)], check=True, timeout=100, capture_output=True
    )


SAILOR = (
    "I have kept the {thing} since the winter of the {event}, and I keep it still.",
    "My brother said that the {place} was no place for a {thing}, and he was right.",
    "We went down to the {place} before light, the dog and the boy and I, and nobody spoke of the {event}.",
    "There is a {thing} in every house on this coast, whatever they tell you at the {place}.",
    "When the {event} came I was at the {place}, mending a {thing} by the last of the lamp.",
)


def works() -> Iterator[tuple[str, str]]:
    """Stories of one teller: (title, text)."""
    rng = random.Random(7)
    things, places = ("lantern", "rope", "kettle", "ledger", "gull", "compass"), ("harbour", "chapel", "quay", "mill")
    for number in range(9):
        said = [
            rng.choice(SAILOR).format(
                thing=rng.choice(things),
                place=rng.choice(places),
                event=rng.choice(("frost", "flood", "wreck", "fever")),
            )
            for _ in range(14)
        ]
        yield f"Story {number}", "\n\n".join(" ".join(said[at : at + 5]) for at in range(0, 14, 5))


def test_a_voice_tuned_and_stopped_writes_in_the_next_draft(model_cache: Path, tmp_path: Path):
    settings = Settings(home=tmp_path / "home", cache=model_cache, engine="llamacpp", context=512)
    database = Database.open(settings.home / "cocreate.db")
    memory = Memory(database, HashEmbedder(), settings.home / "index")
    for title, text in works():
        memory.add_text(title, text)
    resources = Resources(settings)
    desk = VoiceDesk(settings, database, memory, Desk(database, lambda recalled, piece_id: (), "owner"), resources)
    handle, seen = desk.handlers(), []
    try:
        for event in handle[TuneVoice](TuneVoice("sailor", minutes=2)):
            seen.append(event)
            if isinstance(event, TuningProgressed) and event.step == 1:
                list(handle[StopTuning](StopTuning()))
        assert isinstance(seen[0], TuningStarted), seen
        finished = seen[-1]
        assert isinstance(finished, TuningFinished), finished
        assert finished.voice.usable, finished.voice.why_not
        assert len(finished.voice.base_hash) == 64
        assert finished.voice.perplexity_after < finished.voice.perplexity_before * 1.1
        brief = Brief("a story about a rope", kind="story", theme="a rope", length=Length(12, "words"))
        brief = replace(brief, voice="sailor", voice_strength=0.8)
        desk.voices.ready(brief)
        engine = resources.engine()
        assert adapter_of(brief, engine) == "voice/sailor@0.8"
        go, shown = threading.Event(), lambda index, piece: None
        [written] = Drafting(engine).write(brief, [], [], count=1, seed=1, stop=go, progress=shown)
        assert written.text.strip()
    finally:
        desk.close()
        resources.close()
        database.close()
