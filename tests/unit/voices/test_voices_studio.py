"""A tuning beside the writer's turns: it stands still while one runs, and holds none of them up."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.contracts import Brief, Length
from agents.style import Style
from cocreate.commands import AddWorks, ListVoices, StopTuning, TuneVoice, TurnOptions, Write
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import (
    CommandRefused,
    Event,
    TuningFinished,
    TuningProgressed,
    TuningStarted,
    TurnFinished,
    VoicesListed,
)
from cocreate.settings import Settings
from cocreate.studio import Studio
from memory.embedder import HashEmbedder
from memory.records import Hit, Passage

POEM = "The lamp went out before the rain began\nand nobody in the long house asked who carried it away"
PLAIN = TurnOptions(ideas=0, drafts=1, revisions=0, seed=3, ask=False)


@pytest.fixture
def studio(settings_of: Callable[..., Settings], tuner: tuple[str, ...], tmp_path: Path) -> Iterator[Studio]:
    made = Studio(settings_of(engine="scripted"), ScriptedEngine())
    made._voices._command = tuner
    (tmp_path / "lamp.txt").write_text(POEM)
    list(made.send(AddWorks((str(tmp_path / "lamp.txt"),))))
    yield made
    made.close()


def beside(studio: Studio) -> queue.SimpleQueue[Event]:
    """Tune in a thread of its own."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    threading.Thread(target=lambda: [events.put(e) for e in studio.send(TuneVoice("noir"))], daemon=True).start()
    return events


def until(events: queue.SimpleQueue[Event], kind: type, enough: Callable[[Event], bool] = lambda event: True) -> Event:
    while True:
        event = events.get(timeout=30)
        if isinstance(event, kind) and enough(event):
            return event


def test_a_tuning_stands_still_while_a_turn_runs_and_goes_on_after_it(studio: Studio):
    turn = studio.send(Write("a poem about rain", options=PLAIN))
    next(turn)
    events = beside(studio)
    until(events, TuningStarted)
    until(events, TuningProgressed, lambda event: event.waiting)
    assert [event for event in turn if isinstance(event, TurnFinished)], "the turn is not held up"
    finished = until(events, TuningFinished)
    assert isinstance(finished, TuningFinished)
    assert not finished.stopped


def test_the_desk_answers_and_a_second_tuning_is_refused_while_one_runs(studio: Studio):
    turn = studio.send(Write("a poem about rain", options=PLAIN))
    next(turn)
    events = beside(studio)
    until(events, TuningProgressed)
    (listed,) = (event for event in studio.send(ListVoices()) if isinstance(event, VoicesListed))
    assert listed.tuning == "noir"
    (refused,) = (event for event in studio.send(TuneVoice("letters")) if isinstance(event, CommandRefused))
    assert "noir is being tuned" in refused.sentence
    list(studio.send(StopTuning()))
    finished = until(events, TuningFinished)
    assert isinstance(finished, TuningFinished)
    assert finished.stopped
    turn.close()


def test_stop_ends_the_turn_and_not_the_tuning(studio: Studio):
    turn = studio.send(Write("a poem about rain", options=PLAIN))
    next(turn)
    events = beside(studio)
    until(events, TuningProgressed)
    studio.stop()
    ended = [event for event in turn if isinstance(event, TurnFinished)]
    assert ended[0].status == "stopped"
    finished = until(events, TuningFinished)
    assert isinstance(finished, TuningFinished)
    assert not finished.stopped


def test_adaptation_follows_the_distance_it_is_given_and_uses_the_corrected_passage():
    engine = ScriptedEngine(["The slate kept its own counsel. / And then it rained.\n"] * 2)
    text = "Rain falls upon the town.\nThe lamps are lit again.\nNobody walks the lane."
    hit = Hit(
        Passage(1, "w1", 0, 0, 9, "The lamp is old and dim."), "Lamp", "", 0.5, corrected="The lamp kept its word."
    )
    brief = Brief("rain", length=Length(3, "lines"))
    (written,) = Style(engine, HashEmbedder()).adapt(
        brief,
        text,
        [hit],
        count=1,
        seed=1,
        stop=threading.Event(),
        progress=lambda index, piece: None,
        distance=lambda line: 1.0 if "lamps" in line else 0.0,
    )
    assert written.text == "Rain falls upon the town.\nThe slate kept its own counsel.\nNobody walks the lane."
    asked = " ".join(message.text for message in engine.history[0].messages)
    assert "The lamp kept its word." in asked
    assert "old and dim" not in asked
