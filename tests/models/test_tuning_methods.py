"""Each kind of adapter: a few steps on a tiny model of random weights, saved, and read back by peft itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cocreate.training import methods
from cocreate.training.adapter_files import read_adapter
from cocreate.training.corpus import Example
from cocreate.training.job import METHODS, Method
from cocreate.training.reading import learned, loss_sum, mean_loss, micro_batches
from cocreate.training.recipe import recipe

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")]
STEPS = 12
EXAMPLES = [Example(tuple((i * 7 + k * k) % 60 for k in range(20 + i)), 4, frozenset({6})) for i in range(6)]


def tiny() -> Any:
    import torch
    import transformers as hf

    torch.manual_seed(7)
    config = hf.LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.3,
    )  # fmt: skip
    return hf.AutoModelForCausalLM.from_config(config, dtype=torch.float32).requires_grad_(False)


def taught(method: Method) -> tuple[Any, Any, list[float]]:
    import torch

    how = replace(recipe(2000, 10, method), learning_rate=0.03)
    runner = methods.attach(tiny(), how, STEPS, seed=1)
    optimiser = torch.optim.AdamW(methods.trained(runner).values(), lr=how.learning_rate)
    losses = []
    for step in range(STEPS):
        loss = loss_sum(runner, EXAMPLES, how.theme_weight) / learned(EXAMPLES)
        (loss + (methods.extra_loss(runner) if method == "adalora" else 0)).backward()
        optimiser.step()
        methods.after_step(runner, method, step)
        optimiser.zero_grad()
        losses.append(float(loss.detach()))
    return runner, how, losses


@pytest.mark.parametrize("method", METHODS)
def test_what_was_learned_is_what_is_saved(method: Method, tmp_path: Path) -> None:
    from peft import PeftModel

    runner, how, losses = taught(method)
    assert losses[-1] < losses[0]
    weights = {name: value.detach().clone() for name, value in methods.trained(runner).items()}
    size = methods.save(runner, how, weights, tmp_path / "base.gguf", tmp_path / "adapter")
    assert size == (tmp_path / "adapter" / "adapter_model.safetensors").stat().st_size
    told = mean_loss(runner, EXAMPLES, 100)
    read: Any = PeftModel.from_pretrained(tiny(), tmp_path / "adapter")
    assert mean_loss(read, EXAMPLES, 100) == pytest.approx(told, abs=2e-3)
    assert mean_loss(tiny(), EXAMPLES, 100) != pytest.approx(told, abs=2e-2)
    if "llamacpp" in methods.ENGINES[method]:  # a plain LoRA, whatever it was learned as
        assert read_adapter(tmp_path / "adapter").pairs
    assert b"tmp" not in (tmp_path / "adapter" / "adapter_config.json").read_bytes()


def test_adalora_takes_ranks_away(tmp_path: Path) -> None:
    runner, how, _ = taught("adalora")
    kept = [int((e != 0).sum()) for name, e in methods.trained(runner).items() if "lora_E" in name]
    assert 0 < sum(kept) <= how.rank * len(kept)


def test_the_chunked_loss_is_the_model_s_own_with_its_gradient() -> None:
    import torch

    runner, _, _ = taught("lora")
    [batch] = micro_batches(EXAMPLES, 1000)
    loss = loss_sum(runner, batch)
    loss.backward()
    gradients = {name: value.grad.clone() for name, value in methods.trained(runner).items()}
    runner.zero_grad()
    plain = sum(
        torch.nn.functional.cross_entropy(
            runner(input_ids=torch.tensor([e.tokens])).logits[0, e.learned - 1 : -1],
            torch.tensor(e.tokens[e.learned :]), reduction="sum",
        )
        for e in batch
    )  # fmt: skip
    assert isinstance(plain, torch.Tensor)
    plain.backward()
    assert float(loss.detach()) == pytest.approx(float(plain.detach()), rel=1e-5)
    for name, value in methods.trained(runner).items():
        assert torch.allclose(gradients[name], value.grad, atol=1e-3), name


def test_the_words_of_a_theme_count_more() -> None:
    runner, _, _ = taught("lora")
    with_theme = float(loss_sum(runner, EXAMPLES, 3.0).detach())
    bare = [replace(example, theme=frozenset()) for example in EXAMPLES]
    assert with_theme > float(loss_sum(runner, bare, 3.0).detach())
