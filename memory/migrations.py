"""The tables of memory, step by step. A step that has shipped is never edited; the next one is added below it."""

from __future__ import annotations

from memory.database import Migration

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

MIGRATIONS = (Migration(1, "m001_works", M001_WORKS),)
