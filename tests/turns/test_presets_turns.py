"""What a preset does to a turn: how many drafts, at which temperatures, which stand first, what is revised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from cocreate import presets
from cocreate.commands import AddWorks, Choose, Command, OpenPiece, TurnOptions, Write
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import (
    DirectionsFound,
    DraftScored,
    Event,
    PieceOpened,
    RevisionJudged,
    StepStarted,
    TurnFailed,
    TurnFinished,
)
from cocreate.presets import Preset
from cocreate.settings import Settings
from cocreate.studio import Studio
from cocreate.turns import figures

BRIEF = "a poem about autumn rain in a quiet courtyard"
SMALL = Preset(
    ideas=0, directed=1.0, drafts=6, openings=False, words=700, shown=3, revisions=2, parents=2, tried=2,
    temperatures=(1.0, 0.7), adapt=False,
)  # fmt: skip
ASKED = TurnOptions(seed=1, ask=False, preset="small")
Send = Callable[[Studio, Command], list[Event]]
E = TypeVar("E")


def of(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset of known figures beside the shipped ones."""
    table: Mapping[str, Preset] = {**presets.PRESETS, "small": SMALL}
    monkeypatch.setattr(presets, "PRESETS", table)
    monkeypatch.setattr("cocreate.turns.PRESETS", table)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def test_drafts_and_temperatures_are_those_of_the_preset(
    open_studio: Callable[..., Studio], engine: ScriptedEngine, send: Send
) -> None:
    events = send(open_studio(engine), Write(BRIEF, options=ASKED))

    drafts = [request.sampling.temperature for request in engine.history[: SMALL.drafts]]
    assert drafts == [1.0, 0.7] * 3
    assert not any(event.step == "ideate" for event in of(events, StepStarted))


def test_texts_that_stand_behind_are_still_there_and_a_piece_opened_again_has_the_same_order(
    studio: Studio, send: Send
) -> None:
    finished = of(send(studio, Write(BRIEF, options=ASKED)), TurnFinished)[0]

    takes = finished.takes
    assert sum(not take.parent for take in takes) == SMALL.drafts
    front = [take.scorecard.overall for take in takes[: SMALL.shown] if take.scorecard]
    assert front == sorted(front, reverse=True)
    behind = [take.scorecard.overall for take in takes[SMALL.shown :] if take.scorecard]
    assert behind == sorted(behind, reverse=True)
    opened = of(send(studio, OpenPiece(finished.piece_id)), PieceOpened)[0]
    assert [take.id for take in opened.turns[0].takes] == [take.id for take in takes]
    assert opened.piece.current_take == takes[0].id


def test_as_many_drafts_as_the_writer_asked_for_stand_in_front(studio: Studio, send: Send) -> None:
    options = TurnOptions(drafts=5, revisions=0, seed=1, ask=False, preset="small")
    takes = of(send(studio, Write(BRIEF, options=options)), TurnFinished)[0].takes

    overall = [take.scorecard.overall for take in takes if take.scorecard]
    assert len(overall) == 5
    assert overall == sorted(overall, reverse=True)


def test_a_long_piece_gets_fewer_drafts_unless_the_writer_said_how_many(studio: Studio, send: Send) -> None:
    long, options = "a poem of 20 lines about autumn rain", replace(ASKED, revisions=0)

    few = of(send(studio, Write(long, options=options)), TurnFinished)[0].takes
    said = of(send(studio, Write(long, options=replace(options, drafts=6))), TurnFinished)[0].takes

    assert len(few) == 3 < SMALL.drafts
    assert len(said) == 6


def test_every_direction_that_was_picked_for_a_long_piece_gets_a_draft(
    studio: Studio, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {**presets.PRESETS, "small": replace(SMALL, ideas=5, words=20, revisions=0)}
    monkeypatch.setattr(presets, "PRESETS", table)
    monkeypatch.setattr("cocreate.turns.PRESETS", table)

    left = of(send(studio, Write(BRIEF, options=replace(ASKED, ask=True))), DirectionsFound)[0]
    picked = [item.id for item in left.directions[:4]]
    takes = of(send(studio, Choose(left.turn_id, tuple(picked))), TurnFinished)[0].takes

    assert sorted(take.direction for take in takes) == sorted(item.text for item in left.directions[:4])


def test_the_first_round_revises_the_best_two_drafts_and_the_second_the_best_text_alone(
    studio: Studio, send: Send
) -> None:
    events = send(studio, Write(BRIEF, options=ASKED))

    scored = {event.draft_id: event.scorecard.overall for event in of(events, DraftScored)}
    verdicts = of(events, RevisionJudged)
    firsts = sorted((take for take in scored if take not in {one.draft_id for one in verdicts}), key=scored.__getitem__)
    assert {one.parent for one in verdicts[:2]} == set(firsts[-2:])
    before = {take: value for take, value in scored.items() if take not in {one.draft_id for one in verdicts[2:]}}
    accepted = [one for one in verdicts[:2] if one.accepted]
    dropped = {one.draft_id for one in verdicts[:2]} - {one.draft_id for one in accepted}
    best = max((take for take in before if take not in dropped), key=before.__getitem__)
    assert [one.parent for one in verdicts[2:]] == [best]


def test_a_preset_without_adaptation_leaves_the_best_text_as_it_is(studio: Studio, send: Send, tmp_path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("The well was dry. Nobody came to look at it, and the bucket hung in the sun all summer.\n" * 3)
    send(studio, AddWorks((str(path),)))

    quick = send(studio, Write(BRIEF, options=TurnOptions(seed=1, ask=False, preset="small")))
    whole = send(studio, Write(BRIEF, options=TurnOptions(0, 2, 0, seed=1, ask=False, preset="balanced")))

    assert "adapt" not in [event.step for event in of(quick, StepStarted)]
    assert "adapt" in [event.step for event in of(whole, StepStarted)]


def test_a_preset_that_is_not_there_is_refused_before_anything_is_written_down(studio: Studio, send: Send) -> None:
    events = send(studio, Write(BRIEF, options=TurnOptions(preset="swift")))

    assert "There is no preset 'swift'." in str(events[-1])
    assert not of(events, TurnFailed)
    assert not of(events, TurnFinished)


def test_a_share_of_the_drafts_follows_directions_only_where_the_writer_left_it_to_the_studio(
    studio: Studio, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {**presets.PRESETS, "small": replace(SMALL, ideas=3, directed=0.5, drafts=4, revisions=0)}
    monkeypatch.setattr(presets, "PRESETS", table)
    monkeypatch.setattr("cocreate.turns.PRESETS", table)

    alone = of(send(studio, Write(BRIEF, options=ASKED)), TurnFinished)[0].takes
    left = of(send(studio, Write(BRIEF, options=replace(ASKED, ask=True))), DirectionsFound)[0]
    shared = of(send(studio, Choose(left.turn_id, ())), TurnFinished)[0].takes
    waiting = of(send(studio, Write(BRIEF, options=replace(ASKED, ask=True))), DirectionsFound)[0]
    picked = of(send(studio, Choose(waiting.turn_id, (waiting.directions[0].id,))), TurnFinished)[0].takes

    assert all(take.direction for take in alone)
    assert sorted(bool(take.direction) for take in shared) == [False, False, True, True]
    assert {take.direction for take in picked} == {waiting.directions[0].text}


def test_a_turn_that_does_not_wait_looks_for_no_directions_that_nothing_would_follow() -> None:
    settings = Settings(home=Path("home"), cache=Path("cache"))

    assert figures(settings, TurnOptions(ask=False)).ideas == 0
    assert figures(settings, TurnOptions(ask=True)).ideas == presets.PRESETS[presets.DEFAULT].ideas
    assert figures(settings, TurnOptions(ask=False, ideas=4)).ideas == 4
    assert figures(replace(settings, ideas=3), TurnOptions(ask=False)).ideas == 3
