"""Commands about voices in the studio's own process: answered beside a turn, none of them in its way."""

import queue
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from cocreate.commands import ListEdits, ListVoices, StopTuning, TuneVoice, TurnOptions, Write
from cocreate.events import (
    CommandDone,
    CommandRefused,
    DraftGrew,
    EditsListed,
    Event,
    StudioReady,
    TurnFinished,
    VoicesListed,
)
from cocreate.host import HostClient
from cocreate.settings import Settings

E = TypeVar("E")
PLAIN = TurnOptions(ideas=0, drafts=3, revisions=0, seed=3, ask=False)


@pytest.fixture
def events() -> "queue.SimpleQueue[Event]":
    return queue.SimpleQueue()


@pytest.fixture
def client(settings: Settings, events: "queue.SimpleQueue[Event]") -> Iterator[HostClient]:
    made = HostClient(replace(settings))
    made.start(events.put)
    yield made
    made.close()


def test_voices_are_listed_and_a_tuning_is_answered_while_a_turn_runs(
    client: HostClient, events: "queue.SimpleQueue[Event]"
):
    seen: list[Event] = []

    def until(kind: type[E]) -> E:
        deadline = time.monotonic() + 60
        while True:
            event = events.get(timeout=max(0.01, deadline - time.monotonic()))
            seen.append(event)
            if isinstance(event, kind):
                return event

    until(StudioReady)
    client.send(Write("a poem about autumn rain in a quiet courtyard", options=PLAIN))
    until(DraftGrew)
    client.send(TuneVoice("noir"))
    refused = until(CommandRefused)
    assert (refused.command, refused.bad_input) == ("TuneVoice", True)
    assert refused.sentence == "The scripted engine has no model to tune."
    client.send(ListVoices())
    assert until(VoicesListed).voices == ()
    client.send(ListEdits())
    assert until(EditsListed).edits == ()
    client.send(StopTuning())
    assert until(CommandRefused).command == "StopTuning"
    assert not any(isinstance(event, TurnFinished) for event in seen), "all that came while the turn ran"
    assert until(TurnFinished).status == "finished"
    while not any(isinstance(event, CommandDone) and event.command == "Write" for event in seen):
        until(CommandDone)
    assert {event.command for event in seen if isinstance(event, CommandDone)} >= {
        "TuneVoice",
        "ListVoices",
        "StopTuning",
    }
