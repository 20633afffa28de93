"""The desk: pieces, turns, takes, the journal of streamed text, feedback. SQLite is the only truth.

Every call is one transaction. It knows nothing of models, graphs or screens.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from agents.contracts import Agent, Brief, Direction, EditRequest, Finish, Scorecard
from cocreate import codec
from cocreate.commands import TurnOptions
from cocreate.desk_errors import NoSuchPiece, NoSuchTake, NoSuchTurn
from cocreate.desk_migrations import MIGRATIONS
from cocreate.desk_views import PIECES, TURN, first_line, piece_view, take_view, turn_view
from cocreate.events import PieceView, TakeStatus, TakeView, TurnStatus, TurnView
from memory.database import Database
from memory.records import Hit

Recalled = tuple[tuple[int, float], ...]
"""(passage id, score) pairs: the desk keeps no copy of the text, so that forgetting a work forgets it here too."""
Resolver = Callable[[Recalled, str], tuple[Hit, ...]]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What a running turn needs to know of itself."""

    id: str
    piece_id: str
    request: str
    take_id: str
    options: TurnOptions
    seed: int
    status: TurnStatus
    step: str
    brief: Brief | None
    edit: EditRequest | None
    directions: tuple[Direction, ...]
    chosen: tuple[str, ...]
    recalled: Recalled


class Desk:
    """Where texts in the making lie."""

    def __init__(self, database: Database, resolve: Resolver, owner: str) -> None:
        self._database = database
        self._resolve = resolve
        self._owner = owner
        database.migrate("desk", MIGRATIONS)

    # --- pieces ---------------------------------------------------------------------------------------------

    def new_piece(self, title: str, kind: str) -> PieceView:
        """Create an empty piece."""
        piece_id, now = secrets.token_hex(4), time.time()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO pieces (id, title, kind, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
                (piece_id, title, kind, now, now),
            )
        return self.piece(piece_id)

    def piece(self, piece_id: str) -> PieceView:
        """Return one piece by id or by an unambiguous beginning of it. Raises NoSuchPiece."""
        rows = self._database.query(f"{PIECES} WHERE p.id = ?", (piece_id,))
        if not rows and piece_id.isalnum():
            rows = self._database.query(f"{PIECES} WHERE p.id LIKE ? || '%'", (piece_id,))
        if len(rows) != 1:
            raise NoSuchPiece(f"No piece has the id {piece_id!r}.", "List your pieces to see their ids.")
        return piece_view(rows[0])

    def pieces(self, query: str = "") -> tuple[PieceView, ...]:
        """Return all pieces, newest first; with `query`, those whose title, request or takes hold it."""
        if not query:
            rows = self._database.query(f"{PIECES} ORDER BY p.updated_at DESC, p.rowid DESC")
            return tuple(piece_view(row) for row in rows)
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._database.query(
            f"{PIECES} WHERE p.title LIKE :q ESCAPE '\\'"  # noqa: S608 - constants; the words are bound
            " OR EXISTS (SELECT 1 FROM takes t WHERE t.piece_id = p.id AND t.text LIKE :q ESCAPE '\\')"
            " OR EXISTS (SELECT 1 FROM turns u WHERE u.piece_id = p.id AND u.request LIKE :q ESCAPE '\\')"
            " ORDER BY p.updated_at DESC, p.rowid DESC",
            {"q": like},
        )
        return tuple(piece_view(row) for row in rows)

    def rename_piece(self, piece_id: str, title: str) -> PieceView:
        """Give a piece a title."""
        piece = self.piece(piece_id)
        with self._database.transaction() as connection:
            connection.execute("UPDATE pieces SET title = ? WHERE id = ?", (title, piece.id))
        return self.piece(piece.id)

    def delete_piece(self, piece_id: str) -> str:
        """Delete a piece with its turns and takes; return its id."""
        piece = self.piece(piece_id)
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM pieces WHERE id = ?", (piece.id,))
        return piece.id

    def describe_piece(self, piece_id: str, title: str, kind: str) -> None:
        """Set the title and kind that the first understood brief gives."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE pieces SET title = ?, kind = ? WHERE id = ?", (title, kind, piece_id))

    def set_voice(self, piece_id: str, voice: str, strength: float) -> PieceView:
        """Choose the voice of a piece ("" for none) and how strong it is."""
        piece = self.piece(piece_id)
        with self._database.transaction() as connection:
            connection.execute("UPDATE pieces SET voice = ?, strength = ? WHERE id = ?", (voice, strength, piece.id))
        return self.piece(piece.id)

    # --- turns ----------------------------------------------------------------------------------------------

    def start_turn(self, piece_id: str, request: str, take_id: str, options: TurnOptions, seed: int) -> TurnRecord:
        """Journal the writer's message before anything runs."""
        turn_id, now = secrets.token_hex(4), time.time()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO turns (id, piece_id, number, request, status, take_id, options, seed, owner, started_at)"
                " VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM turns WHERE piece_id = ?),"
                " ?, 'running', ?, ?, ?, ?, ?)",
                (turn_id, piece_id, piece_id, request, take_id, codec.dump(options), seed, self._owner, now),
            )
            _touch(connection, piece_id)
        return self.turn(turn_id)

    def turn(self, turn_id: str) -> TurnRecord:
        """Return a turn's record. Raises NoSuchTurn."""
        row = self._turn_row(turn_id)
        return TurnRecord(
            id=row["id"],
            piece_id=row["piece_id"],
            request=row["request"],
            take_id=row["take_id"],
            options=codec.load(TurnOptions, row["options"]),
            seed=row["seed"],
            status=row["status"],
            step=row["step"],
            brief=codec.load(Brief, row["brief"]) if row["brief"] else None,
            edit=codec.load(EditRequest, row["edit"]) if row["edit"] else None,
            directions=codec.load(tuple[Direction, ...], row["directions"]),
            chosen=codec.load(tuple[str, ...], row["chosen"]),
            recalled=codec.load(tuple[tuple[int, float], ...], row["recalled"]),
        )

    def _turn_row(self, turn_id: str) -> sqlite3.Row:
        rows = self._database.query(TURN, (turn_id,))
        if not rows:
            raise NoSuchTurn(f"No turn has the id {turn_id!r}.", "It may have been deleted with its piece.")
        return rows[0]

    def set_turn(
        self, turn_id: str, *, status: TurnStatus | None = None, step: str | None = None, note: str | None = None
    ) -> None:
        """Record where a turn stands."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE turns SET status = coalesce(?, status), step = coalesce(?, step), note = coalesce(?, note),"
                " owner = ? WHERE id = ?",
                (status, step, note, self._owner, turn_id),
            )

    def set_brief(self, turn_id: str, brief: Brief, edit: EditRequest | None) -> None:
        """Record what was understood."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE turns SET brief = ?, edit = ? WHERE id = ?",
                (codec.dump(brief), codec.dump(edit) if edit else "", turn_id),
            )

    def set_recalled(self, turn_id: str, recalled: Recalled) -> None:
        """Record which passages were recalled (ids only)."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE turns SET recalled = ? WHERE id = ?", (codec.dump(recalled), turn_id))

    def set_directions(self, turn_id: str, directions: Sequence[Direction], chosen: Sequence[str]) -> None:
        """Record the directions and which of them are followed."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE turns SET directions = ?, chosen = ? WHERE id = ?",
                (codec.dump(tuple(directions)), codec.dump(tuple(chosen)), turn_id),
            )

    def unfinished(self) -> tuple[tuple[str, str, str], ...]:
        """Return (turn id, owner, step) of every turn in flight, also those of other studios."""
        rows = self._database.query(
            "SELECT id, owner, step FROM turns WHERE status IN ('running', 'waiting', 'unfinished') ORDER BY started_at"
        )
        return tuple((row["id"], row["owner"], row["step"]) for row in rows)

    def turn_view(self, turn_id: str) -> TurnView:
        """Return a turn as it is shown."""
        return turn_view(self._turn_row(turn_id), self.takes(turn_id), self._resolve)

    def turns(self, piece_id: str, most: int, before: int | None) -> tuple[tuple[TurnView, ...], bool]:
        """Return the newest `most` turns numbered below `before`, oldest first, and whether there are older ones."""
        rows = self._database.query(
            "SELECT * FROM turns WHERE piece_id = ? AND number < ? ORDER BY number DESC LIMIT ?",
            (piece_id, before if before is not None else 1 << 60, most + 1),
        )
        shown = list(reversed(rows[:most]))
        return tuple(turn_view(row, self.takes(row["id"]), self._resolve) for row in shown), len(rows) > most

    # --- takes ----------------------------------------------------------------------------------------------

    def start_take(
        self, turn_id: str, *, agent: Agent, stage: str, label: str, parent: str = "", direction: str = ""
    ) -> str:
        """Open a take that text will stream into; return its id."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT piece_id FROM turns WHERE id = ?", (turn_id,)).fetchone()
            if row is None:
                raise NoSuchTurn(f"No turn has the id {turn_id!r}.", "It may have been deleted with its piece.")
            number = connection.execute(
                "SELECT coalesce(max(position), 0) + 1 FROM takes WHERE turn_id = ?", (turn_id,)
            ).fetchone()[0]
            take_id = f"{turn_id}-{number}"
            connection.execute(
                "INSERT INTO takes (id, turn_id, piece_id, parent, agent, stage, label, direction, status, position,"
                " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'streaming', ?, ?)",
                (take_id, turn_id, row["piece_id"], parent, agent, stage, label, direction, number, time.time()),
            )
        return take_id

    def journal(self, pieces: Iterable[tuple[str, str]]) -> None:
        """Append streamed text: (take id, text) pairs, durable against a kill before it is shown."""
        with self._database.transaction() as connection:
            connection.executemany("INSERT INTO journal (take_id, text) VALUES (?, ?)", pieces)

    def finish_take(self, take_id: str, text: str, finish: Finish) -> None:
        """Write the whole text; the take's journal is folded into it."""
        with self._database.transaction() as connection:
            status: TakeStatus = "partial" if finish == "stopped" else "offered"
            connection.execute(
                "UPDATE takes SET text = ?, finish = ?, status = ? WHERE id = ?", (text, finish, status, take_id)
            )
            connection.execute("DELETE FROM journal WHERE take_id = ?", (take_id,))

    def fold_journal(self, turn_id: str) -> tuple[str, ...]:
        """Make every take that still streams a partial one holding what was journalled; return their ids.

        Takes that never got a character are removed.
        """
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT id, (SELECT group_concat(text, '') FROM (SELECT text FROM journal j WHERE j.take_id = takes.id"
                " ORDER BY j.id)) AS written FROM takes WHERE turn_id = ? AND status = 'streaming' ORDER BY position",
                (turn_id,),
            ).fetchall()
            for row in rows:
                if not (row["written"] or "").strip():
                    connection.execute("DELETE FROM takes WHERE id = ?", (row["id"],))
                    continue
                connection.execute(
                    "UPDATE takes SET text = ?, finish = 'stopped', status = 'partial' WHERE id = ?",
                    (row["written"], row["id"]),
                )
                connection.execute("DELETE FROM journal WHERE take_id = ?", (row["id"],))
        return tuple(row["id"] for row in rows if (row["written"] or "").strip())

    def set_scorecard(self, take_id: str, scorecard: Scorecard) -> None:
        """Record what the critic measured."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE takes SET scorecard = ?, overall = ?, copies = ? WHERE id = ?",
                (codec.dump(scorecard), scorecard.overall, len(scorecard.copied), take_id),
            )

    def discard_take(self, take_id: str) -> None:
        """Mark a take that lost against its parent: kept in the tree, not offered."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE takes SET status = 'dropped' WHERE id = ?", (take_id,))

    def set_aside(self, take_id: str, text: str, scorecard: Scorecard | None) -> None:
        """Mark an opening that does not go on, at once: its text and score are kept in the tree, it is not offered."""
        card = (codec.dump(scorecard), scorecard.overall, len(scorecard.copied)) if scorecard else ("", None, 0)
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE takes SET text = ?, scorecard = ?, overall = ?, copies = ?, finish = 'stop', status = 'dropped'"
                " WHERE id = ?",
                (text, *card, take_id),
            )
            connection.execute("DELETE FROM journal WHERE take_id = ?", (take_id,))

    def remove_take(self, take_id: str) -> None:
        """Remove a candidate that nobody saw."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM takes WHERE id = ?", (take_id,))

    def unscored(self, turn_id: str) -> tuple[tuple[str, TakeView], ...]:
        """Return (stage, take) of every complete take without a scorecard, in the order they were made."""
        rows = self._database.query(
            "SELECT * FROM takes WHERE turn_id = ? AND scorecard = '' AND status = 'offered' ORDER BY position",
            (turn_id,),
        )
        return tuple((row["stage"], take_view(row)) for row in rows)

    def take(self, take_id: str) -> TakeView:
        """Return one take. Raises NoSuchTake."""
        rows = self._database.query("SELECT * FROM takes WHERE id = ?", (take_id,))
        if not rows:
            raise NoSuchTake(f"No take has the id {take_id!r}.", "It may have been deleted with its piece.")
        return self._with_journal(rows[0])

    def takes(self, turn_id: str, *, stage: str | None = None, dropped: bool = False) -> tuple[TakeView, ...]:
        """Return a turn's takes: those that were put first, then the rest, best first, unscored ones last.

        A take that copies from memory stands behind all that do not.
        """
        rows = self._database.query(
            "SELECT * FROM takes WHERE turn_id = ? AND (? IS NULL OR stage = ?) AND (? OR status != 'dropped')"
            " ORDER BY place IS NULL, place, overall IS NULL, copies > 0, overall DESC, position",
            (turn_id, stage, stage, dropped),
        )
        return tuple(self._with_journal(row) for row in rows)

    def put_first(self, turn_id: str, take_ids: Sequence[str]) -> None:
        """Let these takes of a turn stand before all others, in this order."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE takes SET place = NULL WHERE turn_id = ?", (turn_id,))
            places = [(place, take_id) for place, take_id in enumerate(take_ids)]
            connection.executemany("UPDATE takes SET place = ? WHERE id = ?", places)

    def _with_journal(self, row: sqlite3.Row) -> TakeView:
        view = take_view(row)
        if row["status"] != "streaming":
            return view
        written = self._database.query("SELECT text FROM journal WHERE take_id = ? ORDER BY id", (row["id"],))
        return replace(view, text="".join(piece["text"] for piece in written))

    # --- the writer's verdicts ------------------------------------------------------------------------------

    def keep(self, take_id: str) -> TakeView:
        """Make a take the piece's current one; the other takes of its turn are recorded as passed over."""
        take = self.take(take_id)
        with self._database.transaction() as connection:
            connection.execute("UPDATE takes SET status = 'kept' WHERE id = ?", (take_id,))
            connection.execute("UPDATE pieces SET current_take = ? WHERE id = ?", (take_id, take.piece_id))
            _touch(connection, take.piece_id)
            others = [row.id for row in self.takes(take.turn_id) if row.id != take_id and row.status == "offered"]
            _feedback(connection, take.turn_id, "kept", take_id, others)
        return self.take(take_id)

    def reject(self, take_id: str) -> TakeView:
        """Mark a take as not wanted; if it was the current one, its parent is again."""
        take = self.take(take_id)
        with self._database.transaction() as connection:
            connection.execute("UPDATE takes SET status = 'rejected' WHERE id = ?", (take_id,))
            connection.execute(
                "UPDATE pieces SET current_take = ? WHERE id = ? AND current_take = ?",
                (take.parent, take.piece_id, take_id),
            )
            _touch(connection, take.piece_id)
            _feedback(connection, take.turn_id, "rejected", "", [take_id])
        return self.take(take_id)

    def edit(self, take_id: str, text: str) -> TakeView:
        """Save the writer's own version as a child of a take and make it the current one."""
        take = self.take(take_id)
        child = self.start_take(
            take.turn_id, agent="writer", stage="edit", label="your edit", parent=take_id, direction=take.direction
        )
        self.finish_take(child, text, "stop")
        with self._database.transaction() as connection:
            _feedback(connection, take.turn_id, "edited", child, [take_id])
        return self.keep(child)

    def learn(self, turn_id: str, kind: str, chosen: str, over: Sequence[str]) -> None:
        """Record a choice made inside a turn (a direction over others, a revision over its parent)."""
        with self._database.transaction() as connection:
            _feedback(connection, turn_id, kind, chosen, over)

    def offer(self, piece_id: str, take_id: str) -> None:
        """Make a turn's best take the current one of its piece."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE pieces SET current_take = ? WHERE id = ?", (take_id, piece_id))
            _touch(connection, piece_id)


def _touch(connection: sqlite3.Connection, piece_id: str) -> None:
    connection.execute("UPDATE pieces SET updated_at = ? WHERE id = ?", (time.time(), piece_id))


def _feedback(connection: sqlite3.Connection, turn_id: str, kind: str, chosen: str, over: Sequence[str]) -> None:
    connection.execute(
        "INSERT INTO feedback (turn_id, kind, chosen, over, created_at) VALUES (?, ?, ?, ?, ?)",
        (turn_id, kind, chosen, codec.dump(tuple(over)), time.time()),
    )


__all__ = ["Desk", "Recalled", "Resolver", "TurnRecord", "first_line"]
