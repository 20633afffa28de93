"""llama.cpp in this process under any mix of requests and stops; a grammar of its own tells whose text is whose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.contracts import Message, Request
from cocreate.engines.llamacpp import LlamaCppEngine

pytestmark = pytest.mark.model
WORDS = ("rain", "moss", "a door", "the night train", "秋天")


@pytest.fixture(scope="module")
def engine(writer_path: Path) -> Iterator[LlamaCppEngine]:
    """Three slots, so that more requests than slots are waiting."""
    engine = LlamaCppEngine(writer_path, context=512, parallel=3)
    yield engine
    engine.close()


class After:
    """A flag that is set after so many looks of the consumer."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces

    def is_set(self) -> bool:
        return self.left <= 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.integers(1, 12), st.integers(0, 9) | st.just(99)), min_size=1, max_size=6
    ),
    st.integers(1, 40),
    st.integers(0, 2**31),
)
def test_any_mix_ends_in_order_with_no_lost_or_mixed_token(
    engine: LlamaCppEngine, mix: list[tuple[str, int, int]], stop_after: int, seed: int
) -> None:
    stop, cancels = After(stop_after), [After(pieces) for _, _, pieces in mix]
    requests = [
        Request(
            (Message("user", f"Say {word} again and again."),),
            max_tokens=most,
            seed=seed % 1000 + at,
            logprobs=True,
            cancel=cancels[at],
            grammar=f'root ::= ("{word} ")+',
        )
        for at, (word, most, _) in enumerate(mix)
    ]
    texts, tokens, finishes = [""] * len(mix), [0] * len(mix), [""] * len(mix)
    for chunk in engine.generate(requests, stop):
        assert not finishes[chunk.index], "a piece after the last one"
        assert not (chunk.text and (stop.is_set() or cancels[chunk.index].is_set())), "text after the end"
        texts[chunk.index] += chunk.text
        tokens[chunk.index] += len(chunk.logprobs)
        finishes[chunk.index] = chunk.finish
        stop.left -= 1
        cancels[chunk.index].left -= 1
    assert all(finishes)
    for at, (_, most, _) in enumerate(mix):
        assert tokens[at] <= most
        if mix[at][0].isascii():  # a character of several tokens tells the last one only
            assert finishes[at] != "length" or tokens[at] == most
        own = f"{mix[at][0]} " * 13
        assert own.startswith(texts[at]), "only what its own grammar allows"
