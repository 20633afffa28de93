"""Scoring a long text tells how far it is."""

from __future__ import annotations

from cocreate.commands import ScoreText
from cocreate.events import Noticed, TextScored
from cocreate.studio import Studio

PARAGRAPH = "The keeper climbed the stair with the oil can knocking at his knee. Nobody had come for eleven days.\n\n"


def test_a_long_text_tells_how_far_it_is_and_a_short_one_does_not(studio: Studio) -> None:
    long = [*studio.send(ScoreText(PARAGRAPH * 500, "a keeper", "story"))]
    said = [event.sentence for event in long if isinstance(event, Noticed)]
    assert len(said) >= 2
    assert said[-1] == f"{said[-1].split()[0]} of {said[-1].split()[0]} parts are read."
    (card,) = [event.scorecard for event in long if isinstance(event, TextScored)]
    assert 0 <= card.overall <= 10
    assert not [event for event in studio.send(ScoreText(PARAGRAPH)) if isinstance(event, Noticed)]
