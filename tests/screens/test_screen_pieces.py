from __future__ import annotations

from collections.abc import Callable
from typing import Any

import canned

from cocreate import commands as cmd
from cocreate import events as ev
from tui.screens.pieces import PiecesSheet
from tui.widgets.past_turn import PastTurn
from tui.widgets.transcript import MOST
from tui.widgets.turn import Turn

Open = Callable[..., Any]
PIECES = (canned.piece(1), canned.piece(2, "The well"), canned.piece(3, "Two [brackets"))


async def with_pieces(there: Any) -> PiecesSheet:
    await there.pilot.press("ctrl+o")
    await there.until(lambda: isinstance(there.app.screen, PiecesSheet))
    await there.settle()
    await there.say(ev.PiecesListed(PIECES))
    assert isinstance(there.app.screen, PiecesSheet)
    return there.app.screen


async def test_a_piece_is_opened_from_the_list(stage: Open) -> None:
    async with stage() as there:
        await with_pieces(there)
        await there.pilot.press("down", "down", "enter")
        await there.until(lambda: there.app.screen is there.app.studio)
        assert there.client.last(cmd.OpenPiece) == cmd.OpenPiece("p2")


async def test_typing_searches(stage: Open) -> None:
    async with stage() as there:
        await with_pieces(there)
        await there.pilot.press(*"well")
        assert there.client.last(cmd.ListPieces) == cmd.ListPieces("well")


async def test_a_piece_is_deleted_only_after_asking(stage: Open) -> None:
    async with stage() as there:
        await with_pieces(there)
        await there.pilot.press("down", "d")
        await there.settle()
        await there.pilot.press("enter")
        await there.settle()
        assert not any(isinstance(c, cmd.DeletePiece) for c in there.client.sent)
        await there.pilot.press("d")
        await there.settle()
        await there.pilot.press("y")
        await there.settle()
        assert there.client.last(cmd.DeletePiece) == cmd.DeletePiece("p1")


async def test_a_piece_is_renamed(stage: Open) -> None:
    async with stage() as there:
        sheet = await with_pieces(there)
        await there.pilot.press("down", "r")
        await there.settle()
        sheet.query_one("Input").value = "New title"  # type: ignore[attr-defined]
        await there.pilot.press("enter")
        await there.settle()
        assert there.client.last(cmd.RenamePiece) == cmd.RenamePiece("p1", "New title")


async def test_the_newest_piece_opens_when_asked_to_go_on(stage: Open) -> None:
    async with stage(resume="last") as there:
        await there.say(ev.PiecesListed(PIECES))
        assert there.client.last(cmd.OpenPiece) == cmd.OpenPiece("p1")


async def test_a_named_piece_opens_at_the_start(stage: Open) -> None:
    async with stage(resume="p2") as there:
        assert cmd.OpenPiece("p2") in there.client.sent


async def test_an_opened_piece_shows_its_turns_and_unfolds_them(stage: Open) -> None:
    async with stage() as there:
        await there.say(ev.PieceOpened(canned.piece(turns=3), tuple(canned.past_turn(n) for n in (1, 2, 3)), False))
        assert "message 1" in there.page() and "message 3" in there.page()
        assert (len(there.app.studio.query(Turn)), len(there.app.studio.query(PastTurn))) == (1, 2)
        there.app.studio.query(PastTurn).first().focus()
        await there.pilot.press("enter")
        await there.until(lambda: len(there.app.studio.query(Turn)) == 2)


async def test_a_piece_of_five_hundred_turns_keeps_few_of_them_mounted(stage: Open) -> None:
    async with stage() as there:
        turns = tuple(canned.past_turn(n) for n in range(451, 501))
        await there.say(ev.PieceOpened(canned.piece(turns=500), turns, True))
        transcript = there.app.studio.transcript
        assert transcript.live_turns <= MOST
        assert "message 500" in there.page()
        transcript.release_anchor()
        asked = cmd.OpenPiece("p1", 30, before=451)

        async def scroll_up() -> None:
            transcript.scroll_to(y=30, animate=False, immediate=True)
            await there.pilot.pause()
            transcript.scroll_to(y=0, animate=False, immediate=True)
            await there.settle()
            assert transcript.live_turns <= MOST

        for _ in range(8):
            await scroll_up()
        assert there.client.sent[-1] == asked
        older = tuple(canned.past_turn(n) for n in range(1, 451))
        await there.say(ev.PieceOpened(canned.piece(turns=500), older, False, before=451))
        for _ in range(4):
            await scroll_up()
        assert "message 500" not in there.page() and "message 430" in there.page()
        assert len(there.app.studio.state.turns) == 500
        await there.pilot.press("ctrl+end")
        await there.settle()
        assert "message 500" in there.page()
        assert transcript.live_turns <= MOST


async def test_scrolling_up_stops_following_and_says_that_there_is_more(stage: Open, at_directions: Any) -> None:
    async with stage((80, 24)) as there:
        await there.say(ev.PieceOpened(canned.piece(turns=9), tuple(canned.past_turn(n) for n in range(1, 10)), False))
        await there.pilot.press("pageup")
        await there.settle()
        place = there.app.studio.transcript.scroll_y
        assert there.app.studio.cue.display
        await there.say(ev.Noticed("Something new."))
        assert there.app.studio.transcript.scroll_y == place
        await there.pilot.press("ctrl+end")
        await there.settle()
        assert not there.app.studio.cue.display
        await there.say(ev.Noticed("Newer still."))
        assert there.app.studio.transcript.scroll_y == there.app.studio.transcript.max_scroll_y > place
