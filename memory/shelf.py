"""Where works lie: which file each came from, which files are known unread, and the collection each is in."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from memory.database import Database
from memory.readers import Stamp
from memory.records import Work
from memory.sanitise import sanitise

LONGEST_NAME = 80
"""Characters of the name of a collection."""


class Shelf:
    """The tables of files and collections. All methods raise memory.errors.StoreUnusable where the disk says no."""

    def __init__(self, database: Database) -> None:
        """The tables are made by `memory.store.Store`."""
        self._database = database

    def seen(self, file: bytes, stamp: Stamp) -> list[str]:
        """Ids of the works of a file that has not changed since it was read; empty when it must be read."""
        rows = self._database.query("SELECT work_id, size, mtime_ns FROM seen_files WHERE path = ?", (file,))
        same = all((row["size"], row["mtime_ns"]) == (stamp.size, stamp.mtime_ns) for row in rows)
        return [str(row["work_id"]) for row in rows] if same else []

    def saw(self, file: bytes, stamp: Stamp, work_ids: Sequence[str]) -> None:
        """Remember that a file of this size and time holds these works. Works forgotten meanwhile are left out."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM seen_files WHERE path = ?", (file,))
            connection.executemany(
                "INSERT OR IGNORE INTO seen_files (path, work_id, size, mtime_ns) SELECT ?, id, ?, ? FROM works "
                "WHERE id = ?",
                [(file, stamp.size, stamp.mtime_ns, work_id) for work_id in work_ids],
            )

    def home(self, work_id: str) -> bytes | None:
        """The file a work came from (see memory.store.NewWork.file), or None for a pasted text."""
        rows = self._database.query("SELECT file FROM works WHERE id = ?", (work_id,))
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def rehome(self, work_id: str, source: str, file: bytes) -> None:
        """The work lies in another file now."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE works SET source = ?, file = ? WHERE id = ?", (source, file, work_id))

    def describe(self, work: Work) -> None:
        """Take over title, kind, language, date and collection."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE works SET title = ?, kind = ?, language = ?, written = ?, collection = ? WHERE id = ?",
                (work.title, work.kind, work.language, work.written, work.collection, work.id),
            )

    def move(self, work_id: str, collection: str) -> None:
        """Put a work into a collection, named as `collection` gives it."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE works SET collection = ? WHERE id = ?", (collection, work_id))

    def collection(self, name: str) -> str:
        """The name as memory keeps it: one clean line, and as it is written already where only the case differs."""
        if not name:
            return ""
        clean = unicodedata.normalize("NFC", " ".join(sanitise(name).split()))[:LONGEST_NAME].strip()
        rows = self._database.query("SELECT DISTINCT collection FROM works WHERE collection != ''")
        return next((str(row[0]) for row in rows if row[0].casefold() == clean.casefold()), clean)
