"""A few pictures of the whole screen. Clock, cursor and animation stand still; `--snapshot-update` takes them anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import canned
from textual.pilot import Pilot

from cocreate import events as ev
from cocreate.settings import Settings
from tui.app import CocreateApp

Snap = Callable[..., bool]
REQUEST = canned.BRIEF.request


def app(settings: Settings, clock: Callable[[], float]) -> CocreateApp:
    return CocreateApp(canned.CannedClient(), settings, clock=clock, wall=lambda: 1_007_200.0)


def showing(*events: ev.Event, ask: bool = True, keys: tuple[str, ...] = ()) -> Callable[[Pilot[int]], Awaitable[None]]:
    """What happens before the picture is taken."""

    async def before(pilot: Pilot[int]) -> None:
        there: Any = pilot.app
        await pilot.pause()
        there.client.say(canned.READY)
        if ask:
            there.studio.send_message(REQUEST)
        there.client.say(*events)
        for _ in range(3):
            await pilot.pause()
            there.pump.drain()
        await pilot.press(*keys)
        await pilot.pause(0.2)

    return before


def test_snapshot_of_the_empty_page(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    pieces = ev.PiecesListed((canned.piece(1), canned.piece(2, "井边"), canned.piece(3, "The [well]")))
    assert snap_compare(app(settings, clock), terminal_size=(100, 30), run_before=showing(pieces, ask=False))


def test_snapshot_of_directions_that_wait(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    assert snap_compare(app(settings, clock), terminal_size=(100, 30), run_before=showing(*canned.opening()))


def test_snapshot_of_drafts_side_by_side(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    events = [*canned.opening(), *canned.drafting(), *canned.finishing()]
    assert snap_compare(app(settings, clock), terminal_size=(120, 50), run_before=showing(*events))


def test_snapshot_of_one_draft_on_light_paper_with_its_reasons(
    snap_compare: Snap, settings: Settings, clock: Any
) -> None:
    events = [*canned.opening(), *canned.drafting(), *canned.finishing()]
    light = replace(settings, theme="cocreate-light")
    before = showing(*events, keys=("shift+tab", "e"))
    assert snap_compare(app(light, clock), terminal_size=(80, 40), run_before=before)


def judged() -> list[ev.Event]:
    """A whole turn whose drafts have everything a critic can say."""
    cards = [ev.DraftScored("t1", f"draft{n}", canned.full_scorecard(text)) for n, text in enumerate(canned.POEMS, 1)]
    return [*canned.opening(), *canned.drafting(), *canned.finishing(), *cards]


def test_snapshot_of_the_heat_over_one_draft(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    before = showing(*judged(), keys=("shift+tab", "m"))
    assert snap_compare(app(settings, clock), terminal_size=(80, 40), run_before=before)


def test_snapshot_of_why_a_draft_scored_so(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    light = replace(settings, theme="cocreate-light")
    before = showing(*judged(), keys=("shift+tab", "w"))
    assert snap_compare(app(light, clock), terminal_size=(80, 24), run_before=before)


def test_snapshot_of_the_works(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    before = opened("f2", ev.WorksListed(canned.WORKS), ev.AddingProgressed(34, 120, "/x/井边.txt"))
    assert snap_compare(app(settings, clock), terminal_size=(80, 24), run_before=before)


def test_snapshot_of_what_was_recalled(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    before = showing(*canned.opening(), keys=("f4", "p"))
    assert snap_compare(app(settings, clock), terminal_size=(80, 24), run_before=before)


def test_snapshot_of_a_tuning_on_light_paper(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    began = ev.TuningStarted("noir", 12, 28_100, 3_900, "lora", 8, 240)
    steps = [ev.TuningProgressed("noir", n, 240, 2 + 60 / (n + 30), 2.6 + 40 / (n + 30) if n % 20 == 0 else None, 2.9,
                                 n / 2, 120 - n / 2) for n in range(1, 160)]  # fmt: skip
    light = replace(settings, theme="cocreate-light")
    before = opened("f3", ev.VoicesListed(canned.VOICES), began, *steps, keys=("t",))
    assert snap_compare(app(light, clock), terminal_size=(80, 24), run_before=before)


def test_snapshot_of_a_voice_card(snap_compare: Snap, settings: Settings, clock: Any) -> None:
    shown = ev.VoiceCardShown(canned.CARD, canned.DRAFT_CARD, ("Your lines are half as long.",))
    before = opened("f3", ev.VoicesListed(canned.VOICES), keys=("v",), after=(shown,))
    assert snap_compare(app(settings, clock), terminal_size=(80, 40), run_before=before)


def opened(
    key: str, *events: ev.Event, keys: tuple[str, ...] = (), after: tuple[ev.Event, ...] = ()
) -> Callable[[Pilot[int]], Awaitable[None]]:
    """A panel is opened by a key, and told something."""

    async def before(pilot: Pilot[int]) -> None:
        await showing(ask=False, keys=(key,))(pilot)
        await showing(*events, ask=False, keys=keys)(pilot)
        await showing(*after, ask=False)(pilot)

    return before
