"""Reading for the critic's heads, with a tiny model of random weights: the pieces are those of the whole table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cocreate.engines.torch_read import LONGEST, read_window
from cocreate.engines.torch_score import Readers


class Letters:
    """One token a character."""

    def __call__(self, text: str, **_: object) -> SimpleNamespace:
        ids = [1 + ord(character) % 90 for character in text]
        return SimpleNamespace(input_ids=ids, offset_mapping=[(at, at + 1) for at in range(len(ids))])


class Tiny:
    """The part of TorchModel that readers use."""

    device, first_token, limit = "cpu", 0, 4096

    def __init__(self, model: Any) -> None:
        self.model = model
        self.tokenizer = Letters()

    def straight(self, state: Any) -> Any:
        return state

    def encode(self, text: str) -> list[int]:
        return list(self.tokenizer(text).input_ids)


@pytest.fixture(scope="module")
def tiny() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=5, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=1024,
    )  # fmt: skip
    return Tiny(LlamaForCausalLM(config).eval())


def test_measured_in_pieces_the_numbers_are_those_of_the_whole_table(tiny: Any) -> None:
    import torch

    tokens = [0, *range(1, 90), *range(1, 40)]
    part = read_window(tiny, tokens, 1, deep=True, states=True)
    with torch.inference_mode():
        out = tiny.model(input_ids=torch.tensor([tokens]), output_hidden_states=True)
    table = out.logits[0, :-1].log_softmax(dim=1)
    wanted = torch.tensor(tokens[1:])[:, None]
    assert part.logprobs == pytest.approx(table.gather(1, wanted)[:, 0].numpy(), abs=1e-4)
    assert part.entropies == pytest.approx(-(table.exp() * table).sum(dim=1).numpy(), abs=1e-4)
    assert part.ranks == pytest.approx((table > table.gather(1, wanted)).sum(dim=1).log1p().numpy(), abs=1e-4)
    assert part.states == pytest.approx(
        torch.stack([out.hidden_states[at][0, 1 : 1 + LONGEST].mean(dim=0) for at in (2, 3)]).numpy(), abs=1e-4
    )


def test_reading_and_scoring_give_the_same_log_probabilities(tiny: Any) -> None:
    readers = Readers(tiny)
    texts = ["the rain", "", "x" * 700]
    read, scored = readers.read(texts), readers.score(texts)
    readers.close()
    for one, other, text in zip(read, scored, texts, strict=True):
        assert len(one.offsets) == len(one.entropies) == len(one.ranks) == len(text)
        assert one.logprobs == pytest.approx(np.array(other.logprobs), abs=1e-3)
    assert read[0].states.shape == (2, 32)


def test_what_stands_before_a_text_is_heard_and_not_measured(tiny: Any) -> None:
    readers = Readers(tiny)
    alone, after = readers.read(["rain"])[0], readers.read(["rain"], before="a use for a brick:")[0]
    readers.close()
    assert len(alone.logprobs) == len(after.logprobs) == 4
    assert alone.logprobs.tolist() != after.logprobs.tolist()


def test_the_number_of_threads_changes_no_reading(tiny: Any) -> None:
    import torch

    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            readers = Readers(tiny)
            found.append(readers.read(["the rain on the roof", "abc" * 200]))
            readers.close()
    finally:
        torch.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        for name in ("logprobs", "entropies", "ranks", "states"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
