"""Ideas for a theme on the screen: found, pushed, joined, stopped, taken into a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import canned
import pytest
from textual.widgets import OptionList, Static

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.idea_views import IdeasForgotten, IdeasProgressed, IdeaView
from cocreate.settings import Settings
from tui.app import CocreateApp
from tui.ideas_state import IdeasState
from tui.screens.ideas import IdeasPanel
from tui.screens.ideas_doing import asking_for

Open = Callable[..., Any]
THEME = "a lighthouse [in] winter"
WHY = (
    "It came from the angle “a sound”; “ledger” and “onions” are far from the theme; "
    "it comes near your “井边 [一]”: “秋雨落”."
)


def idea(number: int, text: str, how: Any = "", parents: tuple[int, ...] = ()) -> IdeaView:
    why = f"It came from idea {parents[0]}, by another sense (a smell)." if parents else WHY
    return IdeaView(number, text, why, "a sound", how, parents, 4.2, 6.1, None)


IDEAS = (
    idea(1, "The keeper writes the weather into a ledger nobody reads."),
    idea(2, "Two gulls share the one dry step, and neither looks at [the sea]."),
    idea(3, "守塔人把洋葱排在窗台上，一天吃一个，数到春天。"),
)
CHILD = idea(4, "The smell of onions goes down the stairs before the light comes on.", "sense", (1,))
JOINED = idea(5, "The gulls read the ledger aloud, and the keeper corrects them.", "combine", (1, 2))


def found(*ideas: IdeaView, new: tuple[int, ...] = (), stopped: bool = False) -> ev.IdeasFound:
    return ev.IdeasFound(THEME, "en", ideas or IDEAS, new or (2, 1, 3), stopped, 3.0, 210)


async def opened(there: Any, *events: ev.Event) -> IdeasPanel:
    await there.type(f"/ideas {THEME}")
    await there.say(*events)
    assert isinstance(there.app.screen, IdeasPanel)
    return there.app.screen


def rows(sheet: IdeasPanel) -> list[str]:
    options = sheet.query_one(OptionList)
    return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]


def said(sheet: IdeasPanel) -> str:
    return " ".join(str(sheet.query_one(name, Static).render()) for name in ("#state", ".sentence"))


async def test_ideas_are_asked_for_and_listed_with_the_reason_below_each(stage: Open) -> None:
    async with stage((110, 34)) as there:
        sheet = await opened(there, IdeasProgressed(THEME, 7, 20, 0))
        assert "Looking: 7 of 20 replies." in said(sheet)  # which differ is known when a round is over
        await there.say(IdeasProgressed(THEME, 7, 20, 3))
        assert there.client.sent[-1] == cmd.FindIdeas(THEME, more=True)
        assert "7 of 20 replies, 3 differ so far" in said(sheet)
        await there.say(found())
        first, second, third = rows(sheet)
        assert "1   The keeper writes" in first and "fit 4.2  new 6.1   It came from the angle “a sound”" in first
        assert "neither looks at [the sea]" in second and "洋葱" in third
        assert sheet.query_one(OptionList).highlighted == 1  # the best of the new ones
        assert str(sheet.query_one(".title", Static).render()) == f"Ideas: {THEME}"


async def test_a_key_pushes_the_idea_under_the_cursor_and_what_comes_stands_below_it(stage: Open) -> None:
    async with stage((110, 34)) as there:
        sheet = await opened(there, found())
        for key, how in (("o", "opposite"), ("e", "sense"), ("k", "speaker"), ("f", "form")):
            await there.pilot.press("home", key)
            assert there.client.sent[-1] == cmd.PushIdea(THEME, how, (1,))  # type: ignore[arg-type]
            await there.pilot.press("n")
            assert "A search is on its way" in said(sheet)
            await there.say(found(*IDEAS, CHILD, new=(4,)))
            assert how != "opposite" or sheet.query_one(OptionList).highlighted == 1  # the new one, when it first comes
        assert [row.strip()[0] for row in rows(sheet)] == ["1", "4", "2", "3"]
        assert rows(sheet)[1].startswith("    4") and "idea 1, by another sense" in rows(sheet)[1]


async def test_two_marked_ideas_are_joined_and_one_is_not_enough(stage: Open) -> None:
    async with stage((110, 34)) as there:
        sheet = await opened(there, found())
        await there.pilot.press("home", "c")
        assert "Mark two ideas with Space" in said(sheet)
        await there.pilot.press("space", "down", "space", "c")
        assert there.client.sent[-1] == cmd.PushIdea(THEME, "combine", (1, 2))
        await there.say(found(*IDEAS, replace(JOINED, number=4), new=(4,)))
        assert "The gulls read" in rows(sheet)[1] and "●" not in "".join(rows(sheet))


async def test_enter_takes_the_idea_into_the_composer_behind_what_stands_there(stage: Open) -> None:
    async with stage((110, 34)) as there:
        await opened(there, found())
        there.app.studio.composer.put("half a sentence")
        await there.pilot.press("enter")
        await there.settle()
        assert there.app.studio.composer.text == (
            f"half a sentence\na poem about {THEME}: Two gulls share the one dry step, and neither looks at [the sea]."
        )
        assert there.app.studio.composer.has_focus


async def test_enter_answers_a_turn_that_waits_for_a_direction(stage: Open, at_directions: Any) -> None:
    async with stage((110, 34)) as there:
        await at_directions(there)
        await opened(there, found())
        await there.pilot.press("enter")
        await there.settle()
        assert there.client.sent[-1] == cmd.Choose("t1", own=IDEAS[1].text)


async def test_the_directions_of_a_turn_can_be_pushed_further(stage: Open, at_directions: Any) -> None:
    async with stage((110, 34)) as there:
        await at_directions(there)
        await there.pilot.press("down", "p")
        await there.until(lambda: isinstance(there.app.screen, IdeasPanel))
        theme = canned.BRIEF.theme
        assert there.client.sent[-1] == cmd.KeepIdeas(theme, canned.DIRECTIONS, "en")
        kept = tuple(idea(n, d.text) for n, d in enumerate(canned.DIRECTIONS, 1))
        await there.say(ev.IdeasFound(theme, "en", kept, (1, 2, 3, 4)))
        await there.pilot.press("o")
        assert there.client.sent[-1] == cmd.PushIdea(theme, "opposite", (2,))


async def test_a_search_goes_on_when_the_panel_is_closed_and_the_page_says_what_came(stage: Open) -> None:
    async with stage((110, 34)) as there:
        await opened(there)
        await there.pilot.press("escape")
        await there.type("hello", "space")
        assert there.app.studio.composer.text == "hello "
        await there.say(found())
        assert "3 new ideas for “a lighthouse [in] winter”. /ideas shows them." in there.page()
        sent = len(there.client.sent)
        await there.type("/ideas")
        assert len(there.client.sent) == sent and len(rows(there.app.screen)) == 3


async def test_a_search_is_stopped_from_the_panel_and_from_the_page(stage: Open) -> None:
    async with stage((110, 34)) as there:
        sheet = await opened(there)
        await there.pilot.press("s")
        assert there.client.stops == 1 and "Stopping" in said(sheet)
        await there.pilot.press("escape", "escape")
        assert there.client.stops == 2
        await there.say(found(stopped=True))
        assert "3 new ideas for “a lighthouse [in] winter” before the stop" in there.page()


async def test_what_is_refused_is_said_in_the_panel_and_the_next_search_can_begin(stage: Open) -> None:
    async with stage((110, 34)) as there:
        sheet = await opened(there, ev.CommandRefused("Nothing came.", "Try another seed.", "FindIdeas", False))
        assert "Nothing came. Try another seed." in said(sheet)
        await there.pilot.press("n")
        assert there.client.sent[-1] == cmd.FindIdeas(THEME, language="en", more=True)


async def test_without_any_list_the_panel_says_what_to_type(stage: Open) -> None:
    async with stage((60, 16)) as there:
        await there.type("/ideas")
        assert there.client.sent[-1] == cmd.ListIdeas()
        await there.say(ev.IdeasFound("", "", ()))
        assert "Say /ideas and a theme" in said(there.app.screen)
        await there.pilot.press("o", "c", "space", "y", "n", "enter")
        assert isinstance(there.app.screen, IdeasPanel)


async def test_a_narrow_page_shows_list_and_keys_and_w_unfolds_the_reason(stage: Open) -> None:
    async with stage((60, 16)) as there:
        sheet = await opened(there, found())
        assert "…" in rows(sheet)[1] and "far from the theme" not in rows(sheet)[1]
        await there.pilot.press("w")
        assert "far from the theme" in " ".join(rows(sheet)[1].split())
        assert all(len(line) <= 60 for row in rows(sheet) for line in row.split("\n"))
        assert sheet.query_one(OptionList).size.height >= 4
        await there.pilot.press("y")
        assert "Idea 2 is copied" in said(sheet)


def test_a_lost_studio_ends_the_search_and_a_forgotten_list_empties_the_panel() -> None:
    from tui.ideas_state import reduce_ideas

    state = IdeasState()
    state.begin(THEME)
    reduce_ideas(state, ev.StudioDied("It ended."))
    assert (state.asking, "cut off" in state.sentence) == (0, True)
    state.begin(THEME)
    reduce_ideas(state, found())
    reduce_ideas(state, IdeasForgotten(THEME, 3))
    assert state.ideas == ()


def test_an_answer_for_a_theme_left_behind_changes_nothing() -> None:
    from tui.ideas_state import reduce_ideas

    state = IdeasState()
    state.begin("rain")
    state.begin("snow")
    assert reduce_ideas(state, replace(found(), theme="rain")) == ()
    assert state.ideas is None and state.asking == 1


@pytest.mark.parametrize(("theme", "text", "asked"), [
    ("冬天的灯塔", "守塔人数洋葱。", "写一首关于冬天的灯塔的诗：守塔人数洋葱。"),
    ("rain", "A bowl fills.", "a poem about rain: A bowl fills."),
])  # fmt: skip
def test_the_message_asks_in_the_language_of_the_idea(theme: str, text: str, asked: str) -> None:
    assert asking_for(theme, text) == asked


@pytest.mark.parametrize("size", [(110, 34), (60, 16)])
def test_snapshot_of_ideas_with_one_pushed(
    snap_compare: Any, settings: Settings, clock: Any, size: tuple[int, int]
) -> None:
    client = canned.CannedClient()

    async def before(pilot: Any) -> None:
        app = pilot.app
        await pilot.pause()
        client.say(canned.READY)
        app.studio.doing.run("ideas", THEME)
        for _ in range(3):
            client.say(found(*IDEAS, CHILD, JOINED, new=(5,)))
            await pilot.pause()
            app.pump.drain()
        await pilot.press("space")
        await pilot.pause(0.2)

    app = CocreateApp(client, settings, clock=clock, wall=lambda: 1_007_200.0)
    assert snap_compare(app, terminal_size=size, run_before=before)
