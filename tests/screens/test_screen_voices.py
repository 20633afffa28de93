"""Voices on the screen: chosen, dialled, mixed, rolled back, forgotten; and tuned, with the edits they learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import canned
from textual.widgets import Input, OptionList, Static

from cocreate import commands as cmd
from cocreate import events as ev
from tui.screens.edits import EditsPanel
from tui.screens.mix import MixSheet
from tui.screens.tune import TunePanel
from tui.screens.voices import VoicesPanel
from tui.widgets.choice import Choice
from tui.widgets.draft_card import DraftCard
from tui.widgets.tuning import TuningView

Open = Callable[..., Any]
STARTED = ev.TuningStarted("noir", 12, 28_100, 3_900, "lora", 8, 240)


def stepped(step: int, validation: float | None = None, *, waiting: bool = False) -> ev.TuningProgressed:
    loss = 4.0 - step / 100
    return ev.TuningProgressed("noir", step, 240, loss, validation, 2.9, step / 2, 120 - step / 2, waiting)


async def panel(there: Any, *, piece: bool = True) -> VoicesPanel:
    if piece:
        await there.say(ev.PieceOpened(canned.piece(), (canned.past_turn(1),), False))
    await there.pilot.press("f3")
    await there.settle()
    await there.say(ev.VoicesListed(canned.VOICES, "p1" if piece else ""))
    assert isinstance(there.app.screen, VoicesPanel)
    return there.app.screen


def rows(sheet: VoicesPanel) -> list[str]:
    options = sheet.query_one(OptionList)
    found = [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]
    return [" ".join(row.split()) for row in found]


def title(there: Any) -> str:
    return str(there.app.studio.title_line.render())


def status(there: Any) -> str:
    return str(there.app.studio.status.render())


def said(sheet: Any) -> str:
    return str(sheet.query_one(".sentence", Static).render())


async def test_each_voice_shows_its_figures_and_why_it_cannot_be_used(stage: Open) -> None:
    async with stage((80, 24)) as there:
        letters, noir, old = rows(await panel(there))
        assert "noir version 2 of 2 perplexity 41.2, now 30.8 (-25%), 28,100 tokens, of my noir, LoRA" in noir
        assert "It still knows 1 forgotten work; t tunes it anew without." in noir
        assert "not usable now" in old and "It was tuned for another model." in old
        assert "not usable" not in letters


async def test_a_voice_is_chosen_for_the_piece_and_stands_in_the_title(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        await there.pilot.press("down", "enter")
        assert there.client.sent[-1] == cmd.UseVoice("p1", "noir", 1.0)
        await there.say(ev.VoiceChosen("p1", "noir", 1.0))
        assert "in this piece" in rows(sheet)[1] and "voice noir" in title(there)
        await there.pilot.press("plus", "right")
        await there.say(ev.VoiceChosen("p1", "noir", 1.1))
        assert there.client.sent[-1] == cmd.UseVoice("p1", "noir", 1.1)
        assert "noir, dial 1.1" in title(there)
        await there.pilot.press("n")
        assert there.client.sent[-1] == cmd.UseVoice("p1", "", 1.0)


async def test_a_voice_that_cannot_be_used_says_why_and_sends_nothing(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await panel(there)
        await there.pilot.press("end", "enter")
        assert said(sheet) == "It was tuned for another model."
        assert not any(isinstance(command, cmd.UseVoice) for command in there.client.sent)


async def test_two_voices_are_mixed_by_weight(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await panel(there)
        await there.pilot.press("down", "m")
        await there.settle()
        assert isinstance(there.app.screen, MixSheet)
        await there.pilot.press("left", "left", "left", "up", "right", "right", "right", "enter")
        await there.settle()
        assert there.client.sent[-1] == cmd.UseVoice("p1", "letters*0.3+noir*0.7", 1.0)
        await there.say(ev.VoiceChosen("p1", "noir*0.7+letters*0.3", 1.0))
        assert "70% noir and 30% letters" in str(there.app.screen.query_one("Dial").render())


COMMANDS = (
    ("noir", "noir", 0.8), ("noir*0.7+letters*0.3", "noir*0.7+letters*0.3", 0.8), ("letters@1.2", "letters", 1.2),
    ("none", "", 1.0), ("stronger", "noir", 0.9), ("weaker", "noir", 0.7), ("1.3", "noir", 1.3), ("50%", "noir", 0.5),
)  # fmt: skip


async def test_the_command_chooses_mixes_and_dials(stage: Open) -> None:
    async with stage((80, 24)) as there:
        opened = replace(canned.piece(), voice="noir", strength=0.8)
        await there.say(ev.PieceOpened(opened, (canned.past_turn(1),), False))
        for typed, voice, strength in COMMANDS:
            await there.type(f"/voice {typed}")
            assert there.client.sent[-1] == cmd.UseVoice("p1", voice, strength), typed


async def test_plus_and_minus_on_a_draft_turn_the_dial_of_its_piece(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        there.app.studio.query(DraftCard).first().focus()
        await there.pilot.press("plus")
        assert "has no voice yet" in there.app.studio.notice.text
        await there.say(ev.VoiceChosen("p1", "noir", 1.0))
        await there.pilot.press("minus")
        assert there.client.sent[-1] == cmd.UseVoice("p1", "noir", 0.9)


async def test_a_new_piece_takes_its_voice_along_with_the_first_message(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await panel(there, piece=False)
        await there.pilot.press("down", "enter", "minus", "escape")
        await there.settle()
        assert "voice noir, dial 0.9" in title(there)
        await there.type("/voice nobody")
        assert "There is no voice nobody." in there.app.studio.notice.text
        await there.type("rain")
        assert there.client.sent[-1] == cmd.Write("rain", options=cmd.TurnOptions(voice="noir", strength=0.9))
        await there.say(ev.VoiceChosen("p1", "noir", 0.9), ev.TurnStarted("t1", "p1", "rain"))
        assert "voice noir, dial 0.9" in title(there)
        await there.pilot.press("ctrl+n")
        assert "voice" not in title(there)


async def test_a_turn_found_unfinished_does_not_take_the_page_from_a_writer_who_is_choosing(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await panel(there, piece=False)
        await there.pilot.press("down", "enter")
        found = ev.TurnFoundUnfinished(canned.past_turn(1, "p7", "waiting"), canned.piece(7, "Another"), "choose")
        await there.say(found)
        await there.pilot.press("escape")
        await there.settle()
        assert "new piece" in title(there) and "voice noir" in title(there)
        assert "“Another” was left unfinished. Open it with Ctrl+O" in " ".join(there.page().split())


async def test_a_voice_goes_back_to_an_older_version_and_is_forgotten_after_asking(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await panel(there)
        await there.pilot.press("down", "b")
        await there.settle()
        await there.pilot.press("down", "enter")
        await there.settle()
        assert cmd.RollBackVoice("noir", 1) in there.client.sent
        await there.pilot.press("d")
        await there.settle()
        await there.pilot.press("enter")
        await there.settle()
        assert not any(isinstance(command, cmd.ForgetVoice) for command in there.client.sent)
        await there.pilot.press("d")
        await there.settle()
        await there.pilot.press("y")
        await there.settle()
        assert cmd.ForgetVoice("noir") in there.client.sent


async def form(there: Any, *events: ev.Event) -> TunePanel:
    await there.type("/tune")
    await there.say(ev.WorksListed(canned.WORKS), ev.EditsListed(canned.EDITS), *events)
    assert isinstance(there.app.screen, TunePanel)
    return there.app.screen


async def test_a_tuning_is_asked_for_with_name_collection_minutes_and_method(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await form(there)
        assert "3 works, 10,220 characters" in str(sheet.query_one("#amount", Static).render())
        await there.pilot.press("ctrl+s")
        assert said(sheet) == "Give the voice a name, such as noir."
        await there.say(ev.VoicesListed(canned.VOICES))
        await there.pilot.press(*"noir", "enter", "right", "right", "enter")
        assert "This makes version 3 of noir." in str(sheet.query_one("#amount", Static).render())
        sheet.query_one("#minutes", Input).value = "0"
        await there.pilot.press("ctrl+s")
        assert "whole number from 1" in said(sheet)
        sheet.query_one("#minutes", Input).value = "25"
        sheet.query_one("#method", Choice).focus()
        await there.pilot.press("right", "ctrl+s")
        assert there.client.sent[-1] == cmd.TuneVoice("noir", "my noir", 25, "adalora", False)


async def test_edits_are_shown_before_a_tuning_learns_from_them(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await form(there)
        sheet.query_one("#name", Input).value = "noir"
        sheet.query_one("#edits", Choice).focus()
        await there.pilot.press("right", "ctrl+s")
        await there.settle()
        assert isinstance(there.app.screen, EditsPanel)
        shown = [str(there.app.screen.query_one(OptionList).get_option_at_index(n).prompt) for n in (0, 1)]
        assert "[x] used  Autumn rain" in shown[0]
        assert "- The rain is soft" in shown[0] and "+ Rain on the roof" in shown[0] and "sad" not in shown[0]
        await there.pilot.press("down", "space")
        assert there.client.sent[-1] == cmd.UseEdit("k2", True)
        await there.pilot.press("escape")
        await there.settle()
        sheet.query_one("#name").focus()
        await there.pilot.press("ctrl+l")
        await there.settle()
        assert isinstance(there.app.screen, EditsPanel)
        await there.pilot.press("escape", "ctrl+s")
        await there.settle()
        assert there.client.sent[-1] == cmd.TuneVoice("noir", None, 10, "lora", True)


async def test_a_running_tuning_draws_both_losses_waits_for_the_turn_and_stops_with_the_best(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await form(there, STARTED, *(stepped(n, 3.9 - n / 100 if n % 20 == 0 else None) for n in range(1, 100)))
        view = str(sheet.query_one(TuningView).render())
        assert "28,100 tokens to learn from, 3,900 held out" in view
        assert sum("\u2800" < sign <= "\u28ff" for sign in view) > 40
        assert "step 99 of 240" in view and "About 70 s to go" in view and "best on unseen" in view
        assert "tuning noir 41%" in status(there)
        await there.say(stepped(99, waiting=True))
        assert "Waiting while your turn runs." in str(sheet.query_one(TuningView).render())
        assert "tuning noir waits" in status(there)
        await there.pilot.press("s")
        assert there.client.sent[-1] == cmd.StopTuning()
        await there.say(ev.TuningFinished(canned.NOIR, stopped=True))
        view = str(sheet.query_one(TuningView).render())
        assert "Stopped early; the best was kept." in view
        assert "perplexity 41.2, now 30.8 (-25%) on works it has not seen" in view and "Well [water]" in view
        assert "tuning" not in status(there)
        await there.pilot.press("u")
        await there.settle()
        assert there.app.screen is there.app.studio and "voice noir" in title(there)


async def test_a_tuning_goes_on_when_its_screen_is_left_and_is_found_again(stage: Open) -> None:
    async with stage((80, 24)) as there:
        await form(there, STARTED, stepped(10))
        await there.pilot.press("escape")
        await there.say(stepped(120))
        assert there.app.screen is there.app.studio and "tuning noir 50%" in status(there)
        assert not any(isinstance(command, cmd.StopTuning) for command in there.client.sent)
        await there.type("/tune")
        assert "step 120 of 240" in str(there.app.screen.query_one(TuningView).render())


async def test_a_tuning_that_fails_says_so_in_one_sentence_and_offers_the_form_again(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await form(there, STARTED)
        await there.say(ev.TuningFailed("noir", "There are 800 tokens; 5,000 are needed.", "Add more works."))
        shown = " ".join(str(sheet.query_one(TuningView).render()).split())
        assert "There are 800 tokens; 5,000 are needed. Add more works." in shown
        await there.pilot.press("n")
        assert sheet.query_one("#form").display


async def test_a_tuning_that_the_studio_took_with_it_is_said_to_be_cut_off(stage: Open) -> None:
    async with stage((80, 24)) as there:
        sheet = await form(there, STARTED, stepped(3))
        await there.say(ev.StudioDied("The studio ended."))
        assert "/tune noir goes on" in " ".join(str(sheet.query_one(TuningView).render()).split())
