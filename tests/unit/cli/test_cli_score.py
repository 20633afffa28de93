"""`cocreate score`: one line out for every line in."""

from __future__ import annotations

import json

import pytest

from cocreate.commands import ScoreText
from cocreate.events import CommandRefused, StudioFailed, TextScored


def test_each_line_gives_its_scores_and_what_they_rest_on(cocreate, make_card):
    lines = [{"text": "Rain.", "theme": "rain", "kind": "poem"}, {"text": "雨。"}]
    stdin = "\n".join(json.dumps(line) for line in lines).encode()
    ran = cocreate("score", answers=lambda _: iter([TextScored(make_card())]), stdin=stdin)
    assert ran.code == 0
    assert ran.studio.sent == [ScoreText("Rain.", "rain", "poem"), ScoreText("雨。", "", "story")]
    assert len(ran.events) == 2
    assert {key: ran.events[0][key] for key in ("novelty", "fluency", "theme_fit", "overall")} == {
        "novelty": 5.0,
        "fluency": 7.25,
        "theme_fit": 8.0,
        "overall": 6.5,
    }
    assert ran.events[0]["evidence"] == [
        {
            "quality": "novelty",
            "start": 0,
            "end": 4,
            "reason": "It is heard often.",
            "quote": "Rain",
            "source": "",
            "weight": 0.5,
        }
    ]
    assert "note" not in ran.events[0]


def test_bad_lines_keep_their_place_and_the_others_are_scored(cocreate, make_card):
    """Outputs and inputs are joined line by line by whoever scripts this: an error must not shift them."""
    bad = [b"not json", b"", b'{"text": ""}', b'["list"]', b'{"text": "x", "kind": "opera"}', b"\xff"]
    stdin = b"\n".join([b'{"text": "one"}', *bad, b'{"text": "two"}', b"", b"", b""])
    ran = cocreate("score", answers=lambda _: iter([TextScored(make_card())]), stdin=stdin)
    assert ran.code == 2
    assert ["error" in event for event in ran.events] == [False, True, True, True, True, True, True, False]
    assert [line.split(":")[0] for line in ran.err.splitlines()] == [f"line {number}" for number in range(2, 8)]


def test_what_could_not_be_scored_is_null_and_says_why(cocreate, make_card):
    from dataclasses import replace

    card = replace(make_card(), overall=0.0, note="not scored, because it is one word")
    ran = cocreate("score", answers=[TextScored(card)], stdin=b'{"text": "one"}')
    values = [ran.events[0][key] for key in ("novelty", "fluency", "theme_fit", "overall")]
    assert (ran.code, values, ran.events[0]["note"]) == (0, [None] * 4, card.note)


def test_a_note_about_one_quality_leaves_the_numbers(cocreate, make_card):
    from dataclasses import replace

    card = replace(make_card(), note="theme fit not scored, because the brief names no theme")
    ran = cocreate("score", answers=[TextScored(card)], stdin=b'{"text": "one two three"}')
    assert (ran.events[0]["overall"], ran.events[0]["note"]) == (6.5, card.note)


def test_a_file_may_be_named(cocreate, make_card, tmp_path):
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "one"}\n')
    assert len(cocreate("score", str(file), answers=[TextScored(make_card())]).events) == 1


def test_a_file_that_is_not_there_is_refused_before_anything_loads(cocreate, tmp_path):
    ran = cocreate("score", str(tmp_path / "missing"))
    assert (ran.code, ran.studio) == (2, None)
    assert ran.err.splitlines()[0].endswith("missing cannot be read: No such file or directory.")


@pytest.mark.parametrize(
    "failed",
    [StudioFailed("No model.", "Fetch it."), CommandRefused("No model.", "Fetch it.", "ScoreText", bad_input=False)],
)
def test_a_studio_that_cannot_work_ends_the_whole_run(cocreate, failed):
    ran = cocreate("score", answers=lambda _: iter([failed]), stdin=b'{"text": "one"}\n{"text": "two"}\n')
    assert (ran.code, ran.out, len(ran.studio.sent)) == (1, "", 1)


@pytest.mark.parametrize("field", ['"text": 3', '"text": "x", "theme": 3'])
def test_a_field_of_the_wrong_type_is_a_bad_line(cocreate, field):
    assert cocreate("score", stdin=f"{{{field}}}".encode()).code == 2


def test_a_text_file_is_scored_as_a_whole_and_told_in_plain_words(cocreate, make_card, tmp_path):
    from dataclasses import replace

    from agents.contracts import LineHeat, Score

    card = replace(
        make_card(), low=4.0, high=8.5, why=(("fluency", 0.9),), limits=("Verse: no ratings.",),
        emotion=Score(3.5, advice="Little feeling shows."), heat=(LineHeat(0, 14, 0.5, 0.9, 0.0),),
    )  # fmt: skip
    file = tmp_path / "poem.txt"
    file.write_text("Rain on slate.\n")
    ran = cocreate("score", str(file), "--theme", "rain", "--kind", "poem", answers=[TextScored(card)])
    assert (ran.code, ran.studio.sent) == (0, [ScoreText("Rain on slate.\n", "rain", "poem")])
    for said in (
        "readers: 4.0 to 8.5",
        "+0.90  fluency",
        "Little feeling shows.",
        "Rain on slate.",
        "Verse: no ratings.",
    ):
        assert said in ran.out
    asked = cocreate("score", str(file), "--json", answers=[TextScored(card)])
    assert asked.events[0]["low"] == 4.0
    assert asked.events[0]["why"] == [["fluency", 0.9]]
    assert asked.events[0]["heat"] == [{"start": 0, "end": 14, "surprise": 0.5, "theme": 0.9, "echo": 0.0}]
    assert asked.events[0]["emotion"] == 3.5
    assert asked.events[0]["craft"] is None


def test_theme_and_kind_stand_for_lines_that_name_none(cocreate, make_card):
    stdin = b'{"text": "one"}\n{"text": "two", "theme": "snow", "kind": "ad"}'
    ran = cocreate(
        "score", "--theme", "rain", "--kind", "poem", answers=lambda _: iter([TextScored(make_card())]), stdin=stdin
    )
    assert ran.studio.sent == [ScoreText("one", "rain", "poem"), ScoreText("two", "snow", "ad")]


def test_a_text_file_that_is_no_text_is_refused_with_what_to_do(cocreate, tmp_path):
    file = tmp_path / "poem.md"
    file.write_bytes(b"\xff\xfe\x00")
    ran = cocreate("score", str(file))
    assert (ran.code, ran.studio) == (2, None)
    assert "is not UTF-8 text" in ran.err
