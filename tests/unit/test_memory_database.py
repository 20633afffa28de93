"""The data file: private, shared between processes, and one sentence for everything that can be wrong with it."""

import hashlib
import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from memory import database as database_module
from memory.database import Database, Migration
from memory.errors import StoreUnusable

TABLE = Migration(1, "m001_lines", "CREATE TABLE lines (text TEXT); INSERT INTO lines VALUES ('a;b');")
NOBODY = 65534


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    with closing(Database.open(tmp_path / "home" / "cocreate.db")) as database:
        database.migrate("test", [TABLE])
        yield database


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder another user may enter (pytest's own are private to root)."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Permissions do not hold for root: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def lines(database: Database) -> list[str]:
    return [row["text"] for row in database.query("SELECT text FROM lines ORDER BY rowid")]


def insert(database: Database, text: str) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO lines VALUES (?)", (text,))


def test_file_and_folder_are_private_to_the_user(opened: Database) -> None:
    insert(opened, "x")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in opened.path.parent.iterdir()}
    assert modes == {"cocreate.db": 0o600, "cocreate.db-wal": 0o600, "cocreate.db-shm": 0o600}
    assert stat.S_IMODE(opened.path.parent.stat().st_mode) == 0o700


def test_migrations_run_once_in_order_and_each_component_has_its_own_numbers(opened: Database) -> None:
    second = Migration(2, "m002_more", lambda connection: connection.execute("INSERT INTO lines VALUES ('second')"))
    opened.migrate("test", [TABLE, second])
    opened.migrate("test", [TABLE, second])
    opened.migrate("other", [Migration(1, "m001_other", "INSERT INTO lines VALUES ('other')")])
    assert lines(opened) == ["a;b", "second", "other"]


def test_a_migration_that_fails_leaves_nothing_of_itself(opened: Database) -> None:
    broken = Migration(2, "m002_broken", "INSERT INTO lines VALUES ('half'); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        opened.migrate("test", [TABLE, broken])
    assert lines(opened) == ["a;b"]
    opened.migrate("test", [TABLE, Migration(2, "m002_mended", "INSERT INTO lines VALUES ('whole')")])
    assert lines(opened) == ["a;b", "whole"]


def test_a_file_from_a_newer_version_is_refused_with_a_sentence(opened: Database) -> None:
    opened.migrate("test", [TABLE, Migration(2, "m002_future", "SELECT 1")])
    with pytest.raises(StoreUnusable, match="A newer cocreate has written") as caught:
        opened.migrate("test", [TABLE])
    assert caught.value.next_step.startswith("Update cocreate")


def test_gaps_in_migration_numbers_are_a_bug_in_the_program(opened: Database) -> None:
    with pytest.raises(ValueError, match="numbered"):
        opened.migrate("gap", [TABLE, Migration(3, "m003", "SELECT 1")])


def test_an_exception_rolls_the_whole_transaction_back(opened: Database) -> None:
    with pytest.raises(KeyError), opened.transaction() as connection:
        connection.execute("INSERT INTO lines VALUES ('lost')")
        raise KeyError
    assert lines(opened) == ["a;b"]


def test_an_inner_transaction_undoes_only_its_own_part(opened: Database) -> None:
    with opened.transaction() as connection:
        connection.execute("INSERT INTO lines VALUES ('outer')")
        with pytest.raises(KeyError), opened.transaction() as inner:
            inner.execute("INSERT INTO lines VALUES ('inner')")
            raise KeyError
        with opened.transaction() as inner:
            inner.execute("INSERT INTO lines VALUES ('kept')")
    assert lines(opened) == ["a;b", "outer", "kept"]


def test_threads_take_turns_and_lose_nothing(opened: Database) -> None:
    def work(name: int) -> None:
        for number in range(25):
            with opened.transaction() as connection:
                count = connection.execute("SELECT count(*) FROM lines").fetchone()[0]
                connection.execute("INSERT INTO lines VALUES (?)", (f"{name} {number} after {count}",))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [int(line.split()[-1]) for line in lines(opened)[1:]] == list(range(1, 101))


WRITER = """
import sys
from pathlib import Path
from memory.database import Database, Migration
database = Database.open(Path(sys.argv[1]))
database.migrate("test", [Migration(1, "m001", "CREATE TABLE IF NOT EXISTS lines (text TEXT)")])
for number in range(30):
    with database.transaction() as connection:
        connection.execute("INSERT INTO lines VALUES (?)", (f"{sys.argv[2]} {number}",))
"""


def test_several_processes_open_and_write_the_same_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cocreate.db"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(name)]) for name in range(4)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    with closing(Database.open(path)) as database:
        assert sorted(lines(database)) == sorted(f"{name} {number}" for name in range(4) for number in range(30))


def test_a_lock_held_too_long_is_said_in_a_sentence(opened: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.1)
    with closing(Database.open(opened.path)) as second, opened.transaction():
        with pytest.raises(StoreUnusable, match="locked for over"):
            insert(second, "never")
        assert lines(second) == ["a;b"]
    insert(opened, "afterwards")


def test_a_full_disk_is_said_in_a_sentence_and_loses_nothing(opened: Database) -> None:
    pages = opened.query("PRAGMA page_count")[0][0]
    opened.query(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnusable, match="is full") as caught:
        insert(opened, "x" * 100_000)
    assert caught.value.next_step.startswith("Free some space")
    opened.query("PRAGMA max_page_count = 1000000")
    insert(opened, "room again")
    assert lines(opened) == ["a;b", "room again"]


def test_a_read_only_folder_is_said_in_a_sentence(shared_folder: Path) -> None:
    shared_folder.chmod(0o555)
    with ordinary_user(), pytest.raises(StoreUnusable, match="cannot be written to"):
        Database.open(shared_folder / "cocreate.db")


def test_a_read_only_file_is_said_in_a_sentence_when_it_is_opened(shared_folder: Path) -> None:
    path = shared_folder / "cocreate.db"
    Database.open(path).close()
    path.chmod(0o444)
    with ordinary_user(), pytest.raises(StoreUnusable, match="cannot be written to"):
        Database.open(path)


def test_a_folder_below_a_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnusable, match="cannot be made"):
        Database.open(tmp_path / "file" / "cocreate.db")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cocreate.db"
    path.write_text("a diary, not a database\n" * 100)
    with pytest.raises(StoreUnusable, match="is not a cocreate database"):
        Database.open(path)
    assert path.read_text() == "a diary, not a database\n" * 100


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cocreate.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="another program"):
        Database.open(path)
    assert path.read_bytes() == before


def test_a_damaged_database_is_said_in_a_sentence(opened: Database) -> None:
    for number in range(200):
        insert(opened, f"{number} " * 200)
    opened.scrub()
    opened.close()
    data = bytearray(opened.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    opened.path.write_bytes(data)
    with pytest.raises(StoreUnusable, match="damaged"), closing(Database.open(opened.path)) as database:
        lines(database)


def test_mistakes_in_the_sql_stay_what_they_are(opened: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        opened.query("SELECT * FROM nowhere")


def test_terminal_control_in_the_path_never_reaches_the_sentence(tmp_path: Path) -> None:
    (tmp_path / "evil\x1b[2J").write_text("x")
    with pytest.raises(StoreUnusable) as caught:
        Database.open(tmp_path / "evil\x1b[2J" / "cocreate.db")
    assert "\x1b" not in caught.value.sentence


def test_closing_twice_does_nothing(opened: Database) -> None:
    opened.close()
    opened.close()


def test_scrubbing_leaves_no_byte_of_deleted_rows_or_of_their_keys(opened: Database) -> None:
    keys = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(10_000)]
    with opened.transaction() as connection:
        connection.execute("CREATE TABLE keyed (key TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO keyed VALUES (?)", [(key,) for key in keys])
    # In order, so that pages merge: that leaves copies of keys between the rows, which secure_delete passes over.
    gone = sorted(random.Random(1).sample(keys, 7_000))
    with opened.transaction() as connection:
        connection.executemany("DELETE FROM keyed WHERE key = ?", [(key,) for key in gone])
    assert opened.scrub()
    data = b"".join(path.read_bytes() for path in opened.path.parent.iterdir())
    assert set(keys) - set(gone) <= set(re.findall(r"[0-9a-f]{64}", text := data.decode("latin-1")))
    assert [key for key in gone if key in text] == []


def test_opening_a_file_again_leaves_the_locks_of_the_connection_that_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "cocreate.db"
    code = f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('SELECT 1 FROM sqlite_master'); c.close()"
    with closing(Database.open(path)) as first:
        Database.open(path).close()
        with first.transaction() as connection:
            connection.execute("CREATE TABLE kept (x)")
        # The last one to close a database takes its log away: this one must see that it is not the last.
        subprocess.run([sys.executable, "-c", code], check=True)
        assert path.with_name("cocreate.db-wal").exists()
        assert first.query("SELECT count(*) FROM kept")[0][0] == 0
