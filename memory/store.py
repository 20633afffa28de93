"""Works, passages and vectors in SQLite: the truth that every cache is rebuilt from.

Vectors go in and out as bytes (float32, little-endian); what they mean is the index's business.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from memory.database import Database
from memory.errors import NoSuchWork
from memory.migrations import COMPONENT, MIGRATIONS, as_blobs
from memory.records import Excerpt, Hit, Passage, Work
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
    """One per passage."""
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
                _bump(connection)
            yield done

    def _put(
        self, connection: sqlite3.Connection, new: NewWork, embedder: str, hashes: bytes, offsets: bytes
    ) -> tuple[Work, str]:
        known = self.by_hash(new.content_hash)
        if known is not None:
            return known, "known"
        old = self.get(new.replaces) if new.replaces else None
        work = _renewed(old, new.work) if old else replace(new.work, id=self._free_id(new))
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
        for ordinal, ((start, end), vector) in enumerate(zip(new.spans, new.vectors, strict=True)):
            cursor = connection.execute(
                "INSERT INTO passages (work_id, ordinal, start_offset, end_offset) VALUES (?, ?, ?, ?)",
                (work.id, ordinal, start, end),
            )
            connection.execute(
                "INSERT INTO vectors (passage_id, embedder, vector) VALUES (?, ?, ?)",
                (cursor.lastrowid, embedder, vector),
            )
        return work, "changed" if old else "added"

    def _free_id(self, new: NewWork) -> str:
        """The first digits of the content's hash; of another one where a changed work still has them."""
        digest = new.content_hash
        while self.get(digest[:12]) is not None:
            digest = hashlib.sha256(digest.encode()).hexdigest()
        return digest[:12]

    def remove(self, work_id: str) -> None:
        """Delete a work with its passages and vectors. The bytes go with `Database.scrub`."""
        with self._database.transaction() as connection:
            # All rows of its files, so that a file of several works is read again when it is added again.
            connection.execute(
                "DELETE FROM seen_files WHERE path IN (SELECT path FROM seen_files WHERE work_id = ?)", (work_id,)
            )
            connection.execute("DELETE FROM works WHERE id = ?", (work_id,))
            _bump(connection)

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

    def by_file(self, file: bytes) -> Work | None:
        """The newest work that came from this file (see NewWork.file)."""
        rows = self._database.query(_WORKS + "WHERE w.file = ? ORDER BY w.rowid DESC LIMIT 1", (file,))
        return _work(rows[0]) if rows else None

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

    def hits(self, ranked: Sequence[tuple[int, float]]) -> list[Hit]:
        """The passages with these ids and scores, in the given order; forgotten ones are left out."""
        rows = self._database.query(
            "SELECT p.id, p.work_id, p.ordinal, p.start_offset, p.end_offset, w.title, w.source, "
            "substr(w.text, p.start_offset + 1, p.end_offset - p.start_offset) AS text "
            "FROM passages p JOIN works w ON w.id = p.work_id WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps([passage_id for passage_id, _ in ranked]),),
        )
        found = {int(row["id"]): row for row in rows}
        return [_hit(found[passage_id], score) for passage_id, score in ranked if passage_id in found]

    def without_vector(self, embedder: str, dimension: int, count: int) -> list[tuple[int, str]]:
        """Up to `count` passages (id, text) that have no vector of this embedder and length yet."""
        rows = self._database.query(
            "SELECT p.id, substr(w.text, p.start_offset + 1, p.end_offset - p.start_offset) "
            "FROM passages p JOIN works w ON w.id = p.work_id WHERE NOT EXISTS ("
            "SELECT 1 FROM vectors v WHERE v.passage_id = p.id AND v.embedder = ? AND length(v.vector) = ?) "
            "ORDER BY p.id LIMIT ?",
            (embedder, 4 * dimension, count),
        )
        return [(int(row[0]), str(row[1])) for row in rows]

    def save_vectors(self, embedder: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Write vectors of passages; those forgotten meanwhile are passed over."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (passage_id, embedder, vector) "
                "SELECT id, ?, ? FROM passages WHERE id = ?",
                [(embedder, vector, passage_id) for passage_id, vector in vectors],
            )
            _bump(connection)

    def vectors(self, embedder: str, dimension: int) -> tuple[list[int], list[bytes]]:
        """Ids of passages and their vectors of this embedder, where the length is right."""
        rows = self._database.query(
            "SELECT passage_id, vector FROM vectors WHERE embedder = ? AND length(vector) = ? ORDER BY passage_id",
            (embedder, 4 * dimension),
        )
        return [int(row[0]) for row in rows], [row[1] for row in rows]

    @contextmanager
    def holding_writers_off(self) -> Iterator[None]:
        """Nothing is written by any thread or process inside this block. Keep it short."""
        with self._database.transaction():
            yield


def _bump(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE memory_counters SET value = CASE name WHEN 'works_revision' THEN value + 1 ELSE abs(random()) END"
    )


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
    for table in ("passages", "marks"):  # the vectors go with the passages
        connection.execute(f"DELETE FROM {table} WHERE work_id = ?", (work_id,))  # noqa: S608 - our own names


def _hit(row: sqlite3.Row, score: float) -> Hit:
    passage = Passage(row["id"], row["work_id"], row["ordinal"], row["start_offset"], row["end_offset"], row["text"])
    return Hit(passage, row["title"], row["source"], score)
