"""The writer's works are remembered whole, found, and forgotten without a trace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.database import Database
from memory.embedder import HashEmbedder
from memory.errors import NoSuchWork, StoreUnusable
from memory.records import AddReport
from memory.works import Memory

RAIN = "Autumn rain in the courtyard.\nNobody asks where the light went."
CHINESE = "秋雨落在院子里，\n没有人问灯去了哪里。"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def memory(home: Path) -> Iterator[Memory]:
    with closing(Database.open(home / "cocreate.db")) as database:
        yield Memory(database, HashEmbedder(), home / "index")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def outcomes(reports: Iterator[AddReport]) -> list[tuple[str, str]]:
    return [(Path(report.path).name, report.outcome) for report in reports]


def test_a_file_becomes_a_work_with_everything_known_about_it(memory: Memory, tmp_path: Path) -> None:
    path = write(tmp_path / "雨.txt", f"\n{CHINESE}\n\n")
    (report,) = memory.add([path])
    assert (report.path, report.outcome, report.reason) == (str(path), "added", "")
    work, text = memory.work(report.work.id if report.work else "")
    assert work == report.work == memory.works()[0]
    assert (work.title, work.kind, work.language, work.source) == ("雨", "poem", "zh", str(path))
    assert (work.characters, work.passages, len(work.id), text) == (len(CHINESE), 1, 12, CHINESE)
    assert abs(work.added_at - time.time()) < 60


def test_a_folder_is_walked_in_order_and_other_files_in_it_are_passed_over(memory: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "works"
    write(folder / "b.txt", "Second poem about rain.")
    write(folder / "a.md", "# First\n\nFirst poem about rain.")
    write(folder / "deep" / "er" / "c.TXT", "Third poem about rain.")
    write(folder / "cover.png", "no text")
    write(folder / ".git" / "d.txt", "hidden")
    (folder / "empty.txt").touch()
    assert outcomes(memory.add([folder])) == [
        ("a.md", "added"), ("b.txt", "added"), ("c.TXT", "added"), ("empty.txt", "refused"),
    ]  # fmt: skip
    assert [work.title for work in memory.works()] == ["First", "b", "c"]


def test_a_named_file_of_another_kind_is_refused_with_a_sentence(memory: Memory, tmp_path: Path) -> None:
    (report,) = memory.add([write(tmp_path / "cover.png", "no text")])
    assert (report.outcome, report.work) == ("refused", None)
    assert report.reason == (
        "Files of this kind (.png) cannot be read. "
        "Save the text as txt, md, docx, odt, epub, pdf, html, fountain or jsonl, and add that file."
    )


def test_links_that_lead_round_end(memory: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "works"
    write(folder / "a.txt", "A poem about rain.")
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.txt").symlink_to(tmp_path / "gone.txt")
    assert outcomes(memory.add([folder])) == [("a.txt", "added")]


def test_a_folder_that_cannot_be_read_is_refused_and_the_rest_is_added(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "works"
    write(folder / "a" / "a.txt", "A poem about rain.")
    write(folder / "b.txt", "Another poem about rain.")
    real = os.scandir

    def scandir(path: Path) -> "os.PathLike[str]":
        if Path(path).name == "a":  # root may read everything, so the refusal has to be acted
            raise PermissionError(13, "Permission denied")
        return real(path)  # type: ignore[return-value]

    monkeypatch.setattr(os, "scandir", scandir)
    refused, added = memory.add([folder])
    assert (Path(refused.path).name, refused.outcome, added.outcome) == ("a", "refused", "added")
    assert refused.reason.startswith("The folder cannot be read (Permission denied).")


def test_the_same_content_is_known_whatever_its_name_and_encoding(memory: Memory, tmp_path: Path) -> None:
    first = write(tmp_path / "a.txt", CHINESE)
    (tmp_path / "b.txt").write_bytes(CHINESE.replace("\n", "\r\n").encode("gb18030"))
    reports = list(memory.add([first, tmp_path / "b.txt", first]))
    assert [report.outcome for report in reports] == ["added", "known", "known"]
    assert {report.work.id for report in reports if report.work} == {memory.works()[0].id}
    assert memory.add_text("again", CHINESE).outcome == "known"
    assert memory.count() == 1


def test_pasted_text_needs_no_file(memory: Memory) -> None:
    report = memory.add_text("", RAIN)
    assert report.work is not None
    assert (report.outcome, report.work.title, report.work.source) == ("added", "Autumn rain in the courtyard.", "")
    assert memory.add_text("nothing", " \n*** ").reason == ("There are no words in it. Add a file that holds a text.")


def test_terminal_control_in_a_file_and_its_name_never_comes_in(memory: Memory, tmp_path: Path) -> None:
    path = write(tmp_path / "evil\x1b[2J\u202e.txt", "\x1b]0;owned\x07Rain \x1b[31mred\x1b[0m.")
    (report,) = memory.add([path])
    assert report.work is not None
    assert memory.work(report.work.id)[1] == "Rain red."
    assert not {"\x1b", "\u202e"} & set(report.path + report.work.title + report.work.source)


def test_passages_of_a_long_work_are_found_with_their_place(memory: Memory, tmp_path: Path) -> None:
    filler = "\n\n".join(
        f"Paragraph {n}. " + "The road went on between the dry fields and no one came. " * 8 for n in range(9)
    )
    path = write(tmp_path / "novel.txt", f"{filler}\n\nThe lighthouse keeper counted gulls.\n\n{filler[:3000]}")
    list(memory.add([path]))
    hit = memory.search("lighthouse keeper gulls", 1)[0]
    work, text = memory.work(hit.passage.work_id)
    assert "lighthouse" in hit.passage.text
    assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert (hit.title, hit.source) == (work.title, work.source)
    assert memory.hits([(hit.passage.id, 0.5), (999_999, 0.4)]) == [replace(hit, score=0.5, found_by="")]


def test_search_has_nothing_to_say_without_a_query_or_works(memory: Memory) -> None:
    assert memory.search("rain") == []
    memory.add_text("rain", RAIN)
    assert memory.search("  ") == memory.search("rain", 0) == []
    assert [hit.title for hit in memory.search("rain " * 100_000)] == ["rain"]


def test_an_id_may_be_shortened_while_it_is_unique(memory: Memory) -> None:
    ids = [report.work.id for n in range(20) if (report := memory.add_text("", f"Poem number {n}")).work]
    assert memory.work(ids[3][:8].upper())[0].id == ids[3]
    shared = next(first for first in "0123456789abcdef" if sum(id_.startswith(first) for id_ in ids) > 1)
    with pytest.raises(NoSuchWork, match="Several works"):
        memory.work(shared)


@pytest.mark.parametrize("wrong", ["", "*", "zzz", "%", "0123456789abcdef", "\x1b[31m", "' OR 1=1 --"])
def test_an_unknown_id_is_refused_and_nothing_is_removed(memory: Memory, wrong: str) -> None:
    memory.add_text("rain", RAIN)
    with pytest.raises(NoSuchWork) as caught:
        memory.remove(wrong)
    assert "\x1b" not in caught.value.sentence
    assert memory.count() == 1


class Weightless(HashEmbedder):
    """An embedder whose weights are not there."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError("the weights were asked for")

    @property
    def dimension(self) -> int:
        raise AssertionError("the weights were asked for")


def test_listing_showing_and_removing_need_no_weights(memory: Memory, home: Path) -> None:
    memory.add_text("rain", RAIN)
    with closing(Database.open(home / "cocreate.db")) as database:
        weightless = Memory(database, Weightless(), home / "index")
        (work,) = weightless.works()
        assert weightless.count() == 1
        assert weightless.work(work.id)[1] == RAIN
        assert weightless.add_text("again", RAIN).outcome == "known"
        assert weightless.remove(work.id) == work
        assert weightless.search("rain") == []


def test_memory_is_listed_without_importing_anything_heavy(memory: Memory, home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from memory.database import Database; from memory.works import Memory\n"
        "from memory.embedder import HashEmbedder\n"
        f"Memory(Database.open(Path({str(home / 'cocreate.db')!r})), HashEmbedder(), Path('x')).works()\n"
        "print({'numpy', 'faiss', 'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_forgotten_work_leaves_no_byte_in_the_data_directory(memory: Memory, home: Path) -> None:
    keep = [f"Kept poem {n}, about {'rain and ' * (n * 7)}nothing else." for n in range(60)]
    # Unalike in size: some lie inside a page beside others, some on pages of their own; deleting rebalances the tree.
    secret = [f"Xylotomy{n:03} the confidant " + f"ofthesecret{n:03} " * (1 + (n * 37) % 400) for n in range(60)]
    for kept, told in zip(keep, secret, strict=True):
        memory.add_text("kept", kept)
        memory.add_text(told.split()[0], told, source=f"/home/me/{told.split()[0]}.txt")
    hit = next(hit for hit in memory.search(secret[0], 5) if "Xylotomy000" in hit.passage.text)
    vectors = memory._database.query("SELECT vector FROM vectors WHERE passage_id = ?", (hit.passage.id,))[0][0]
    assert b"Xylotomy" in bytes_below(home)
    assert vectors in bytes_below(home)
    forgotten = [memory.remove(work.id) for work in memory.works() if work.title.startswith("Xylotomy")]
    data = bytes_below(home)
    assert b"Kept poem" in data
    traces = [b"Xylotomy", b"confidant", b"ofthesecret", vectors, *(work.id.encode() for work in forgotten)]
    assert [trace for trace in traces if trace in data] == []
    assert [work.title for work in memory.works()] == ["kept"] * 60
    assert not list((home / "index").glob("*"))


def test_a_removal_that_cannot_overwrite_says_so(memory: Memory, home: Path) -> None:
    report = memory.add_text("rain", RAIN)
    assert report.work is not None
    memory._database.query("PRAGMA busy_timeout = 50")
    with closing(Database.open(home / "cocreate.db")) as reader:
        reading = reader._connection.execute("SELECT text FROM works UNION ALL SELECT 'x'")
        reading.fetchone()
        with pytest.raises(StoreUnusable, match="is forgotten, but its bytes could not be overwritten"):
            memory.remove(report.work.id)
        reading.close()
    assert memory.count() == 0


KILLED_BEFORE_COMMIT = """
import os, signal, sys
from pathlib import Path
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory
database = Database.open(Path(sys.argv[1]) / "cocreate.db")
memory = Memory(database, HashEmbedder(), Path(sys.argv[1]) / "index")
memory.add_text("whole", "The whole work is here.")
with database.transaction():
    memory.add_text("half", "Half of this work. " * 5000)
    os.kill(os.getpid(), signal.SIGKILL)
"""

KILLED_ANYWHERE = """
import sys
from pathlib import Path
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory
memory = Memory(Database.open(Path(sys.argv[1]) / "cocreate.db"), HashEmbedder(8), Path(sys.argv[1]) / "index")
for number in range(10_000):
    memory.add_text(f"{number}", f"Work {number} of {sys.argv[2]}. " * 400)
    memory.search("work", 1)
    print(number, flush=True)
"""


def check_whole(home: Path, *, works: int) -> None:
    with closing(Database.open(home / "cocreate.db")) as database:
        assert database.query("PRAGMA integrity_check")[0][0] == "ok"
        memory = Memory(database, HashEmbedder(8), home / "index")
        assert memory.count() >= works
        for work in memory.works():
            _, text = memory.work(work.id)
            rows = database.query(
                "SELECT v.vector, p.end_offset FROM passages p LEFT JOIN vectors v ON v.passage_id = p.id "
                "WHERE p.work_id = ? ORDER BY p.ordinal",
                (work.id,),
            )
            assert all(row["vector"] for row in rows)
            assert rows[-1]["end_offset"] == len(text) == work.characters
        assert memory.search("work", 1)


def test_a_kill_inside_the_writing_leaves_no_half_work(home: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_COMMIT, str(home)], check=False)
    assert killed.returncode == -signal.SIGKILL
    check_whole(home, works=1)
    with closing(Database.open(home / "cocreate.db")) as database:
        assert [work.title for work in Memory(database, HashEmbedder(), home / "index").works()] == ["whole"]


def test_kills_at_any_moment_lose_nothing_that_was_reported(home: Path) -> None:
    reported = 0
    for round_ in range(3):
        command = [sys.executable, "-c", KILLED_ANYWHERE, str(home), str(round_)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(5 + 3 * round_):
                child.stdout.readline()
                reported += 1
            time.sleep(0.004 * round_)
            child.kill()
        check_whole(home, works=reported)
