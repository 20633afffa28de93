"""The critic computes: the same text gets the same card, evidence points at the text, nothing empty scores well."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from agents.contracts import Brief, Length, Scorecard, TokenScores
from agents.critique import Critic, repetition, stock
from agents.critique.form import form_findings
from agents.critique.hearing import windows
from agents.critique.novelty import copied_runs
from agents.spans import tokens
from memory.records import Hit, Passage

RAIN = (
    "Rain on the flagstones. The broom leans where you left it.\nOne yellow leaf floats in the blue bowl.\n"
    "I count the drips between the gutter and the drain\nand lose the count when the neighbour coughs.\n"
    "The courtyard holds its breath like a jar.\nBy four the lamps are on. By five it is autumn\n"
    "in the kitchen too, the onions going soft,\nthe cat asleep in the ironing."
)
BRIEF = Brief(
    "a poem about autumn rain in a quiet courtyard", theme="autumn rain in a quiet courtyard", length=Length(8, "lines")
)


class Steady:
    """Every token is equally likely."""

    def __init__(self, logprob: float = -4.0) -> None:
        self.logprob = logprob
        self.longest = 0

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        self.longest = max([self.longest, *map(len, texts)])
        return [TokenScores(tuple(tokens(text)), (self.logprob,) * len(tokens(text))) for text in texts]


class Words:
    """Unit vectors from hashed words."""

    name, dimension = "words", 64

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), 64), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                rows[row, zlib.crc32(word.strip(".,").encode()) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def judge(text: str, brief: Brief = BRIEF, *, logprob: float = -4.0, **options: object) -> Scorecard:
    return Critic(Steady(logprob), Words()).judge([text], brief, **options)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), ("  \n ", "empty"), ("rain", "too few"), ("🍂🌧️🍂🌧️🍂", "too few"), ("雨", "too few"),
        ("rain " * 40, "one word"), ("1 2 3 4 5 ... 6 7 8 a b c", "signs"),
        ("def f(x):\n    return {x: [y for y in x]};\nimport os; const a = 1;", "code"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_not_scored_and_says_why(text: str, why: str) -> None:
    card = judge(text)
    assert card.overall == 0.0
    assert "not scored, because" in card.note
    assert why in card.note


@pytest.mark.parametrize(
    "text",
    [
        "The rain falls down.\n" * 12,
        "a poem about autumn rain in a quiet courtyard. A poem about autumn rain in a quiet courtyard.",
        "Here is a poem about autumn rain in a quiet courtyard:\n\nI hope you like this poem.",
        "autumn rain quiet courtyard\n" * 3,
    ],
)
def test_a_text_made_to_please_the_scores_stays_far_below_a_poem(text: str) -> None:
    assert judge(text).overall < judge(RAIN).overall - 2


@pytest.mark.parametrize("logprob", [-30.0, -9.0, -4.0, -1.0, 0.0, float("-inf"), float("nan")])
def test_every_value_is_finite_and_between_0_and_10(logprob: float) -> None:
    for text in (RAIN, "雨落在院子里\n灯亮了一盏\n没有人来\n只有雨", "One two three.", "a\n" * 500 + "b c d e f g"):
        card = judge(text, logprob=logprob)
        for value in (card.overall, card.fluency.value, card.theme_fit.value, card.novelty.value):
            assert math.isfinite(value)
            assert 0 <= value <= 10


def test_noise_and_boilerplate_are_both_less_fluent_than_plain_writing() -> None:
    assert judge(RAIN, logprob=-9.0).fluency.value < 1
    assert judge(RAIN, logprob=-0.4).fluency.value < judge(RAIN, logprob=-4.0).fluency.value


def test_the_same_text_gets_the_same_card() -> None:
    assert judge(RAIN) == judge(RAIN)


def test_evidence_points_at_what_it_quotes() -> None:
    text = (
        RAIN
        + "\nA tapestry of leaves, a testament to rain.\nHere is the revised poem:"
        + "\nOne yellow leaf floats in the blue bowl."
    )
    card = judge(text)
    found = [item for score in (card.fluency, card.theme_fit, card.novelty) for item in score.evidence if item.end]
    assert {text[item.start : item.end].lower() for item in card.novelty.evidence} >= {"tapestry of", "a testament to"}
    assert any(text[item.start : item.end] == "Here is the revised poem:" for item in card.fluency.evidence)
    for item in found:
        assert item.quote.rstrip("…").split()[0] in text[item.start : item.end]


def test_every_score_has_one_sentence_of_advice_that_quotes_the_text() -> None:
    card = judge(RAIN)
    for score in (card.fluency, card.theme_fit, card.novelty):
        quote = score.advice.split("“")[1].split("”")[0].rstrip("…")
        assert quote in RAIN or quote in BRIEF.theme


def test_a_passage_copied_from_the_writers_own_work_is_found_with_its_source() -> None:
    old = "Years on: I count the drips between the gutter and the drain. So sleep."
    hit = Hit(Passage(1, "w", 0, 0, len(old), old), "Gutters", "", 0.7)
    card = judge(RAIN, similar=lambda text: [hit])
    [item] = [item for item in card.novelty.evidence if item.source == "Gutters"]
    assert RAIN[item.start : item.end] == "I count the drips between the gutter and the drain"
    assert card.novelty.value < judge(RAIN).novelty.value


def test_seven_shared_words_or_eleven_characters_are_no_copy() -> None:
    assert copied_runs("one two three four five six seven X", "one two three four five six seven Y") == []
    assert copied_runs("床前明月光疑是地上霜举甲", "床前明月光疑是地上霜举乙") == []
    assert copied_runs("床前明月光疑是地上霜举头", "看床前明月光疑是地上霜举头望") == [(0, 12)]


def test_two_drafts_that_say_the_same_are_less_new() -> None:
    critic = Critic(Steady(), Words())
    alone = critic.judge([RAIN], BRIEF)[0].novelty.value
    twice = critic.judge([RAIN, RAIN], BRIEF)
    assert twice[0].novelty.value < alone - 2
    assert critic.judge([RAIN], BRIEF, others=[RAIN])[0].novelty.value == twice[0].novelty.value


def test_what_must_occur_and_what_must_not_count() -> None:
    plain = judge(RAIN).theme_fit.value
    must = Brief(BRIEF.request, theme=BRIEF.theme, length=BRIEF.length, must=("lantern",))
    must_not = Brief(BRIEF.request, theme=BRIEF.theme, length=BRIEF.length, must_not=("cat",))
    assert judge(RAIN, must).theme_fit.value < plain
    card = judge(RAIN, must_not)
    assert card.theme_fit.value < plain
    assert RAIN[card.theme_fit.evidence[0].start : card.theme_fit.evidence[0].end] == "cat"


def test_a_poem_that_comes_as_prose_fits_less_than_the_same_words_in_lines() -> None:
    brief = Brief("a poem about rain", theme="rain", length=Length(4, "lines"))
    lines = [
        "The rain came down on the yard and the steps,",
        "it filled the cup that somebody had left,",
        "a lamp was lit in the house across the street,",
        "and the moon went home behind the wall.",
    ]
    findings = {setting: form_findings(setting, brief) for setting in ("\n".join(lines), " ".join(lines))}
    assert [len(found) for found in findings.values()] == [0, 2]
    assert not form_findings(" ".join(lines), replace(brief, form="prose poem", length=None))


def test_a_missed_length_and_a_broken_form_lower_theme_fit() -> None:
    haiku = Brief("a haiku about rain", theme="rain", form="haiku", length=Length(3, "lines"))
    good = "Rain in the blue bowl\nand a leaf that cannot sink\nuntil I lift it"
    assert judge(good, haiku).theme_fit.value > judge(RAIN, haiku).theme_fit.value
    verse = Brief("一首五言绝句", theme="秋夜", form="五言绝句", language="zh", length=Length(4, "lines"))
    assert judge("床前明月光\n疑是地上霜\n举头望明月\n低头思故乡", verse).theme_fit.evidence == ()
    assert "5个字" in judge("床前明月光啊\n疑是地上霜\n举头望明月\n低头思故乡", verse).theme_fit.evidence[0].reason


def test_without_a_theme_theme_fit_is_not_judged_and_the_card_says_so() -> None:
    card = judge(RAIN, Brief("", theme="", length=None))
    assert card.theme_fit.value == 5.0
    assert "no theme" in card.note


def test_chinese_theme_fit_says_what_it_rests_on() -> None:
    brief = Brief("写一首关于秋雨的诗", theme="秋雨", language="zh", length=Length(4, "lines"))
    on, off = "秋雨落满院子\n檐下有人收伞\n灯也湿了\n夜慢慢走", "火车开过平原\n孩子数着电线\n太阳很大\n麦子黄了"
    assert judge(on, brief).theme_fit.value > judge(off, brief).theme_fit.value + 2
    assert "英文" in judge(on, brief).note


def test_a_long_text_is_scored_in_windows_that_cover_it() -> None:
    text = (RAIN + "\n\n") * 40
    spans = windows(text)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    scorer = Steady()
    Critic(scorer, Words()).judge([text], BRIEF)
    assert scorer.longest <= 1800


def test_one_bad_text_among_good_ones_spoils_nothing() -> None:
    cards = Critic(Steady(), Words()).judge([RAIN, "", "🍂"], BRIEF)
    assert cards[0] == Critic(Steady(), Words()).judge([RAIN], BRIEF, others=["", "🍂"])[0]
    assert [bool(card.note) for card in cards] == [False, True, True]


def test_repetition_is_counted() -> None:
    assert repetition.trigram_rate("a b c d a b c") == pytest.approx(1 / 5)
    assert repetition.trigram_rate("") == 0.0
    assert len(repetition.repeated_lines("we go on\nit rains now\nwe go on")) == 1
    assert repetition.variety("a a a a") == 0.25


def test_stock_phrases_are_found_in_both_languages_and_word_by_word() -> None:
    text = "It was a symphony of light, woven into the very fabric of things."
    assert [text[a:b] for a, b in stock.find(text, "en")] == ["a symphony of", "woven into", "very fabric"]
    assert stock.find("The ethereality was restless.", "en") == []
    assert stock.find("让我们一起走", "zh") == [(0, 5)]
