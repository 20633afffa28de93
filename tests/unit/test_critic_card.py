"""What stands on a card beside the three scores: why, heat, feeling, craft, intervals, limits. No model is loaded."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from agents.contracts import Brief, Scorecard, TokenScores
from agents.critique import Critic, craft, emotion, overall, repetition
from agents.critique import answer as answers
from agents.critique.features.english import is_english
from agents.critique.features.reading import Reading
from agents.critique.guard import known_embedder, known_reader
from agents.spans import tokens
from cocreate import codec

STORY = (
    "Anna shut the lamp room door and climbed. The wind had not changed since noon. She counted the steps, as her "
    "father had taught her, and at ninety she stopped to listen. Below, she heard the dog. It was barking at the sea. "
    "Nobody had come to the light for eleven days."
)
POEM = "Rain on the flagstones.\nThe broom leans where you left it.\nOne yellow leaf\nfloats in the blue bowl."
CHINESE = "秋雨落在院子里，\n扫帚靠着旧墙。\n一片黄叶\n浮在蓝碗中。"
ASKED = Brief("a story about a lighthouse keeper", kind="story", theme="a lighthouse keeper", length=None)


class MadeReader:
    """Numbers from the letters of each word, so that every text has its own."""

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        return [
            TokenScores(tuple(map(tuple, reading.offsets.tolist())), tuple(reading.logprobs.tolist()))
            for reading in self.read(texts)
        ]

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        found = []
        for text in texts:
            spans = tokens(text)
            codes = np.array([zlib.crc32(text[a:b].encode()) % 97 for a, b in spans], dtype=float)
            states = np.zeros((2, 576))
            found.append(Reading(np.array(spans).reshape(-1, 2), -codes / 16, codes / 30, np.log1p(codes), states))
        return found


class MadeVectors:
    """384 numbers from hashed words."""

    name, dimension = "made", 384

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), 384), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for a, b in tokens(text.lower()):
                row[zlib.crc32(text.lower()[a:b].encode()) % 384] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def critic(*, trained: bool = True) -> Critic:
    made = Critic(MadeReader(), MadeVectors())
    made.__dict__["trained"] = trained
    return made


def card_of(text: str, brief: Brief = ASKED, *, trained: bool = True) -> Scorecard:
    return critic(trained=trained).judge([text], brief)[0]


@pytest.mark.parametrize(("text", "trained"), [(STORY, True), (STORY, False), (POEM, True), (CHINESE, True)])
def test_the_points_of_why_and_the_middle_make_the_overall(text: str, trained: bool) -> None:
    card = card_of(text, trained=trained)
    assert sum(points for _, points in card.why) + 5 == pytest.approx(card.overall, abs=0.06)
    assert [abs(points) for _, points in card.why] == sorted((abs(points) for _, points in card.why), reverse=True)


def test_every_number_of_the_enjoyment_head_has_plain_words() -> None:
    from agents.critique.heads.store import linear, load

    named = {name for names in overall._GROUPS.values() for name in names}
    assert set(linear(load("stories"), "enjoy").names) <= named


def test_readers_are_asked_of_english_prose_alone_and_the_card_says_what_it_cannot_know() -> None:
    story, poem, chinese, other = (
        card_of(STORY), card_of(POEM), card_of(CHINESE), card_of(STORY, trained=False),
    )  # fmt: skip
    assert story.low is not None
    assert story.high is not None
    assert 0 <= story.low <= story.overall <= story.high <= 10
    assert any("Readers of stories" in said or "Professional writers" in said for said in story.limits)
    for card, word in ((poem, "Verse"), (chinese, "Chinese"), (other, "Another model")):
        assert card.low is None
        assert any(word in said for said in card.limits), card.limits
    assert dict(story.fluency.measures).keys() >= {"readers", "damage"}
    assert "readers" not in dict(other.fluency.measures)


def test_another_model_or_embedder_is_known_by_its_numbers() -> None:
    assert not known_reader(MadeReader())
    assert not known_embedder(MadeVectors())
    assert not Critic(MadeReader(), MadeVectors()).trained


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (STORY, True), (POEM, True), ("doorstop", True), (CHINESE, False), ("", False), ("😀😀😀", False),
        ("Der Regen fällt auf das Dach und die Katze schläft in der Küche.", False),
        ("La pluie tombe sur le toit et le chat dort dans la cuisine.", False),
        ("Дождь идёт", False),
    ],
)  # fmt: skip
def test_english_is_told_from_other_languages(text: str, english: bool) -> None:
    assert is_english(text) is english


@pytest.mark.parametrize("text", [STORY, POEM, CHINESE])
def test_every_line_has_a_heat_between_0_and_1_and_points_at_the_text(text: str) -> None:
    card = card_of(text)
    assert len(card.heat) >= 4
    for line in card.heat:
        assert 0 <= line.start < line.end <= len(text)
        assert all(0 <= value <= 1 for value in (line.surprise, line.theme, line.echo))
    assert [line.start for line in card.heat] == sorted(line.start for line in card.heat)


def test_a_line_said_twice_or_in_another_draft_echoes() -> None:
    twice = f"{POEM}\nThe broom leans where you left it."
    lines = card_of(twice).heat
    assert lines[-1].echo == 1.0
    assert lines[1].echo < 0.5
    made = critic().judge([POEM, f"Nobody is home.\n{POEM}"], ASKED)[0]
    assert made.heat[1].echo == 1.0


def test_the_line_that_names_the_theme_is_warmer() -> None:
    lines = card_of(f"{POEM}\nA lighthouse keeper waits.").heat
    assert lines[-1].theme > max(line.theme for line in lines[:-1])


def test_weights_learnt_from_a_writer_shift_the_overall_of_prose_too() -> None:
    judged = {"fluency": 5.0, "theme_fit": 9.0, "novelty": 5.0}
    shifted = {"fluency": 0.3, "theme_fit": 0.55, "novelty": 0.15}
    before = overall.overall(judged, None).value
    assert overall.overall(judged, None, shifted).value > before
    assert (
        overall.shares(judged, shifted, readers=True)["theme_fit"]
        > overall.shares(judged, None, readers=True)["theme_fit"]
    )
    assert sum(overall.shares(judged, shifted, readers=True).values()) == pytest.approx(1)


def test_readers_of_drafts_are_asked_only_of_english_answers_read_by_the_model_of_the_training() -> None:
    def says(text: str, brief: Brief, *, trained: bool = True, answer: bool = True) -> bool:
        [card] = critic(trained=trained).judge([text], brief, answer=answer)
        return overall.LIKED in dict(card.why)

    assert says(STORY, ASKED)
    assert not says(STORY, ASKED, trained=False)
    assert not says(STORY, ASKED, answer=False)
    assert not says(CHINESE, Brief("写一首关于灯塔的诗", theme="灯塔", language="zh"))


def test_the_draft_that_names_its_theme_soon_and_stays_with_it_comes_first() -> None:
    near = f"The lighthouse was cold. The lighthouse keeper shut the door of the lighthouse. {STORY}"
    far = f"The office was cold. The clerk shut the door of the office. {STORY}"
    brief = Brief("", "story", "a lighthouse keeper")
    first, second = (answers.score(text, 0.4, brief) for text in (near, far))
    assert first > second + 1
    assert answers.score(near, 0.6, brief) > first + 1
    late = f"{'Nobody came. ' * 20}{near}"
    assert answers.score(late, 0.4, brief) < first


def test_a_draft_is_judged_by_how_near_each_of_its_sentences_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"A lighthouse keeper slept. Taxes rose twice yesterday. {STORY}"
    seen: list[Sequence[float]] = []
    monkeypatch.setattr(answers, "score", lambda text, cosine, brief, near: seen.append(near) or 5.0)
    critic(trained=False).judge([text], ASKED, answer=True)
    [(first, strayed, *others)] = seen
    assert len(others) == 6
    assert strayed < 0.1 < first


def test_an_answer_that_uses_a_word_to_be_left_out_loses_by_it() -> None:
    text = f"The lighthouse keeper shut the lamp room of the lighthouse. {STORY}"
    judge = Critic(MadeReader(), MadeVectors())  # untrained: no reader's opinion, the counts alone
    [free] = judge.judge([text], ASKED, answer=True)
    [bound] = judge.judge([text], replace(ASKED, must_not=("keeper",)), answer=True)
    assert (
        dict(bound.why)["how well it keeps to what was asked"]
        < dict(free.why)["how well it keeps to what was asked"] - 1
    )


def test_the_card_of_an_answer_says_what_its_overall_says() -> None:
    alone, answer = (critic().judge([STORY], ASKED, answer=asked)[0] for asked in (False, True))
    assert alone.overall != answer.overall
    assert any("keeps to what was asked" in said for said in answer.limits)
    assert not any("keeps to what was asked" in said for said in alone.limits)
    assert answer.low is None  # an interval of readers of stories would not hold for it


def test_a_chinese_answer_is_judged_as_any_other_text() -> None:
    brief = Brief("写一首关于灯塔的诗", theme="灯塔", language="zh")
    alone, answer = (
        critic().judge(["灯塔在雾里亮着，\n守塔人数着船。"], brief, answer=asked)[0] for asked in (False, True)
    )
    assert alone.overall == answer.overall


def test_one_failed_quality_is_not_saved_by_the_others_and_why_says_so() -> None:
    made = overall.overall({"fluency": 9.0, "theme_fit": 0.0, "novelty": 9.0}, None)
    assert made.value == overall.ROOM
    assert any("theme fit" in words and "held back" in words for words, _ in made.why)


@pytest.mark.parametrize(
    ("text", "mood", "against"),
    [
        ("She wept at the grave.\nThe house was empty, the grief was long.\nAlone, she mourned.", "sad", "joyful"),
        ("We laugh and dance and sing.\nHappy bright morning!\nEverybody smiles with joy.", "joyful", "sad"),
        ("泪落孤灯下，\n愁来不可眠。\n悲歌独自伤。", "悲伤", "欢乐"),
    ],
)
def test_a_mood_that_was_asked_for_and_is_there_scores_above_its_opposite(text: str, mood: str, against: str) -> None:
    english = text.isascii()
    there, missing = emotion.score(text, mood, english=english), emotion.score(text, against, english=english)
    assert there is not None
    assert missing is not None
    assert there.value > missing.value + 1
    assert there.evidence
    assert all(text[item.start : item.end] for item in there.evidence)


def test_feeling_and_craft_of_a_language_without_lists_are_not_guessed() -> None:
    german = "Der Regen fällt auf das Dach und die Katze schläft in der Küche."
    assert emotion.score(german, "traurig", english=False) is None
    assert craft.score(german, english=False, opinion=None) is None
    assert card_of(german).craft is None


def test_exact_words_are_better_craft_than_abstractions() -> None:
    exact = craft.score(POEM, english=True, opinion=None)
    vague = craft.score(
        "Happiness is really truly lovely.\nThe possibility of freedom.\nBeauty and the realization of love.",
        english=True, opinion=None,
    )  # fmt: skip
    assert exact is not None
    assert vague is not None
    assert exact.value > vague.value + 1
    assert any("Happiness" in item.quote for item in vague.evidence)


def test_a_set_of_copies_has_less_diversity_than_a_set_of_different_texts() -> None:
    made = critic()
    brief = Brief("Write about flight", kind="story")
    copies = made.diversity([STORY, STORY, STORY], brief)
    mixed = made.diversity([STORY, POEM.replace("\n", " "), "Two kites fight over a bank in town."], brief)
    assert copies.value < mixed.value
    assert "say nearly the same" in copies.evidence[0].reason
    assert made.diversity([STORY], brief).value == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "", "word", "😀 😀 😀 🎉", "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。", "def f(x): return x\n" * 30,
        "The same line again.\n" * 200, "\x00\x01 control \x02 signs in it", "a" * 5000, "لا أعرف ماذا أكتب هنا اليوم",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["story", "idea", "poem"])
def test_an_odd_text_gets_numbers_in_range_or_a_reason(text: str, kind: str) -> None:
    card = card_of(text, Brief("a brick", kind=kind, theme="a brick", length=None))  # type: ignore[arg-type]
    if not card.note.startswith("not scored, because"):
        every = (card.novelty, card.fluency, card.theme_fit, card.emotion, card.craft)
        values = [card.overall, *(one.value for one in every if one is not None)]
        assert all(math.isfinite(value) and 0 <= value <= 10 for value in values)
    json.loads(codec.dump(card))


def test_a_long_text_is_read_in_windows_and_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    text = f"{STORY}\n\n" * 400
    card = critic().judge([text], ASKED, progress=lambda done, whole: told.append((done, whole)))[0]
    assert told[-1] == (48, 48)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert 0 <= card.overall <= 10
    assert any("beginning" in said for said in card.limits)
    assert any("48 of its " in said for said in card.limits)
    unread = [line for line in card.heat if line.surprise == 0.5]
    assert 0 < len(unread) < len(card.heat)


def test_a_book_does_not_lose_points_for_what_comes_again_by_chance() -> None:
    lines = [f"{name} {verb} the {thing} by the {place}." for name in ("Anna", "Tom", "She", "The keeper", "Nobody")
             for verb in ("saw", "took", "left", "held", "found", "hid") for thing in ("lamp", "rope", "oar", "book")
             for place in ("door", "sea", "stair", "wall", "boat", "fire", "well")]  # fmt: skip
    whole = " ".join(lines[at * 37 % len(lines)] for at in range(len(lines)))
    assert repetition.usual_rate(whole) < repetition.trigram_rate(whole)
    assert (repetition.dilution(STORY), repetition.usual_rate(STORY)) == (1.0, repetition.trigram_rate(STORY))
    assert repetition.dilution(whole) < 0.1


def test_sure_damage_costs_fluency_and_the_card_says_of_what_kind() -> None:
    denied = STORY.replace("had taught", "had not taught").replace("was barking", "was not barking")
    denied = denied.replace("had come", "had not come")
    whole, broken = card_of(STORY), card_of(denied)
    assert broken.fluency.value < whole.fluency.value
    assert any("denials" in item.reason for item in broken.fluency.evidence)
    assert not any("denials" in item.reason for item in whole.fluency.evidence)


def test_a_card_survives_the_database_and_one_of_an_older_release_still_loads() -> None:
    card = card_of(STORY)
    assert codec.load(Scorecard, codec.dump(card)) == card
    row = json.loads(codec.dump(card))
    for name in ("emotion", "craft", "heat", "why", "low", "high", "limits", "copied", "flagged"):
        del row[name]
    row["from_a_later_release"] = 1
    old = codec.load(Scorecard, json.dumps(row))
    assert (old.overall, old.heat, old.emotion, old.low) == (card.overall, (), None, None)
