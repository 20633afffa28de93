"""The tables of voices, step by step. Never edit a step that was released: add the next one."""

from __future__ import annotations

import sqlite3

from memory.database import Migration


def m001_create_tables(connection: sqlite3.Connection) -> None:
    """Voices, their versions, the texts each was tuned on, and hashes of models that took a while to read."""
    for statement in _M001:
        connection.execute(statement)


_M001 = (
    """CREATE TABLE voices (
        name TEXT PRIMARY KEY, same TEXT NOT NULL UNIQUE, version INTEGER NOT NULL)""",
    """CREATE TABLE voice_versions (
        name TEXT NOT NULL REFERENCES voices(name) ON DELETE CASCADE, version INTEGER NOT NULL, collection TEXT,
        method TEXT NOT NULL, rank INTEGER NOT NULL, base_model TEXT NOT NULL, base_hash TEXT NOT NULL,
        bytes INTEGER NOT NULL, tokens INTEGER NOT NULL, held_out INTEGER NOT NULL, perplexity_before REAL NOT NULL,
        perplexity_after REAL NOT NULL, engines TEXT NOT NULL, created_at REAL NOT NULL,
        PRIMARY KEY (name, version))""",
    """CREATE TABLE voice_works (
        name TEXT NOT NULL, version INTEGER NOT NULL, work_id TEXT NOT NULL, content_hash TEXT NOT NULL,
        title TEXT NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (name, version, work_id),
        FOREIGN KEY (name, version) REFERENCES voice_versions(name, version) ON DELETE CASCADE)""",
    "CREATE INDEX voices_of_work ON voice_works(work_id)",
    """CREATE TABLE model_hashes (
        path TEXT PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL)""",
)

MIGRATIONS = (
    Migration(1, "create_tables", m001_create_tables),
    Migration(2, "hashes_of_models_go_to_the_cache", "DROP TABLE model_hashes;"),
)
