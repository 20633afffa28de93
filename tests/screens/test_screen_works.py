"""The works on the screen: adding with paths that are typed, pasted or dropped; finding, moving, forgetting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import canned
import pytest
from textual import events
from textual.widgets import Input, Static

from cocreate import commands as cmd
from cocreate import events as ev
from memory.records import AddReport
from tui import paths
from tui.screens.confirm import Confirm
from tui.screens.reading import ReadingSheet, RefusedSheet
from tui.screens.works import AddingLine, WorksPanel
from tui.widgets.row_list import RowList

Open = Callable[..., Any]


async def panel(there: Any) -> WorksPanel:
    await there.pilot.press("f2")
    await there.settle()
    await there.say(ev.WorksListed(canned.WORKS), ev.VoicesListed(canned.VOICES))
    assert isinstance(there.app.screen, WorksPanel)
    return there.app.screen


def rows(sheet: WorksPanel) -> list[str]:
    return [work.title for work in sheet.query_one(RowList).items]


def said(sheet: Any) -> str:
    return str(sheet.query_one(".sentence", Static).render())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("autumn rain.txt", "autumn wind.txt", "井边.md"):
        (tmp_path / name).write_text("rain")
    (tmp_path / "letters").mkdir()
    return tmp_path


async def test_the_list_finds_while_typing_and_reads_a_work(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        assert rows(sheet) == ["井边的秋天：一首题目很长很长的诗", "The Ferry", "Well [water]", "An old poem"]
        await there.pilot.press(*"poem in:noir")
        assert rows(sheet) == ["Well [water]"]
        await there.pilot.press("down", "enter")
        assert there.client.sent[-1] == cmd.ShowWork("w1")
        await there.say(ev.WorkShown(canned.WORKS[0], "The bucket\nremembers."))
        assert isinstance(there.app.screen, ReadingSheet)


async def test_ten_thousand_works_are_filtered_without_drawing_them(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        many = tuple(replace(canned.WORKS[0], id=f"m{n}", title=f"Sonnet {n}") for n in range(10_000))
        drawn: list[str] = []
        real = sheet.query_one(RowList)._draw
        sheet.query_one(RowList)._draw = lambda work, width: drawn.append(work.id) or real(work, width)
        await there.say(ev.WorksListed(many))
        await there.pilot.press(*"sonnet 9998")
        await there.settle()
        assert rows(sheet) == ["Sonnet 9998"]
        assert len(set(drawn)) < 200


async def test_a_path_is_completed_with_tab_and_added_to_a_collection(stage: Open, folder: Path) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        line = sheet.query_one("#add", Input)
        line.focus()
        line.value = f"{folder}/au"
        line.cursor_position = len(line.value)
        await there.pilot.press("tab")
        await there.settle()
        assert paths.read(line.value) == (f"{folder}/autumn ",) or line.value.endswith("autumn\\ ")
        assert "autumn rain.txt" in said(sheet) and "autumn wind.txt" in said(sheet)
        await there.pilot.press("r", "tab")
        assert paths.read(line.value) == (f"{folder}/autumn rain.txt",)
        await there.pilot.press("enter", *"le", "tab", "enter")
        assert there.client.sent[-1] == cmd.AddWorks((f"{folder}/autumn rain.txt",), False, "letters")


async def test_a_path_that_is_not_there_is_said_before_anything_is_sent(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        sheet.query_one("#add", Input).value = "/nowhere/poems"
        sheet.query_one("#add").focus()
        await there.pilot.press("enter")
        assert "There is no /nowhere/poems" in said(sheet)
        assert not any(isinstance(c, cmd.AddWorks) for c in there.client.sent)


async def test_a_file_dropped_on_the_list_or_the_composer_is_offered_for_adding(stage: Open, folder: Path) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        sheet.query_one(RowList).focus()
        await there.settle()
        sheet.query_one(RowList).post_message(events.Paste(f"'{folder}/autumn rain.txt'"))
        await there.settle()
        assert paths.read(sheet.query_one("#add", Input).value) == (f"{folder}/autumn rain.txt",)
        await there.pilot.press("escape", "escape")
        await there.until(lambda: there.app.screen is there.app.studio)
        await there.type(f"{folder}/letters")
        assert there.app.screen.query_one("#add", Input).value == f"{folder}/letters"


async def test_an_adding_shows_how_far_it_is_stops_and_says_what_was_refused(stage: Open, folder: Path) -> None:
    async with stage((80, 24)) as there:
        await there.type(f"/works add {folder}")
        assert there.client.sent[-1] == cmd.AddWorks((str(folder),))
        sheet = await panel(there)
        refused = AddReport("/x/[broken].pdf", "refused", None, "The pdf is encrypted.")
        await there.say(ev.AddingProgressed(34, 120, "/x/next.txt"), ev.WorkAdded(refused))
        line = sheet.query_one(AddingLine)
        assert "34 of 120" in str(line.render()) and "next: next.txt" in str(line.render())
        assert "reading works 34 of 120" in str(there.app.studio.status.render())
        await there.pilot.press("ctrl+s")
        assert there.client.stops == 1
        await there.say(ev.AddingFinished(32, 1, 0, 1, 3.0, stopped=True))
        assert "Stopped. Read into memory so far: 32 new, 1 known already, 1 refused." in str(line.render())
        assert there.client.sent[-1] == cmd.ListWorks()
        sheet.query_one(RowList).focus()
        await there.pilot.press("r")
        await there.settle()
        assert isinstance(there.app.screen, RefusedSheet)
        lines = there.app.screen.query_one(RowList)
        assert "[broken].pdf" in lines.render_line(0).text and "encrypted" in lines.render_line(1).text
        assert len(there.app.studio.state.notes) == 1


async def test_an_adding_outlives_the_start_of_the_studio_and_not_its_end(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await there.say(ev.AddingProgressed(1, 9), canned.READY)
        assert "reading works 1 of 9" in str(there.app.studio.status.render())
        await there.type("/restart")
        await there.say(canned.READY)
        sheet = await panel(there)
        assert "Add the same path again to go on." in str(sheet.query_one(AddingLine).render())
        assert "reading works" not in str(there.app.studio.status.render())


async def test_stop_does_not_end_the_writers_turn(stage: Open) -> None:
    async with stage((80, 24)) as there:
        there.app.studio.send_message("rain")
        await there.say(ev.TurnStarted("t1", "p1", "rain"), ev.AddingProgressed(1, 9))
        sheet = await panel(there)
        await there.pilot.press("ctrl+s")
        assert there.client.stops == 0 and "A turn is running" in said(sheet)


async def test_marked_works_are_moved_together_into_a_collection(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        sheet.query_one(RowList).focus()
        await there.pilot.press("space", "space", "m")
        sheet.query_one("#into", Input).value = "早年"
        await there.pilot.press("enter")
        assert there.client.sent[-2:] == [cmd.MoveWork("w2", "早年"), cmd.MoveWork("w3", "早年")]
        await there.say(ev.WorkMoved(replace(canned.WORKS[1], collection="早年")))
        assert "早年" in "".join(sheet.query_one(RowList).render_line(n).text for n in range(4))


async def test_forgetting_asks_and_names_the_voices_that_know_the_work(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        sheet.query_one(RowList).focus()
        await there.pilot.press("down", "down", "d")
        await there.settle()
        assert isinstance(there.app.screen, Confirm)
        question = str(there.app.screen.query(Static).first().render())
        assert "“Well [water]”" in question and "The voice noir was tuned on it" in question
        await there.pilot.press("y")
        assert there.client.sent[-1] == cmd.RemoveWork("w1")
        await there.say(ev.WorkRemoved("w1", "Well [water]"))
        assert "Well [water]" not in rows(sheet)


async def test_what_the_studio_refuses_is_said_on_the_sheet(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        await there.say(ev.CommandRefused("There is no such work.", "List them again.", "MoveWork"))
        assert said(sheet) == "There is no such work. List them again."


async def test_below_sixty_columns_a_sheet_says_what_it_needs(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        await there.pilot.resize_terminal(50, 24)
        await there.settle()
        cover = sheet.query_one("TooSmall")
        assert cover.display and "cocreate needs 60 columns" in " ".join(str(cover.render()).split())  # type: ignore[attr-defined]
        await there.pilot.resize_terminal(80, 24)
        await there.settle()
        assert not cover.display and sheet.query_one(RowList).size.height > 5


async def test_quit_works_from_a_sheet(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await panel(there)
        await there.pilot.press("ctrl+q")
        await there.until(lambda: not there.app.is_running or there.app.return_code == 0)


def test_paths_are_read_as_a_shell_and_a_drop_write_them(folder: Path) -> None:
    rain = str(folder / "autumn rain.txt")
    assert paths.read(rain) == (rain,)
    assert paths.read(f"'{rain}' {folder}/letters") == (rain, f"{folder}/letters")
    assert paths.read(rain.replace(" ", "\\ ") + "\n" + str(folder / "井边.md")) == (rain, str(folder / "井边.md"))
    assert paths.read("file://" + rain.replace(" ", "%20")) == (rain,)
    assert paths.read("~") == (str(Path.home()),)
    assert paths.dropped(f"'{rain}'") and not paths.dropped("rain on the roof") and not paths.dropped("/new")
    assert not paths.exists("\0") and paths.read("it's") == ("it's",)


def test_a_completion_ends_where_it_is_no_longer_certain(folder: Path) -> None:
    assert paths.complete(f"{folder}/井") == (f"'{folder}/井边.md' ", ["井边.md"])
    assert paths.complete(f"{folder}/let") == (f"{folder}/letters/", ["letters/"])
    assert paths.complete(f"/x.txt {folder}/autumn\\ w")[0] == f"/x.txt '{folder}/autumn wind.txt' "
    assert paths.complete(f"{folder}/none") == (f"{folder}/none", [])
