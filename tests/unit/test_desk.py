"""The desk on a real SQLite file."""

from dataclasses import replace
from pathlib import Path

import pytest

from agents.contracts import Brief, Direction, EditRequest, Evidence, Score, Scorecard
from cocreate.commands import TurnOptions
from cocreate.desk import Desk
from cocreate.desk_errors import NoSuchPiece, NoSuchTake, NoSuchTurn
from memory.database import Database

CARD = Scorecard(
    novelty=Score(6.0, (Evidence(0, 4, "a stock phrase", "rain", weight=0.5),), "Try another image than “rain”."),
    fluency=Score(7.0, measures=(("bits", 3.5),)),
    theme_fit=Score(5.0),
    overall=6.1,
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(tmp_path / "cocreate.db")


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, lambda recalled, piece_id: (), "owner-1")


def start(desk: Desk, request: str = "a poem about rain") -> tuple[str, str]:
    piece = desk.new_piece("rain", "poem")
    return piece.id, desk.start_turn(piece.id, request, "", TurnOptions(drafts=2), 7).id


def test_a_turn_comes_back_as_it_was_written(desk: Desk) -> None:
    _, turn_id = start(desk)
    brief = Brief("a poem about rain", theme="rain", must=("lantern",))
    edit = EditRequest("darker", 3, 9, "line 2")
    desk.set_brief(turn_id, brief, edit)
    desk.set_directions(turn_id, [Direction("1", "rain as a guest", 7.0, 6.0)], ["1"])
    desk.set_recalled(turn_id, ((12, 0.5),))

    turn = desk.turn(turn_id)

    assert (turn.brief, turn.edit) == (brief, edit)
    assert turn.directions == (Direction("1", "rain as a guest", 7.0, 6.0),)
    assert (turn.chosen, turn.recalled) == (("1",), ((12, 0.5),))
    assert (turn.seed, turn.options) == (7, TurnOptions(drafts=2))


def test_streamed_text_is_there_before_the_take_is_finished(desk: Desk) -> None:
    _, turn_id = start(desk)
    take_id = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 1")
    desk.journal([(take_id, "Rain "), (take_id, "falls")])

    take = desk.take(take_id)

    assert (take.text, take.status, take.label) == ("Rain falls", "partial", "draft 1")


def test_a_crash_turns_streaming_takes_into_partial_ones_and_removes_empty_ones(desk: Desk) -> None:
    _, turn_id = start(desk)
    first = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 1")
    desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 2")
    for word in ("秋", "雨", " falls"):
        desk.journal([(first, word)])

    assert desk.fold_journal(turn_id) == (first,)

    assert [(take.id, take.text, take.finish) for take in desk.takes(turn_id)] == [(first, "秋雨 falls", "stopped")]


def test_a_finished_take_keeps_no_second_copy_in_the_journal(desk: Desk, database: Database) -> None:
    _, turn_id = start(desk)
    take_id = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 1")
    desk.journal([(take_id, "Rain")])
    desk.finish_take(take_id, "Rain falls.", "stop")

    assert desk.take(take_id).text == "Rain falls."
    assert database.query("SELECT count(*) AS n FROM journal")[0]["n"] == 0


def test_takes_come_best_first_with_their_scorecards_and_dropped_ones_are_left_out(desk: Desk) -> None:
    _, turn_id = start(desk)
    ids = [desk.start_take(turn_id, agent="drafting", stage="draft", label=f"draft {n}") for n in (1, 2, 3, 4)]
    for take_id in ids:
        desk.finish_take(take_id, f"text {take_id}", "stop")
    for take_id, overall in zip(ids, (4.0, 8.0, 6.0), strict=False):
        desk.set_scorecard(take_id, Scorecard(CARD.novelty, CARD.fluency, CARD.theme_fit, overall))
    desk.discard_take(ids[2])

    assert [take.id for take in desk.takes(turn_id)] == [ids[1], ids[0], ids[3]]
    assert desk.takes(turn_id)[0].scorecard == Scorecard(CARD.novelty, CARD.fluency, CARD.theme_fit, 8.0)
    assert [take.status for take in desk.takes(turn_id, dropped=True) if take.id == ids[2]] == ["dropped"]


def test_keeping_a_take_makes_it_current_and_an_edit_is_a_child_that_replaces_nothing(desk: Desk) -> None:
    piece_id, turn_id = start(desk)
    take_id = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 1")
    desk.finish_take(take_id, "Rain falls.", "stop")

    desk.keep(take_id)
    edited = desk.edit(take_id, "Rain fell.")

    assert desk.take(take_id).text == "Rain falls."
    assert (edited.parent, edited.agent, edited.status) == (take_id, "writer", "kept")
    assert desk.piece(piece_id).current_take == edited.id
    desk.reject(edited.id)
    assert desk.piece(piece_id).current_take == take_id


def test_pieces_are_found_by_what_their_takes_say_and_wildcards_are_plain_text(desk: Desk) -> None:
    piece_id, turn_id = start(desk, "秋雨")
    take_id = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 1")
    desk.finish_take(take_id, "100% of the lanterns", "stop")
    other = desk.new_piece("1000 nights", "story").id

    assert [piece.id for piece in desk.pieces("100%")] == [piece_id]
    assert [piece.id for piece in desk.pieces("秋雨")] == [piece_id]
    assert {piece.id for piece in desk.pieces()} == {piece_id, other}


def test_turns_are_paged_newest_last(desk: Desk) -> None:
    piece = desk.new_piece("rain", "poem")
    for number in range(5):
        desk.start_turn(piece.id, f"message {number}", "", TurnOptions(), 1)

    newest, more = desk.turns(piece.id, 2, None)
    older, still_more = desk.turns(piece.id, 3, newest[0].number)

    assert [turn.request for turn in newest] == ["message 3", "message 4"]
    assert [turn.request for turn in older] == ["message 0", "message 1", "message 2"]
    assert (more, still_more) == (True, False)


def test_deleting_a_piece_takes_everything_of_it_along(desk: Desk, database: Database) -> None:
    piece_id, turn_id = start(desk)
    take_id = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft 1")
    desk.finish_take(take_id, "Rain.", "stop")
    desk.keep(take_id)

    desk.delete_piece(piece_id)

    for table in ("pieces", "turns", "takes", "journal", "feedback"):
        assert database.query(f"SELECT count(*) AS n FROM {table}")[0]["n"] == 0


def test_unknown_ids_are_refused_with_a_sentence(desk: Desk) -> None:
    for call, kind in ((desk.piece, NoSuchPiece), (desk.turn, NoSuchTurn), (desk.take, NoSuchTake)):
        with pytest.raises(kind) as refused:
            call("nowhere")
        assert "nowhere" in refused.value.sentence
        assert refused.value.next_step


def test_a_reopened_desk_finds_the_turn_that_was_in_flight(tmp_path: Path) -> None:
    first = Database.open(tmp_path / "cocreate.db")
    _, turn_id = start(Desk(first, lambda recalled, piece_id: (), "owner-1"))
    first.close()

    reopened = Desk(Database.open(tmp_path / "cocreate.db"), lambda recalled, piece_id: (), "owner-2")

    assert reopened.unfinished() == ((turn_id, "owner-1", ""),)


def test_takes_put_first_stand_before_the_rest_in_their_order_and_no_take_is_lost(desk: Desk) -> None:
    _, turn_id = start(desk)
    ids = []
    for overall in (3.0, 8.0, 5.0, 6.0):
        take_id = desk.start_take(turn_id, agent="drafting", stage="draft", label="draft")
        desk.finish_take(take_id, f"worth {overall}", "stop")
        desk.set_scorecard(take_id, replace(CARD, overall=overall))
        ids.append(take_id)

    desk.put_first(turn_id, [ids[0], ids[3]])
    desk.put_first(turn_id, [ids[1], ids[0]])

    assert [take.id for take in desk.takes(turn_id)] == [ids[1], ids[0], ids[3], ids[2]]
