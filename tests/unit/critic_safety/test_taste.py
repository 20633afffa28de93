"""One choice hardly matters, a few dozen do, and choices at chance teach nothing."""

import itertools
import random

import pytest

from agents.contracts import Score, Scorecard
from agents.critique.taste import LEAST, Choice, learn, scores

SHIPPED = {"novelty": 0.2, "fluency": 0.3, "theme_fit": 0.25, "craft": 0.15, "emotion": 0.1}


def draft(draw: random.Random) -> dict[str, float]:
    return {name: min(10.0, max(0.0, draw.gauss(5, 1.5))) for name in SHIPPED}


def overall(text: dict[str, float], weights: dict[str, float]) -> float:
    return sum(weights[name] * value for name, value in text.items())


def drawn(count: int, by: str) -> list[Choice]:
    """Choices among four drafts by a writer who looks at one quality only; at chance where `by` is ""."""
    draw = random.Random(11)
    choices = []
    for _ in range(count):
        drafts = [draft(draw) for _ in range(4)]
        best = max(drafts, key=lambda one: one[by]) if by else drafts[0]
        choices.append(Choice((best,), tuple(one for one in drafts if one is not best)))
    return choices


def test_no_choice_gives_the_shipped_weights():
    found = learn([], SHIPPED)
    assert (found.weights, found.choices) == (pytest.approx(SHIPPED), 0)


def test_no_single_choice_however_extreme_moves_a_weight_by_two_hundredths():
    for better in itertools.product((0.0, 10.0), repeat=5):
        names = list(SHIPPED)
        first = dict(zip(names, better, strict=True))
        other = {name: 10.0 - value for name, value in first.items()}
        found = learn([Choice((first,), (other,))], SHIPPED)
        assert abs(found.moved[0][1]) < 0.02
        assert found.choices == 1


@pytest.mark.parametrize("quality", list(SHIPPED))
def test_forty_choices_by_one_quality_turn_the_order_of_two_texts_that_differ_in_it(quality: str):
    found = learn(drawn(40, by=quality), SHIPPED)
    assert found.moved[0] == (quality, pytest.approx(found.weights[quality] - SHIPPED[quality]))
    assert found.moved[0][1] > 0.05
    even = {name: 5.0 for name in SHIPPED}
    rest = 1 - SHIPPED[quality]
    behind = 2.0 * SHIPPED[quality] / rest + 0.1
    liked = even | {name: 5.0 - behind for name in SHIPPED if name != quality} | {quality: 7.0}
    assert overall(liked, SHIPPED) < overall(even, SHIPPED)
    assert overall(liked, dict(found.weights)) > overall(even, dict(found.weights))


def test_forty_choices_at_chance_leave_the_weights_within_noise():
    assert abs(learn(drawn(40, by=""), SHIPPED).moved[0][1]) < 0.04


def test_weights_sum_to_one_and_none_falls_under_the_least():
    found = learn(drawn(2000, by="emotion"), SHIPPED)
    assert sum(found.weights.values()) == pytest.approx(1.0)
    assert min(found.weights.values()) >= LEAST - 1e-12
    assert found.weights["emotion"] > 0.3


def test_the_order_of_the_choices_does_not_matter():
    choices = drawn(20, by="craft")
    assert learn(choices[::-1], SHIPPED).weights == pytest.approx(dict(learn(choices, SHIPPED).weights), abs=1e-9)


def test_keeping_one_of_eight_is_one_choice():
    best, other = {"novelty": 8.0}, {"novelty": 5.0}
    one, seven = Choice((best,), (other,)), Choice((best,), (other,) * 7)
    assert learn([seven], SHIPPED).weights == pytest.approx(dict(learn([one], SHIPPED).weights))


def test_a_quality_that_was_not_measured_says_nothing():
    without = learn([Choice(({"novelty": 8.0},), ({"novelty": 5.0, "craft": 9.0},))], SHIPPED)
    alone = learn([Choice(({"novelty": 8.0},), ({"novelty": 5.0},))], SHIPPED)
    assert without.weights == pytest.approx(dict(alone.weights))


def test_an_unscored_card_has_no_scores():
    none = Score(0.0)
    assert scores(Scorecard(none, none, none, 0.0, "not scored, because the text is empty"), SHIPPED) == {}
    assert scores(Scorecard(Score(4.0), Score(5.0), Score(6.0), 5.0), SHIPPED) == {
        "novelty": 4.0, "fluency": 5.0, "theme_fit": 6.0,
    }  # fmt: skip


def test_a_quality_that_is_shipped_without_weight_can_be_learnt_and_none_becomes_negative():
    shipped = {"novelty": 0.6, "fluency": 0.4, "theme_fit": 0.0, "craft": 0.0, "emotion": 0.0}
    found = learn(drawn(40, by="craft"), shipped)
    assert found.weights["craft"] > 0.05
    assert min(found.weights.values()) >= 0.0
    assert sum(found.weights.values()) == pytest.approx(1.0)
    one = learn(drawn(1, by="craft"), shipped)
    assert abs(one.moved[0][1]) < 0.02
