"""8-bit layers and the turned model: as near as rounding allows, the same in any company and on any threads."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from cocreate.engines.torch_int8 import Turn, make_small
from memory.int8 import Int8Embedding, Int8Linear, able

needs = pytest.mark.skipif(not able(), reason="this CPU has no instructions for 8-bit sums")


def tiny(family: str) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    size = {
        "vocab_size": 96, "hidden_size": 96, "intermediate_size": 128, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2,
    }  # fmt: skip
    if family == "llama":
        made: Any = LlamaForCausalLM(LlamaConfig(**size, tie_word_embeddings=True))
    else:
        made = Qwen2ForCausalLM(Qwen2Config(**size, tie_word_embeddings=False))
    with torch.no_grad():
        for name, weight in made.named_parameters():
            weight.normal_(1.0, 0.3) if "norm" in name else weight.normal_(0, 0.06)
    return made.eval()


@needs
@pytest.mark.parametrize("fine", [False, True])
def test_a_layer_in_8_bits_is_near_the_float_layer_and_a_row_the_same_in_any_company(fine: bool) -> None:
    torch.manual_seed(1)
    float_layer = torch.nn.Linear(576, 200)
    layer = Int8Linear(float_layer.weight, float_layer.bias, fine=fine)
    x = torch.randn(3, 40, 576)
    with torch.inference_mode():
        wanted, found = float_layer(x), layer(x)
        assert (found - wanted).norm() / wanted.norm() < 0.012
        assert torch.equal(layer(x[1:2, 5:6]), found[1:2, 5:6])
        assert torch.equal(layer(torch.zeros(1, 576)), float_layer.bias[None])


@needs
def test_16_bits_keep_the_small_numbers_beside_a_large_one() -> None:
    torch.manual_seed(1)
    weight = torch.randn(64, 256)
    weight[:, 0] = 0.0
    x = torch.randn(8, 256)
    x[:, 0] = 500.0
    with torch.inference_mode():
        plain, fine = (Int8Linear(weight, None, fine=fine)(x) - x @ weight.T for fine in (False, True))
    assert fine.norm() < plain.norm() / 20


@needs
def test_the_number_of_threads_changes_no_bit_of_a_layer() -> None:
    torch.manual_seed(1)
    layer, x, before, found = Int8Linear(torch.randn(300, 64), None), torch.randn(90, 64), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(layer(x))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


def test_rows_of_a_table_come_back_to_half_a_step() -> None:
    weight = torch.randn(50, 32)
    found = Int8Embedding(weight)(torch.tensor([[3, 7]]))
    assert found.shape == (1, 2, 32)
    assert (found[0] - weight[[3, 7]]).abs().max() <= weight[[3, 7]].abs().max() / 127 * 0.51


@pytest.mark.parametrize("size", [64, 576, 896])
def test_a_turn_keeps_lengths_and_can_be_undone(size: int) -> None:
    turn, rows = Turn(size), torch.randn(5, size)
    assert turn(rows).norm(dim=1).numpy() == pytest.approx(rows.norm(dim=1).numpy(), rel=1e-4)
    assert turn.back(turn(rows)).numpy() == pytest.approx(rows.numpy(), abs=1e-4)
    outlier = torch.zeros(1, size)
    outlier[0, 5] = 1.0
    assert turn(outlier).abs().max() < 0.25


@needs
@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_the_small_model_expects_what_the_float_model_expects(family: str) -> None:
    model = tiny(family)
    small = copy.deepcopy(model)
    turn = make_small(small)
    ids = torch.randint(0, 96, (1, 40), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        wanted, found = (one(input_ids=ids, output_hidden_states=True, use_cache=False) for one in (model, small))
    error = found.logits - wanted.logits
    assert error.norm() / wanted.logits.norm() < 0.05
    state = turn.back(found.hidden_states[2][0])
    assert (state - wanted.hidden_states[2][0]).norm() / wanted.hidden_states[2][0].norm() < 0.05
    assert not [name for name, part in small.named_modules() if type(part) in (torch.nn.Linear, torch.nn.Embedding)]
