"""Drafts scored by readers: the sheets, what comes back, and the file the critic's head was fitted to."""

from __future__ import annotations

import importlib
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"

ROWS = [
    {
        "request": "a poem about rust",
        "own": ["Rust on the gate.", "It rains on iron."],
        "bare": ["In twilight's cloak."],
    },
    {"request": "a poem about bees", "own": ["Bees in the wall."], "bare": ["A tapestry of bees.", "Golden wings."]},
    {"request": "a poem about snow", "own": ["Snow fell."], "bare": []},
]


def reading_of(name: str) -> Any:
    """A module of the benchmarks."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def reading() -> Any:
    return reading_of("drafts_reading")


def sheets(reading: Any) -> tuple[list[str], dict[str, Any]]:
    return reading.give(ROWS, 2, draw=4)  # type: ignore[no-any-return]


def scores(key: dict[str, Any]) -> list[tuple[str, dict[str, list[int]]]]:
    """Two readers of each sheet; what has the adapter gets more of both."""
    said = {
        sheet: {number: [3, 2] if item["bare"] else [8, 7] for number, item in items.items()}
        for sheet, items in key.items()
    }
    return [(sheet, figures) for sheet, figures in said.items() for _ in range(2)]


def test_a_sheet_shows_each_draft_once_and_not_who_wrote_it(reading: Any) -> None:
    shown, key = sheets(reading)
    assert len(shown) == 2
    for sheet, text in enumerate(shown):
        for number, item in key[str(sheet)].items():
            assert f"[{number}]\n{item['text']}" in text
        assert "bare" not in text
    texts = [item["text"] for items in key.values() for item in items.values()]
    assert sorted(texts) == sorted(text for row in ROWS for text in (*row["own"], *row["bare"]))
    assert key["0"]["0"]["request"] == "a poem about rust"


def test_the_scores_of_all_readers_stand_beside_their_drafts(reading: Any) -> None:
    _, key = sheets(reading)
    rows = reading.scored(key, scores(key))
    assert len(rows) == 7
    assert all(row["scores"] == [[3, 2]] * 2 if row["bare"] else row["scores"] == [[8, 7]] * 2 for row in rows)
    told = reading.table(rows)
    assert told["given"]["with_adapter"] == 8
    assert told["given"]["one_with_above_one_bare"]["value"] == 1.0
    assert told["given"]["one_with_above_one_bare"]["n"] == 2  # the third request has nothing to compare
    assert told["requests"] == 3


@pytest.mark.parametrize("figures", [[], [5], [5, 11], [0, 5], [True, 5], ["5", 5]])
def test_a_score_that_is_missing_or_no_figure_of_1_to_10_is_named(reading: Any, figures: list[Any]) -> None:
    _, key = sheets(reading)
    first, *others = scores(key)
    first[1]["1"] = figures
    with pytest.raises(ValueError, match="draft 1 of sheet 0"):
        reading.scored(key, [first, *others])


def test_half_a_last_line_is_left_out(reading: Any, tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    path.write_text(json.dumps(ROWS[0]) + '\n{"request": "a po', encoding="utf-8")
    assert reading.rows_of([path]) == [ROWS[0]]
    assert reading.goes_on(path) == [ROWS[0]]
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**ROWS[1], "own": ["A line\u2028broken."]}, ensure_ascii=False) + "\n")
    assert [row["request"] for row in reading.rows_of([path])] == ["a poem about rust", "a poem about bees"]


def test_a_sheet_that_nobody_read_is_named(reading: Any) -> None:
    _, key = sheets(reading)
    with pytest.raises(ValueError, match="sheet 1"):
        reading.scored(key, [one for one in scores(key) if one[0] == "0"])


def test_the_drafts_that_ship_have_two_readers_each_and_no_request_of_the_benchmarks(reading: Any) -> None:
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in reading.rows_of([reading.SCORED]):
        by[row["request"]].append(row)
        assert len(row["scores"]) == 2
        assert all(1 <= figure <= 10 for pair in row["scores"] for figure in pair)
    assert len(by) == 126
    assert set(by) <= {*reading.requests(), *reading.more_requests()}
    assert not set(by) & {*reading_of("briefs").BRIEFS}


def test_a_first_choice_is_compared_with_the_other_drafts_of_its_request_and_ties_are_a_half() -> None:
    table = reading_of("critic_drafts").first_choice(
        np.array([1.0, 3.0, 2.0, 5.0, 4.0]),
        np.array([[5, 5], [9, 5], [2, 8], [3, 3], [7, 3]]),
        np.array(["a", "a", "a", "b", "b"]),
    )
    assert table["given"]["value"] == 0.5  # the first of two requests wins both, the other loses its one
    assert table["writing"]["value"] == pytest.approx((0.25 + 0.5) / 2)


def test_what_readers_liked_is_preferred_to_what_they_liked_least_of_the_adapters_drafts() -> None:
    text = "The keeper shut the door of the lighthouse and counted the steps down to the {}."
    rows = [
        {"request": "a poem about a lighthouse", "bare": bare, "text": text.format(word), "scores": [[score, score]]}
        for bare, word, score in ((True, "sea", 9), (False, "boats", 8), (False, "harbour", 3), (True, "rocks", 1))
    ]
    pairs = reading_of("choose_role").liked_pairs(rows)
    assert {(one.chosen, one.other) for one in pairs} == {
        (text.format(best), text.format(worst)) for best, worst in (("sea", "harbour"), ("boats", "harbour"))
    }
