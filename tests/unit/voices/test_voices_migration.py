"""A desk of before there were voices opens as it was."""

from __future__ import annotations

from pathlib import Path

from agents.contracts import Copied, Score, Scorecard
from cocreate.commands import TurnOptions
from cocreate.desk import Desk
from cocreate.desk_migrations import MIGRATIONS
from memory.database import Database


def test_pieces_and_takes_of_an_older_desk_keep_their_text_and_have_no_voice(tmp_path: Path):
    database = Database.open(tmp_path / "cocreate.db")
    database.migrate("desk", MIGRATIONS[:1])
    with database.transaction() as connection:
        connection.execute("INSERT INTO pieces VALUES ('p1', 'rain', 'poem', '', 1.0, 1.0)")
    desk = Desk(database, lambda recalled: (), "owner")
    piece = desk.piece("p1")
    assert (piece.title, piece.voice, piece.strength) == ("rain", "", 1.0)
    assert desk.set_voice("p1", "noir", 0.5).voice == "noir"


def test_takes_that_copy_from_memory_stand_last_whatever_their_score(tmp_path: Path):
    desk = Desk(Database.open(tmp_path / "cocreate.db"), lambda recalled: (), "owner")
    turn = desk.start_turn(desk.new_piece("rain", "poem").id, "rain", "", TurnOptions(), 1)
    scores = {"copied": 9.0, "plain": 5.0, "better": 6.0}
    for name, overall in scores.items():
        take = desk.start_take(turn.id, agent="drafting", stage="draft", label=name)
        desk.finish_take(take, name, "stop")
        copied = (Copied(0, 6, 14, "The Lamp"),) if name == "copied" else ()
        desk.set_scorecard(take, Scorecard(Score(5), Score(5), Score(5), overall, copied=copied))
    assert [take.label for take in desk.takes(turn.id)] == ["better", "plain", "copied"]
