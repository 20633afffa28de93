"""The voice card, and what was copied from memory marked in the draft itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import canned
from rich.cells import cell_len

from agents.contracts import Copied
from cocreate import commands as cmd
from cocreate import events as ev
from tui.screens.voice_card import Traits, VoiceCardPanel
from tui.voice_state import Tuning
from tui.widgets import card_rows, edit_rows, plot
from tui.widgets.draft_card import DraftCard

Open = Callable[..., Any]


async def test_the_card_is_asked_for_by_collection_and_compared_with_the_draft(stage: Open, at_end: Any) -> None:
    async with stage((80, 24)) as there:
        await at_end(there)
        await there.say(ev.WorksListed(canned.WORKS))
        await there.type("/card my noir vs draft")
        assert isinstance(there.app.screen, VoiceCardPanel)
        assert there.client.sent[-1] == cmd.ShowVoiceCard("my noir", None, canned.POEMS[2])
        await there.say(ev.VoiceCardShown(canned.CARD, canned.DRAFT_CARD, ("Your lines are half as long.",)))
        page = str(there.app.screen.query_one(Traits).render())
        assert "my noir: 12 works, 30,412 words, English" in page
        assert "- Your lines are half as long." in page and "distance ▰▰▰▰▱▱▱▱▱▱ 0.42" in page
        assert "14.2 words" in page and "this draft 7.1 words" in page and "common use 19" in page
        assert "well / persimmon / 柿子" in page
        await there.pilot.press("shift+tab", "right")
        assert there.client.sent[-1] == cmd.ShowVoiceCard("my noir", "letters", "")


async def test_a_card_that_cannot_be_made_says_why(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await there.type("/card")
        assert there.client.sent[-1] == cmd.ShowVoiceCard(None, None, "")
        await there.say(ev.CommandRefused("There are no works yet.", "Add some with F2.", "ShowVoiceCard"))
        shown = str(there.app.screen.query_one(".sentence").render())
        assert shown == "There are no works yet. Add some with F2."


def test_no_line_of_a_card_a_curve_or_an_edit_is_wider_than_the_page() -> None:
    shown = ev.VoiceCardShown(canned.CARD, canned.DRAFT_CARD, ("Your lines are half as long.",) * 3)
    curve = plot.Curve("loss", [(n, 4 - n / 60) for n in range(100)], "red")
    for width in (36, 60, 76, 116):
        pages = [*card_rows.page(shown, width), *plot.plot([curve], width, 6, 120)]
        pages += [line for edit in canned.EDITS for line in edit_rows.lines(edit, 2e6, width)]
        assert max(cell_len(line.plain) for line in pages) <= width


def test_a_falling_curve_falls_and_figures_that_are_no_numbers_are_left_out() -> None:
    points = [(float(n), 4.0 - n / 50) for n in range(100)] + [(100.0, float("nan"))]
    rows = [line.plain[6:] for line in plot.plot([plot.Curve("loss", points, "red")], 40, 5, 100)][:5]
    first = [next((place for place, sign in enumerate(row) if sign != "\u2800"), 99) for row in rows]
    assert first == sorted(first) and first[0] == 0
    assert plot.plot([plot.Curve("loss", [], "red")], 40, 5, 100) == []
    assert plot.spark((0, 1, 4)) == "\u2800\u28c0\u28ff" and plot.spark(()) == ""


def test_an_edit_in_chinese_marks_the_signs_that_changed() -> None:
    before, after = edit_rows.marked("秋雨落在安静的院子里", "秋雨敲着安静的石头")
    gone = "".join(before.plain[span.start : span.end] for span in before.spans if "underline" in str(span.style))
    come = "".join(after.plain[span.start : span.end] for span in after.spans if "underline" in str(span.style))
    assert (gone, come) == ("落在院子里", "敲着石头")


async def test_what_was_copied_is_underlined_in_the_draft_with_its_source_also_in_the_heat(
    stage: Open, at_end: Any
) -> None:
    async with stage((80, 50)) as there:
        await at_end(there)
        text = canned.POEMS[2]
        start = text.index("Rain, then no rain")
        plain = canned.scorecard(8.1, 8.6, 8.9, text)
        quote = text[start : start + 29]
        card = replace(
            canned.full_scorecard(text), novelty=plain.novelty, copied=(Copied(start, start + 29, 14, "井水", quote),)
        )
        await there.say(ev.DraftScored("t1", "draft3", card))
        shown = next(c for c in there.app.studio.query(DraftCard) if c.draft.number == 3)
        assert "14 words from “井水”" in str(shown.render())

        def underlined() -> str:
            strips = [shown.render_line(n) for n in range(shown.size.height)]
            return "".join(s.text for strip in strips for s in strip if s.style is not None and s.style.underline)

        assert underlined() == quote
        shown.focus()
        await there.pilot.press("m")
        await there.settle()
        assert underlined() == quote


def test_the_curves_take_the_whole_width_also_when_the_clock_ends_a_tuning_early() -> None:
    tuning = Tuning("noir", last=ev.TuningProgressed("noir", 10, 64, 4.0, None, None, 30.0, 30.0))
    assert (tuning.share, tuning.end) == (0.5, 20.0)
    tuning.sentence = "It was cut off."
    assert tuning.end == 10.0
