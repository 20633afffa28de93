"""A batch of replies: each ends when it has enough, and any mix of requests, stops and adapters ends in order."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from agents import batch
from agents.contracts import Chunk, Message, Request
from cocreate.engines.scripted import ScriptedEngine


@dataclass
class Flag:
    """Set when as many pieces were seen."""

    after: int
    seen: int = 0

    def is_set(self) -> bool:
        return self.seen >= self.after


@dataclass
class Plan:
    """One request of a mix."""

    text: str
    adapter: str | None
    most: int
    cancel_after: int
    received: str = ""
    finishes: list[str] = field(default_factory=list)


plans = st.builds(
    Plan,
    text=st.text(alphabet="ab c 雨\n", min_size=1, max_size=40),
    adapter=st.sampled_from([None, "ann", "ben"]),
    most=st.integers(1, 30),
    cancel_after=st.integers(0, 20),
)


def play(mix: list[Plan], stop_after: int) -> tuple[bool, bool]:
    """Run a mix; returns whether text came after the stop, or after a request's own end."""
    engine = ScriptedEngine([plan.text for plan in mix], delay=0, piece=3)
    engine.add_adapter("ann", "x")
    engine.add_adapter("ben", "y")
    stop, cancels = Flag(stop_after), [Flag(plan.cancel_after) for plan in mix]
    requests = [
        Request((Message("user", "go"),), max_tokens=plan.most, adapter=plan.adapter, cancel=cancel)
        for plan, cancel in zip(mix, cancels, strict=True)
    ]
    late = early = False
    for chunk in engine.generate(requests, stop):
        plan = mix[chunk.index]
        late = late or (stop.is_set() and bool(chunk.text))
        early = early or (cancels[chunk.index].is_set() and bool(chunk.text)) or bool(plan.finishes)
        plan.received += chunk.text
        plan.finishes += [chunk.finish] if chunk.finish else []
        stop.seen += 1
        cancels[chunk.index].seen += 1
    return late, early


@settings(max_examples=120, deadline=None)
@given(st.lists(plans, min_size=1, max_size=6), st.integers(0, 60))
def test_any_mix_of_requests_stops_and_adapters_ends_in_order_with_nothing_lost(mix: list[Plan], stop: int) -> None:
    late, early = play(mix, stop)
    assert not late, "text after the stop"
    assert not early, "a piece after the request's end"
    for plan in mix:
        assert len(plan.finishes) == 1
        assert plan.text.startswith(plan.received), "pieces in order, none of another request"
        if plan.finishes == ["stop"]:
            assert plan.received == plan.text


def test_a_reply_that_has_enough_is_cancelled_and_the_others_go_on() -> None:
    engine = ScriptedEngine(["one two three four five six", "a b c d e f g h"], delay=0, piece=4)
    sent: list[tuple[int, str]] = []
    inner = engine.generate

    def watched(requests, stop):  # type: ignore[no-untyped-def]
        for chunk in inner(requests, stop):
            sent.append((chunk.index, chunk.text))
            yield chunk

    engine.generate = watched  # type: ignore[method-assign]
    requests = [Request((Message("user", "go"),)) for _ in range(2)]
    replies = batch.run(engine, requests, threading.Event(), lambda index, piece: index == 0)
    assert (replies[0].text, replies[0].finish) == ("one ", "stop")
    assert (replies[1].text, replies[1].finish) == ("a b c d e f g h", "stop")
    assert "".join(text for index, text in sent if index == 0) == "one ", "the engine wrote no more of it"


def test_what_its_caller_gave_up_is_stopped_and_not_called_enough() -> None:
    given_up = threading.Event()
    given_up.set()
    requests = [Request((Message("user", "go"),), cancel=given_up), Request((Message("user", "go"),))]
    replies = batch.run(ScriptedEngine(["one", "two"], delay=0), requests, threading.Event())
    assert [(reply.text, reply.finish) for reply in replies] == [("", "stopped"), ("two", "stop")]


def test_a_cancel_is_no_part_of_what_is_asked() -> None:
    assert Request((), cancel=threading.Event()) == Request(())
    assert Chunk(0, "x") != Chunk(1, "x")
