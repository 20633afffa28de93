"""Drawing tokens and cutting windows, without a model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contracts import Sampling
from cocreate.engines.torch_sampling import repeats
from cocreate.engines.torch_score import windows

GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)


def never(token: int) -> bool:
    return False


@given(st.integers(1, 400), st.integers(2, 64))
def test_windows_score_every_token_once_with_half_a_window_of_context(count: int, size: int) -> None:
    scored: list[int] = []
    for start, first in windows(count, size):
        assert start >= 0
        assert first - start >= (1 if start == 0 else size // 2)
        scored += range(first, min(start + size, count))
    assert scored == list(range(1, count))


def test_repetitions_are_found_with_their_length() -> None:
    assert repeats([1, 2, 3, 9, 1, 2], 2, never) == {3: 2}
    assert repeats([1, 2, 3, 9, 1, 2], 3, never) == {}
    assert repeats([5, 5, 5, 5], 2, never) == {5: 3}
    assert repeats([], 2, never) == {}


def test_a_new_line_ends_a_repetition() -> None:
    line = 7
    assert repeats([1, 2, 3, line, 1, 2], 2, lambda t: t == line) == {3: 2}
    assert repeats([1, line, 2, 3, 1, line, 2], 2, lambda t: t == line) == {}
    assert repeats([1, 2, line, 3, 1, 2], 2, lambda t: t == line) == {}


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_greedy_takes_the_likeliest_and_reports_its_log_probability(torch) -> None:
    from cocreate.engines.torch_sampling import draw

    logits = torch.tensor([0.0, 2.0, 1.0])
    token, logprob = draw(logits.clone(), [], GREEDY, torch.Generator(), never)
    assert token == 1
    assert logprob == pytest.approx(float(torch.log_softmax(logits, 0)[1]), abs=1e-6)


def test_min_p_removes_the_tail(torch) -> None:
    from cocreate.engines.torch_sampling import draw

    logits = torch.log(torch.tensor([0.60, 0.35, 0.02, 0.03]))
    sampling = Sampling(min_p=0.1, repeat_penalty=1, dry_multiplier=0)
    generator = torch.Generator().manual_seed(1)
    drawn = {draw(logits.clone(), [], sampling, generator, never)[0] for _ in range(300)}
    assert drawn == {0, 1}


def test_top_k_and_top_p_keep_the_best(torch) -> None:
    from cocreate.engines.torch_sampling import draw

    logits = torch.log(torch.tensor([0.4, 0.3, 0.2, 0.1]))
    generator = torch.Generator().manual_seed(1)
    for sampling, kept in (
        (Sampling(top_k=1, min_p=0, repeat_penalty=1, dry_multiplier=0), {0}),
        (Sampling(top_p=0.5, min_p=0, repeat_penalty=1, dry_multiplier=0), {0, 1}),
    ):
        assert {draw(logits.clone(), [], sampling, generator, never)[0] for _ in range(200)} == kept


def test_penalties_turn_the_choice_away_from_what_was_said(torch) -> None:
    from cocreate.engines.torch_sampling import draw

    logits = torch.tensor([1.0, 1.1, 0.5, 1.05])
    repeat = Sampling(temperature=0, min_p=0, repeat_penalty=1.5, dry_multiplier=0)
    assert draw(logits.clone(), [1], repeat, torch.Generator(), never)[0] == 3
    dry = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0.8)
    assert draw(logits.clone(), [0, 2, 1, 3, 0, 2], dry, torch.Generator(), never)[0] == 3


def test_the_same_seed_draws_the_same_tokens(torch) -> None:
    from cocreate.engines.torch_sampling import draw

    logits = torch.randn(200, generator=torch.Generator().manual_seed(3))

    def tokens(seed: int) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        return [draw(logits.clone(), [], Sampling(), generator, never)[0] for _ in range(20)]

    assert tokens(1) == tokens(1) != tokens(2)
