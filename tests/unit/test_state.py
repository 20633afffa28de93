"""The pure decisions of a turn."""

from agents.contracts import Brief, Evidence, Length, Score, Scorecard
from agents.critique import theme
from agents.critique.calibration import figures_for
from agents.spans import lines
from cocreate.state import (
    TurnState,
    after_choose,
    after_critique,
    after_ideate,
    after_recall,
    after_understand,
    beats,
    places_in_front,
    places_to_fill,
    spread,
    worst_spans,
)


def card(*evidence: Evidence, overall: float = 5.0) -> Scorecard:
    return Scorecard(Score(5.0), Score(5.0, evidence), Score(5.0), overall)


def test_the_way_through_a_turn_follows_its_options() -> None:
    state = TurnState(ideas=6, drafts=4, revisions=1, ask=True)
    assert after_understand(state) == "recall"
    assert after_understand({**state, "editing": True}) == "draft"
    assert after_recall(state) == "ideate"
    assert after_recall({**state, "ideas": 0}) == "draft"
    assert after_ideate(state) == "choose"
    assert after_ideate({**state, "ask": False}) == "draft"
    assert after_ideate({**state, "stopped": True}) == "present"
    assert after_choose(state) == "draft"
    assert after_choose({**state, "brief_changed": True}) == "recall"


def test_revisions_are_bounded_and_the_voice_is_applied_once() -> None:
    state = TurnState(ideas=0, drafts=4, revisions=1, ask=False, revisable=True, voiced=True)
    assert after_critique(state) == "revise"
    assert after_critique({**state, "round": 1}) == "adapt"
    assert after_critique({**state, "round": 1, "adapted": True}) == "present"
    assert after_critique({**state, "revisable": False, "voiced": False}) == "present"


def test_a_change_the_writer_asked_for_is_not_followed_by_changes_nobody_asked_for() -> None:
    state = TurnState(ideas=0, drafts=4, revisions=3, ask=False, revisable=True, voiced=True, editing=True)
    assert after_critique(state) == "present"
    assert after_critique({**state, "editing": False, "stopped": True}) == "present"


def test_a_share_of_the_drafts_follows_the_best_directions_and_the_rest_have_the_brief_alone() -> None:
    assert spread(["a", "b"], 5, 1.0) == ["a", "b", "a", "b", "a"]
    assert spread(["a", "b", "c"], 5, 0.5) == ["a", "", "b", "", "c"]
    assert spread(["a"], 3, 0.0) == ["", "", ""]
    assert spread([], 2, 1.0) == ["", ""]


def test_the_worst_spans_are_the_heaviest_that_do_not_overlap() -> None:
    heavy = Evidence(10, 20, "a loop", weight=0.9)
    inside = Evidence(12, 15, "a repeat", weight=0.8)
    light = Evidence(30, 40, "drifts", weight=0.3)
    lighter = Evidence(50, 60, "drifts", weight=0.2)
    whole = Evidence(0, 0, "too long", weight=1.0)
    faint = Evidence(70, 80, "hardly", weight=0.01)

    assert worst_spans(card(light, inside, heavy, whole, faint, lighter)) == (heavy, light)


def test_an_equal_revision_does_not_replace_its_parent() -> None:
    assert not beats(card(overall=5.0), card(overall=5.0))
    assert beats(card(overall=5.1), card(overall=5.0))


def test_a_line_that_is_only_far_from_the_theme_is_told_and_not_rewritten() -> None:
    text = "The rain fell.\nThe rain rose.\nMy aunt sold hats.\nThe rain stood still."
    at = lines(text)
    fits = list(zip(at, (0.6, 0.5, 0.01, 0.6), strict=True))
    figures = figures_for(verse=True, chinese=False)
    found = theme.score(text, 0.5, 0.6, fits, Brief("a poem about rain", theme="rain"), figures)
    named = [one for one in found.evidence if one.end]
    assert [(one.start, one.end) for one in named] == [at[2]]
    assert "leaves the theme" in named[0].reason
    assert worst_spans(Scorecard(Score(5.0), Score(5.0), found, 5.0)) == ()


def test_the_preset_shows_its_few_in_front_and_the_writers_own_number_stands_in_front_whole() -> None:
    assert places_in_front(TurnState(preset="balanced", drafts=8)) == 4, "a turn begun by an older version"
    assert places_in_front(TurnState(preset="balanced", drafts=7, fitted=True)) == 4
    assert places_in_front(TurnState(preset="balanced", drafts=3, fitted=True)) == 3
    assert places_in_front(TurnState(preset="balanced", drafts=6, fitted=False)) == 6
    assert places_in_front(TurnState(preset="balanced", drafts=8, fitted=False)) == 4


def test_a_long_piece_gets_fewer_drafts_but_one_for_each_direction_that_was_picked() -> None:
    long = Brief("", length=Length(1000, "words"))
    fitted = TurnState(preset="balanced", drafts=8, fitted=True)
    assert places_to_fill(fitted, long, 0) == 3
    assert places_to_fill(fitted, long, 5) == 5
    assert places_to_fill(fitted, long, 40) == 8
    assert places_to_fill(TurnState(preset="balanced", drafts=8, fitted=False), long, 0) == 8
    assert places_to_fill(TurnState(preset="balanced", drafts=8), long, 0) == 8, "a turn begun by an older version"
