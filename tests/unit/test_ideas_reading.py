"""Blind reading of ideas (benchmarks/ideas_reading.py): nothing gives the ways away, figures are right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
ONE, OTHER = (
    {f"theme {n}": {"ideas": [f"{way} {n} {at}" for at in range(6)], "seconds": 1.0} for n in range(12)}
    for way in ("calm", "loud")
)


@pytest.fixture(scope="module")
def reading() -> Any:
    sys.path.insert(0, str(FOLDER))
    try:
        import ideas_reading  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(FOLDER))
    return ideas_reading


def test_a_reader_who_always_prefers_one_way_gives_it_every_list(reading: Any) -> None:
    shown, key = reading.give(ONE, OTHER, "lists", 7)
    assert len(key) == 12
    assert {row["x"] for row in key.values()} == {0, 1}
    for number, row in key.items():
        block = shown.split(f"######## {number}: ")[1].split("--- Y")[0]
        assert ("calm" in block) is (row["x"] == 0)
    likes = {number: ["XY"[row["x"]], "YX"[row["x"]]] for number, row in key.items()}
    table = reading.count(key, "lists", [likes, likes])
    assert table["rather_given"]["share_of_first"]["value"] == 1.0
    assert table["more_original"]["share_of_first"]["value"] == 0.0
    assert table["rather_given"]["readers_agree"] == 1.0


def test_of_single_ideas_the_difference_is_taken_inside_a_theme(reading: Any) -> None:
    shown, key = reading.give(ONE, OTHER, "singles", 7)
    assert len(key) == 12 * 2 * reading.FIRST
    assert len(set(shown.splitlines())) >= len(key)
    said = {}
    for number, row in key.items():
        base = 2 + int(row["theme"].split()[1]) % 5  # themes differ more than ways
        said[number] = [base + (row["of"] == 0), base]
    table = reading.count(key, "singles", [said, said])
    assert table["glad"]["first_over_second"]["value"] == table["glad"]["first_over_second"]["low"] == 1.0
    assert table["fresh"]["first_over_second"]["value"] == 0.0
    assert table["glad"]["readers_agree"] == pytest.approx(1.0)


@pytest.mark.parametrize("said", [["Z", "X"], ["X"], None])
def test_a_verdict_that_is_missing_or_none_ends_the_count(reading: Any, said: Any) -> None:
    _, key = reading.give(ONE, OTHER, "lists", 7)
    verdicts = {number: ["X", "Y"] for number in key} | {"3": said}
    with pytest.raises(ValueError, match=r"X nor Y|missing"):
        reading.count(key, "lists", [verdicts])
