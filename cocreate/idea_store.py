"""The last list of ideas for each theme, so that one of them can be pushed further later.

No sentence on why an idea could work is kept: it may quote a work, and is made anew whenever the list is shown.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agents.ideas import Idea
from cocreate.errors import InputRefused
from memory.database import Database, Migration

MOST_LISTS = 200
"""Lists kept; the oldest go first."""


def m001_create_tables(connection: sqlite3.Connection) -> None:
    """Lists by theme, and their ideas by number."""
    for statement in _M001:
        connection.execute(statement)


_M001 = (
    """CREATE TABLE idea_lists (
        id INTEGER PRIMARY KEY, same TEXT NOT NULL UNIQUE, theme TEXT NOT NULL, language TEXT NOT NULL,
        updated_at REAL NOT NULL)""",
    """CREATE TABLE ideas (
        list_id INTEGER NOT NULL REFERENCES idea_lists(id) ON DELETE CASCADE, number INTEGER NOT NULL,
        text TEXT NOT NULL, angle TEXT NOT NULL, how TEXT NOT NULL, parents TEXT NOT NULL, fit REAL NOT NULL,
        novelty REAL NOT NULL, original REAL, PRIMARY KEY (list_id, number))""",
)
MIGRATIONS = (Migration(1, "create_tables", m001_create_tables),)


@dataclass(frozen=True, slots=True)
class Kept:
    """One idea of a list."""

    number: int
    idea: Idea
    parents: tuple[int, ...]
    """Numbers of the ideas it was made from."""


@dataclass(frozen=True, slots=True)
class KeptList:
    """The list of one theme."""

    theme: str
    language: str
    ideas: tuple[Kept, ...]

    def pick(self, numbers: Sequence[int]) -> tuple[Kept, ...]:
        """The ideas of these numbers, in this order. Raises InputRefused for a number the list has not."""
        here = {one.number: one for one in self.ideas}
        for number in numbers:
            if number not in here:
                raise InputRefused(f"There is no idea {number} for “{self.theme}”.", f"They go from 1 to {len(here)}.")
        return tuple(here[number] for number in dict.fromkeys(numbers))


class IdeaStore:
    """Lists of ideas in the desk's database. Thread-safe as the database is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("ideas", MIGRATIONS)

    def replace(self, theme: str, language: str, ideas: Sequence[Idea]) -> KeptList:
        """Keep these ideas as the list of the theme, numbered from 1."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM idea_lists WHERE same = ?", (_same(theme),))
            connection.execute(
                "INSERT INTO idea_lists (same, theme, language, updated_at) VALUES (?, ?, ?, ?)",
                (_same(theme), theme, language, time.time()),
            )
            self._insert(connection, theme, 1, ideas, [()] * len(ideas))
            connection.execute(
                "DELETE FROM idea_lists WHERE id NOT IN (SELECT id FROM idea_lists ORDER BY updated_at DESC LIMIT ?)",
                (MOST_LISTS,),
            )
        return self._there(theme)

    def append(self, theme: str, ideas: Sequence[Idea], parents: Sequence[tuple[int, ...]]) -> KeptList:
        """Add ideas with the numbers of their parents to the list of the theme. Raises InputRefused without one."""
        kept = self._there(theme)
        with self._database.transaction() as connection:
            self._insert(connection, theme, len(kept.ideas) + 1, ideas, parents)
            connection.execute("UPDATE idea_lists SET updated_at = ? WHERE same = ?", (time.time(), _same(theme)))
        return self._there(theme)

    def find(self, theme: str) -> KeptList | None:
        """The list of a theme, whatever its case and spaces; of "" the newest one."""
        rows = self._database.query(
            "SELECT * FROM idea_lists WHERE ? = '' OR same = ? ORDER BY updated_at DESC, id DESC LIMIT 1",
            (_same(theme), _same(theme)),
        )
        if not rows:
            return None
        found = self._database.query("SELECT * FROM ideas WHERE list_id = ? ORDER BY number", (rows[0]["id"],))
        texts = {row["number"]: row["text"] for row in found}
        return KeptList(rows[0]["theme"], rows[0]["language"], tuple(_kept(row, texts) for row in found))

    def forget(self, theme: str) -> int:
        """Delete the list of a theme; return how many ideas it held. Raises InputRefused when there is none."""
        kept = self._there(theme)
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM idea_lists WHERE same = ?", (_same(theme),))
        return len(kept.ideas)

    def _there(self, theme: str) -> KeptList:
        kept = self.find(theme) if _same(theme) else None
        if kept is None:
            raise InputRefused(f"There are no ideas for “{theme}” yet.", "Find some first, without pushing any.")
        return kept

    def _insert(
        self, connection: sqlite3.Connection, theme: str, first: int, ideas: Sequence[Idea],
        parents: Sequence[tuple[int, ...]],
    ) -> None:  # fmt: skip
        [(list_id,)] = connection.execute("SELECT id FROM idea_lists WHERE same = ?", (_same(theme),)).fetchall()
        connection.executemany(
            "INSERT INTO ideas VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (list_id, number, one.text, one.angle, one.how, json.dumps(of), one.fit, one.novelty, one.original)
                for number, (one, of) in enumerate(zip(ideas, parents, strict=True), first)
            ],
        )


def _kept(row: sqlite3.Row, texts: dict[int, str]) -> Kept:
    parents = tuple(json.loads(row["parents"]))
    idea = Idea(
        row["text"], row["angle"], row["how"], tuple(texts[one] for one in parents), row["fit"], row["novelty"],
        row["original"],
    )  # fmt: skip
    return Kept(row["number"], idea, parents)


def _same(theme: str) -> str:
    """A theme as it is looked up: its case and spaces do not matter."""
    return " ".join(theme.split()).casefold()
