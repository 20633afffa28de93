"""Columns of the desk."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contracts import Brief, Direction, Evidence, Length, Score, Scorecard
from cocreate import codec

briefs = st.builds(
    Brief,
    request=st.text(),
    kind=st.sampled_from(["poem", "story"]),
    theme=st.text(),
    length=st.none() | st.builds(Length, st.integers(1, 999), st.sampled_from(["lines", "words"])),
    must=st.lists(st.text(), max_size=3).map(tuple),
)


@given(briefs)
def test_any_brief_survives_the_way_to_the_file_and_back(brief: Brief) -> None:
    assert codec.load(Brief, codec.dump(brief)) == brief


def test_nested_values_keep_their_types() -> None:
    score = Score(7.5, (Evidence(1, 3, "because", weight=0.5),), "try this", (("bits", 3.25),))
    card = Scorecard(score, score, score, 6.0)

    assert codec.load(Scorecard, codec.dump(card)) == card
    assert codec.load(tuple[Direction, ...], codec.dump((Direction("1", "rain"),))) == (Direction("1", "rain"),)


def test_a_row_written_by_a_newer_version_loads() -> None:
    row = json.loads(codec.dump(Brief("a poem"))) | {"colour": "blue"}

    assert codec.load(Brief, json.dumps(row)) == Brief("a poem")


def test_what_is_not_a_record_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot store"):
        codec.dump({"a": object()})
