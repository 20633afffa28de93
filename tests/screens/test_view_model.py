from __future__ import annotations

from dataclasses import replace

import canned
import pytest

from cocreate import events as ev
from memory.records import AddReport
from tui import draft_state, view_model, wording
from tui.view_model import StudioState, TurnState, reduce


def told(*events: ev.Event, state: StudioState | None = None) -> StudioState:
    state = state or StudioState()
    for second, event in enumerate(events):
        reduce(state, event, float(second))
    return state


def the_turn(state: StudioState) -> TurnState:
    return state.turns[-1]


@pytest.fixture
def sent() -> StudioState:
    state = told(canned.READY)
    view_model.queue_message(state, canned.BRIEF.request, 1)
    return state


def test_a_message_shows_before_the_studio_has_answered(sent: StudioState) -> None:
    assert [(t.request, t.phase) for t in sent.turns] == [(canned.BRIEF.request, "queued")]


def test_the_started_turn_is_the_message_that_was_shown(sent: StudioState) -> None:
    told(*canned.opening(), state=sent)
    assert [(t.id, t.phase) for t in sent.turns] == [("t1", "waiting")]
    assert sent.piece_id == "p1"


def test_a_refused_message_comes_back_to_be_typed_again(sent: StudioState) -> None:
    assert view_model.take_back(sent) == canned.BRIEF.request
    assert sent.turns == []


def test_streamed_text_grows_and_the_finished_text_replaces_it(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(upto=24), state=sent)
    assert [d.text for d in the_turn(sent).shown()] == [text[:24] for text in canned.POEMS]
    told(ev.DraftFinished("t1", "draft1", "All of it.", "stop"), state=sent)
    assert the_turn(sent).drafts["draft1"].text == "All of it."


def test_the_best_take_stands_first_at_the_end_and_numbers_stay(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(), *canned.finishing(), state=sent)
    assert [(d.number, d.take_id) for d in the_turn(sent).shown()] == [
        (3, "take3"), (1, "take1"), (2, "take2"), (4, "take4"),
    ]  # fmt: skip
    assert the_turn(sent).phase == "finished"


def test_a_revision_that_was_not_better_stays_behind_the_takes(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(), state=sent)
    told(ev.DraftStarted("t1", "r1", "drafting", "revision of draft 2", "draft2", "Autumn"),
         ev.DraftFinished("t1", "r1", "Autumn, worse.", "stop"),
         ev.RevisionJudged("t1", "r1", "draft2", False, "It lost the theme."), *canned.finishing(),
         state=sent)  # fmt: skip
    last = the_turn(sent).shown()[-1]
    assert (last.id, last.accepted, last.number) == ("r1", False, 5)


def test_when_the_studio_dies_no_text_goes(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(upto=48), state=sent)
    before = [d.text for d in the_turn(sent).shown()]
    told(ev.StudioDied("The studio process ended."), state=sent)
    assert the_turn(sent).phase == "unfinished"
    assert [d.text for d in the_turn(sent).shown()] == before
    assert sent.notes[-1].sentence.startswith("The studio process ended. It is started again")


def test_what_disk_knows_of_an_unfinished_turn_never_shortens_what_was_shown(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(upto=48), ev.StudioDied("Gone."), state=sent)
    shorter = ev.TakeView("draft1", "p1", "t1", "", canned.POEMS[0][:20], "drafting", "partial", "", None, "", 0.0)
    view = ev.TurnView("t1", "p1", 1, canned.BRIEF.request, "unfinished", canned.BRIEF, (), (), (), (shorter,), "", 0.0)
    told(ev.TurnFoundUnfinished(view, canned.piece(), "draft"), state=sent)
    assert the_turn(sent).drafts["draft1"].text == canned.POEMS[0][:48]
    assert the_turn(sent).drafts["draft1"].take_id == "draft1"


def test_a_continued_turn_takes_its_drafts_up_under_new_names(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(upto=48), ev.StudioDied("Gone."), state=sent)
    told(
        ev.TurnStarted("t1", "p1", canned.BRIEF.request, continued=True),
        ev.DraftStarted("t1", "again1", "drafting", "draft 1, continued", "draft1", canned.POEMS[0][:48]),
        state=sent,
    )
    turn = the_turn(sent)
    assert len(turn.order) == 4
    assert (turn.shown()[0].id, turn.shown()[0].number) == ("again1", 1)


def test_a_cut_off_take_is_not_shown_beside_the_take_that_goes_on_from_it(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(upto=48), ev.StudioDied("Gone."), state=sent)
    partial = ev.TakeView("draft1", "p1", "t1", "", canned.POEMS[0][:48], "drafting", "partial", "", None, "", 0.0)
    whole = replace(canned.take(1), parent="draft1", label="draft 1, continued")
    told(ev.TurnStarted("t1", "p1", canned.BRIEF.request, continued=True),
         ev.DraftStarted("t1", "take1", "drafting", "draft 1, continued", "draft1", canned.POEMS[0][:48]),
         ev.TurnFinished("t1", "p1", (whole, partial), "finished", 9.0, 90), state=sent)  # fmt: skip
    assert [d.text for d in the_turn(sent).shown()].count(canned.POEMS[0][:48]) == 0
    assert the_turn(sent).shown()[0].text == canned.POEMS[0]


def test_a_turn_goes_on_out_of_sight_and_is_there_when_its_piece_is_opened(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(upto=24), state=sent)
    view_model.show_new_piece(sent)
    told(ev.DraftGrew("t1", "draft1", "!"), state=sent)
    assert sent.turns == []
    view = ev.TurnView("t1", "p1", 1, canned.BRIEF.request, "running", canned.BRIEF, (), (), (), (), "", 0.0)
    told(ev.PieceOpened(canned.piece(), (view,), False), state=sent)
    assert the_turn(sent).drafts["draft1"].text == canned.POEMS[0][:24] + "!"
    assert sent.elsewhere == {}


def test_older_turns_go_above_those_that_are_shown() -> None:
    state = told(ev.PieceOpened(canned.piece(), (canned.past_turn(3), canned.past_turn(4)), True))
    told(ev.PieceOpened(canned.piece(), (canned.past_turn(1), canned.past_turn(2)), False, before=3), state=state)
    assert [t.number for t in state.turns] == [1, 2, 3, 4]
    assert not state.more_before


def test_the_writers_edit_stands_first_with_its_origin(sent: StudioState) -> None:
    told(*canned.opening(), *canned.drafting(), *canned.finishing(), state=sent)
    edit = ev.TakeView("e1", "p1", "t1", "take3", "My line.", "writer", "offered", "", None, "stop", 0.0)
    told(ev.TakeSaved(edit), state=sent)
    assert (the_turn(sent).shown()[0].text, the_turn(sent).shown()[0].label) == ("My line.", "your edit of 3")


def test_an_unfinished_turn_opens_by_itself_on_an_empty_page() -> None:
    state = told(ev.TurnFoundUnfinished(canned.past_turn(2, status="unfinished"), canned.piece(), "draft"))
    assert (state.piece_id, the_turn(state).phase, state.more_before) == ("p1", "unfinished", True)


def test_events_of_a_turn_nobody_knows_change_nothing() -> None:
    state = told(ev.DraftGrew("nowhere", "d", "text"), ev.StepStarted("nowhere", "draft"))
    assert state.turns == [] and state.elsewhere == {}


def test_the_status_says_what_is_done_and_for_how_long(sent: StudioState) -> None:
    told(*canned.opening(), state=sent)
    assert wording.state_text(sent, 9.0) == "waiting for your choice"
    reduce(sent, ev.StepStarted("t1", "draft", "4 drafts"), 10.0)
    assert wording.state_text(sent, 22.4) == "writing 4 drafts, 12 s"
    view_model.mark_stopping(sent)
    assert wording.state_text(sent, 22.4) == "stopping"


@pytest.mark.parametrize(("words", "length"), [
    ("12 lines", (12, "lines")), ("300 words", (300, "words")), ("20行", (20, "lines")), ("500字", (500, "characters")),
    ("8", (8, "lines")), ("many", None), ("0 lines", None), ("12 parsecs", None),
])  # fmt: skip
def test_a_length_is_read_in_both_languages(words: str, length: tuple[int, str] | None) -> None:
    read = wording.parse_length(words)
    assert (read and (read.count, read.unit)) == length


@pytest.mark.parametrize(("gap", "words"), [
    (5, "just now"), (60, "a minute ago"), (7300, "2 hours ago"), (86400, "a day ago"), (86400 * 400, "a year ago"),
])  # fmt: skip
def test_ages_are_said_in_words(gap: float, words: str) -> None:
    assert wording.ago(1000.0, 1000.0 + gap) == words


def test_drafts_read_back_from_disk_have_the_numbers_that_their_labels_speak_of() -> None:
    made = [("r", "revision of draft 1", 9.0), ("b", "draft 2", 2.0), ("a", "draft 1", 1.0), ("e", "your edit", 12.0)]
    takes = tuple(ev.TakeView(i, "p1", "h1", "", f"text {i}", "drafting", "offered", "", None, "stop", at, label)
                  for i, label, at in made)  # fmt: skip
    view = replace(canned.past_turn(1), takes=takes)
    shown = draft_state.turn_from_view(view).shown()
    assert [(d.id, d.number) for d in shown] == [("r", 3), ("b", 2), ("a", 1), ("e", 4)]


def test_an_adding_ends_in_one_sentence_on_the_page_however_many_works_a_file_held() -> None:
    report = AddReport("/x/poems.jsonl", "added", canned.WORKS[0], "")
    done = ev.AddingFinished(2, 0, 0, 0, 1.0)
    state = told(ev.AddingProgressed(0, 1), ev.WorkAdded(report), ev.WorkAdded(report), done)
    assert [note.sentence for note in state.notes] == ["Read into memory: 2 new."]
    state = told(ev.AddingProgressed(0, 1), ev.WorkAdded(report), replace(done, added=1))
    assert [note.sentence for note in state.notes] == ["Remembered “Well [water]” (3 passages)."]


def test_many_works_that_are_forgotten_at_once_make_one_sentence() -> None:
    state = told(*(ev.WorkRemoved(f"w{n}", f"Poem {n}") for n in range(3)))
    assert [note.sentence for note in state.notes] == ["3 works are forgotten."]
    state = told(ev.Noticed("Something else."), ev.WorkRemoved("w9", "The Ferry"), state=state)
    assert [note.sentence for note in state.notes][1:] == ["Something else.", "“The Ferry” is forgotten."]
