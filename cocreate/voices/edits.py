"""The writer's own changes to takes: what a tuning may learn from, once the writer has marked it."""

from __future__ import annotations

import difflib
import sqlite3

from agents.spans import parts
from cocreate.training.job import TrainingText
from cocreate.voice_views import EditPair
from cocreate.voices.errors import VoiceRefused
from memory.database import Database
from memory.form import kind_of, language_of

MOST = 200
"""Edits that are listed: the newest."""
WEIGHT = 2.0
"""How often an edit is read in a tuning, against a work: it shows exactly what the writer wants otherwise."""
TITLE = "your edit"
"""What a voice's list calls an edit: pieces keep their titles to themselves."""
_EDITS = """SELECT t.*, p.title AS piece_title FROM takes t JOIN pieces p ON p.id = t.piece_id
    WHERE t.agent = 'writer' AND t.status != 'rejected' AND t.parent != ''
    AND NOT EXISTS (SELECT 1 FROM takes later WHERE later.parent = t.id AND later.agent = 'writer'
                    AND later.status != 'rejected')"""


class Edits:
    """Edits on the desk of one data directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self) -> tuple[EditPair, ...]:
        """The newest edits. Of edits of an edit, the last one stands against what the studio wrote."""
        rows = self._database.query(f"{_EDITS} ORDER BY t.created_at DESC, t.rowid DESC LIMIT ?", (MOST,))
        pairs = [self._pair(row) for row in rows]
        return tuple(pair for pair in pairs if pair.before.strip() and pair.before != pair.after)

    def use(self, edit_id: str, use: bool) -> None:
        """Let the next tuning learn from an edit, or not. Raises VoiceRefused when there is no such edit."""
        rows = self._database.query("SELECT id FROM takes WHERE id = ? AND agent = 'writer'", (edit_id,))
        if not rows:
            raise VoiceRefused(f"No edit has the id {edit_id!r}.", "List them: cocreate voice edits")
        with self._database.transaction() as connection:
            connection.execute("UPDATE takes SET learn = ? WHERE id = ?", (int(use), edit_id))

    def material(self) -> list[TrainingText]:
        """The marked edits as texts to learn from: the whole of what the writer made of each, beside what it was."""
        import hashlib

        return [
            TrainingText(
                work_id=f"edit-{pair.id}",
                title=TITLE,
                text=pair.after,
                kind=kind_of(pair.after),
                language=language_of(pair.after),
                content_hash=hashlib.sha256(pair.after.encode()).hexdigest(),
                weight=WEIGHT,
                before=pair.before,
            )
            for pair in self.listed()
            if pair.use
        ]

    def _pair(self, row: sqlite3.Row) -> EditPair:
        before = self._written_by_studio(row["parent"])
        return EditPair(
            id=row["id"],
            piece_title=row["piece_title"],
            before=before,
            after=row["text"],
            created_at=row["created_at"],
            use=bool(row["learn"]),
            changes=changed(before, row["text"]),
        )

    def _written_by_studio(self, take_id: str) -> str:
        """The nearest text in the line of parents that is not the writer's own; "" when it is gone."""
        seen: set[str] = set()
        while take_id and take_id not in seen:
            seen.add(take_id)
            rows = self._database.query("SELECT agent, parent, text FROM takes WHERE id = ?", (take_id,))
            if not rows:
                return ""
            if rows[0]["agent"] != "writer":
                return str(rows[0]["text"])
            take_id = rows[0]["parent"]
        return ""


def changed(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """The lines or sentences that differ, as (before, after) pairs in the order of the text; "" where one was added or
    taken away."""
    old = [before[start:end] for start, end in parts(before)]
    new = [after[start:end] for start, end in parts(after)]
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    found = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            found.append(("\n".join(old[a:b]), "\n".join(new[c:d])))
    return tuple(found)
