"""`cocreate works` and `cocreate pieces`: the writer's texts, in and out."""

from __future__ import annotations

from dataclasses import replace

from cocreate.commands import AddWorks, ListPieces, OpenPiece, SearchWorks
from cocreate.events import (
    CommandRefused,
    PassagesFound,
    PieceOpened,
    PiecesListed,
    TurnView,
    WorkAdded,
    WorkRemoved,
    WorkShown,
    WorksListed,
)
from memory.records import AddReport, Hit, Passage, Work

WORK = Work("abc123", "The Ferry", "poem", "en", "/x/ferry.txt", 420, 1, 1.0)
ROW = "abc123  The Ferry  (poem, en, 420 characters, 1 passage)"


def test_adding_tells_each_file_and_a_refused_one_gives_two(cocreate, tmp_path):
    refused = AddReport("/x/photo.jpg", "refused", None, "It is not text. Add txt or md files.")
    events = [WorkAdded(AddReport("/x/ferry.txt", "added", WORK, "")), WorkAdded(refused)]
    ran = cocreate("works", "add", str(tmp_path / "a"), "relative.txt", answers=events)
    assert (ran.code, ran.out) == (2, f"added    {ROW}\n")
    assert ran.err == "refused  /x/photo.jpg: It is not text. Add txt or md files.\n"
    command = ran.studio.sent[0]
    assert isinstance(command, AddWorks)
    assert all(path.startswith("/") for path in command.paths)


def test_listing_an_empty_memory_says_how_to_fill_it(cocreate):
    ran = cocreate("works", "list", answers=[WorksListed(())])
    assert (ran.code, ran.out, ran.err) == (0, "", "No works yet. Add some: cocreate works add PATH\n")


def test_listing_works_as_rows_and_as_json(cocreate):
    assert cocreate("works", "list", answers=[WorksListed((WORK,))]).out == f"{ROW}\n"
    assert cocreate("works", "list", "--json", answers=[WorksListed((WORK,))]).events[0][0]["id"] == "abc123"


def test_showing_a_work_prints_its_text_alone_on_stdout(cocreate):
    ran = cocreate("works", "show", "abc123", answers=[WorkShown(WORK, "The ferry left.\n")])
    assert (ran.out, ran.err) == ("The ferry left.\n\n", f"{ROW}\n")


def test_searching_shows_passages_with_their_source(cocreate):
    hit = Hit(Passage(1, "abc123", 0, 10, 25, "The ferry left."), "The Ferry", "/x/ferry.txt", 0.71)
    ran = cocreate("works", "search", "leaving", "--count", "3", answers=[PassagesFound("leaving", (hit,))])
    assert ran.out == "0.71  The Ferry  (abc123, from character 10)\nThe ferry left.\n"
    assert ran.studio.sent == [SearchWorks("leaving", 3)]


def test_an_id_that_is_not_there_is_bad_input(cocreate):
    refused = CommandRefused("There is no work 'zzz'.", "cocreate works list shows them.", "RemoveWork")
    ran = cocreate("works", "remove", "zzz", answers=[refused])
    assert (ran.code, ran.err) == (2, "cocreate: There is no work 'zzz'.\n  cocreate works list shows them.\n")


def test_removing_says_what_is_forgotten(cocreate):
    ran = cocreate("works", "remove", "abc123", answers=[WorkRemoved("abc123", "The Ferry")])
    assert (ran.code, ran.out) == (0, "forgotten  abc123  The Ferry\n")


def turn(number: int, *takes: object) -> TurnView:
    return TurnView(f"u{number}", "p1", number, "more rain", "finished", None, (), (), (), takes, "", 1.0)  # type: ignore[arg-type]


def test_pieces_are_listed_and_found(cocreate, piece):
    ran = cocreate("pieces", "list", "--find", "rain", answers=[PiecesListed((piece,))])
    assert ran.out == "p1  autumn rain  (poem, 1 turn, 1 take)\n"
    assert ran.studio.sent == [ListPieces("rain")]


def test_showing_a_piece_prints_the_kept_take_even_when_it_is_old(cocreate, piece, make_take):
    kept = replace(piece, current_take="t1")
    opened = PieceOpened(kept, (turn(1, make_take("kept", "t1")), turn(2, make_take("newer", "t2"))), False)
    assert cocreate("pieces", "show", "p1", answers=[opened]).out == "kept\n"


def test_showing_a_piece_without_a_choice_prints_the_best_of_the_newest_turn(cocreate, piece, make_take):
    opened = PieceOpened(piece, (turn(1, make_take("old", "t1")), turn(2, make_take("newer", "t2")), turn(3)), False)
    assert cocreate("pieces", "export", "p1", "--format", "txt", answers=[opened]).out == "newer\n"


def test_exporting_reads_a_long_piece_page_by_page_and_leaves_nothing_behind(cocreate, piece, make_take):
    def answer(command):
        if command.before is None:
            return iter([PieceOpened(piece, (turn(2, make_take("second", "t2")),), True)])
        return iter([PieceOpened(piece, (turn(1, make_take("first", "t1")),), False, command.before)])

    ran = cocreate("pieces", "export", "p1", answers=answer)
    assert [command.before for command in ran.studio.sent if isinstance(command, OpenPiece)] == [None, 2]
    scores = "overall 6.5  novelty 5.0  fluency 7.2  theme fit 8.0"
    assert ran.out == (
        "# autumn rain\n\nsecond\n\n## How it came about\n\n"
        f"### 1. more rain\n\n**drafting, offered**: {scores}\n\nfirst\n\n"
        f"### 2. more rain\n\n**drafting, offered**: {scores}\n\nsecond\n"
    )
