"""Turns in which more drafts are begun than are written to their end, and the critic says which go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from agents.contracts import Scorecard
from agents.critique.scorecard import Critic
from cocreate.commands import Command, Continue, KeepTake, TurnOptions, Write
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import (
    DraftFinished,
    DraftGrew,
    DraftScored,
    DraftStarted,
    Event,
    RevisionJudged,
    StepStarted,
    TakeSaved,
    TurnFailed,
    TurnFinished,
    TurnFoundUnfinished,
)
from cocreate.presets import drafts_of, plan_of, preset
from cocreate.studio import Studio

REQUEST = "a short story about a boat on the sand"
ASKED = TurnOptions(seed=1, ask=False)
PLAN = plan_of(7, None)
Send = Callable[[Studio, Command], list[Event]]
E = TypeVar("E")


def of(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture
def settings(settings):
    """The figures are the preset's."""
    from dataclasses import replace

    return replace(settings, ideas=-1, drafts=-1, revisions=-1)


@pytest.fixture(autouse=True)
def telling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted scorer has no heads; whether openings can be told apart is what is set here."""
    monkeypatch.setattr(Critic, "tells_openings", lambda self, brief: brief.kind == "story")


def test_the_best_openings_go_on_and_the_others_are_set_aside_with_their_scores(studio: Studio, send: Send) -> None:
    assert PLAN is not None
    events = send(studio, Write(REQUEST, options=ASKED))

    aside = [event for event in of(events, RevisionJudged) if not event.parent]
    assert len(aside) == PLAN.openings - PLAN.kept
    scores = {event.draft_id: event.scorecard.overall for event in of(events, DraftScored)}
    assert {event.draft_id for event in aside} <= set(scores)
    texts = {event.draft_id: event.text for event in of(events, DraftFinished)}
    assert all(texts[event.draft_id] for event in aside)
    assert [event.note for event in of(events, StepStarted) if event.step == "draft"] == [
        f"{PLAN.openings} openings, {PLAN.drafts} drafts"
    ]
    takes = of(events, TurnFinished)[0].takes
    assert not {event.draft_id for event in aside} & {take.id for take in takes}
    assert sum(not take.parent for take in takes) == PLAN.drafts


def test_one_opening_goes_on_in_two_ways_and_both_begin_with_it(studio: Studio, send: Send) -> None:
    events = send(studio, Write(REQUEST, options=ASKED))

    twins = [event for event in of(events, DraftStarted) if "begun as" in event.label]
    assert PLAN is not None
    assert len(twins) == PLAN.drafts - PLAN.kept
    texts = {event.draft_id: event.text for event in of(events, DraftFinished)}
    labels = {event.label: event.draft_id for event in of(events, DraftStarted)}
    for twin in twins:
        first = labels[f"draft {twin.label.rsplit(' ', 1)[1]}"]
        assert twin.text
        assert texts[first].startswith(twin.text.rstrip()) and texts[twin.draft_id].startswith(twin.text.rstrip())


def test_what_streamed_of_a_draft_is_what_stands_there_at_the_end(studio: Studio, send: Send) -> None:
    events = send(studio, Write(REQUEST, options=ASKED))

    begun = {event.draft_id: event.text for event in of(events, DraftStarted)}
    for take in of(events, TurnFinished)[0].takes:
        if take.parent:
            continue
        grown = begun[take.id] + "".join(event.text for event in of(events, DraftGrew) if event.draft_id == take.id)
        assert " ".join(grown.split()).startswith(" ".join(take.text.split()))


def test_other_ends_keep_most_of_the_best_draft_and_stand_first_only_when_they_score_higher(
    studio: Studio, send: Send
) -> None:
    events = send(studio, Write(REQUEST, options=ASKED))

    [judged] = [event for event in of(events, RevisionJudged) if event.parent]
    texts = {event.draft_id: event.text for event in of(events, DraftFinished)}
    cards = {event.draft_id: event.scorecard.overall for event in of(events, DraftScored)}
    parent, other = texts[judged.parent], texts[judged.draft_id]
    shared = next((at for at, (a, b) in enumerate(zip(parent, other, strict=False)) if a != b), len(parent))
    assert shared >= 0.6 * len(parent)
    assert judged.accepted == (cards[judged.draft_id] > cards[judged.parent])
    assert "Rewritten because" not in judged.reason
    first = of(events, TurnFinished)[0].takes[0]
    assert first.id == (judged.draft_id if judged.accepted else judged.parent)


@pytest.mark.parametrize(
    ("request_", "options"),
    [
        (REQUEST, TurnOptions(drafts=7, seed=1, ask=False)),
        (REQUEST, TurnOptions(preset="quick", seed=1, ask=False)),
        ("a poem about autumn rain", ASKED),
    ],
)
def test_every_draft_is_written_to_its_end_where_a_number_was_asked_for_or_openings_say_nothing(
    studio: Studio, send: Send, request_: str, options: TurnOptions
) -> None:
    events = send(studio, Write(request_, options=options))

    assert not [event for event in of(events, RevisionJudged) if not event.parent]
    count = options.drafts or drafts_of(preset(options.preset or ""), None)
    assert sum(not take.parent for take in of(events, TurnFinished)[0].takes) == count


def test_stop_among_the_openings_keeps_them_all(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(ScriptedEngine(delay=0.02))
    events: list[Event] = []
    for event in studio.send(Write(REQUEST, options=ASKED)):
        events.append(event)
        if len(of(events, DraftGrew)) == 30:
            studio.stop()

    assert PLAN is not None
    finished = of(events, TurnFinished)[0]
    assert finished.status == "stopped"
    assert len(finished.takes) == PLAN.openings
    assert {take.status for take in finished.takes} == {"partial"}


def test_stop_while_openings_are_judged_keeps_them_as_what_they_are(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Critic.judge

    def stopping(self: Critic, *args: object, **named: object) -> list[Scorecard]:
        studio.stop()
        return judge(self, *args, **named)

    monkeypatch.setattr(Critic, "judge", stopping)
    finished = of(list(studio.send(Write(REQUEST, options=ASKED))), TurnFinished)[0]

    assert PLAN is not None
    assert [take.status for take in finished.takes] == ["partial"] * PLAN.openings


def test_a_turn_cut_off_twice_writes_no_draft_twice_and_sets_no_longer_one_aside(
    open_studio: Callable[..., Studio], send: Send
) -> None:
    assert PLAN is not None
    studio = open_studio(ScriptedEngine(fail_after=1100))
    send(studio, Write(REQUEST, options=ASKED))
    studio.close()
    again = open_studio(ScriptedEngine(fail_after=60))
    left = of(list(again.start()), TurnFoundUnfinished)[0]
    failed = of(send(again, Continue(left.turn.id)), TurnFailed)[0]
    again.close()

    mended = open_studio()
    left = of(list(mended.start()), TurnFoundUnfinished)[0]
    events = send(mended, Continue(left.turn.id))
    takes = [take for take in of(events, TurnFinished)[0].takes if "other end" not in take.label]
    assert len(takes) == PLAN.drafts
    assert not [event for event in of(events, RevisionJudged) if not event.parent]
    longest = max(failed.takes, key=lambda take: len(take.text))
    assert any(take.text.startswith(longest.text) for take in takes)


@pytest.mark.parametrize("after", [250, 700, 1100, 1250])
def test_a_turn_cut_off_among_its_openings_or_after_them_goes_on_without_losing_a_character(
    open_studio: Callable[..., Studio], send: Send, after: int
) -> None:
    assert PLAN is not None
    studio = open_studio(ScriptedEngine(fail_after=after))
    events = send(studio, Write(REQUEST, options=ASKED))
    failed = of(events, TurnFailed)[0]
    assert failed.takes
    aside = {event.draft_id: event.text for event in of(events, DraftFinished) if event.finish == "stop"}
    studio.close()

    mended = open_studio()
    left = of(list(mended.start()), TurnFoundUnfinished)[0]
    again = send(mended, Continue(left.turn.id))
    takes = of(again, TurnFinished)[0].takes

    texts = {event.draft_id: event.text for event in of(again, DraftFinished)}
    begun = len(failed.takes)
    left_aside = {event.draft_id: texts[event.draft_id] for event in of(again, RevisionJudged) if not event.parent}
    for partial in failed.takes:
        assert any(take.text.startswith(partial.text) for take in takes) or left_aside[partial.id] == partial.text
    assert len(left_aside) == (PLAN.openings - PLAN.kept if begun > PLAN.drafts else 0), "the best of them go on"
    assert len([take for take in takes if take.status != "partial"]) == PLAN.drafts, "none is begun twice"
    if begun <= PLAN.drafts:
        assert aside
        assert not any(take.text.startswith(text) for take in takes for text in aside.values() if len(text) > 200)


def test_an_opening_that_was_set_aside_can_be_kept_after_all(studio: Studio, send: Send) -> None:
    events = send(studio, Write(REQUEST, options=ASKED))
    aside = next(event.draft_id for event in of(events, RevisionJudged) if not event.parent)
    [saved] = of(send(studio, KeepTake(aside)), TakeSaved)
    assert saved.take.status == "kept"
    assert saved.take.text


def test_no_terminal_code_of_a_model_reaches_the_screen_through_an_opening(
    open_studio: Callable[..., Studio], send: Send
) -> None:
    text = "The boat \x1b[31mlay there. " + "It was a grey boat and nobody knew whose it could be. " * 20
    events = send(open_studio(ScriptedEngine([text] * 40)), Write(REQUEST, options=ASKED))

    assert of(events, RevisionJudged)
    shown = [event.text for event in events if isinstance(event, DraftStarted | DraftGrew | DraftFinished)]
    assert not any("\x1b" in one for one in shown)
