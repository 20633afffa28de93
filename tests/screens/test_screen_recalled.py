"""What was recalled for a draft: seen with its source, pinned, left out, corrected, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import canned
from textual.widgets import OptionList, Static, TextArea

from cocreate import commands as cmd
from cocreate import events as ev
from memory.records import Filters, Hit, Passage
from tui.screens.edit import EditSheet
from tui.screens.recalled import RecalledPanel
from tui.widgets.recalled import Recalled

Open = Callable[..., Any]
LONG = Hit(Passage(2, "w2", 4, 0, 10, "\n".join(canned.POEMS)), "The Ferry", "/x/ferry.txt", 0.48, "both", "letters")
WORDS = Hit(Passage(3, "w3", 0, 0, 9, "秋雨落在院子里"), "井边 [一]", "/x/井.txt", 0.0, "words")
PINNED = Hit(Passage(4, "w4", 1, 0, 9, "A pinned passage."), "Sonnet", "/x/s.txt", 0.3, "pinned")
HITS = (canned.hit(), LONG, WORDS, PINNED)


async def recalled(there: Any) -> RecalledPanel:
    there.app.studio.send_message(canned.BRIEF.request)
    await there.say(*(replace(e, hits=HITS) if isinstance(e, ev.PassagesRecalled) else e for e in canned.opening()))
    there.app.studio.query_one(Recalled).focus()
    await there.pilot.press("enter")
    await there.settle()
    assert isinstance(there.app.screen, RecalledPanel)
    return there.app.screen


def row(sheet: RecalledPanel, number: int) -> str:
    return " ".join(str(sheet.query_one(OptionList).get_option_at_index(number - 1).prompt).split())


async def test_each_passage_says_what_it_is_from_where_and_how_it_was_found(stage: Open) -> None:
    async with stage((100, 30)) as there:
        sheet = await recalled(there)
        assert "Well water passage 1, well.txt by meaning ▰▰▱▱ 0.61" in row(sheet, 1)
        assert "passage 5, letters, ferry.txt by meaning and words" in row(sheet, 2)
        assert "by its words" in row(sheet, 3) and "0.0" not in row(sheet, 3)
        assert "s.txt ▰▱▱▱ 0.30 pinned" in row(sheet, 4)
        assert "and 1 more; F4 shows them all" in there.page()


async def test_a_long_passage_is_folded_until_enter(stage: Open) -> None:
    async with stage((100, 30)) as there:
        sheet = await recalled(there)
        assert "more lines; Enter unfolds" in row(sheet, 2) and "grandmother" not in row(sheet, 2).lower()
        await there.pilot.press("down", "enter")
        assert "Grandmother's broom" in row(sheet, 2)


async def test_a_passage_is_pinned_for_the_piece_left_out_for_good_and_let_go_again(stage: Open) -> None:
    async with stage((100, 30)) as there:
        sheet = await recalled(there)
        await there.pilot.press("p")
        assert there.client.sent[-1] == cmd.MarkPassage(1, "pinned", "p1")
        await there.say(ev.PassageMarked(1, "pinned", "p1"))
        assert "pinned for this piece" in row(sheet, 1)
        await there.pilot.press("down", "X")
        assert there.client.sent[-1] == cmd.MarkPassage(2, "excluded", "")
        await there.say(ev.PassageMarked(2, "excluded", ""))
        assert "left out for good" in row(sheet, 2)
        await there.pilot.press("u")
        assert there.client.sent[-1] == cmd.MarkPassage(2, "", "")
        await there.say(ev.PassageMarked(2, "", ""))
        assert "left out" not in row(sheet, 2)


async def test_a_pin_and_a_correction_stand_together_and_an_old_pin_is_undone_wherever_it_was_made(stage: Open) -> None:
    async with stage((100, 30)) as there:
        sheet = await recalled(there)
        await there.say(ev.PassageMarked(1, "pinned", "p1"), ev.PassageMarked(1, "corrected", ""))
        assert "pinned for this piece, corrected for good" in row(sheet, 1)
        await there.say(ev.PassageMarked(1, "excluded", "p1"), ev.PassageMarked(1, "pinned", "another piece"))
        assert "corrected for good, left out for this piece" in row(sheet, 1)
        await there.pilot.press("up", "u")
        assert there.client.sent[-2:] == [cmd.MarkPassage(4, "", ""), cmd.MarkPassage(4, "", "p1")]
        await there.say(ev.PassageMarked(4, "", ""), ev.PassageMarked(4, "", "p1"))
        assert row(sheet, 4) == "4 Sonnet passage 2, s.txt ▰▱▱▱ 0.30 A pinned passage."


async def test_a_correction_is_made_in_an_editor_and_shows_in_place_of_the_passage(stage: Open) -> None:
    async with stage((100, 30)) as there:
        sheet = await recalled(there)
        await there.pilot.press("c")
        await there.settle()
        assert isinstance(there.app.screen, EditSheet)
        assert "for this piece" in str(there.app.screen.query_one(".keys").render())  # type: ignore[attr-defined]
        there.app.screen.query_one(TextArea).text = "The yard keeps the rain."
        await there.pilot.press("ctrl+s")
        await there.settle()
        assert there.client.sent[-1] == cmd.MarkPassage(1, "corrected", "p1", "The yard keeps the rain.")
        await there.say(ev.PassageMarked(1, "corrected", "p1"))
        assert "The yard keeps the rain." in row(sheet, 1) and "longer than the street" not in row(sheet, 1)


async def test_a_search_shows_the_same_passages_and_marks_them_for_good(stage: Open) -> None:
    async with stage((100, 30)) as there:
        await there.type("/works search rain")
        assert there.client.sent[-1] == cmd.SearchWorks("rain")
        await there.say(ev.PassagesFound("rain", HITS))
        assert "Well water" in row(there.app.screen, 1)
        await there.pilot.press("x")
        assert there.client.sent[-1] == cmd.MarkPassage(1, "excluded", "")
        await there.pilot.press("escape")
        await there.type("/works search 雪")
        await there.say(ev.PassagesFound("雪", ()))
        assert "Nothing of yours comes near “雪”" in str(there.app.screen.query_one("#none", Static).render())


async def test_a_search_may_name_collection_kind_language_and_date(stage: Open) -> None:
    async with stage((100, 30)) as there:
        await there.type('/works search autumn rain in:"my noir" kind:poem language:Chinese since:2019')
        filters = Filters("my noir", "poem", "zh", "2019")
        assert there.client.sent[-1] == cmd.SearchWorks("autumn rain", filters=filters)
        await there.pilot.press("escape")
        await there.type("/works search the night: it's late")
        assert there.client.sent[-1] == cmd.SearchWorks("the night: it's late")


async def test_without_recalled_passages_the_key_says_so(stage: Open) -> None:
    async with stage() as there:
        await there.pilot.press("f4")
        assert "Nothing of yours was recalled" in there.app.studio.notice.text
