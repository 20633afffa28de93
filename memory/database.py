"""The one SQLite file that is the truth, opened by any number of threads and processes.

Knows how to open, migrate, read and write safely and how to say in one sentence what is wrong with the disk. Knows
nothing of what the tables mean: each component brings its own migrations.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.errors import StoreUnusable
from memory.sanitise import sanitise

APPLICATION_ID = 0x636F6372
"""Written into the file's header ("cocr"), so that another program's database is recognised."""
BUSY_SECONDS = 5.0
"""How long a statement waits for another process's lock."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of a component's schema."""

    number: int
    """From 1, without gaps."""
    name: str
    action: str | Callable[[sqlite3.Connection], None]
    """SQL (one or more statements, each ended by ";"), or a function given the connection inside the transaction."""


class Database:
    """The database file. Thread-safe; one writer at a time, within the process and between processes.

    Every method raises memory.errors.StoreUnusable when the disk or the file does not let it work.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open the file, made with mode 0600 (its folder with 0700) where it does not exist.

        Raises:
            StoreUnusable: read-only or full disk, not a database, another program's database, or locked.
        """
        _create(path)
        connection: sqlite3.Connection | None = None
        try:
            with _as_store_unusable(path):
                connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
                _prepare(connection, path)
        except BaseException:  # raised again: whatever happens, nothing stays open
            if connection is not None:
                connection.close()
            raise
        return cls(path, connection)

    def migrate(self, component: str, migrations: Sequence[Migration]) -> None:
        """Bring the tables of `component` up to the last of `migrations`, each step in its own transaction.

        Raises:
            StoreUnusable: a newer cocreate has written this file.
            ValueError: the numbers are not 1, 2, 3, ...
        """
        if [migration.number for migration in migrations] != list(range(1, len(migrations) + 1)):
            raise ValueError(f"migrations of {component} must be numbered 1, 2, 3, ...")
        if self._version(component) == len(migrations):
            return
        for migration in migrations:
            with self.transaction() as connection:
                # Read again under the write lock: another process may be migrating too.
                version = self._version(component)
                self._refuse_newer(component, version, len(migrations))
                if version < migration.number:
                    _apply(connection, migration)
                    connection.execute(
                        "INSERT INTO schema_versions (component, version) VALUES (?, ?) "
                        "ON CONFLICT (component) DO UPDATE SET version = excluded.version",
                        (component, migration.number),
                    )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a write transaction: committed at the end, rolled back by an exception.

        May be nested: an inner one is a savepoint, so an exception caught outside it undoes only its own part.
        Other threads wait until the outermost one ends: keep slow work out of it.
        """
        with self._lock, _as_store_unusable(self.path):
            level = self._depth
            begin, commit, rollback = _statements(level)
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield self._connection
                self._connection.execute(commit)
            except BaseException:  # raised again: whatever happens, nothing stays half written
                # A full disk may already have rolled everything back.
                if self._connection.in_transaction:
                    for statement in rollback:
                        self._connection.execute(statement)
                raise
            finally:
                self._depth = level

    def query(self, sql: str, params: Sequence[object] | dict[str, object] = ()) -> list[sqlite3.Row]:
        """Run one statement that reads, and return all its rows (columns by name or position)."""
        with self._lock, _as_store_unusable(self.path):
            parameters: Any = params
            rows: list[sqlite3.Row] = self._connection.execute(sql, parameters).fetchall()
            return rows

    def scrub(self) -> bool:
        """Leave no byte of what was deleted; False when another process still read the old pages after
        BUSY_SECONDS.

        secure_delete zeroes freed pages but not what rebalancing leaves between the cells of a page, so the file is
        written anew; then the log that held the old pages is emptied. Takes time and room in proportion to the file.
        """
        with self._lock, _as_store_unusable(self.path):
            self._connection.execute("VACUUM")
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with self._lock:
            self._connection.close()

    def _version(self, component: str) -> int:
        rows = self.query("SELECT version FROM schema_versions WHERE component = ?", (component,))
        return int(rows[0][0]) if rows else 0

    def _refuse_newer(self, component: str, version: int, known: int) -> None:
        if version > known:
            raise StoreUnusable(
                f"A newer cocreate has written {_shown(self.path)} ({component}: version {version}, "
                f"this one knows {known}).",
                "Update cocreate, or set COCREATE_HOME to another folder.",
            )


def _create(path: Path) -> None:
    """Make folder and file, private to the user, and refuse at once where nothing could be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # os.open rather than touch: the mode holds from the first moment. Only for a file that is not there: closing
        # any descriptor of a file takes this process's locks off it, and with them those of a connection it has open.
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
    except OSError as error:
        raise _from_os_error(path, error) from error
    effective = os.access in os.supports_effective_ids
    for place, mode in ((path.parent, os.W_OK | os.X_OK), (path, os.R_OK | os.W_OK)):
        if not os.access(place, mode, effective_ids=effective):
            raise _read_only(path)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    _recognise(connection, path)
    _use_wal(connection)
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_versions'").fetchone():
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL)"
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that another program made."""
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    number = connection.execute("PRAGMA application_id").fetchone()[0]
    if number != APPLICATION_ID and tables and "schema_versions" not in tables:
        raise StoreUnusable(
            f"{_shown(path)} is a database of another program.",
            "Move it away, or set COCREATE_HOME to another folder.",
        )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. SQLite does not wait for a lock here, so two first starts at once must."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _primary_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    if callable(migration.action):
        migration.action(connection)
        return
    # executescript would commit the transaction, so the statements are told apart here.
    statement = ""
    for piece in migration.action.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n\t;"):
                connection.execute(statement)
            statement = ""


def _statements(level: int) -> tuple[str, str, tuple[str, ...]]:
    """Return the statements that begin, commit and roll back a transaction at this depth."""
    if level == 0:
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    name = f"level_{level}"
    return f"SAVEPOINT {name}", f"RELEASE {name}", (f"ROLLBACK TO {name}", f"RELEASE {name}")


@contextmanager
def _as_store_unusable(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the disk and the file into a sentence; errors in the SQL pass as they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        meant = _from_sqlite_error(path, error)
        if meant is None:
            raise
        raise meant from error


def _primary_code(error: sqlite3.Error) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return int(code) & 0xFF if code is not None else 0


def _from_sqlite_error(path: Path, error: sqlite3.Error) -> StoreUnusable | None:
    code = _primary_code(error)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return _read_only(path)
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnusable(
            f"Another program has kept {_shown(path)} locked for over {BUSY_SECONDS:.0f} seconds.",
            "Close the other cocreate or backup program that holds it, and try again.",
        )
    if code == sqlite3.SQLITE_NOTADB:
        return StoreUnusable(
            f"{_shown(path)} is not a cocreate database.",
            "Move the file away (it is left as it is), or set COCREATE_HOME to another folder.",
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreUnusable(
            f"{_shown(path)} is damaged.", "Move it aside and put a copy from your backup in its place."
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreUnusable(
            f"The disk failed while {_shown(path)} was read or written.",
            "Check that the disk has free space and is connected, and try again.",
        )
    return None


def _from_os_error(path: Path, error: OSError) -> StoreUnusable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _read_only(path)
    return StoreUnusable(
        f"The data file {_shown(path)} cannot be made: {sanitise(error.strerror or str(error))}.",
        "Set COCREATE_HOME to a folder you can write to.",
    )


def _read_only(path: Path) -> StoreUnusable:
    return StoreUnusable(
        f"The data folder {_shown(path.parent)} cannot be written to.",
        "Make it writable, or set COCREATE_HOME to a folder you can write to.",
    )


def _full(path: Path) -> StoreUnusable:
    return StoreUnusable(
        f"The disk that holds {_shown(path.parent)} is full; nothing more can be saved.",
        "Free some space and try again; what was saved before is safe.",
    )


def _shown(path: Path) -> str:
    return sanitise(str(path)).replace("\n", " ")
