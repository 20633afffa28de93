"""The tables of memory, step by step. A step that has shipped is never edited; the next one is added below it."""

from __future__ import annotations

import sqlite3
import sys
from array import array

from memory.database import Migration
from memory.lexical import CREATE, write_words
from memory.shingles import STEP, fold, marks

COMPONENT = "memory"

M001_WORKS = """
CREATE TABLE works (
    id TEXT PRIMARY KEY,
    content_hash TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    source TEXT NOT NULL,
    text TEXT NOT NULL,
    characters INTEGER NOT NULL,
    added_at REAL NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    work_id TEXT NOT NULL REFERENCES works (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start_offset INTEGER NOT NULL,
    end_offset INTEGER NOT NULL,
    UNIQUE (work_id, ordinal)
);
CREATE TABLE vectors (
    passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (passage_id, embedder)
);
CREATE TABLE memory_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO memory_counters (name, value) VALUES ('works_revision', 0), ('works_stamp', abs(random()));
"""
# A passage is kept as its offsets only: the text lies in the file once, and forgetting has one place to look.
# AUTOINCREMENT: an id is never given again, so that a turn which recalled a forgotten passage finds nothing, not
# somebody else's words.


def m002_marks(connection: sqlite3.Connection) -> None:
    """References, and for each work the marks by which a copied run of its words is found.

    One row a work: `hashes` holds 8 bytes a mark, `offsets` 4 bytes (the character at which it begins), both
    little-endian and in the order of the text. No word of the work stands there, and the row goes with the work.
    """
    connection.execute("ALTER TABLE works ADD COLUMN reference INTEGER NOT NULL DEFAULT 0")
    connection.execute(
        "CREATE TABLE marks (work_id TEXT PRIMARY KEY REFERENCES works (id) ON DELETE CASCADE, "
        "hashes BLOB NOT NULL, offsets BLOB NOT NULL)"
    )
    ids = [row[0] for row in connection.execute("SELECT id FROM works ORDER BY rowid")]
    for work_id in ids:
        text = connection.execute("SELECT text FROM works WHERE id = ?", (work_id,)).fetchone()[0]
        connection.execute("INSERT INTO marks (work_id, hashes, offsets) VALUES (?, ?, ?)", (work_id, *as_blobs(text)))


def as_blobs(text: str) -> tuple[bytes, bytes]:
    """The marks of a work as the table keeps them: hashes, offsets."""
    folded = fold(text)
    hashes, places = marks(folded, STEP)
    offsets = array("i", (folded.starts[place] for place in places))
    if sys.byteorder == "big":
        offsets.byteswap()
    return hashes, offsets.tobytes()


M003_VERSIONS = """
ALTER TABLE works ADD COLUMN collection TEXT NOT NULL DEFAULT '';
ALTER TABLE works ADD COLUMN written TEXT NOT NULL DEFAULT '';
ALTER TABLE works ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE works ADD COLUMN file BLOB;
UPDATE works SET file = CAST(source AS BLOB) WHERE source != '';
CREATE INDEX works_by_file ON works (file);
CREATE TABLE work_versions (
    work_id TEXT NOT NULL REFERENCES works (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    replaced_at REAL NOT NULL,
    PRIMARY KEY (work_id, version)
);
CREATE TABLE seen_files (
    path BLOB NOT NULL,
    work_id TEXT NOT NULL REFERENCES works (id) ON DELETE CASCADE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    PRIMARY KEY (path, work_id)
);
CREATE INDEX seen_files_by_work ON seen_files (work_id);
"""
# `works.file` is the path as the system has it (os.fsencode, with "#line" for a work among others in one file): the
# cleaned one in `source` may stand for two files. `seen_files` is what lets a continued add pass over unchanged files.

_M004 = (
    "CREATE TABLE embedders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE codes (passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE, "
    "embedder INTEGER NOT NULL REFERENCES embedders (id), vector BLOB NOT NULL, "
    "PRIMARY KEY (passage_id, embedder)) WITHOUT ROWID",
    "CREATE TABLE work_ranges (work_id TEXT PRIMARY KEY REFERENCES works (id) ON DELETE CASCADE, "
    "first_id INTEGER NOT NULL, last_id INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE passage_marks (passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE, "
    "piece_id TEXT NOT NULL, mark TEXT NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX passage_marks_by_passage ON passage_marks (passage_id)",
    "CREATE INDEX passage_marks_by_piece ON passage_marks (piece_id)",
    # Filters are answered from here: a column behind `text` would cost reading the text.
    "CREATE INDEX works_filtered ON works (collection, kind, language, written, id)",
    "CREATE TRIGGER works_moved AFTER UPDATE OF collection, kind, language, written ON works BEGIN "
    "UPDATE memory_counters SET value = value + 1 WHERE name = 'works_revision'; END",
    "CREATE TABLE unscrubbed (removals INTEGER NOT NULL)",
    CREATE,
)


def m004_recall(connection: sqlite3.Connection) -> None:
    """Terms of passages, smaller vectors, ranges of ids to filter by, and the writer's marks on passages."""
    for statement in _M004:
        connection.execute(statement)
    connection.execute("INSERT INTO work_ranges SELECT work_id, min(id), max(id) FROM passages GROUP BY work_id")
    connection.execute("INSERT INTO embedders (name) SELECT DISTINCT embedder FROM vectors ORDER BY embedder")
    rows = connection.execute(
        "SELECT v.passage_id, e.id, v.vector FROM vectors v JOIN embedders e ON e.name = v.embedder"
    )
    connection.executemany(
        "INSERT INTO codes VALUES (?, ?, ?)", ((at, name, _smaller(kept)) for at, name, kept in rows)
    )
    connection.execute("DROP TABLE vectors")
    connection.execute("ALTER TABLE codes RENAME TO vectors")
    texts = connection.execute(
        "SELECT p.id, substr(w.text, p.start_offset + 1, p.end_offset - p.start_offset) "
        "FROM passages p JOIN works w ON w.id = p.work_id"
    )
    write_words(connection, ((int(row[0]), str(row[1])) for row in texts))


def _smaller(kept: bytes) -> bytes:
    """float32 of any length as memory.codes keeps it. numpy is loaded only where there is something to carry over."""
    import numpy as np

    from memory.codes import as_bytes

    return as_bytes(np.nan_to_num(np.frombuffer(kept, dtype="<f4")[None, :]))[0]


MIGRATIONS = (
    Migration(1, "m001_works", M001_WORKS),
    Migration(2, "m002_marks", m002_marks),
    Migration(3, "m003_versions", M003_VERSIONS),
    Migration(4, "m004_recall", m004_recall),
)
