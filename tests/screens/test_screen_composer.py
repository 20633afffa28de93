from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import canned
import pytest
from textual import events

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.settings import Settings
from tui import commands
from tui.widgets.composer import LIMIT

Open = Callable[..., Any]


@pytest.mark.parametrize("key", ["ctrl+j", "alt+enter", "shift+enter"])
async def test_other_enters_break_the_line(stage: Open, key: str) -> None:
    async with stage() as there:
        await there.pilot.press("a", key, "b")
        assert there.app.studio.composer.text == "a\nb"


async def test_enter_breaks_the_line_when_the_setting_says_so(stage: Open) -> None:
    async with stage() as there:
        there.app.studio.composer.enter_sends = False
        await there.pilot.press("a", "enter", "b", "ctrl+j")
        await there.settle()
        assert there.client.last(cmd.Write) == cmd.Write("a\nb")


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
async def test_an_empty_message_is_a_sentence_and_no_turn(stage: Open, text: str) -> None:
    async with stage() as there:
        await there.type(text)
        assert "nothing to send" in there.app.studio.notice.text
        assert not any(isinstance(c, cmd.Write) for c in there.client.sent)


async def test_a_two_megabyte_paste_is_kept_in_a_file_and_the_composer_is_untouched(
    stage: Open, settings: Settings
) -> None:
    async with stage() as there:
        await there.pilot.press("h", "i")
        there.app.studio.composer.post_message(events.Paste("x" * 2_000_000))
        await there.settle()
        assert there.app.studio.composer.text == "hi"
        kept = list((settings.home / "pastes").iterdir())
        assert [path.stat().st_size for path in kept] == [2_000_000]
        assert str(kept[0]) in there.app.studio.notice.text
        assert oct(kept[0].stat().st_mode & 0o777) == "0o600"


async def test_a_paste_passes_the_sanitiser(stage: Open) -> None:
    async with stage() as there:
        there.app.studio.composer.post_message(events.Paste("rain\x1b]0;owned\x07\x1b[31m red\u202e"))
        await there.settle()
        assert there.app.studio.composer.text == "rain red"


async def test_a_message_that_is_too_long_stays_in_the_composer(stage: Open) -> None:
    async with stage() as there:
        await there.type("y" * (LIMIT + 1))
        assert len(there.app.studio.composer.text) == LIMIT + 1
        assert "20,000" in there.app.studio.notice.text


async def test_up_and_down_recall_messages_and_give_the_unsent_text_back(stage: Open) -> None:
    async with stage() as there:
        await there.type("first")
        await there.type("second")
        await there.pilot.press(*"half", "up")
        assert there.app.studio.composer.text == "second"
        await there.pilot.press("up")
        assert there.app.studio.composer.text == "first"
        await there.pilot.press("down", "down")
        assert there.app.studio.composer.text == "half"


async def test_the_unsent_text_is_on_disk_shortly_after_a_key_and_back_at_the_next_start(
    stage: Open, settings: Settings
) -> None:
    async with stage() as there:
        await there.pilot.press(*"half", "space", *"line")
        path = settings.home / "unsent.json"
        await there.until(lambda: path.exists() and json.loads(path.read_text()) == {"": "half line"})
        assert oct(path.stat().st_mode & 0o777) == "0o600"
    async with stage() as there:
        assert there.app.studio.composer.text == "half line"


async def test_each_piece_keeps_its_own_unsent_text(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        await there.pilot.press("escape", *"for-one")
        await there.pilot.press("ctrl+n")
        await there.settle()
        assert there.app.studio.composer.text == ""
        await there.pilot.press(*"for-new")
        await there.say(ev.PieceOpened(canned.piece(), (canned.past_turn(1),), False))
        assert there.app.studio.composer.text == "for-one"


async def test_a_home_that_cannot_be_written_costs_a_sentence_and_nothing_else(
    stage: Open, settings: Settings, tmp_path: Path
) -> None:
    settings.home.write_text("a file stands where the folder should be")
    async with stage() as there:
        await there.pilot.press("h", "i")
        await there.until(lambda: there.app.studio.notice.text)
        assert there.app.studio.composer.text == "hi"


async def test_a_slash_completes(stage: Open) -> None:
    async with stage() as there:
        await there.pilot.press("slash", "k")
        assert there.app.studio.completions.display
        await there.pilot.press("tab")
        assert there.app.studio.composer.text == "/keep "


async def test_an_unknown_command_is_a_sentence_and_stays_to_be_mended(stage: Open) -> None:
    async with stage() as there:
        await there.type("/kep")
        assert "Did you mean /keep?" in there.app.studio.notice.text
        assert there.app.studio.composer.text == "/kep"


async def test_two_slashes_send_one(stage: Open) -> None:
    async with stage() as there:
        await there.type("//stage direction")
        assert there.client.last(cmd.Write) == cmd.Write("/stage direction")


@pytest.mark.parametrize(("typed", "sent"), [
    ("/keep 2", cmd.KeepTake("take2")),
    ("/keep", cmd.KeepTake("take3")),
    ("/reject 4", cmd.RejectTake("take4")),
    ("/works add '/a b/c.txt' d", cmd.AddWorks(("/a b/c.txt", "d"))),
    ("/works remove abc", cmd.RemoveWork("abc")),
    ("/rename Night rain", cmd.RenamePiece("p1", "Night rain")),
    ("/open rain", cmd.ListPieces("rain")),
])  # fmt: skip
async def test_commands_become_commands_of_the_studio(stage: Open, at_end: Any, typed: str, sent: object) -> None:
    async with stage() as there:
        await at_end(there)
        await there.type(typed)
        assert there.client.sent[-1] == sent
        assert there.app.studio.composer.text == ""


async def test_every_command_answers_on_an_empty_page(stage: Open) -> None:
    async with stage() as there:
        for command in commands.COMMANDS:
            if command.name in ("quit", "theme"):
                continue
            before = len(there.client.sent) + there.client.stops + there.client.restarts
            await there.type(f"/{command.name}")
            done = len(there.client.sent) + there.client.stops + there.client.restarts > before
            assert done or there.app.studio.notice.text or there.app.screen is not there.app.studio, command
            if there.app.screen is not there.app.studio:
                await there.pilot.press("escape")


async def test_the_palette_offers_every_command_that_needs_no_argument(stage: Open) -> None:
    async with stage() as there:
        offered = {command.title for command in there.app.get_system_commands(there.app.studio)}
        assert offered == {f"/{c.name}" for c in commands.COMMANDS if c.palette}


async def test_a_refused_message_comes_back_with_a_sentence(stage: Open) -> None:
    async with stage() as there:
        await there.type("a poem")
        await there.say(ev.CommandRefused("The disk is full.", "Free some space.", "Write"))
        assert there.app.studio.composer.text == "a poem"
        assert there.app.studio.notice.text == "The disk is full. Free some space."


async def test_control_c_stops_and_twice_quits_with_everything_on_disk(stage: Open, settings: Settings) -> None:
    async with stage() as there:
        await there.type("a poem")
        await there.say(*canned.opening(request="a poem"), *canned.drafting())
        there.app.studio.composer.focus()
        await there.pilot.press(*"later", "ctrl+c")
        assert there.client.stops == 1
        await there.pilot.press("ctrl+c")
    assert there.app.return_value == 0
    assert json.loads((settings.home / "unsent.json").read_text()) == {"p1": "later"}


async def test_an_unknown_theme_in_the_settings_falls_back(settings: Settings) -> None:
    from tui.app import CocreateApp

    assert CocreateApp(canned.CannedClient(), replace(settings, theme="nonesuch")).theme == "cocreate-dark"
