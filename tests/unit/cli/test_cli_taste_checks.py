"""`cocreate taste`, references, and what is said of copies and flagged words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.contracts import Copied, Evidence
from cocreate.cli.jsonl import score_fields
from cocreate.cli.narration import check_lines
from cocreate.cli.score_view import lines_of
from cocreate.commands import AddWorks, TuneTaste
from cocreate.events import DraftScored, TasteShown, WorkAdded, WorksListed
from cocreate.taste_views import HOW
from memory.records import AddReport, Work

SHIPPED = (("fluency", 0.4), ("theme_fit", 0.35), ("novelty", 0.25), ("craft", 0.0))
NOTHING = TasteShown(True, SHIPPED, SHIPPED, 0)
LEARNT = TasteShown(
    True, SHIPPED, (("fluency", 0.38), ("theme_fit", 0.35), ("novelty", 0.262), ("craft", 0.008)), 12, forgotten=3
)


def test_taste_says_what_is_shipped_and_what_was_learnt(cocreate):
    ran = cocreate("taste", answers=[LEARNT])
    assert (ran.code, ran.studio.sent) == (0, [TuneTaste("show")])
    assert ran.out.splitlines() == [
        "Shipped: overall = 40.0% fluency + 35.0% theme fit + 25.0% novelty.",
        "Yours, after 12 choices: fluency 38.0% (-2.0), theme fit 35.0% (as shipped), novelty 26.2% (+1.2), "
        "craft 0.8% (+0.8).",
        "3 choices before the last reset can be taken up again: taste undo.",
        HOW,
    ]


def test_taste_says_when_nothing_is_learnt_or_learning_is_off(cocreate):
    said = cocreate("taste", answers=[replace(NOTHING, on=False)]).out
    assert "Nothing is learnt from your choices yet." in said
    assert "Learning is switched off: the shipped weights are used." in said


@pytest.mark.parametrize("action", ["show", "reset", "undo", "on", "off"])
def test_every_action_of_taste_is_one_command(cocreate, action: str):
    assert cocreate("taste", action, answers=[NOTHING]).studio.sent == [TuneTaste(action)]


def test_taste_as_json(cocreate):
    (found,) = cocreate("taste", "--json", answers=[LEARNT]).events
    assert (found["choices"], found["yours"][2]) == (12, ["novelty", 0.262])


def test_a_variable_that_wins_over_the_switch_is_named(cocreate):
    ran = cocreate("taste", "off", answers=[NOTHING], environ={"COCREATE_LEARN_TASTE": "true"})
    assert "COCREATE_LEARN_TASTE" in ran.err


def test_a_reference_is_added_and_listed_as_one(cocreate, tmp_path):
    work = Work("abc123", "The Ferry", "poem", "en", "/x/ferry.txt", 420, 0, 1.0, reference=True)
    row = "abc123  The Ferry  (poem, en, 420 characters, reference, only checked against)"
    ran = cocreate("works", "add", "--reference", "/x", answers=[WorkAdded(AddReport("/x", "added", work, ""))])
    assert (ran.studio.sent, ran.out) == ([AddWorks(("/x",), reference=True)], f"added    {row}\n")
    assert cocreate("works", "list", answers=[WorksListed((work,))]).out == f"{row}\n"


def test_copies_and_flagged_words_are_told_in_a_line_each(cocreate, make_card):
    copied = (Copied(0, 60, 14, "The Ferry", "the ferry left"), Copied(80, 130, 12, "Rain", "rain"))
    flagged = tuple(Evidence(at, at + 7, "listed", "bastard") for at in (3, 30))
    card = replace(make_card(), copied=copied, flagged=flagged)
    ran = cocreate("write", "a poem", answers=[DraftScored("u1", "d1", card)])
    told = [line.strip() for line in ran.err.splitlines()]
    assert "14 words stand in “The Ferry”: “the ferry left” and 1 shorter run" in told
    assert "2 words on the word filter's lists: “bastard”" in told


def test_a_chinese_copy_is_counted_in_characters(make_card):
    card = replace(make_card(), copied=(Copied(0, 21, 21, "雨", "没有人问灯去了哪里我走了你也走了谁也没有说"),))
    assert check_lines(card) == ["21 characters stand in “雨”: “没有人问灯去了哪里我走了你也走了谁也没有说”"]


def test_a_text_with_nothing_to_tell_is_told_nothing(make_card):
    assert check_lines(make_card()) == []


def test_the_longest_run_in_common_is_told_where_none_is_a_copy(make_card):
    card = replace(make_card(), shared=Copied(0, 15, 7, "The Ferry", "the ferry left"))
    assert check_lines(card) == ["longest run in common with your works: 7 words, in “The Ferry”: “the ferry left”"]
    assert (score_fields(card)["copied_run"], score_fields(card)["shared"]["source"]) == (7, "The Ferry")
    copied = replace(card, copied=(Copied(0, 60, 14, "Rain", "the ferry left"),))
    assert (score_fields(copied)["copied_run"], score_fields(make_card())["copied_run"]) == (14, 0)
    assert "14 words stand in “Rain”: “the ferry left”" in lines_of(copied, "the ferry left")
