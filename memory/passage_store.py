"""Passages in SQLite: their places, vectors, terms, and the marks a writer put on them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from memory.allowed import Allowed
from memory.codes import code_length
from memory.database import Database
from memory.errors import NoSuchWork
from memory.lexical import TIDY_EVERY, drop_words, tidy_words, write_words
from memory.records import Filters, Hit, Passage

_TEXTS = (
    "SELECT p.id, substr(w.text, p.start_offset + 1, p.end_offset - p.start_offset) AS text "
    "FROM passages p JOIN works w ON w.id = p.work_id "
)


@dataclass(frozen=True, slots=True)
class PassageMarks:
    """What the writer said of passages, for one piece and for good."""

    pinned: tuple[int, ...] = ()
    """Passage ids, in the order they were pinned."""
    excluded: frozenset[int] = frozenset()
    corrected: dict[int, str] = field(default_factory=dict)


def write_passages(
    connection: sqlite3.Connection,
    work_id: str,
    text: str,
    spans: Sequence[tuple[int, int]],
    vectors: Sequence[bytes],
    embedder: str,
) -> None:
    """Write the passages of a work, inside the caller's transaction, with their vectors and terms.

    Their ids follow one another: nobody else writes meanwhile.
    """
    if not spans:
        return
    number = _embedder(connection, embedder)
    ids: list[int] = []
    for ordinal, ((start, end), vector) in enumerate(zip(spans, vectors, strict=True)):
        cursor = connection.execute(
            "INSERT INTO passages (work_id, ordinal, start_offset, end_offset) VALUES (?, ?, ?, ?)",
            (work_id, ordinal, start, end),
        )
        ids.append(int(cursor.lastrowid or 0))
        connection.execute(
            "INSERT INTO vectors (passage_id, embedder, vector) VALUES (?, ?, ?)", (ids[-1], number, vector)
        )
    write_words(connection, ((at, text[start:end]) for at, (start, end) in zip(ids, spans, strict=True)))
    if ids[0] // TIDY_EVERY != (ids[-1] + 1) // TIDY_EVERY:
        tidy_words(connection)
    connection.execute(
        "INSERT INTO work_ranges (work_id, first_id, last_id) VALUES (?, ?, ?)", (work_id, ids[0], ids[-1])
    )


def drop_passages(connection: sqlite3.Connection, work_id: str) -> None:
    """Take the passages of a work away, with vectors, terms and marks, inside the caller's transaction."""
    rows = connection.execute(_TEXTS + "WHERE p.work_id = ?", (work_id,)).fetchall()
    drop_words(connection, ((int(row[0]), str(row[1])) for row in rows))
    connection.execute("DELETE FROM work_ranges WHERE work_id = ?", (work_id,))
    connection.execute("DELETE FROM passages WHERE work_id = ?", (work_id,))


def marked_texts(connection: sqlite3.Connection, work_id: str) -> list[tuple[str, str, str, str]]:
    """Marks of a work's passages as (passage text, piece, mark, wording): they outlive a change elsewhere in it."""
    rows = connection.execute(
        "SELECT substr(w.text, p.start_offset + 1, p.end_offset - p.start_offset), m.piece_id, m.mark, m.text "
        "FROM passage_marks m JOIN passages p ON p.id = m.passage_id JOIN works w ON w.id = p.work_id "
        "WHERE p.work_id = ? ORDER BY m.rowid",
        (work_id,),
    )
    return [(str(row[0]), str(row[1]), str(row[2]), str(row[3])) for row in rows]


def mark_again(connection: sqlite3.Connection, work_id: str, kept: Sequence[tuple[str, str, str, str]]) -> None:
    """Put marks back on the passages of a work that still have the same text."""
    if not kept:
        return
    ids = {str(row[1]): int(row[0]) for row in connection.execute(_TEXTS + "WHERE p.work_id = ?", (work_id,))}
    connection.executemany(
        "INSERT INTO passage_marks (passage_id, piece_id, mark, text) VALUES (?, ?, ?, ?)",
        [(ids[passage], piece, mark, text) for passage, piece, mark, text in kept if passage in ids],
    )


class PassageStore:
    """Reads and marks passages. All methods raise memory.errors.StoreUnusable where the disk says no."""

    def __init__(self, database: Database) -> None:
        """The tables are made by `memory.store.Store`."""
        self._database = database
        self._lock = threading.Lock()
        self._filtered: tuple[str, dict[Filters, Allowed]] = ("", {})

    # --- which there are ------------------------------------------------------------------------------------

    def ranges(self) -> list[tuple[str, int, int]]:
        """Work id, first and last passage id of every work that has passages, by id."""
        rows = self._database.query("SELECT work_id, first_id, last_id FROM work_ranges ORDER BY first_id")
        return [(str(row[0]), int(row[1]), int(row[2])) for row in rows]

    def total(self) -> int:
        """How many passages there are."""
        return int(self._database.query("SELECT coalesce(sum(last_id - first_id + 1), 0) FROM work_ranges")[0][0])

    def newest(self) -> int:
        """The highest passage id; 0 without passages."""
        return int(self._database.query("SELECT coalesce(max(id), 0) FROM passages")[0][0])

    def allowed(self, filters: Filters, revision: str) -> Allowed:
        """Passages of the works that pass the filters. `revision` is the store's: answers are kept until it moves."""
        with self._lock:
            if self._filtered[0] != revision:
                self._filtered = (revision, {})
            if filters not in self._filtered[1]:
                self._filtered[1][filters] = self._allowed(filters)
            return self._filtered[1][filters]

    def _allowed(self, filters: Filters) -> Allowed:
        where = ["1"]
        values: list[str] = []
        if filters.collections is not None:
            where.append(f"w.collection IN ({', '.join('?' * len(filters.collections))})")
            values += filters.collections
        for condition, value in (
            ("w.collection = ?", filters.collection),
            ("w.kind = ?", filters.kind or None),
            ("w.language = ?", filters.language or None),
            # "1912" and "1912-05" begin on their first day and end on their last: "~" sorts after every digit.
            ("w.written != '' AND w.written || '~' >= ?", filters.since or None),
            ("w.written != '' AND w.written <= ? || '~'", filters.until or None),
        ):
            if value is not None:
                where.append(condition)
                values.append(value)
        rows = self._database.query(
            "SELECT r.first_id, r.last_id FROM works w JOIN work_ranges r ON r.work_id = w.id "  # noqa: S608 - constants
            f"WHERE {' AND '.join(where)} ORDER BY r.first_id",
            values,
        )
        return Allowed(tuple((int(row[0]), int(row[1])) for row in rows))

    # --- vectors --------------------------------------------------------------------------------------------

    def without_vector(self, embedder: str, dimension: int, after: int, count: int) -> list[tuple[int, str]]:
        """Up to `count` passages (id, text) above `after` that have no vector of this embedder and length yet."""
        rows = self._database.query(
            _TEXTS  # noqa: S608 - constants; the values are bound
            + "WHERE p.id > ? AND NOT EXISTS (SELECT 1 FROM vectors v JOIN embedders e ON e.id = v.embedder "
            "WHERE v.passage_id = p.id AND e.name = ? AND length(v.vector) = ?) ORDER BY p.id LIMIT ?",
            (after, embedder, code_length(dimension), count),
        )
        return [(int(row[0]), str(row[1])) for row in rows]

    def save_vectors(self, embedder: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Write vectors of passages in place of those of other embedders; passages forgotten meanwhile are left out."""
        with self._database.transaction() as connection:
            number = _embedder(connection, embedder)
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (passage_id, embedder, vector) "
                "SELECT id, ?, ? FROM passages WHERE id = ?",
                [(number, vector, passage_id) for passage_id, vector in vectors],
            )
            connection.executemany(
                "DELETE FROM vectors WHERE passage_id = ? AND embedder != ?",
                [(passage_id, number) for passage_id, _ in vectors],
            )
            bump(connection)

    def other_embedders(self, embedder: str) -> bool:
        """Whether an embedder of another name has made vectors, some of which may be there."""
        return bool(self._database.query("SELECT 1 FROM embedders WHERE name != ? LIMIT 1", (embedder,)))

    def drop_others(self, embedder: str) -> None:
        """Delete the vectors of all embedders but this one. Every passage should have one of its own."""
        with self._database.transaction() as connection:
            number = _embedder(connection, embedder)
            connection.execute("DELETE FROM vectors WHERE embedder != ?", (number,))
            connection.execute("DELETE FROM embedders WHERE id != ?", (number,))

    def vectors_after(self, embedder: str, dimension: int, last: int, most: int = -1) -> tuple[list[int], list[bytes]]:
        """Ids above `last`, in order, and their vectors of this embedder, where the length is right; up to `most`."""
        rows = self._database.query(
            "SELECT v.passage_id, v.vector FROM vectors v JOIN embedders e ON e.id = v.embedder "
            "WHERE v.passage_id > ? AND e.name = ? AND length(v.vector) = ? ORDER BY v.passage_id LIMIT ?",
            (last, embedder, code_length(dimension), most),
        )
        return [int(row[0]) for row in rows], [bytes(row[1]) for row in rows]

    def vectors_of(self, embedder: str, dimension: int, ids: Sequence[int]) -> tuple[list[int], list[bytes]]:
        """Those of these ids that are there, in order, and their vectors."""
        rows = self._database.query(
            "SELECT v.passage_id, v.vector FROM json_each(?) j CROSS JOIN vectors v ON v.passage_id = j.value "
            "WHERE v.embedder = (SELECT id FROM embedders WHERE name = ?) AND length(v.vector) = ?",
            (json.dumps(sorted(ids)), embedder, code_length(dimension)),
        )
        return [int(row[0]) for row in rows], [bytes(row[1]) for row in rows]

    # --- reading --------------------------------------------------------------------------------------------

    def hits(self, ranked: Sequence[tuple[int, float]]) -> list[Hit]:
        """The passages with these ids and scores, in the given order; forgotten ones are left out."""
        rows = self._database.query(
            "SELECT p.id, p.work_id, p.ordinal, p.start_offset, p.end_offset, w.title, w.source, w.collection, "
            "substr(w.text, p.start_offset + 1, p.end_offset - p.start_offset) AS text "
            "FROM passages p JOIN works w ON w.id = p.work_id WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps([passage_id for passage_id, _ in ranked]),),
        )
        found = {int(row["id"]): row for row in rows}
        return [_hit(found[passage_id], score) for passage_id, score in ranked if passage_id in found]

    # --- marks ----------------------------------------------------------------------------------------------

    def marks(self, piece_id: str = "") -> PassageMarks:
        """The marks for good and those for this piece, which come before them."""
        rows = self._database.query(
            "SELECT passage_id, mark, text FROM passage_marks WHERE piece_id IN ('', ?) ORDER BY piece_id, rowid",
            (piece_id,),
        )
        place: dict[int, str] = {}
        corrected: dict[int, str] = {}
        for row in rows:
            if row["mark"] == "corrected":
                corrected[int(row["passage_id"])] = str(row["text"])
            else:
                place[int(row["passage_id"])] = str(row["mark"])
        pinned = tuple(at for at, mark in place.items() if mark == "pinned")
        return PassageMarks(pinned, frozenset(at for at, mark in place.items() if mark == "excluded"), corrected)

    def mark(self, passage_id: int, mark: str, piece_id: str = "", text: str = "") -> None:
        """Pin, exclude or correct a passage; "" takes the marks back. Pinned and excluded replace each other.

        Raises:
            NoSuchWork: there is no such passage (any more).
        """
        with self._database.transaction() as connection:
            if not connection.execute("SELECT 1 FROM passages WHERE id = ?", (passage_id,)).fetchone():
                raise NoSuchWork(
                    f"No passage has the number {passage_id}.", "Search again: it may have been forgotten."
                )
            replaced = {"": ("pinned", "excluded", "corrected"), "corrected": ("corrected",)}
            connection.executemany(
                "DELETE FROM passage_marks WHERE passage_id = ? AND piece_id = ? AND mark = ?",
                [(passage_id, piece_id, old) for old in replaced.get(mark, ("pinned", "excluded"))],
            )
            if mark:
                connection.execute(
                    "INSERT INTO passage_marks (passage_id, piece_id, mark, text) VALUES (?, ?, ?, ?)",
                    (passage_id, piece_id, mark, text),
                )


def bump(connection: sqlite3.Connection) -> None:
    """Move the store's revision, inside the caller's transaction."""
    connection.execute(
        "UPDATE memory_counters SET value = CASE name WHEN 'works_revision' THEN value + 1 ELSE abs(random()) END"
    )


def _embedder(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO embedders (name) VALUES (?)", (name,))
    return int(connection.execute("SELECT id FROM embedders WHERE name = ?", (name,)).fetchone()[0])


def _hit(row: sqlite3.Row, score: float) -> Hit:
    passage = Passage(row["id"], row["work_id"], row["ordinal"], row["start_offset"], row["end_offset"], row["text"])
    return Hit(passage, row["title"], row["source"], score, collection=row["collection"])
