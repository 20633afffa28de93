"""Blind reading of the loop's texts (benchmarks/loop_reading.py): nothing gives the arms away, figures are right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def reading() -> Any:
    sys.path.insert(0, str(FOLDER))
    try:
        import loop_reading  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(FOLDER))
    return loop_reading


@pytest.fixture
def made(reading: Any, tmp_path: Path) -> Any:
    """Twenty briefs with a text of each of two arms; in one of them both are the same."""
    kept = reading.Kept.open(tmp_path / "texts.jsonl")
    every = []
    for number in range(20):
        every.append(reading.Task(f"t{number}", f"a poem about {number}", None))
        kept.add(f"t{number}", 1, "all", text=f"whole {number}" if number else "the same")
        kept.add(f"t{number}", 1, "tuned", text=f"single {number}" if number else "the same")
    return reading.pairs(kept, every, [1], [("all", "tuned")], draw=7)


def test_neither_the_order_nor_a_name_tells_which_arm_a_text_is_of(made: Any) -> None:
    shown, key = made
    assert "tuned" not in shown
    first = [row["x"] for row in key.values() if row["x"]]
    assert len(first) == 19
    assert 4 <= first.count("all") <= 15
    assert [row["brief"] for row in key.values()] != sorted(row["brief"] for row in key.values())


def test_a_reader_who_always_prefers_one_arm_gives_it_every_win_and_the_same_text_half(reading: Any, made: Any) -> None:
    _, key = made
    likes = {number: ["X" if row["x"] == "all" else "Y", "Y" if row["x"] == "all" else "X"]
             for number, row in key.items() if row["x"]}  # fmt: skip
    table = reading.count(key, [likes, likes])
    assert table["rather_given"]["all_over_tuned"]["value"] == pytest.approx((19 + 0.5) / 20, abs=0.001)
    assert table["better_writing"]["all_over_tuned"]["value"] == pytest.approx(0.5 / 20, abs=0.001)
    assert table["rather_given"]["readers_agree"] == {"share": 1.0, "kappa": 1.0}


def test_readers_who_disagree_everywhere_agree_less_than_chance(reading: Any, made: Any) -> None:
    _, key = made
    one = {number: ["X", "X"] for number in key}
    other = {number: ["Y", "Y"] for number in key}
    found = reading.count(key, [one, other])["rather_given"]
    assert found["readers_agree"]["share"] == 0.0
    assert found["readers_agree"]["kappa"] < 0
    assert found["all_over_tuned"]["value"] == 0.5


@pytest.mark.parametrize("said", [["X"], ["X", "both"], ()])
def test_a_missing_verdict_is_named(reading: Any, made: Any, said: Any) -> None:
    _, key = made
    number = next(number for number, row in key.items() if row["x"])
    verdicts = {other: ["X", "X"] for other in key} | {number: said}
    with pytest.raises(ValueError, match=f"pair {number} "):
        reading.count(key, [verdicts])


def test_a_row_after_half_a_line_stands_in_a_line_of_its_own(reading: Any, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"task": "a", "seed": 1, "arm": "raw", "text": "whole"}\n{"task": "b", "se', encoding="utf-8")
    reading.Kept.open(path).add("c", 1, "raw", text="after")
    assert sorted(task for task, _, _ in reading.Kept.open(path).rows) == ["a", "c"]
