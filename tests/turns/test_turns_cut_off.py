"""Turns that are stopped, cut off, left waiting: nothing is lost, and they can go on."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from cocreate.commands import (
    Abandon,
    Choose,
    Command,
    Continue,
    KeepTake,
    ListPieces,
    OpenPiece,
    TurnOptions,
    Write,
)
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import (
    DirectionsFound,
    DraftGrew,
    Event,
    PieceOpened,
    PiecesListed,
    TakeSaved,
    TurnFailed,
    TurnFinished,
    TurnFoundUnfinished,
)
from cocreate.studio import Studio
from memory.database import Database
from memory.errors import StoreUnusable

BRIEF = "a poem about autumn rain in a quiet courtyard"
PLAIN = TurnOptions(ideas=0, drafts=2, revisions=0, seed=1, ask=False)
Send = Callable[[Studio, Command], list[Event]]
E = TypeVar("E")


def of(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def test_stop_keeps_what_is_written_and_marks_it(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(ScriptedEngine(delay=0.02))
    events: list[Event] = []
    for event in studio.send(Write(BRIEF, options=TurnOptions(ideas=0, drafts=2, revisions=1, seed=1, ask=False))):
        events.append(event)
        if len(of(events, DraftGrew)) == 4:
            studio.stop()

    finished = of(events, TurnFinished)[0]
    assert finished.status == "stopped"
    assert [take.status for take in finished.takes] == ["partial", "partial"]
    for take in finished.takes:
        streamed = "".join(event.text for event in of(events, DraftGrew) if event.draft_id == take.id)
        assert take.text.strip()
        assert take.text.strip() == streamed.strip()


def test_a_stopped_take_can_be_continued_by_asking(open_studio: Callable[..., Studio], send: Send) -> None:
    studio = open_studio(ScriptedEngine(delay=0.02))
    told: list[Event] = []
    for event in studio.send(Write(BRIEF, options=TurnOptions(ideas=0, drafts=1, revisions=0, ask=False))):
        told.append(event)
        if len(of(told, DraftGrew)) == 2:
            studio.stop()
    stopped = of(told, TurnFinished)[0]
    partial = stopped.takes[0]
    assert partial.status == "partial"

    events = send(studio, Write("continue", piece_id=stopped.piece_id, take_id=partial.id))

    assert all(take.text.startswith(partial.text.rstrip()) for take in of(events, TurnFinished)[0].takes)


def test_an_engine_that_dies_keeps_the_text_and_the_turn_can_be_continued(
    open_studio: Callable[..., Studio], send: Send
) -> None:
    studio = open_studio(ScriptedEngine(fail_after=60))
    events = send(studio, Write(BRIEF, options=PLAIN))
    failed = of(events, TurnFailed)[0]
    assert failed.sentence
    assert [take.status for take in failed.takes] == ["partial", "partial"]
    assert all(take.text for take in failed.takes)
    studio.close()

    mended = open_studio()
    left = of(list(mended.start()), TurnFoundUnfinished)[0]
    again = send(mended, Continue(left.turn.id))

    takes = of(again, TurnFinished)[0].takes
    for partial in failed.takes:
        assert any(take.text.startswith(partial.text) for take in takes)


def test_a_turn_left_waiting_is_offered_again_by_the_next_studio(
    open_studio: Callable[..., Studio], send: Send
) -> None:
    first = open_studio()
    directions = of(send(first, Write(BRIEF)), DirectionsFound)[0].directions
    first.close()

    second = open_studio()
    left = of(list(second.start()), TurnFoundUnfinished)[0]
    again = of(send(second, Continue(left.turn.id)), DirectionsFound)[0]

    assert (left.step, left.turn.status) == ("ideate", "waiting")
    assert (again.directions, again.waiting) == (directions, True)
    assert of(send(second, Choose(left.turn.id)), TurnFinished)


def test_a_turn_of_a_living_studio_is_not_taken_away_by_a_second_one(
    open_studio: Callable[..., Studio], send: Send
) -> None:
    assert of(send(open_studio(), Write(BRIEF)), DirectionsFound)[0].waiting

    second = open_studio()

    assert not of(list(second.start()), TurnFoundUnfinished)


def test_an_abandoned_turn_ends_and_keeps_its_partial_texts(open_studio: Callable[..., Studio], send: Send) -> None:
    studio = open_studio(ScriptedEngine(fail_after=60))
    failed = of(send(studio, Write(BRIEF, options=TurnOptions(ideas=0, drafts=2, revisions=0, ask=False))), TurnFailed)[
        0
    ]

    ended = of(send(studio, Abandon(failed.turn_id)), TurnFinished)[0]

    assert ended.status == "stopped"
    assert [take.text for take in ended.takes] == [take.text for take in failed.takes]


def test_nothing_of_a_turn_stays_in_the_checkpoints_when_it_ends(
    studio: Studio, send: Send, headless: TurnOptions, tmp_path: Path
) -> None:
    import sqlite3

    send(studio, Write(BRIEF, options=headless))

    with sqlite3.connect(tmp_path / "home" / "turns.db") as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM writes").fetchone() == (0,)


def test_everything_is_there_again_in_the_next_session(
    open_studio: Callable[..., Studio], send: Send, headless: TurnOptions
) -> None:
    first = open_studio()
    finished = of(send(first, Write(BRIEF, options=headless)), TurnFinished)[0]
    kept = of(send(first, KeepTake(finished.takes[0].id)), TakeSaved)[0].take
    first.close()

    second = open_studio()
    piece = of(send(second, ListPieces()), PiecesListed)[0].pieces[0]
    opened = of(send(second, OpenPiece(piece.id)), PieceOpened)[0]

    assert piece.current_take == kept.id
    assert [take.text for take in opened.turns[0].takes] == [take.text for take in finished.takes]
    assert opened.turns[0].request == BRIEF


def test_a_disk_that_fills_up_in_the_middle_is_said_in_a_sentence_and_the_turn_can_go_on(
    open_studio: Callable[..., Studio], send: Send
) -> None:
    long = " ".join(f"word{number} falls on the stones." for number in range(400))
    studio = open_studio(ScriptedEngine(replies=[long, long], delay=0.001, piece=40))
    database = studio._database
    events: list[Event] = []
    for event in studio.send(Write("a story about rain, 1200 words", options=PLAIN)):
        events.append(event)
        if len(of(events, DraftGrew)) == 1 and isinstance(event, DraftGrew):
            _fill(database)

    failed = of(events, TurnFailed)[0]
    assert "full" in failed.sentence
    assert failed.next_step

    database.query("PRAGMA max_page_count = 1000000")
    assert of(send(studio, Continue(failed.turn_id)), TurnFinished)[0].takes


def _fill(database: Database) -> None:
    """Leave the file not one free page."""
    pages = database.query("PRAGMA page_count")[0][0]
    database.query(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreUnusable), database.transaction() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS ballast (x)")
        for _ in range(100):
            connection.execute("INSERT INTO ballast VALUES (zeroblob(3000))")
    free = database.query("PRAGMA page_count")[0][0]
    database.query(f"PRAGMA max_page_count = {free}")
