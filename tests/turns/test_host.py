"""The studio in a process of its own: real processes, real kills."""

import os
import queue
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from cocreate.commands import Choose, Continue, KeepTake, ListPieces, TurnOptions, Write
from cocreate.events import (
    CommandDone,
    DraftGrew,
    Event,
    PiecesListed,
    StudioDied,
    StudioFailed,
    StudioReady,
    TakeSaved,
    TurnFinished,
    TurnFoundUnfinished,
    TurnStarted,
)
from cocreate.host import HostClient
from cocreate.settings import Settings

BRIEF = "a poem of 6 lines about autumn rain in a quiet courtyard"
PLAIN = TurnOptions(ideas=0, drafts=3, revisions=0, seed=3, ask=False)
E = TypeVar("E")


class Watched:
    """A host whose events can be waited for."""

    def __init__(self, settings: Settings) -> None:
        self.client = HostClient(settings)
        self.seen: list[Event] = []
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.client.start(self._events.put)

    def until(self, kind: type[E], enough: Callable[[E], bool] = lambda event: True, seconds: float = 60) -> E:
        deadline = time.monotonic() + seconds
        while True:
            event = self._events.get(timeout=max(0.01, deadline - time.monotonic()))
            self.seen.append(event)
            if isinstance(event, kind) and enough(event):
                return event

    def shown(self) -> dict[str, str]:
        """Text on the screen, by draft."""
        texts: dict[str, str] = {}
        for event in self.seen:
            if isinstance(event, DraftGrew):
                texts[event.draft_id] = texts.get(event.draft_id, "") + event.text
        return texts

    @property
    def pid(self) -> int:
        process = self.client._process
        assert process is not None
        assert process.pid is not None
        return process.pid


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache", engine="scripted", ideas=3, drafts=2)


@pytest.fixture
def host(settings: Settings) -> Iterator[Watched]:
    watched = Watched(settings)
    yield watched
    watched.client.close()


def test_a_turn_runs_in_the_other_process(host: Watched) -> None:
    host.until(StudioReady)
    host.client.send(Write(BRIEF, options=PLAIN))

    finished = host.until(TurnFinished)

    assert host.pid != os.getpid()
    assert all(take.text for take in finished.takes)
    assert host.until(CommandDone).command == "Write"


def test_a_message_sent_before_the_studio_is_ready_is_not_lost(host: Watched) -> None:
    host.client.send(Write(BRIEF, options=PLAIN))

    assert host.until(TurnFinished).takes
    assert any(isinstance(event, StudioReady) for event in host.seen)


def test_the_desk_answers_while_a_turn_runs(host: Watched) -> None:
    host.client.send(Write(BRIEF, options=PLAIN))
    host.until(DraftGrew)
    host.client.send(ListPieces())

    host.until(PiecesListed)

    assert not any(isinstance(event, TurnFinished) for event in host.seen)
    host.until(TurnFinished)


def test_stop_ends_the_turn_and_keeps_what_was_shown(host: Watched) -> None:
    host.client.send(Write(BRIEF, options=PLAIN))
    host.until(DraftGrew)
    host.client.stop()

    finished = host.until(TurnFinished)

    assert finished.status == "stopped"
    takes = {take.id: take.text for take in finished.takes}
    for draft_id, text in host.shown().items():
        assert takes[draft_id].strip().startswith(text.strip())


def test_stop_pressed_while_a_message_waits_in_the_queue_stops_it_too(host: Watched) -> None:
    host.client.send(Write(BRIEF, options=PLAIN))
    host.client.stop()

    assert host.until(TurnFinished).status == "stopped"


def test_killing_the_studio_loses_nothing_that_was_shown_and_the_turn_goes_on(host: Watched) -> None:
    host.client.send(Write(BRIEF, options=PLAIN))
    host.until(DraftGrew)
    host.until(DraftGrew)
    os.kill(host.pid, signal.SIGKILL)

    assert "SIGKILL" in host.until(StudioDied).sentence
    shown = host.shown()
    host.client.restart()
    left = host.until(TurnFoundUnfinished).turn
    kept = {take.id: take.text for take in left.takes}
    for draft_id, text in shown.items():
        assert kept[draft_id].startswith(text)

    host.client.send(Continue(left.id))
    takes = host.until(TurnFinished).takes
    for text in shown.values():
        assert any(take.text.startswith(text) for take in takes)


def test_killing_everything_is_survived_at_the_next_start(settings: Settings) -> None:
    first = Watched(settings)
    first.client.send(Write(BRIEF, options=PLAIN))
    first.until(DraftGrew)
    shown = first.shown()
    os.kill(first.pid, signal.SIGKILL)
    first.until(StudioDied)
    first.client.close()

    second = Watched(settings)
    try:
        left = second.until(TurnFoundUnfinished)
        assert left.step == "draft"
        kept = {take.id: take.text for take in left.turn.takes}
        assert all(kept[draft_id].startswith(text) for draft_id, text in shown.items())
    finally:
        second.client.close()


def test_a_turn_that_runs_when_the_screen_is_closed_goes_on_at_the_next_start(settings: Settings) -> None:
    first = Watched(settings)
    first.client.send(Write(BRIEF, options=PLAIN))
    first.until(DraftGrew)
    first.client.close()

    second = Watched(settings)
    try:
        left = second.until(TurnFoundUnfinished)
        partial = [take.text for take in left.turn.takes]
        second.client.send(Continue(left.turn.id))
        finished = second.until(TurnFinished)
        assert finished.status == "finished"
        assert partial
        for text in partial:
            assert any(take.text.startswith(text) and len(take.text) > len(text) for take in finished.takes)
    finally:
        second.client.close()


def test_the_studio_ends_when_the_screen_is_gone(host: Watched) -> None:
    host.until(StudioReady)
    pid = host.pid

    host.client.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_waiting_choice_is_answered_and_verdicts_are_saved(host: Watched) -> None:
    host.client.send(Write(BRIEF))
    turn_id = host.until(TurnStarted).turn_id
    host.until(CommandDone, lambda done: done.command == "Write")
    host.client.send(Choose(turn_id))
    best = host.until(TurnFinished).takes[0]

    host.client.send(KeepTake(best.id))

    assert host.until(TakeSaved).take.status == "kept"


def test_a_data_directory_that_is_not_ours_is_refused_in_a_sentence(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    with sqlite3.connect(settings.home / "cocreate.db") as connection:
        connection.execute("PRAGMA application_id = 12345")
        connection.execute("CREATE TABLE others (x)")
    watched = Watched(settings)
    try:
        failed = watched.until(StudioFailed)
        assert failed.sentence
        assert failed.next_step
    finally:
        watched.client.close()


def test_a_restart_with_other_settings_uses_them_and_finds_the_turn_that_waited(
    host: Watched, settings: Settings
) -> None:
    host.client.send(Write(BRIEF))
    turn_id = host.until(TurnStarted).turn_id
    host.until(CommandDone, lambda done: done.command == "Write")

    host.client.restart(replace(settings, drafts=1))
    left = host.until(TurnFoundUnfinished)
    host.client.send(Choose(turn_id))

    assert left.turn.status == "waiting"
    assert len(host.until(TurnFinished).takes) >= 1
    host.client.send(Write(BRIEF, options=TurnOptions(ideas=0, revisions=0, ask=False)))
    assert len(host.until(TurnFinished).takes) == 1
