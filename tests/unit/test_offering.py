"""Which texts of a turn stand first."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.contracts import Copied, Score, Scorecard
from cocreate.offering import choose
from cocreate.state import rank


def card(overall: float, *, copied: bool = False) -> Scorecard:
    run = (Copied(0, 4, 14, "Well water"),) if copied else ()
    return Scorecard(Score(5.0), Score(5.0), Score(5.0), overall, copied=run)


def unit(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    found = np.asarray(rows, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def standing(cards: list[Scorecard], vectors: NDArray[np.float32], first: int, count: int) -> list[int]:
    """All rows as the desk orders them: the chosen, then the rest by score."""
    chosen = choose(cards, vectors, first, count)
    rest = [row for row in range(len(cards)) if row not in chosen]
    return chosen + sorted(rest, key=lambda row: rank(cards[row]), reverse=True)


@pytest.mark.parametrize("seed", range(200))
def test_nothing_that_scores_below_the_first_draft_is_ever_put_above_it(seed: int) -> None:
    draw = random.Random(seed)
    size = draw.randint(1, 12)
    cards = [card(draw.choice((draw.uniform(0, 10), 5.0)), copied=draw.random() < 0.15) for _ in range(size)]
    vectors = unit(*[[draw.gauss(0, 1) for _ in range(4)] for _ in range(size)])
    first, count = draw.randrange(size), draw.randint(1, size + 2)

    order = standing(cards, vectors, first, count)

    above = order[: order.index(first)]
    assert all(rank(cards[row]) >= rank(cards[first]) for row in above)
    assert sorted(order) == list(range(size))
    chosen = order[: min(count, size)]
    assert [rank(cards[row]) for row in chosen] == sorted((rank(cards[row]) for row in chosen), reverse=True)
    assert rank(cards[order[0]]) == max(map(rank, cards))


def test_of_two_texts_that_are_nearly_the_same_only_the_better_stands_in_front_of_a_different_one() -> None:
    cards = [card(5.0), card(6.6), card(6.7), card(6.2)]
    vectors = unit((1, 0, 0), (0, 1, 0), (0, 1, 0.05), (0, 0, 1))

    assert choose(cards, vectors, 0, 2) == [2, 3]


def test_distance_does_not_make_up_for_a_much_lower_score() -> None:
    cards = [card(2.0), card(8.0), card(7.9)]
    vectors = unit((1, 0, 0), (0, 1, 0), (0, 1, 0.5))

    assert choose(cards, vectors, 0, 2) == [1, 2]


def test_a_copy_stands_in_front_only_when_there_is_nothing_else() -> None:
    cards = [card(3.0), card(9.0, copied=True), card(2.0)]
    vectors = unit((1, 0), (0, 1), (1, 1))

    assert choose(cards, vectors, 0, 2) == [0, 2]
    assert choose(cards, vectors, 0, 3) == [0, 2, 1]
