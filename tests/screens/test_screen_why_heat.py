"""The heat view and the page that says why a draft scored so, in the real app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import canned
import pytest
from textual.containers import VerticalScroll

from cocreate import events as ev
from tui.screens.why import WhySheet
from tui.widgets.draft_card import DraftCard
from tui.widgets.flow import Flow

Open = Callable[..., Any]


async def scored(there: Any) -> None:
    """A finished turn whose drafts have everything a critic can say."""
    there.app.studio.send_message(canned.BRIEF.request)
    await there.say(*canned.opening(), *canned.drafting(), *canned.finishing())
    await there.say(
        *(ev.DraftScored("t1", f"draft{n}", canned.full_scorecard(text)) for n, text in enumerate(canned.POEMS, 1))
    )


def card_of(there: Any, number: int) -> DraftCard:
    found = [card for card in there.app.studio.query(DraftCard) if card.draft.number == number]
    assert isinstance(found[0], DraftCard)
    return found[0]


def text_of(card: Flow) -> str:
    return str(card.render())


async def test_m_goes_through_surprise_theme_echo_and_off_over_the_focused_draft_alone(stage: Open) -> None:
    async with stage((120, 60)) as there:
        await scored(there)
        card, before = card_of(there, 1), text_of(card_of(there, 1))
        card.focus()
        other = text_of(card_of(there, 2))
        for name, marks in (("surprise", "▱▱▱▱"), ("theme", "▰▰▰▰"), ("echo", "▰▰▱▱")):
            await there.pilot.press("m")
            await there.settle()
            rows = text_of(card).splitlines()
            assert any(row.startswith(f"{name} ▱▱▱▱ to ▰▰▰▰: hot lines") for row in rows)
            first = next(row for row in rows if row.startswith("Rain comes late to the courtyard,"))
            assert first.rstrip().endswith(marks)
        assert text_of(card_of(there, 2)) == other
        await there.pilot.press("m")
        await there.settle()
        assert text_of(card) == before
        assert there.app.studio.focused is card


async def test_every_verse_has_a_mark_and_is_shaded_on_the_screen_by_its_level(stage: Open) -> None:
    async with stage((120, 60)) as there:
        await scored(there)
        card = card_of(there, 1)
        card.focus()
        await there.pilot.press("m")
        await there.settle()
        grounds = []
        for line in (line for line in canned.POEMS[0].split("\n") if line):
            row = next(n for n in range(card.size.height) if line in "".join(s.text for s in card.render_line(n)))
            strip = card.render_line(row)
            assert "▰" in strip.text or "▱" in strip.text
            segment = next(s for s in strip if s.text.strip())
            assert segment.style is not None
            grounds.append(str(segment.style.bgcolor))
        assert len(set(grounds)) == 5
        assert grounds[0] != grounds[-1]


async def test_another_mode_repaints_and_does_not_lay_the_page_out_anew(
    stage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage((120, 60)) as there:
        await scored(there)
        card = card_of(there, 1)
        card.focus()
        await there.pilot.press("m")
        await there.settle()
        calls: list[tuple[int, bool]] = []
        refresh = DraftCard.refresh

        def noted(self: DraftCard, *regions: Any, layout: bool = False, **more: Any) -> Any:
            if self is card:
                calls.append((len(regions), layout))
            return refresh(self, *regions, layout=layout, **more)

        monkeypatch.setattr(DraftCard, "refresh", noted)
        height = card.size.height
        await there.say(ev.DraftScored("t1", "draft1", canned.full_scorecard(canned.POEMS[0])))
        assert [call for call in calls if call[0]] == []  # the same lines: nothing is painted
        await there.pilot.press("m")
        await there.settle()
        assert card.size.height == height
        assert calls == [(10, False)]  # eight verses and two rows of legend, no more


async def test_a_draft_that_is_being_written_shows_no_heat(stage: Open, at_directions: Any) -> None:
    async with stage((120, 60)) as there:
        await at_directions(there)
        await there.say(*canned.drafting(upto=48))
        card = card_of(there, 1)
        card.focus()
        await there.pilot.press("m")
        await there.settle()
        assert card.heat == "off"
        assert "has no score yet" in there.app.studio.notice.text
        await there.pilot.press("w")
        await there.settle()
        assert not isinstance(there.app.screen, WhySheet)


async def test_a_draft_without_heat_says_so(stage: Open, at_end: Any) -> None:
    async with stage((120, 60)) as there:
        await at_end(there)
        await there.type("/heat 2")
        assert "Draft 2 was not measured line by line" in there.app.studio.notice.text


async def test_one_at_a_time_the_heat_stays_on_when_another_draft_is_looked_at(stage: Open) -> None:
    async with stage((80, 40)) as there:
        await scored(there)
        card_of(there, 3).focus()
        await there.pilot.press("m", "2")
        await there.settle()
        assert "surprise ▱▱▱▱" in text_of(card_of(there, 2))


async def test_the_command_works_on_the_draft_that_is_looked_at(stage: Open) -> None:
    async with stage((80, 40)) as there:
        await scored(there)
        card_of(there, 3).focus()
        await there.pilot.press("2")
        await there.type("/heat")
        assert card_of(there, 2).heat == "surprise"
        assert card_of(there, 3).heat == "off"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_page_of_reasons_opens_scrolls_to_its_end_and_closes_by_key_alone(
    stage: Open, size: tuple[int, int]
) -> None:
    async with stage(size) as there:
        await scored(there)
        card = card_of(there, 3)
        card.focus()
        await there.pilot.press("w")
        await there.until(lambda: isinstance(there.app.screen, WhySheet))
        sheet = there.app.screen
        scroll = sheet.query_one(VerticalScroll)
        page = sheet.query_one("Reasons")
        await there.until(lambda: page.size.height > 20)
        assert scroll.region.bottom < size[1]  # the line with the keys stays in sight below it
        assert all(line.cell_length <= page.size.width for line in page.laid(page.size.width))
        assert "14 words also stand in “Well water”:" in text_of(page)
        assert scroll.max_scroll_y > 0
        await there.pilot.press("end")
        await there.until(lambda: scroll.scroll_y == scroll.max_scroll_y)
        await there.pilot.press("escape")
        await there.until(lambda: there.app.screen is there.app.studio)
        assert there.app.studio.focused is card


async def test_why_is_a_command_with_a_number(stage: Open) -> None:
    async with stage((120, 40)) as there:
        await scored(there)
        await there.type("/why 2")
        await there.until(lambda: isinstance(there.app.screen, WhySheet))
        assert "line 1: Autumn rain in the quiet yard," in text_of(there.app.screen.query_one("Reasons"))
        await there.pilot.press("w")
        await there.until(lambda: there.app.screen is there.app.studio)


async def test_the_folded_card_shows_craft_emotion_and_a_wide_interval_in_one_more_line(
    stage: Open, at_end: Any
) -> None:
    async with stage((120, 60)) as there:
        await at_end(there)
        width = card_of(there, 1).content_size.width
        height = len(card_of(there, 1).lines(width))
        await there.say(ev.DraftScored("t1", "draft1", canned.full_scorecard(canned.POEMS[0])))
        card = card_of(there, 1)
        assert len(card.lines(width)) == height + 1
        shown = text_of(card)
        assert "6.4, readers 3.9 to 8.2" in shown
        assert "craft 6.1" in shown and "emotion 5.4" in shown and "14 words from" in shown
        assert "No reader of this kind" not in shown
        card.focus()
        await there.pilot.press("e")
        await there.settle()
        assert "No reader of this kind of poem was asked." in text_of(card)


async def test_a_draft_in_use_stays_in_sight_when_the_window_becomes_narrow(stage: Open) -> None:
    async with stage((120, 40)) as there:
        await scored(there)
        card = card_of(there, 4)
        card.focus()
        await there.pilot.resize_terminal(80, 24)
        await there.until(lambda: not card_of(there, 3).display)
        await there.settle()
        assert card.display and there.app.studio.focused is card


async def test_the_legend_is_in_sight_when_heat_is_switched_on_over_a_draft_longer_than_the_page(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await scored(there)
        card = card_of(there, 3)
        card.focus()
        await there.pilot.press("e", "ctrl+end")
        await there.until(lambda: card.region.y < 0)
        await there.pilot.press("m")
        page = there.app.studio.transcript.region
        await there.until(lambda: page.y <= card.region.y < page.bottom - 6)
        assert there.app.studio.focused is card


async def test_a_key_acts_on_the_draft_that_shows_when_another_came_to_the_front(stage: Open) -> None:
    async with stage((80, 40)) as there:
        await scored(there)
        card_of(there, 3).focus()
        mine = ev.TakeView(
            "edit1", "p1", "t1", "take3", "My own lines.", "writer", "kept", "", None, "stop", 2e6, "your edit"
        )
        await there.say(ev.TakeSaved(mine))
        card = card_of(there, 5)
        await there.until(lambda: card.display and there.app.studio.focused is card)
        await there.pilot.press("w")
        await there.settle()
        assert "Draft 5 was not scored." in there.app.studio.notice.text


async def test_a_command_of_the_palette_is_about_the_draft_in_use(stage: Open) -> None:
    async with stage((120, 60)) as there:
        await scored(there)
        card_of(there, 2).focus()
        await there.pilot.press("ctrl+p", *"/why")
        await there.until(lambda: there.app.screen is not there.app.studio)
        await there.pilot.pause(0.3)
        await there.pilot.press("enter")
        await there.until(lambda: isinstance(there.app.screen, WhySheet))
        assert "line 1: Autumn rain in the quiet yard," in text_of(there.app.screen.query_one("Reasons"))
