"""The desk's tables, step by step. Never edit a step that was released: add the next one."""

from __future__ import annotations

import sqlite3

from memory.database import Migration


def m001_create_tables(connection: sqlite3.Connection) -> None:
    """Pieces, turns, takes, the journal of streamed text, feedback."""
    for statement in _M001:
        connection.execute(statement)


_M001 = (
    """CREATE TABLE pieces (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, kind TEXT NOT NULL, current_take TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL, updated_at REAL NOT NULL)""",
    """CREATE TABLE turns (
        id TEXT PRIMARY KEY, piece_id TEXT NOT NULL REFERENCES pieces(id) ON DELETE CASCADE,
        number INTEGER NOT NULL, request TEXT NOT NULL, status TEXT NOT NULL, step TEXT NOT NULL DEFAULT '',
        take_id TEXT NOT NULL DEFAULT '', brief TEXT NOT NULL DEFAULT '', edit TEXT NOT NULL DEFAULT '',
        options TEXT NOT NULL, seed INTEGER NOT NULL, directions TEXT NOT NULL DEFAULT '[]',
        chosen TEXT NOT NULL DEFAULT '[]', recalled TEXT NOT NULL DEFAULT '[]', note TEXT NOT NULL DEFAULT '',
        owner TEXT NOT NULL, started_at REAL NOT NULL, UNIQUE (piece_id, number))""",
    """CREATE TABLE takes (
        id TEXT PRIMARY KEY, turn_id TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        piece_id TEXT NOT NULL REFERENCES pieces(id) ON DELETE CASCADE, parent TEXT NOT NULL DEFAULT '',
        agent TEXT NOT NULL, stage TEXT NOT NULL, label TEXT NOT NULL, direction TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT '', finish TEXT NOT NULL DEFAULT '', status TEXT NOT NULL,
        scorecard TEXT NOT NULL DEFAULT '', overall REAL, position INTEGER NOT NULL, created_at REAL NOT NULL)""",
    "CREATE INDEX takes_of_turn ON takes(turn_id, position)",
    "CREATE INDEX takes_of_piece ON takes(piece_id)",
    "CREATE INDEX turns_in_flight ON turns(status) WHERE status IN ('running', 'waiting')",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT, take_id TEXT NOT NULL REFERENCES takes(id) ON DELETE CASCADE,
        text TEXT NOT NULL)""",
    "CREATE INDEX journal_of_take ON journal(take_id, id)",
    """CREATE TABLE feedback (
        id INTEGER PRIMARY KEY, turn_id TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE, kind TEXT NOT NULL,
        chosen TEXT NOT NULL, over TEXT NOT NULL, created_at REAL NOT NULL)""",
)


def m002_voices_edits_copies(connection: sqlite3.Connection) -> None:
    """The voice of a piece and its strength; which edits may be learned from; which takes copy from memory."""
    for statement in _M002:
        connection.execute(statement)


_M002 = (
    "ALTER TABLE pieces ADD COLUMN voice TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE pieces ADD COLUMN strength REAL NOT NULL DEFAULT 1.0",
    "ALTER TABLE takes ADD COLUMN learn INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE takes ADD COLUMN copies INTEGER NOT NULL DEFAULT 0",
)


def m003_places(connection: sqlite3.Connection) -> None:
    """The place of a take among those that stand first in its turn; NULL for the rest."""
    connection.execute("ALTER TABLE takes ADD COLUMN place INTEGER")


MIGRATIONS = (
    Migration(1, "create_tables", m001_create_tables),
    Migration(2, "voices_edits_copies", m002_voices_edits_copies),
    Migration(3, "places", m003_places),
)
