"""`cocreate works add` and its kin: lines, the report at the end, JSON, exit codes, the bar."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace

import pytest

from cocreate.commands import AddWorks, MoveWork, SearchWorks
from cocreate.events import (
    AddingFinished,
    AddingProgressed,
    PassagesFound,
    WorkAdded,
    WorkMoved,
    WorkShown,
    WorksListed,
)
from memory.records import AddReport, Filters, Work

WORK = Work("abc123", "The Ferry", "poem", "en", "/x/ferry.txt", 420, 1, 1.0, collection="my noir", written="1893-04")
REFUSED = AddReport("/x/photo.jpg", "refused", None, "It is not text. Add txt or md files.")
RUN = [
    AddingProgressed(0, 3),
    WorkAdded(AddReport("/x/ferry.txt", "changed", replace(WORK, version=2), "")),
    WorkAdded(REFUSED),
    AddingProgressed(2, 3, "/x/last.txt"),
    WorkAdded(AddReport("/x/last.txt", "known", WORK, "It stays.")),
    AddingFinished(0, 1, 1, 1, 1.25),
]
CHANGED = "changed  abc123  The Ferry  (poem, en, 1893-04, 420 characters, 1 passage, in “my noir”, version 2)\n"
KNOWN = "known    abc123  The Ferry  (poem, en, 1893-04, 420 characters, 1 passage, in “my noir”)  It stays.\n"
REPORT = "0 added, 1 known, 1 changed, 1 refused (1.2 s)\nrefused  /x/photo.jpg: It is not text. Add txt or md files.\n"


def test_the_report_stands_at_the_end_with_every_reason(cocreate):
    ran = cocreate("works", "add", "/x", "--collection", "my noir", answers=RUN)
    assert (ran.code, ran.out, ran.err) == (2, CHANGED + KNOWN, REPORT)
    assert ran.studio.sent == [AddWorks(("/x",), collection="my noir")]


def test_as_json_each_report_is_a_line_and_the_last_is_the_whole(cocreate):
    ran = cocreate("works", "add", "/x", "--json", answers=RUN)
    assert [line.get("outcome", line.get("event")) for line in ran.events] == [
        "changed", "refused", "known", "adding_finished",
    ]  # fmt: skip
    assert ran.events[-1]["refused"] == 1
    assert (ran.code, ran.err) == (2, "")


def test_a_stopped_run_says_so_and_gives_130(cocreate):
    ran = cocreate("works", "add", "/x", answers=[AddingFinished(3, 0, 0, 0, 1.0, stopped=True)])
    assert (ran.code, ran.err) == (
        130,
        "3 added, 0 known, 0 changed, 0 refused (1.0 s; stopped, add the same path again to go on)\n",
    )


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_and_a_pipe_gets_the_lines_alone(cocreate, capsys, monkeypatch: pytest.MonkeyPatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    ran = cocreate("works", "add", "/x", answers=RUN)
    assert ran.out == CHANGED + KNOWN
    assert "2/3" in screen.getvalue()
    assert screen.getvalue().endswith(REPORT)


def test_the_list_can_be_of_one_collection(cocreate):
    other = replace(WORK, id="def456", collection="")
    listed = [WorksListed((WORK, other))]
    assert cocreate("works", "list", "--collection", "My Noir", answers=listed).out.split()[0] == "abc123"
    assert cocreate("works", "list", "--collection", "", answers=listed).out.split()[0] == "def456"
    ran = cocreate("works", "list", "--collection", "none", answers=listed)
    assert (ran.out, ran.err) == ("", "No works in the collection “none”. See all: cocreate works list\n")


def test_moving_showing_and_searching(cocreate):
    ran = cocreate("works", "move", "abc", "my noir", answers=[WorkMoved(WORK)])
    assert ran.out == "moved  abc123  The Ferry  (poem, en, 1893-04, 420 characters, 1 passage, in “my noir”)\n"
    assert ran.studio.sent == [MoveWork("abc", "my noir")]
    shown = json.loads(cocreate("works", "show", "abc", "--json", answers=[WorkShown(WORK, "The ferry.")]).out)
    assert (shown["id"], shown["text"]) == ("abc123", "The ferry.")
    ran = cocreate(
        "works", "search", "rain", "--collection", "noir", "--since", "1890", answers=[PassagesFound("rain", ())]
    )
    assert ran.studio.sent == [SearchWorks("rain", 8, Filters("noir", since="1890"))]
