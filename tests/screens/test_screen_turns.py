from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import canned
import pytest

from cocreate import commands as cmd
from cocreate import events as ev
from tui import hints
from tui.widgets.directions import GRACE, Directions
from tui.widgets.draft_card import DraftCard
from tui.widgets.turn import Turn

Open = Callable[..., Any]


async def test_the_composer_has_the_focus_and_typing_goes_there(stage: Open) -> None:
    async with stage() as there:
        await there.pilot.press("h", "i")
        assert there.app.studio.composer.text == "hi"
        assert "What shall we write?" in there.page()


async def test_the_studio_is_started_only_after_the_first_screen(stage: Open) -> None:
    async with stage() as there:
        assert there.client.sent[0] == cmd.ListPieces()


async def test_a_message_is_sent_and_its_directions_take_the_focus(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        assert there.client.last(cmd.Write) == cmd.Write(canned.BRIEF.request)
        assert isinstance(there.app.studio.focused, Directions)
        assert there.app.studio.composer.text == ""
        for direction in canned.DIRECTIONS:
            assert direction.text in there.page()
        assert "The yard keeps the rain" in there.page()


@pytest.mark.parametrize(("keys", "answer"), [
    (["2"], cmd.Choose("t1", ("d2",))),
    (["down", "down", "enter"], cmd.Choose("t1", ("d3",))),
    (["s"], cmd.Choose("t1")),
])  # fmt: skip
async def test_a_direction_is_picked_by_key(stage: Open, at_directions: Any, keys: list[str], answer: object) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.pilot.press(*keys)
        await there.until(lambda: isinstance(there.client.sent[-1], cmd.Choose))
        assert there.client.last(cmd.Choose) == answer


async def test_a_direction_is_picked_by_click(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.pilot.click(Directions, offset=(10, 4))
        await there.settle()
        assert there.client.last(cmd.Choose) == cmd.Choose("t1", ("d3",))


async def test_own_words_are_a_direction_even_when_they_begin_like_a_shortcut(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.pilot.press(*"she", "enter")
        await there.settle()
        assert there.client.last(cmd.Choose) == cmd.Choose("t1", own="she")


@pytest.mark.parametrize(("typed", "answer"), [
    ("s", cmd.Choose("t1")), ("1, 3", cmd.Choose("t1", ("d1", "d3"))), ("2 crows", cmd.Choose("t1", own="2 crows")),
])  # fmt: skip
async def test_a_typed_number_is_a_choice(stage: Open, at_directions: Any, typed: str, answer: object) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.type(typed)
        assert there.client.last(cmd.Choose) == answer


async def test_a_lone_letter_is_no_direction_and_stays_to_be_mended(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.type("g")
        assert not any(isinstance(command, cmd.Choose) for command in there.client.sent)
        assert there.app.studio.composer.text == "g"
        assert "a few words of your own" in there.app.studio.notice.text


@pytest.mark.parametrize(("key", "answer"), [("s", cmd.Choose("t1")), ("2", cmd.Choose("t1", ("d2",)))])
async def test_a_key_and_enter_right_after_it_choose_once(
    stage: Open, at_directions: Any, key: str, answer: object
) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.pilot.press(key, "enter")
        await there.pilot.pause(GRACE + 0.1)
        await there.settle()
        assert [command for command in there.client.sent if isinstance(command, cmd.Choose)] == [answer]


@pytest.mark.parametrize("typed", ["g", "s"])
async def test_a_lone_letter_begins_no_text(stage: Open, typed: str) -> None:
    async with stage() as there:
        await there.type(typed)
        assert not any(isinstance(command, cmd.Write) for command in there.client.sent)
        assert "One letter says too little" in there.app.studio.notice.text
        await there.type("雨")
        assert there.client.last(cmd.Write).text == "雨"


async def test_directions_do_not_take_the_focus_from_a_half_typed_sentence(stage: Open) -> None:
    async with stage() as there:
        await there.type(canned.BRIEF.request)
        await there.pilot.press("a", "n")
        await there.say(*canned.opening())
        assert there.app.studio.focused is there.app.studio.composer


async def test_escape_stops_at_once_and_what_was_written_stays(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.say(*canned.drafting(upto=48))
        await there.pilot.press("escape")
        assert there.client.stops == 1
        await there.settle()
        assert "stopping" in there.page()
        partial = tuple(ev.TakeView(f"draft{n}", "p1", "t1", "", text[:48], "drafting", "partial", "", None, "stopped",
                                    0.0) for n, text in enumerate(canned.POEMS, 1))  # fmt: skip
        await there.say(ev.TurnFinished("t1", "p1", partial, "stopped", 5.0, 80))
        assert "stopped, kept" in there.page()
        assert canned.POEMS[0][:20] in there.page()


async def test_drafts_stand_side_by_side_when_wide_and_one_at_a_time_when_narrow(stage: Open, at_end: Any) -> None:
    async with stage((120, 40)) as there:
        await at_end(there)

        def shown() -> list[DraftCard]:
            return [card for card in there.app.studio.query(DraftCard) if card.display]

        await there.until(lambda: len({card.region.x for card in shown()}) == 2 and len(shown()) == 4)
        await there.pilot.resize_terminal(80, 40)
        await there.until(lambda: [card.draft.number for card in shown()] == [3])


@pytest.mark.parametrize(("key", "answer"), [
    ("k", cmd.KeepTake("take3")), ("x", cmd.RejectTake("take3")),
])  # fmt: skip
async def test_the_best_draft_is_kept_or_rejected_by_a_key(stage: Open, at_end: Any, key: str, answer: object) -> None:
    async with stage() as there:
        await at_end(there)
        next(card for card in there.app.studio.query(DraftCard) if card.best).focus()
        await there.pilot.press(key)
        await there.settle()
        assert there.client.sent[-1] == answer


async def test_a_rejected_draft_folds_to_a_line_and_can_be_unfolded(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        await there.say(ev.TakeSaved(canned.take(2, "rejected")))
        assert "I left the lamp unlit" not in there.page()
        card = next(card for card in there.app.studio.query(DraftCard) if card.draft.number == 2)
        card.focus()
        await there.pilot.press("enter")
        await there.settle()
        assert "I left the lamp unlit" in there.page()


async def test_an_opening_that_does_not_go_on_folds_to_a_line_that_says_so(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        aside = (
            ev.DraftStarted("t1", "o5", "drafting", "draft 5"),
            ev.DraftFinished("t1", "o5", "A bucket stood there.", "stop"),
            ev.RevisionJudged("t1", "o5", "", False, "The 3 best openings went on."),
        )
        for event in (*canned.drafting(), *aside, *canned.finishing()):
            await there.say(event)
        page = there.page()
        assert "5  opening set aside" in page, "one line, so that the drafts that go on stay in sight"
        assert "went on" not in page
        assert "revised from" not in page
        assert "A bucket stood there." not in page
        assert "4 drafts, 1 opening set aside in" in page
        card = next(card for card in there.app.studio.query(DraftCard) if card.draft.number == 5)
        card.focus()
        await there.pilot.press("enter")
        await there.settle()
        assert "A bucket stood there." in there.page()
        assert "opening set aside. The 3 best openings went on." in there.page()
        await there.pilot.press("k")
        assert there.client.last(cmd.KeepTake) == cmd.KeepTake("o5")
        kept = replace(canned.take(1, "kept"), id="o5", text="A bucket stood there.", label="draft 5")
        await there.say(ev.TakeSaved(kept))
        assert "went on" not in there.page()
        assert not card.small


async def test_take_further_makes_the_next_message_a_change_of_that_draft(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        next(card for card in there.app.studio.query(DraftCard) if card.draft.number == 2).focus()
        await there.pilot.press("t")
        await there.settle()
        assert there.app.studio.reference.display
        await there.type("make it darker")
        assert there.client.last(cmd.Write) == cmd.Write("make it darker", piece_id="p1", take_id="take2")
        assert not there.app.studio.reference.display


async def test_evidence_and_advice_unfold(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        card = next(card for card in there.app.studio.query(DraftCard) if card.best)
        card.focus()
        assert "close to a stock phrase" not in there.page()
        await there.pilot.press("e")
        await there.settle()
        assert "close to a stock phrase" in there.page()
        assert any("underline" in str(span.style) for span in card.render().spans)


async def test_an_edit_by_hand_is_sent_as_a_new_take(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        next(card for card in there.app.studio.query(DraftCard) if card.best).focus()
        await there.pilot.press("h")
        await there.until(lambda: there.app.screen is not there.app.studio)
        await there.pilot.press("M", "y", "space", "ctrl+s")
        await there.until(lambda: there.app.screen is there.app.studio)
        assert there.client.last(cmd.EditTake) == cmd.EditTake("take3", "My " + canned.POEMS[2])


async def test_the_brief_is_corrected_in_a_form_while_directions_wait(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.pilot.press("b")
        await there.until(lambda: getattr(there.app.focused, "id", "") == "theme")
        await there.pilot.press("space", *"at", "space", *"dusk", "ctrl+s")
        await there.until(lambda: there.app.screen is there.app.studio)
        await there.settle()
        sent = there.client.last(cmd.ReviseBrief)
        assert isinstance(sent, cmd.ReviseBrief)
        assert sent.brief.theme == "autumn rain in a quiet courtyard at dusk"
        assert sent.brief.length == canned.BRIEF.length


async def test_the_studio_dies_and_comes_back_and_nothing_is_gone(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.say(*canned.drafting(upto=48))
        await there.say(ev.StudioDied("The studio process ended unexpectedly."))
        assert there.client.restarts == 1
        assert "The studio process ended unexpectedly." in there.page()
        assert canned.POEMS[1][:20] in there.page()
        view = ev.TurnView("t1", "p1", 1, canned.BRIEF.request, "unfinished", canned.BRIEF, (), (), (), (), "", 0.0)
        await there.say(canned.READY, ev.TurnFoundUnfinished(view, canned.piece(), "draft"))
        assert "Continue the turn" in there.page()
        await there.pilot.press("g")
        await there.settle()
        assert there.client.last(cmd.Continue) == cmd.Continue("t1")
        assert canned.POEMS[1][:20] in there.page()


@pytest.mark.parametrize(("letter", "command"), [("g", cmd.Continue), ("d", cmd.Abandon)])
async def test_an_answer_typed_as_a_message_answers_a_turn_that_was_cut_off(
    stage: Open, letter: str, command: type
) -> None:
    async with stage() as there:
        view = ev.TurnView("t1", "p1", 1, canned.BRIEF.request, "unfinished", canned.BRIEF, (), (), (), (), "", 0.0)
        await there.say(ev.TurnFoundUnfinished(view, canned.piece(), "draft"))
        there.app.studio.composer.focus()
        await there.settle()
        assert [hint[0] for hint in there.app.studio.hint_line.hints[:2]] == ["g Enter", "d Enter"]
        await there.pilot.press(letter)
        await there.settle()
        assert there.app.studio.hint_line.hints[0][:2] == ("Enter", hints.ANSWERS[letter])
        await there.pilot.press("enter")
        await there.settle()
        assert there.client.last(command) == command("t1")
        assert not [sent for sent in there.client.sent if isinstance(sent, cmd.Write)]
        await there.type("a poem about rain")
        assert there.client.last(cmd.Write).text == "a poem about rain"


async def test_an_answer_typed_while_an_older_turn_is_all_there_is_waits_too(stage: Open, at_end: Any) -> None:
    async with stage() as there:
        await at_end(there)
        there.app.studio.state.ready = None
        await there.type("g")
        assert "still starting" in there.app.studio.notice.text
        assert there.app.studio.composer.text == "g"


async def test_an_answer_typed_before_the_studio_is_ready_waits_for_the_page(stage: Open) -> None:
    async with stage() as there:
        there.app.studio.state.ready = None
        await there.type("g")
        assert not [sent for sent in there.client.sent if isinstance(sent, cmd.Write)]
        assert "still starting" in there.app.studio.notice.text
        view = ev.TurnView("t1", "p1", 1, canned.BRIEF.request, "unfinished", canned.BRIEF, (), (), (), (), "", 0.0)
        await there.say(ev.TurnFoundUnfinished(view, canned.piece(), "draft"))
        await there.pilot.press("enter")
        await there.settle()
        assert there.client.last(cmd.Continue) == cmd.Continue("t1")


async def test_a_studio_that_keeps_dying_is_not_restarted_for_ever(stage: Open) -> None:
    async with stage() as there:
        for _ in range(5):
            await there.say(ev.StudioDied("Gone."))
        assert there.client.restarts == 2
        assert "/restart" in there.page()


async def test_a_message_before_the_studio_is_ready_says_when_it_will_start(stage: Open) -> None:
    async with stage() as there:
        there.app.studio.state.ready = None
        await there.say(ev.DownloadProgressed("SmolLM2-135M", 40_000_000, 100_000_000))
        await there.type("a poem")
        assert "will start as soon as the model is ready" in there.page()
        assert there.app.studio.downloads.display
        assert "40.0 MB of 100.0 MB" in str(there.app.studio.downloads.render())
        await there.say(canned.READY)
        assert not there.app.studio.downloads.display


async def test_a_studio_that_cannot_start_says_what_to_do(stage: Open) -> None:
    async with stage() as there:
        await there.say(ev.StudioFailed("The model file is not there.", "Run: cocreate models"))
        assert "The model file is not there. Run: cocreate models" in there.page()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_a_whole_turn_shows_at_any_size(stage: Open, at_end: Any, size: tuple[int, int]) -> None:
    async with stage(size) as there:
        await at_end(there)
        assert there.app.studio.query_one("#page").display
        assert there.app.studio.composer.region.bottom <= size[1]
        assert len(there.app.studio.query(Turn)) == 1


async def test_too_small_a_terminal_says_what_is_needed_and_loses_nothing(stage: Open) -> None:
    async with stage((60, 16)) as there:
        await there.pilot.press("h", "i")
        await there.pilot.resize_terminal(50, 12)
        await there.settle()
        assert not there.app.studio.query_one("#page").display
        await there.pilot.resize_terminal(60, 16)
        await there.settle()
        await there.pilot.press("!")
        assert there.app.studio.composer.text == "hi!"


async def test_brackets_and_markup_are_text(stage: Open) -> None:
    hostile = "[/] [b]bold[/b] [red]x [@click=app.quit]no[/] [unclosed"
    async with stage() as there:
        await there.type(hostile)
        await there.say(ev.TurnStarted("t1", "p1", hostile),
                        ev.BriefUnderstood("t1", canned.BRIEF),
                        ev.PassagesRecalled("t1", (canned.hit(hostile, hostile),), 1),
                        ev.DraftStarted("t1", "d", "drafting", hostile), ev.DraftGrew("t1", "d", hostile),
                        ev.DraftScored("t1", "d", canned.scorecard(5, 5, 5, hostile)),
                        ev.Noticed(hostile, hostile), ev.PieceChanged(canned.piece(1, hostile)))  # fmt: skip
        assert there.page().count("[@click=app.quit]no[/] [unclosed") >= 4
        assert hostile in str(there.app.studio.title_line.render())
        await there.pilot.press("ctrl+o")
        await there.until(lambda: there.app.screen is not there.app.studio)
        there.client.say(ev.PiecesListed((canned.piece(1, hostile),)))
        await there.settle()


async def test_chinese_text_wraps_by_its_width(stage: Open) -> None:
    line = "秋雨落在安静的院子里，水缸慢慢满了，没有人急着去挪动它。" * 4
    async with stage((80, 30)) as there:
        await there.type("秋雨的诗")
        await there.say(ev.TurnStarted("t1", "p1", "秋雨的诗"), ev.DraftStarted("t1", "d", "drafting", "draft 1"),
                        ev.DraftGrew("t1", "d", line))  # fmt: skip
        card = there.app.studio.query_one(DraftCard)
        rows = str(card.render()).split("\n")
        assert "".join(row.strip() for row in rows).endswith(line)
        from rich.cells import cell_len

        assert max(cell_len(row) for row in rows) <= card.content_size.width
