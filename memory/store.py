"""Works in SQLite: the truth that every cache is rebuilt from. Their passages are memory.passage_store's."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from memory.database import Database
from memory.errors import NoSuchWork
from memory.lexical import purge_words
from memory.migrations import COMPONENT, MIGRATIONS, as_blobs
from memory.passage_store import bump, drop_passages, mark_again, marked_texts, write_passages
from memory.records import Excerpt, Work
from memory.sanitise import sanitise

Span = tuple[int, int]
"""Character offsets [start, end) in a work's text."""

_WORKS = (
    "SELECT w.id, w.title, w.kind, w.language, w.source, w.characters, w.added_at, w.reference, w.collection, "
    "w.written, w.version, "
    "(SELECT count(*) FROM passages p WHERE p.work_id = w.id) AS passages FROM works w "
)


@dataclass(frozen=True, slots=True)
class NewWork:
    """A work ready to be written: cut and embedded."""

    work: Work
    content_hash: str
    """SHA-256 of the text, hexadecimal."""
    text: str
    spans: tuple[Span, ...]
    """One per passage, in order."""
    vectors: tuple[bytes, ...]
    """One per passage, as memory.codes.as_bytes gives them."""
    file: bytes | None = None
    """Path as the system has it (os.fsencode), with "#line" for one of several in a file; None for a pasted text."""
    replaces: str = ""
    """Id of the work of which this is a newer text; it keeps that id."""


class Store:
    """The tables of memory. All methods raise memory.errors.StoreUnusable where the disk says no."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate(COMPONENT, MIGRATIONS)

    def revision(self) -> str:
        """A mark that is new after every change of works, passages or vectors, whichever process made it.

        A counter and a random number: a database put back from a backup never shows a mark it had in another life.
        """
        rows = self._database.query("SELECT value FROM memory_counters ORDER BY name")
        return "-".join(str(row[0]) for row in rows)

    def add(self, new: NewWork, embedder: str) -> tuple[Work, str]:
        """As `put`, for one work."""
        return self.put([new], embedder)[0]

    def put(self, news: Sequence[NewWork], embedder: str) -> list[tuple[Work, str]]:
        """Write works, passages and vectors, all or none; return each work and its outcome.

        Outcomes: "added"; "changed", where it replaces the text of a work; "known", where the same content is there
        already: then nothing is written.
        """
        with self.putting(news, embedder) as done:
            return done

    @contextmanager
    def putting(self, news: Sequence[NewWork], embedder: str) -> Iterator[list[tuple[Work, str]]]:
        """As `put`; what the block writes comes into the same transaction."""
        blobs = [as_blobs(new.text) for new in news]  # slow, so before the lock
        with self._database.transaction() as connection:
            done = [self._put(connection, new, embedder, *own) for new, own in zip(news, blobs, strict=True)]
            if any(outcome != "known" for _, outcome in done):
                bump(connection)
            yield done

    def _put(
        self, connection: sqlite3.Connection, new: NewWork, embedder: str, hashes: bytes, offsets: bytes
    ) -> tuple[Work, str]:
        known = self.by_hash(new.content_hash)
        if known is not None:
            return known, "known"
        old = self.get(new.replaces) if new.replaces else None
        work = _renewed(old, new.work) if old else replace(new.work, id=self._free_id(new))
        marked = marked_texts(connection, work.id) if old else []
        if old:
            _set_aside(connection, work.id)
        else:
            connection.execute(
                "INSERT INTO works (id, content_hash, title, kind, language, source, text, characters, added_at) "
                "VALUES (?, '', '', '', '', '', '', 0, ?)",
                (work.id, work.added_at),
            )
        connection.execute(
            "UPDATE works SET content_hash = ?, title = ?, kind = ?, language = ?, source = ?, text = ?, "
            "characters = ?, reference = ?, collection = ?, written = ?, version = ?, file = ? WHERE id = ?",
            (
                new.content_hash, work.title, work.kind, work.language, work.source, new.text, work.characters,
                work.reference, work.collection, work.written, work.version, new.file, work.id,
            ),
        )  # fmt: skip
        connection.execute("INSERT INTO marks (work_id, hashes, offsets) VALUES (?, ?, ?)", (work.id, hashes, offsets))
        write_passages(connection, work.id, new.text, new.spans, new.vectors, embedder)
        mark_again(connection, work.id, marked)
        return work, "changed" if old else "added"

    def _free_id(self, new: NewWork) -> str:
        """The first digits of the content's hash; of another one where a changed work still has them."""
        digest = new.content_hash
        while self.get(digest[:12]) is not None:
            digest = hashlib.sha256(digest.encode()).hexdigest()
        return digest[:12]

    def remove(self, work_id: str, also: Callable[[], None] = lambda: None) -> None:
        """Delete a work with its passages, and what `also` deletes, or nothing. The bytes go with `scrub`."""
        with self._database.transaction() as connection:
            also()
            # All rows of its files, so that a file of several works is read again when it is added again.
            connection.execute(
                "DELETE FROM seen_files WHERE path IN (SELECT path FROM seen_files WHERE work_id = ?)", (work_id,)
            )
            drop_passages(connection, work_id)
            connection.execute("DELETE FROM works WHERE id = ?", (work_id,))
            connection.execute("INSERT INTO unscrubbed (removals) VALUES (1)")
            bump(connection)

    def unscrubbed(self) -> bool:
        """Whether a forgotten work may still have left bytes in the file (see `scrub`)."""
        return bool(self._database.query("SELECT 1 FROM unscrubbed LIMIT 1"))

    def scrub(self) -> bool:
        """Leave no byte of forgotten works in the database; False while another process still reads old pages.

        Takes time and room in proportion to the file.
        """
        with self._database.transaction() as connection:
            purge_words(connection)
        if not self._database.scrub():
            return False
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM unscrubbed")
        return True

    def works(self) -> list[Work]:
        """All works, oldest first."""
        return [_work(row) for row in self._database.query(_WORKS + "ORDER BY w.added_at, w.rowid")]

    def count(self) -> int:
        """How many works of the writer there are; references are not counted."""
        return int(self._database.query("SELECT count(*) FROM works WHERE reference = 0")[0][0])

    def marks(self) -> list[tuple[str, bytes, bytes]]:
        """Work id, hashes and offsets of every work and reference, oldest first (see memory.migrations)."""
        rows = self._database.query(
            "SELECT m.work_id, m.hashes, m.offsets FROM marks m JOIN works w ON w.id = m.work_id "
            "ORDER BY w.added_at, w.rowid"
        )
        return [(str(row[0]), bytes(row[1]), bytes(row[2])) for row in rows]

    def excerpts(self, wanted: Sequence[tuple[str, Sequence[Span]]]) -> list[Excerpt]:
        """These spans of these works, in order; what was forgotten meanwhile is left out."""
        found: list[Excerpt] = []
        for work_id, spans in wanted:
            for row in self._database.query("SELECT title, text FROM works WHERE id = ?", (work_id,)):
                found += [Excerpt(row["title"], row["text"][start:end], work_id) for start, end in spans]
        return found

    def get(self, work_id: str) -> Work | None:
        """The work with this whole id, if it is there."""
        rows = self._database.query(_WORKS + "WHERE w.id = ?", (work_id,))
        return _work(rows[0]) if rows else None

    def by_hash(self, content_hash: str) -> Work | None:
        """The work with this content, if it is there."""
        rows = self._database.query(_WORKS + "WHERE w.content_hash = ?", (content_hash,))
        return _work(rows[0]) if rows else None

    def of_file(self, path: bytes) -> list[tuple[Work, str]]:
        """The works that came from this file, those of its lines too (see NewWork.file), each with its hash."""
        rows = self._database.query(
            _WORKS.replace("w.id,", "w.id, w.content_hash,", 1)
            + "WHERE w.file = ? OR (w.file > ? AND w.file < ?) ORDER BY w.rowid",
            (path, path + b"#", path + b"$"),
        )
        return [(_work(row), str(row["content_hash"])) for row in rows]

    def find(self, prefix: str) -> Work:
        """The one work whose id begins with `prefix`. Raises memory.errors.NoSuchWork."""
        wanted = prefix.strip().lower()
        rows = []
        if re.fullmatch(r"[0-9a-f]{1,64}", wanted):
            rows = self._database.query(_WORKS + "WHERE w.id GLOB ? LIMIT 3", (wanted + "*",))
        if len(rows) == 1:
            return _work(rows[0])
        shown = " ".join(sanitise(prefix).split())[:40]
        if rows:
            raise NoSuchWork(f"Several works have an id that begins with “{shown}”.", "Type more of the id.")
        raise NoSuchWork(f"No work has the id “{shown}”.", "See the ids with: cocreate works list")

    def text(self, work_id: str) -> str:
        """The full text of a work. Raises memory.errors.NoSuchWork when it was forgotten meanwhile."""
        rows = self._database.query("SELECT text FROM works WHERE id = ?", (work_id,))
        if not rows:
            raise NoSuchWork(f"The work {work_id} is gone.", "See what is there with: cocreate works list")
        return str(rows[0][0])

    @contextmanager
    def holding_writers_off(self) -> Iterator[None]:
        """Nothing is written by any thread or process inside this block. Keep it short."""
        with self._database.transaction():
            yield


def _work(row: sqlite3.Row) -> Work:
    return Work(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        language=row["language"],
        source=row["source"],
        characters=row["characters"],
        passages=row["passages"],
        added_at=row["added_at"],
        reference=bool(row["reference"]),
        collection=row["collection"],
        written=row["written"],
        version=row["version"],
    )


def _renewed(old: Work, new: Work) -> Work:
    """The work with its newer text: it keeps its id, its age and, unless another is named, its collection."""
    return replace(
        new,
        id=old.id,
        added_at=old.added_at,
        version=old.version + 1,
        collection=new.collection or old.collection,
        written=new.written or old.written,
    )


def _set_aside(connection: sqlite3.Connection, work_id: str) -> None:
    """Keep the text of a work as an older version, and take away what was made of it."""
    connection.execute(
        "INSERT INTO work_versions (work_id, version, text, content_hash, replaced_at) "
        "SELECT id, version, text, content_hash, ? FROM works WHERE id = ?",
        (time.time(), work_id),
    )
    drop_passages(connection, work_id)
    connection.execute("DELETE FROM marks WHERE work_id = ?", (work_id,))
