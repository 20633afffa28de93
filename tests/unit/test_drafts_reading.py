"""Drafts scored by readers: the sheets, what comes back, and the file the critic's head was fitted to."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="module")
def reading() -> Any:
    sys.path.insert(0, str(FOLDER))
    try:
        import drafts_reading  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(FOLDER))
    return drafts_reading


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


def test_the_drafts_that_ship_have_two_readers_each_and_no_request_of_the_benchmarks(reading: Any) -> None:
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in reading.rows_of([reading.SCORED]):
        by[row["request"]].append(row)
        assert len(row["scores"]) == 2
        assert all(1 <= figure <= 10 for pair in row["scores"] for figure in pair)
    assert len(by) == 126
    assert set(by) <= {*reading.requests(), *reading.more_requests()}
