"""Works come in from whole folders: changed, moved, stopped, continued; what is wrong is said and stops nothing."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory import adding, readers
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.errors import StoreUnusable
from memory.files import files
from memory.migrations import COMPONENT, MIGRATIONS
from memory.records import AddReport
from memory.works import Memory

RAIN = "Autumn rain in the courtyard.\nNobody asks where the light went."


def write(path: Path, text: str, *, old: bool = True) -> Path:
    """`old`: its time is an hour ago, so that it can be known without being read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if old:
        seconds = path.stat().st_mtime - 3600 + len(text)
        os.utime(path, (seconds, seconds))
    return path


def outcomes(memory: Memory, *paths: Path, **options: object) -> list[str]:
    return [report.outcome for report in memory.add(paths, **options)]  # type: ignore[arg-type]


def only(memory: Memory, *paths: Path, **options: object) -> AddReport:
    (report,) = memory.add(paths, **options)  # type: ignore[arg-type]
    return report


def test_a_changed_file_keeps_its_work_and_the_older_text(memory: Memory, home: Path, tmp_path: Path) -> None:
    first = only(memory, write(tmp_path / "rain.txt", RAIN), collection="noir").work
    second = only(memory, write(tmp_path / "rain.txt", RAIN + "\nThe lamp is out.")).work
    assert first is not None and second is not None
    assert (second.id, second.version, second.collection) == (first.id, 2, "noir")
    assert memory.works() == [second]
    assert memory.work(first.id)[1].endswith("The lamp is out.")
    assert [hit.passage.text for hit in memory.search("lamp", 9)] == [RAIN + "\nThe lamp is out."]
    rows = memory._database.query("SELECT work_id, version, text FROM work_versions")
    assert [tuple(row) for row in rows] == [(first.id, 1, RAIN)]
    assert only(memory, write(tmp_path / "rain.txt", RAIN)).outcome == "changed"
    memory.remove(first.id)
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert [word for word in (b"courtyard", b"lamp", b"rain.txt") if word in data] == []


def test_an_older_text_elsewhere_is_a_work_of_its_own(memory: Memory, tmp_path: Path) -> None:
    first = only(memory, write(tmp_path / "a.txt", RAIN)).work
    only(memory, write(tmp_path / "a.txt", "Another text about snow."))
    other = only(memory, write(tmp_path / "b.txt", RAIN)).work
    assert first is not None and other is not None
    assert first.id != other.id
    assert memory.count() == 2


def test_a_moved_file_is_known_and_its_place_follows(memory: Memory, tmp_path: Path) -> None:
    old = write(tmp_path / "a.txt", RAIN)
    copy = write(tmp_path / "copy.txt", RAIN)
    outcomes(memory, old)
    assert [only(memory, copy).outcome, memory.works()[0].source] == ["known", str(old)]
    moved = tmp_path / "moved.txt"
    old.rename(moved)
    copy.unlink()
    assert [only(memory, moved).outcome, memory.works()[0].source] == ["known", str(moved)]
    assert only(memory, write(moved, "Newer words.")).outcome == "changed"


def test_a_changed_front_matter_changes_the_work_and_not_its_text(memory: Memory, tmp_path: Path) -> None:
    front = "---\ntitle: {}\ndate: {}\n---\nIt rains."
    only(memory, write(tmp_path / "a.md", front.format("Rain", 2021)))
    report = only(memory, write(tmp_path / "a.md", front.format("Snow again", 2022)))
    work = memory.works()[0]
    assert (report.outcome, work.title, work.written, work.version) == ("changed", "Snow again", "2022", 1)


def test_lines_that_move_in_a_file_of_many_works_are_the_same_works(memory: Memory, tmp_path: Path) -> None:
    poems = [{"title": f"Poem {n}", "text": f"Poem number {n} about the sea."} for n in range(3)]
    path = tmp_path / "many.jsonl"
    write(path, "\n".join(map(json.dumps, poems)))
    before = {report.work.title: report.work for report in memory.add([path]) if report.work}
    poems[1]["text"] = "Poem number one, of another sea."
    write(path, "\n".join(map(json.dumps, [{"title": "New", "text": "A line before all others."}, *poems])))
    after = list(memory.add([path]))
    assert [report.outcome for report in after] == ["added", "known", "changed", "known"]
    assert [work.source for work in memory.works()] == [f"{path}#{line}" for line in (2, 3, 4, 1)]
    assert {work.title: work.id for work in memory.works() if work.title != "New"} == {
        title: work.id for title, work in before.items()
    }


def test_a_file_of_many_works_is_read_again_when_one_was_forgotten(memory: Memory, tmp_path: Path) -> None:
    path = write(tmp_path / "many.jsonl", "\n".join(json.dumps(f"Poem number {n}.") for n in range(3)))
    works = [report.work for report in memory.add([path])]
    assert works[1] is not None
    memory.remove(works[1].id)
    assert outcomes(memory, path) == ["known", "added", "known"]


def test_unchanged_files_are_known_without_being_read(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write(tmp_path / "works" / f"{number}.txt", f"Poem number {number}.")
    fresh = write(tmp_path / "works" / "fresh.txt", "Just written.", old=False)
    assert outcomes(memory, tmp_path / "works") == ["added"] * 6
    opened: list[Path] = []
    real = readers.read
    monkeypatch.setattr(adding, "read", lambda path: (opened.append(path), real(path))[1])
    assert outcomes(memory, tmp_path / "works") == ["known"] * 6
    assert opened == [fresh]


def test_a_collection_takes_new_works_and_takes_none_from_another(memory: Memory, tmp_path: Path) -> None:
    poem = write(tmp_path / "a.md", "---\ncollection: letters\n---\nDear rain.")
    loose = write(tmp_path / "b.txt", "A loose page.")
    outcomes(memory, loose)
    reports = list(memory.add([poem, loose]))
    assert [report.work.collection for report in reports if report.work] == ["letters", ""]
    reports = list(memory.add([poem, loose, write(tmp_path / "c.txt", "New.")], collection=" My  Noir "))
    assert [report.work.collection for report in reports if report.work] == ["letters", "My Noir", "My Noir"]
    assert "stays in the collection “letters”" in reports[0].reason
    work = memory.works()[0]
    assert memory.move(work.id, "my noir").collection == "My Noir"
    assert memory.move(work.id[:6], "").collection == ""


class Counting(HashEmbedder):
    """Remembers how many texts came at a time, and how long each was."""

    def __init__(self) -> None:
        super().__init__(32)
        self.batches: list[list[int]] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append([len(text) for text in texts])
        return super().embed(texts)


def test_many_short_works_are_embedded_together_sorted_by_length(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "BATCH_SECONDS", 60)
    for number in range(100):
        write(tmp_path / "works" / f"{number:03}.txt", "word " * (1 + number * 37 % 50) + str(number))
    embedder = Counting()
    with closing(Database.open(home / "cocreate.db")) as database:
        assert outcomes(Memory(database, embedder, home / "index"), tmp_path / "works") == ["added"] * 100
    assert max(map(len, embedder.batches)) == adding.BATCH_PASSAGES
    assert all(batch == sorted(batch) for batch in embedder.batches)


def test_a_stopped_add_keeps_what_it_reported_and_goes_on(memory: Memory, tmp_path: Path) -> None:
    for number in range(300):
        write(tmp_path / "works" / f"{number:03}.txt", f"Poem number {number}.")
    said: list[AddReport] = []
    run = memory.adding([tmp_path / "works"], stopped=lambda: len(said) >= 10)
    said.extend(report for report in run if said.append(report) is None and False)
    assert run.cut_short
    assert 10 <= len(said) < 300
    assert {work.id for work in memory.works()} == {report.work.id for report in said if report.work}
    again = memory.adding([tmp_path / "works"])
    assert again.count() == 300
    assert Counter(report.outcome for report in again) == {"known": len(said), "added": 300 - len(said)}
    assert (again.done, again.cut_short) == (300, False)


def test_a_long_work_that_is_stopped_while_embedded_is_not_there(home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "novel.txt", "\n\n".join(f"Paragraph {n}. " + "dry fields " * 60 for n in range(140)))
    embedder = Counting()
    with closing(Database.open(home / "cocreate.db")) as database:
        memory = Memory(database, embedder, home / "index")
        run = memory.adding([path], stopped=lambda: len(embedder.batches) >= 2)
        assert (list(run), run.cut_short, memory.works()) == ([], True, [])
        assert outcomes(memory, path) == ["added"]


def test_a_batch_that_cannot_be_written_is_not_there_and_not_reported(memory: Memory, tmp_path: Path) -> None:
    memory._database.query("PRAGMA max_page_count = 60")
    for number in range(200):
        write(tmp_path / "works" / f"{number:03}.txt", f"Poem number {number}. " + os.urandom(1000).hex())
    said: list[AddReport] = []
    with pytest.raises(StoreUnusable, match="full"):
        said.extend(report for report in memory.add([tmp_path / "works"]) if said.append(report) is None and False)
    assert {work.id for work in memory.works()} == {report.work.id for report in said if report.work}


def test_names_in_any_script_and_in_none_come_in(memory: Memory, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "works")
    Path(os.fsdecode(folder)).mkdir()
    names = ["雨.txt".encode(), "العربية ไทย.txt".encode(), b"\xff\xfe.txt", b"\xfe\xff.txt", b"new\nline.txt"]
    for number, name in enumerate(names):
        Path(os.fsdecode(folder + b"/" + name)).write_text(f"Text number {number}.")
    assert outcomes(memory, tmp_path / "works") == ["added"] * 5
    Path(os.fsdecode(folder + b"/\xff\xfe.txt")).write_text("Its text has changed.")
    assert Counter(outcomes(memory, tmp_path / "works")) == {"known": 4, "changed": 1}
    strange = [Path("/tmp/\ud800.txt"), Path("/tmp/\0.txt"), Path("/" + "a" * 5000 + ".txt"), Path("/" + "a" * 5000)]
    assert outcomes(memory, *strange) == ["refused"] * 4


def test_hostile_folders_neither_hang_nor_hide_the_rest(memory: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "works"
    write(folder / "a.txt", "three small words")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    os.mkfifo(folder / "pipe.txt")
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200_000_000)
    (folder / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    reports = {Path(report.path).name: report for report in memory.add([folder, folder / "pipe.txt"])}
    assert reports["a.txt"].outcome == "added"
    assert "larger than 20 MB" in reports["huge.txt"].reason
    assert "not a text file" in reports["photo.txt"].reason
    assert "not a regular file" in reports["pipe.txt"].reason


def test_folders_may_lie_deeper_than_python_calls(memory: Memory, tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(300):
        deep /= "d"
    write(deep / "a.txt", "At the bottom.")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 150)
    try:
        found = [path.name for path, _ in files([tmp_path / "d"])]
    finally:
        sys.setrecursionlimit(limit)
    assert found == ["a.txt"]


def test_a_file_that_goes_away_meanwhile_is_refused_and_the_rest_comes_in(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path / "works" / f"{name}.txt", f"Text {name}.")
    real = readers.stamp

    def stamp(path: Path) -> readers.Stamp:
        found = real(path)
        if path.name == "b.txt":
            path.unlink()
        return found

    monkeypatch.setattr(adding, "stamp", stamp)
    assert outcomes(memory, tmp_path / "works") == ["added", "refused", "added"]


def test_a_database_of_an_older_cocreate_is_taken_over(home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "rain.txt", RAIN)
    with closing(Database.open(home / "cocreate.db")) as database:
        database.migrate(COMPONENT, MIGRATIONS[:1])
        with database.transaction() as connection:
            connection.execute(
                "INSERT INTO works VALUES ('abc', 'h', 'rain', 'poem', 'en', ?, ?, ?, 1.0)",
                (str(path), RAIN, len(RAIN)),
            )
            connection.execute("INSERT INTO passages VALUES (7, 'abc', 0, 0, ?)", (len(RAIN),))
        database.migrate(COMPONENT, MIGRATIONS[:2])
        memory = Memory(database, HashEmbedder(32), home / "index")
        (work,) = memory.works()
        assert (work.id, work.collection, work.written, work.version) == ("abc", "", "", 1)
        assert [hit.passage.id for hit in memory.search("courtyard")] == [7]
        changed = only(memory, write(path, RAIN + " Gone.")).work
        assert changed is not None
        assert (changed.id, changed.version) == ("abc", 2)
