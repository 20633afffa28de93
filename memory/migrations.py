"""The tables of memory, step by step. A step that has shipped is never edited; the next one is added below it."""

from __future__ import annotations

import sqlite3
import sys
from array import array

from memory.database import Migration
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

MIGRATIONS = (
    Migration(1, "m001_works", M001_WORKS),
    Migration(2, "m002_marks", m002_marks),
    Migration(3, "m003_versions", M003_VERSIONS),
)
