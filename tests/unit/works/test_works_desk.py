"""The commands about works, through a whole studio: progress, what became of all, stopping, moving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cocreate import commands as c
from cocreate import events as e
from cocreate.settings import Settings
from cocreate.studio import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = Studio(Settings(home=tmp_path / "home", cache=tmp_path / "cache", engine="scripted"))
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "works"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.txt").write_text(f"Poem number {number}, about rain.")
    return folder


def test_adding_counts_the_files_first_and_ends_with_what_became_of_them(studio: Studio, folder: Path) -> None:
    (folder / "empty.txt").touch()
    (folder / "copy.txt").write_text("Poem number 7, about rain.")
    events = list(studio.send(c.AddWorks((str(folder), str(folder / "007.txt")), collection="noir")))
    told = [event for event in events if isinstance(event, e.AddingProgressed)]
    assert (told[0], {event.total for event in told}) == (e.AddingProgressed(0, 203), {203})
    assert [event.done for event in told] == sorted(event.done for event in told)
    ended = events[-1]
    assert isinstance(ended, e.AddingFinished)
    assert (ended.added, ended.known, ended.changed, ended.refused, ended.stopped) == (200, 2, 0, 1, False)
    added = [event.report.work for event in events if isinstance(event, e.WorkAdded)]
    assert {work.collection for work in added if work} == {"noir"}


def test_a_stop_ends_adding_between_works_and_the_same_path_goes_on(studio: Studio, folder: Path) -> None:
    said: list[e.Event] = []
    for event in studio.send(c.AddWorks((str(folder),))):
        said.append(event)
        if isinstance(event, e.WorkAdded):
            studio.stop()
    ended = said[-1]
    assert isinstance(ended, e.AddingFinished)
    assert ended.stopped
    assert 0 < ended.added < 200
    (listed,) = studio.send(c.ListWorks())
    assert isinstance(listed, e.WorksListed)
    assert len(listed.works) == ended.added
    again = list(studio.send(c.AddWorks((str(folder),))))[-1]
    assert isinstance(again, e.AddingFinished)
    assert (again.added + again.known, again.added, again.stopped) == (200, 200 - ended.added, False)


def test_a_work_moves_to_another_collection(studio: Studio, folder: Path) -> None:
    (added,) = [
        event for event in studio.send(c.AddWorks((str(folder / "000.txt"),))) if isinstance(event, e.WorkAdded)
    ]
    assert added.report.work is not None
    (moved,) = studio.send(c.MoveWork(added.report.work.id, "letters"))
    assert isinstance(moved, e.WorkMoved)
    assert moved.work.collection == "letters"
    (refused,) = studio.send(c.MoveWork("ffff", "letters"))
    assert isinstance(refused, e.CommandRefused)
    assert refused.bad_input
