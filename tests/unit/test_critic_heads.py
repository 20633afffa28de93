"""The critic's features and heads, without any model: readings and vectors are made by hand."""

from __future__ import annotations

import math
import random
import zlib

import numpy as np
import pytest

from agents.critique.features import order
from agents.critique.features.counts import counts
from agents.critique.features.damage import damage
from agents.critique.features.ngrams import hashed
from agents.critique.features.pairs import pair, side
from agents.critique.features.reading import Reading
from agents.critique.features.surprise import surprise
from agents.critique.features.theme import theme
from agents.critique.heads import judge, kernel, linear, store

STORY = (
    "Anna shut the lamp room door and climbed. The wind had not changed since noon. She counted the steps, as her "
    "father had taught her, and at ninety she stopped to listen. Below, Anna heard the dog. It was barking at the sea."
)
ODD = ("", "Word", "😀 😀 😀", "春眠不觉晓，处处闻啼鸟。", "def f(x):\n    return x", "a line\n" * 40, "\n\n\n", "....")


def made_reading(text: str, seed: int = 0, loss: float = 3.0) -> Reading:
    """A reading with one token a word."""
    at, spans = 0, []
    for word in text.split():
        at = text.index(word, at)
        spans.append((at, at + len(word)))
        at += len(word)
    rng = np.random.default_rng(seed)
    logs = -rng.exponential(loss, len(spans))
    doubts, ranks = np.full(len(spans), loss), np.log1p(-logs)
    return Reading(np.array(spans, dtype=np.int64).reshape(-1, 2), logs, doubts, ranks, np.zeros((2, 576)))


@pytest.mark.parametrize("text", ODD)
def test_every_number_of_an_odd_text_is_finite(text: str) -> None:
    reading = made_reading(text)
    for numbers in (counts(text), surprise(text, reading), damage(text, reading)):
        assert all(math.isfinite(value) for value in numbers.values()), numbers


@pytest.mark.parametrize("text", ODD)
def test_the_shipped_heads_answer_every_text_with_a_number_in_range(text: str) -> None:
    reading = made_reading(text)
    numbers = judge.style_numbers(text, reading)
    assert -2 < judge.fluent(numbers) < 3
    assert -2 < judge.enjoyed(numbers) < 3
    assert -10 < judge.quality(text) < 20
    together, each = judge.damaged(text, reading)
    assert set(each) == set(judge.SPOILT)
    assert all(-judge.MOST_ODDS <= odds <= judge.MOST_ODDS for odds in each.values())
    assert max(each.values()) - 0.001 <= together <= max(each.values()) + math.log(len(each)) + 0.001


def test_a_story_said_twice_looks_repeated_and_an_unfinished_one_cut() -> None:
    twice = " ".join(part + part for part in STORY.split(". "))
    assert (
        judge.damaged(twice, made_reading(twice))[1]["repeat"] > judge.damaged(STORY, made_reading(STORY))[1]["repeat"]
    )
    short = STORY[: STORY.rindex(" at the sea")]
    assert judge.damaged(short, made_reading(short))[1]["cut"] > judge.damaged(STORY, made_reading(STORY))[1]["cut"]


def test_a_denial_after_every_auxiliary_looks_denied_and_a_contraction_does_not() -> None:
    denied = STORY.replace("had ", "had not ").replace("was ", "was not ")
    spoken = STORY.replace("had not", "hadn’t").replace("was ", "wasn’t ")
    odds = [judge.damaged(text, made_reading(text))[1]["negate"] for text in (STORY, spoken, denied)]
    assert odds[2] > max(odds[:2]) + 2


def test_the_beginning_of_a_longer_text_is_not_called_cut_off() -> None:
    cut = STORY[: STORY.rindex(" at the sea")]
    whole, alone = (judge.damaged(cut, made_reading(cut), text)[1]["cut"] for text in (STORY, ""))
    assert whole < alone - 2


def test_quotation_marks_that_open_twice_or_close_nothing_are_counted() -> None:
    talk = "“I know,” she said. “Come in. It rains.”\n\n“A long speech.\n\n“It goes on here.”"
    assert order.quotes_out_of_place(talk) == 0
    assert order.quotes_out_of_place("It rains.” “I know. “Come in. She sat.") == 2


def test_lines_in_another_order_lose_their_rhymes() -> None:
    verse = "The night\nso deep\nno light\nbut sleep\nthe stone\nthe rain\nalone\nin pain"
    near, lost = order.rhymes(verse)
    assert near > 0.5 and lost == 0
    rows = verse.split("\n")
    mixed = "\n".join(rows[at] for at in (0, 4, 1, 5, 2, 6, 3, 7))
    assert order.rhymes(mixed)[0] < near
    assert order.rhymes(STORY) == (0, 0)


def test_a_text_that_speaks_of_the_theme_fits_better() -> None:
    rng = np.random.default_rng(1)
    want = rng.normal(size=8)
    want /= np.linalg.norm(want)
    away = np.linalg.qr(np.column_stack([want, rng.normal(size=8)]))[0][:, 1]
    numbers = judge.style_numbers(STORY, made_reading(STORY))
    near = judge.relevant(numbers, "a lamp and the wind", STORY, want, want, np.stack([want, away, want]))
    far = judge.relevant(numbers, "a bank robbery", STORY, want, away, np.stack([away, away, away]))
    assert near > far


def test_theme_numbers_do_not_need_a_word_in_common() -> None:
    vector = np.array([1.0, 0.0])
    numbers = theme("", "", vector, vector, vector[None])
    assert numbers["recalled"] == 0
    assert numbers["whole"] == 1


def test_a_pair_has_the_same_numbers_whichever_text_comes_first() -> None:
    rng = np.random.default_rng(2)
    a, b, c, d = (row / np.linalg.norm(row) for row in rng.normal(size=(4, 8)))
    one, other = (
        side("A red balloon over Paris", "Write about flight"),
        side("Two kites, 3 crows", "Write about flight"),
    )
    assert pair(one, other, a, b, c, d) == pytest.approx(pair(other, one, b, a, d, c))
    assert judge.same(one, one, a, a, c, c) > judge.same(one, other, a, b, c, d)


def test_hashed_ngrams_do_not_depend_on_the_process() -> None:
    """CRC-32, not hash(): Python's own changes with each process."""
    row = hashed("the lamp", 64)
    assert row.tolist() == hashed("lamp the", 64).tolist()
    assert row[zlib.crc32(b" the ") % 64] >= 1
    assert row.sum() > 0


def test_a_linear_head_finds_the_number_that_matters() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(200, 4))
    head = linear.fit(rows, 2 * rows[:, 1] + 5, 1.0, ("a", "b", "c", "d"))
    assert head.shares({"a": 0.0, "b": 1.0, "c": 0.0, "d": 0.0})[0][0] == "b"
    assert head.predict_one({"a": 0.0, "b": 1.0, "c": 0.0, "d": 0.0}) == pytest.approx(7, abs=0.3)
    chance = linear.fit_chance(rows, (rows[:, 2] > 0).astype(float), 1.0)
    assert ((chance.predict(rows) > 0) == (rows[:, 2] > 0)).mean() > 0.95


def test_a_kernel_head_remembers_a_bend_and_survives_packing() -> None:
    rng = np.random.default_rng(4)
    rows = rng.uniform(-0.4, 0.4, size=(300, 3))
    target = np.abs(rows[:, 0])
    head = kernel.fit(rows, target, landmarks=120, dimensions=3, penalty=0.01, width=8.0)
    assert np.corrcoef(head.predict(rows), target)[0, 1] > 0.9
    packed = store.kernel(store.pack_kernel("k", head), "k")
    assert packed.predict(rows) == pytest.approx(head.predict(rows), abs=1e-4)


def test_the_shipped_weights_are_small_and_hold_no_pickles() -> None:
    sizes = 0
    for name in ("stories", "quality", "damage", "same", "ideas"):
        arrays = store.load(name)
        assert all(array.dtype != object for array in arrays.values())
        assert all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f")
        sizes += sum(array.nbytes for array in arrays.values())
    assert sizes < 1_000_000


def test_the_order_of_known_uses_does_not_depend_on_what_else_is_scored() -> None:
    rng = random.Random(5)
    vectors = np.array([[rng.gauss(0, 1) for _ in range(384)] for _ in range(4)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    first = judge.original("brick", "a doorstop", made_reading(" a doorstop"), vectors)
    assert first == judge.original("brick", "a doorstop", made_reading(" a doorstop"), vectors)
    assert first[1]
    assert not judge.original("cello", "a doorstop", made_reading(" a doorstop"), vectors)[1]
    assert 1 <= first[0] <= 5
