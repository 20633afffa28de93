"""What stands first among answers to one brief: what was asked, what readers would say. No model is loaded."""

from __future__ import annotations

import pytest

from agents.contracts import Brief
from agents.critique import answer as answers
from agents.critique import limits, overall
from agents.critique.scorecard import Critic


def test_beside_other_answers_a_text_is_judged_first_of_all_by_how_well_it_keeps_to_what_was_asked() -> None:
    judged = {"fluency": 6.0, "theme_fit": 6.0, "novelty": 6.0}
    for readers in (True, False):
        alone, answer = (overall.shares(judged, None, readers=readers, answer=asked) for asked in (False, True))
        assert "answer" not in alone
        assert answer["answer"] == pytest.approx(overall.ANSWERED)
        assert sum(answer.values()) == pytest.approx(1)
        rest = {name: share / (1 - overall.ANSWERED) for name, share in answer.items() if name != "answer"}
        assert rest == pytest.approx(alone)


def test_what_readers_of_drafts_would_say_weighs_beside_how_well_an_answer_keeps_to_what_was_asked() -> None:
    judged = {"fluency": 6.0, "theme_fit": 6.0, "novelty": 6.0}
    both = overall.shares(judged, None, readers=True, answer=True, drafted=True)
    assert both["drafted"] == pytest.approx(overall.DRAFTED)
    assert both["answer"] + both["drafted"] == pytest.approx(overall.ANSWERED)
    assert sum(both.values()) == pytest.approx(1)
    low, high = (overall.overall(judged, None, answer=6.0, drafted=points) for points in (3.0, 8.0))
    assert high.value - low.value == pytest.approx(5 * overall.DRAFTED, abs=0.02)
    assert any(words == overall.LIKED for words, _ in high.why)
    alone = overall.overall(judged, None, drafted=9.0)  # no other answers: nothing to be compared with
    assert alone == overall.overall(judged, None)


def test_a_draft_that_strays_or_says_its_words_again_stands_lower() -> None:
    brief = Brief("", "story", "a lighthouse keeper")
    text = "The lighthouse keeper shut the door. The lamp went round. Nobody came from the village."
    near = answers.score(text, 0.5, brief, (0.5, 0.5, 0.4, 0.4))
    assert answers.score(text, 0.5, brief, (0.5, 0.5, 0.4, -0.1)) < near - 1
    assert answers.score(text, 0.5, brief, (0.4, 0.4, 0.4, 0.4)) < near
    assert answers.score(text, 0.5, brief, (0.5,)) < near  # one that broke off is no better for having no far sentence
    again = f"{text} The lamp went round. Nobody came from the village."
    assert answers.score(again, 0.5, brief) < answers.score(text, 0.5, brief) - 1
    for sung in (
        Brief("", "lyric", "a lighthouse keeper"),
        Brief("", "poem", "a lighthouse keeper", form="villanelle"),
    ):
        assert answers.score(again, 0.5, sung) == answers.score(text, 0.5, sung)


def test_an_answer_that_makes_names_of_what_was_asked_or_talks_of_it_stands_lower() -> None:
    brief = Brief("", "story", "you are the last person on earth, and a stranger knocks")
    plain = "Nobody was left. I sat alone until a stranger knocked."
    named = "Nobody was left. He called the Stranger by his name, and You by another."
    talked = f"{plain}\nQuestion: What happens next?"
    assert not answers.garbles(plain, brief)
    for text in (named, talked):
        assert answers.garbles(text, brief)
        assert answers.score(text, 0.5, brief) < answers.score(plain, 0.5, brief) - 1
    assert not answers.garbles("Nobody was left. You sat alone. Anna knocked.", brief)
    assert not answers.garbles("Promptly he came.\nQuestions were asked, and his reply was prompt.", brief)
    sea = Brief("", "poem", "the sea and its ships")
    last = "The ships went out.\nSo I will write the last words of the poem."
    assert answers.garbles(last, sea)
    assert not answers.garbles(last, Brief("", "poem", "a poet at sea"))
    assert not answers.garbles(last, Brief("", "story", "the sea and its ships"))
    assert not answers.garbles("O come away, thou Sea, and thou\nthat drownest all the Ships", sea)


def test_how_well_a_text_keeps_to_what_was_asked_is_said_and_weighs() -> None:
    judged = {"fluency": 6.0, "theme_fit": 6.0, "novelty": 1.0}
    low, high = (overall.overall(judged, None, answer=kept) for kept in (3.0, 8.0))
    assert high.value - low.value == pytest.approx(5 * overall.ANSWERED, abs=0.02)
    assert any("what was asked" in words for words, _ in high.why)
    assert high.value > judged["novelty"] + overall.ROOM  # what is likely is not held back for it


def test_a_garbled_answer_is_held_back_by_its_fluency() -> None:
    made = overall.overall({"fluency": 0.5, "theme_fit": 9.0, "novelty": 9.0}, None, answer=10.0)
    assert made.value == 0.5 + overall.ANSWER_ROOM
    assert any("fluency" in words and "held back" in words for words, _ in made.why)


def test_what_a_writer_likes_still_shifts_the_shares_of_an_answer() -> None:
    judged = {"fluency": 6.0, "theme_fit": 6.0, "novelty": 6.0}
    bold = {"fluency": 0.2, "theme_fit": 0.2, "novelty": 0.6}
    before, after = (overall.shares(judged, liked, readers=True, answer=True) for liked in (None, bold))
    assert after["novelty"] > before["novelty"]
    assert after["answer"] < before["answer"]
    assert overall.shares(judged, dict(overall.WEIGHTS), readers=False) == pytest.approx(dict(overall.WEIGHTS))


def test_what_a_writer_likes_shifts_what_was_asked_by_its_part_beside_the_readers_of_drafts() -> None:
    judged = {"fluency": 6.0, "theme_fit": 6.0, "novelty": 6.0}
    bold = {"fluency": 0.2, "theme_fit": 0.05, "novelty": 0.75}
    alone, both = (overall.shares(judged, bold, readers=True, answer=True, drafted=told) for told in (False, True))
    assert sum(both.values()) == pytest.approx(1)
    assert both["answer"] == pytest.approx(both["drafted"] * alone["answer"] / overall.ANSWERED, rel=0.2)


def test_a_card_does_not_say_that_nobody_rated_verse_where_readers_of_drafts_are_asked() -> None:
    def said(*, drafted: bool) -> tuple[str, ...]:
        return limits.of(
            Brief("a poem about rust", "poem", "rust"), None, english=True, chinese=False, verse=True, heads=True,
            long=False, unknown_thing=False, answer=True, drafted=drafted,
        )  # fmt: skip

    assert limits.VERSE in said(drafted=False)
    assert limits.VERSE not in said(drafted=True)
    assert said(drafted=True)[0] == limits.DRAFTED


@pytest.mark.parametrize(
    ("brief", "trained", "tells"),
    [
        (Brief("a story about a boat", kind="story", theme="a boat"), True, True),
        (Brief("a story about a boat", kind="story", theme="a boat"), False, False),
        (Brief("a story", kind="story"), True, False),
        (Brief("a poem about a boat", theme="a boat"), True, True),
        (Brief("写一个关于船的故事", kind="story", theme="船", language="zh"), True, False),
        (Brief("uses for a brick", kind="idea", theme="a brick"), True, False),
    ],
)
def test_openings_are_told_apart_only_in_english_with_a_theme_by_the_models_of_the_training(
    brief: Brief, trained: bool, tells: bool
) -> None:
    critic = Critic(None, None)  # type: ignore[arg-type]
    critic.__dict__["trained"] = trained
    assert critic.tells_openings(brief) is tells


def test_of_several_answers_one_that_looks_broken_stands_lower_and_the_reason_says_so() -> None:
    judged = {"fluency": 5.0, "theme_fit": 5.0, "novelty": 5.0}
    whole, broken = (overall.overall(judged, None, answer=5.0, drafted=5.0, damage=damage) for damage in (-1.0, 3.0))
    assert whole.value > broken.value + 0.5
    assert dict(broken.why)[overall.WHOLE] < 0
    alone = [overall.overall(judged, None, damage=damage).value for damage in (-1.0, 3.0)]
    assert alone[0] == alone[1], "a text by itself has its fluency for that"
