"""Why a draft scored so, in plain words: all of the scorecard, at any width, every note with its line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.contracts import Copied, Evidence, Score, Scorecard
from agents.critique.overall import KEPT
from tui.widgets import scorecard, why

POEM = "Rain on the step.\nThe cat waits, and waits for nobody in particular.\n\nA gate. “Who listens?” I asked."
ZH = "秋雨落在安静的院子里。石头记得夏天的热。\n没有人来。"


def card(text: str = POEM) -> Scorecard:
    """A scorecard with all there is."""
    first, last = text.split("\n")[0], text.split("\n")[-1]
    at = len(text) - len(last)
    return Scorecard(
        novelty=Score(4.0, (Evidence(0, 4, "This comes near to a line of yours.", "Rain on a stair", "Well water"),)),
        fluency=Score(7.0, (Evidence(at, at + 4, "Two short sentences follow each other.", last[:4]),),
                      f"Join “{last}” into one."),
        theme_fit=Score(8.0), overall=6.4, low=3.9, high=8.2,
        why=(("concrete words", 0.8), ("a stock phrase in the first line", -2.4), ("rhythm", 0.02)),
        craft=Score(6.1, (Evidence(0, 0, "Few abstractions."),), ""),
        emotion=Score(5.4, (Evidence(0, 0, "Longing, as you asked for."),), ""),
        limits=("Nobody has asked readers about texts this short.",),
        copied=(Copied(0, len(first), 14, "The well", first),),
        flagged=(Evidence(0, 4, "“Rain” is on the list.", "Rain"),),
    )  # fmt: skip


def read(text: str, what: Scorecard, width: int) -> str:
    return "\n".join(line.plain for line in why.page(text, what, width))


@pytest.mark.parametrize("width", [38, 50, 67, 90])
@pytest.mark.parametrize("text", [POEM, ZH])
def test_every_line_of_the_page_fits_at_any_width(text: str, width: int) -> None:
    assert max(line.cell_length for line in why.page(text, card(text), width)) <= width


def test_the_page_says_all_that_the_scorecard_knows() -> None:
    page = read(POEM, card(), 90)
    for said in (
        "6.4 of 10 overall", "between 3.9 and 8.2", "14 words also stand in “The well”", "“Rain” is on the list.",
        "This comes near to a line of yours.", "nearest: “Rain on a stair” (Well water)", "Few abstractions.",
        "Longing, as you asked for.", "Join “A gate. “Who listens?” I asked.” into one.",
        "Nobody has asked readers about texts this short.", "theme fit 8.0", "Nothing stands out.",
    ):  # fmt: skip
        assert said in page, said


def test_the_page_says_what_five_is_the_middle_of() -> None:
    assert "5 is the middle of published writing" in " ".join(read(POEM, card(), 90).split())
    answer = replace(card(), why=((KEPT, 1.2),))
    assert "5 is the middle of what drafts for a brief usually reach" in " ".join(read(POEM, answer, 90).split())


def test_every_note_about_a_span_shows_the_sentence_and_where_it_stands() -> None:
    page = read(POEM, card(), 90)
    assert "line 1: Rain on the step." in page
    assert "line 3: A gate." in page and "A gate. “Who listens?” I asked.\n" not in page


def test_a_reason_that_quotes_its_line_is_not_followed_by_the_same_line_again() -> None:
    line = "Rain on the step."
    same = Evidence(0, 17, f"“{line}” stands in another draft too.", line, "another draft")
    page = read(POEM, replace(card(), novelty=Score(4.0, (same,)), copied=(), flagged=(), craft=None), 90)
    assert page.count(line) == 1
    assert "    line 1\n    word for word in: another draft" in page


def test_feelings_are_named_with_their_shares_and_stand_beside_the_figure() -> None:
    felt = Score(2.9, (Evidence(0, 4, "“Rain” carries most feeling.", "Rain"),), "",
                 (("strength", 3.1), ("valence", 0.2), ("longing", 0.5), ("calm", 0.3), ("fear", 0.2)))  # fmt: skip
    judged = replace(card(), emotion=felt, copied=(), flagged=(), craft=None)
    assert scorecard.rest(judged, 50)[0].plain == "emotion 2.9 longing, calm"
    assert "feelings by their words: longing 50%, calm 30%, fear 20%" in read(POEM, judged, 90)


def test_places_are_counted_as_a_writer_counts_them() -> None:
    prose = "It rained all day, and nobody came. " * 5 + "\n\nThen it stopped."
    assert why.place(prose, prose.index("Then")) == "paragraph 2"
    assert why.place("秋雨落在安静的院子里，没有人来。" * 5 + "\n后来雨停了。", 81) == "paragraph 2"
    assert why.place(POEM, POEM.index("A gate")) == "line 3"


def test_an_advice_does_not_say_again_the_reason_above_it() -> None:
    reason = "This line drifts."
    drifts = Score(5.0, (Evidence(0, 4, reason, "Rain"),), f"{reason} Try mending that first.")
    page = read(POEM, replace(card(), theme_fit=drifts), 90)
    assert page.count(reason) == 1 and "\nTry mending that first." in page


def test_what_took_points_stands_left_of_the_middle_and_what_added_stands_right() -> None:
    rows = {line.plain.split("  ")[0]: line.plain for line in why.page(POEM, card(), 90)}
    assert rows["concrete words"].endswith("        |▰▰▰       +0.8")
    assert rows["a stock phrase in the first line"].endswith("▰▰▰▰▰▰▰▰|          -2.4")
    assert rows["rhythm"].endswith("        |           0.0")


def test_the_sentence_around_a_span_ends_at_stops_of_both_languages_and_at_line_ends() -> None:
    def around(text: str, words: str) -> str:
        start = text.index(words)
        began, ended = why.sentence(text, start, start + len(words))
        return text[began:ended]

    assert around(POEM, "nobody") == "The cat waits, and waits for nobody in particular."
    assert around(POEM, "Who") == "“Who listens?” I asked."
    assert around(ZH, "石头") == "石头记得夏天的热。"
    assert around("It cost 3.50 then. So what", "3.50") == "It cost 3.50 then."
    assert around("word " * 4000 + "here" + " word" * 4000, "here").count("word") < 200


def test_a_run_copied_from_a_chinese_work_is_counted_in_characters() -> None:
    assert scorecard.run(Copied(0, 20, 20, "井水", "秋雨落在安静的院子里")) == "20 characters"
    assert scorecard.run(Copied(0, 20, 14, "Well", "rain on the step")) == "14 words"


def test_a_text_that_was_not_scored_says_why_and_invents_no_verdict() -> None:
    none = Scorecard(Score(0), Score(0), Score(0), 0.0, "Not scored, because there are no words in it.")
    page = read("🙂🙂", none, 60)
    assert page == "Not scored, because there are no words in it."


def test_the_folded_card_grows_by_one_line_at_most_whatever_there_is_to_say() -> None:
    for width in (20, 38, 76, 116):
        lines = scorecard.rest(card(), width)
        assert len(lines) == 1 and lines[0].cell_length <= width
    shown = scorecard.rest(card(), 116)[0].plain
    assert (
        shown == "craft 6.1 Few abstractions.   emotion 5.4 Longing, as you asked for.   "
        "14 words from “The well”   1 word flagged"
    )
    plain = replace(card(), craft=None, emotion=None, copied=(), flagged=())
    assert scorecard.rest(plain, 116) == []


def test_the_interval_stands_beside_the_score_only_where_it_is_wide() -> None:
    assert scorecard.overall(card()).plain == "6.4, readers 3.9 to 8.2"
    assert scorecard.overall(replace(card(), low=5.9, high=6.9)).plain == "6.4"
    assert scorecard.overall(replace(card(), low=None)).plain == "6.4"


def test_the_longest_run_in_common_is_told_where_nothing_was_copied() -> None:
    run = Copied(0, 16, 7, "The well", "Rain on the step")
    page = read(POEM, replace(card(), copied=(), shared=run), 90)
    assert "The longest run in common: 7 words, in “The well”. That is no copy yet." in page
    assert "no copy yet" not in read(POEM, replace(card(), shared=run), 90)
