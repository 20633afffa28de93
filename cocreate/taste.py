"""What the writer keeps and rejects, read from the desk, as weights of the overall score.

One choice a turn: the take that was kept last, over all others that were offered; without one, what was left over what
was rejected. A version the writer edited stands for the take it was made from, since it has no scores of its own.
The critic's own verdicts on revisions are not the writer's, and do not count.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.contracts import Scorecard
from cocreate import codec
from cocreate.errors import InputRefused
from cocreate.taste_views import TasteShown
from memory.database import Database, Migration

if TYPE_CHECKING:
    from agents.critique.taste import Choice, Taste

MIGRATIONS = (
    Migration(
        1,
        "m001_resets",
        # A reset is a time: feedback before it is kept, and does not count until the reset is taken back.
        "CREATE TABLE taste_resets (id INTEGER PRIMARY KEY, at REAL NOT NULL);",
    ),
)
ALSO = ("craft", "emotion")
"""Qualities that a writer may look at though the shipped overall does not count them."""
_FEEDBACK = "SELECT turn_id, kind, chosen, over FROM feedback WHERE kind IN ('kept', 'rejected') AND created_at > ?"


@dataclass(frozen=True, slots=True)
class _Take:
    id: str
    parent: str
    status: str
    scores: Mapping[str, float]


class WriterTaste:
    """The weights that fit the writer; thread-safe. Learns again only when there is new feedback."""

    def __init__(self, database: Database, *, on: bool) -> None:
        """`database` must hold the desk's tables. `on`: whether the writer's own weights are used."""
        self._database = database
        self.on = on
        self._lock = threading.Lock()
        self._learnt: tuple[object, Taste] | None = None
        database.migrate("taste", MIGRATIONS)

    def weights(self) -> Mapping[str, float] | None:
        """Weights for the critic; None for the shipped ones."""
        if not self.on:
            return None
        taste = self._taste()
        return taste.weights if taste.choices else None

    def shown(self) -> TasteShown:
        """What there is to see."""
        taste = self._taste()
        names = sorted(taste.shipped, key=lambda name: -taste.shipped[name])
        since, before = self._since(), self._since(1)
        return TasteShown(
            on=self.on,
            shipped=tuple((name, taste.shipped[name]) for name in names),
            yours=tuple((name, taste.weights[name]) for name in names),
            choices=taste.choices,
            forgotten=self._turns(before) - self._turns(since) if since else 0,
        )

    def reset(self) -> None:
        """Forget what was learnt: only what the writer chooses from now on counts. The feedback itself stays."""
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO taste_resets (at) VALUES (?)", (time.time(),))

    def undo(self) -> None:
        """Take the last reset back. Raises InputRefused when there is none."""
        with self._database.transaction() as connection:
            gone = connection.execute("DELETE FROM taste_resets WHERE id = (SELECT max(id) FROM taste_resets)")
            if not gone.rowcount:
                raise InputRefused("There is no reset to take back.", "See what is learnt with: cocreate taste")

    def _since(self, skip: int = 0) -> float:
        """Time of the last reset but `skip`; 0.0 when there is none."""
        rows = self._database.query("SELECT at FROM taste_resets ORDER BY id DESC LIMIT 1 OFFSET ?", (skip,))
        return float(rows[0][0]) if rows else 0.0

    def _turns(self, since: float) -> int:
        rows = self._database.query(f"SELECT count(DISTINCT turn_id) FROM ({_FEEDBACK})", (since,))  # noqa: S608 - a constant
        return int(rows[0][0])

    def _taste(self) -> Taste:
        from agents.critique.scorecard import WEIGHTS
        from agents.critique.taste import learn

        with self._lock:
            since = self._since()
            found = self._database.query(
                "SELECT count(*), max(id), max(created_at) FROM feedback WHERE created_at > ?", (since,)
            )
            mark = (since, *found[0])
            if self._learnt is None or self._learnt[0] != mark:
                shipped = {**dict.fromkeys(ALSO, 0.0), **WEIGHTS}
                self._learnt = mark, learn(self._choices(since, tuple(shipped)), shipped)
            return self._learnt[1]

    def _choices(self, since: float, names: Sequence[str]) -> list[Choice]:
        turns: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
        for row in self._database.query(f"{_FEEDBACK} ORDER BY id", (since,)):
            turns.setdefault(row["turn_id"], []).append(
                (row["kind"], row["chosen"], codec.load(tuple[str, ...], row["over"]))
            )
        made = (_choice(rows, self._takes(turn_id, names)) for turn_id, rows in turns.items())
        return [choice for choice in made if choice is not None]

    def _takes(self, turn_id: str, names: Sequence[str]) -> dict[str, _Take]:
        from agents.critique.taste import scores

        rows = self._database.query("SELECT id, parent, status, scorecard FROM takes WHERE turn_id = ?", (turn_id,))
        return {
            row["id"]: _Take(
                row["id"],
                row["parent"],
                row["status"],
                scores(codec.load(Scorecard, row["scorecard"]), names) if row["scorecard"] else {},
            )
            for row in rows
        }


def _choice(rows: Sequence[tuple[str, str, tuple[str, ...]]], takes: Mapping[str, _Take]) -> Choice | None:
    """What the writer decided in one turn, or None where nothing can be compared."""
    from agents.critique.taste import Choice

    named = {take_id for _, chosen, over in rows for take_id in (chosen, *over)}
    rejected = {take_id for kind, _, over in rows if kind == "rejected" for take_id in over}
    rejected &= {take.id for take in takes.values() if take.status == "rejected"}
    kept = [chosen for kind, chosen, _ in rows if kind == "kept" and chosen in takes and chosen not in rejected]
    if kept:
        best = _scored(takes[kept[-1]], takes)
        better = [best] if best else []
        worse = [takes[take_id] for take_id in sorted(named) if take_id in takes and take_id != (best and best.id)]
    else:
        better = [take for take in takes.values() if take.status in ("offered", "kept") and take.id not in rejected]
        worse = [takes[take_id] for take_id in sorted(rejected)]
    sides = [tuple(take.scores for take in side if take.scores) for side in (better, worse)]
    return Choice(*sides) if all(sides) else None


def _scored(take: _Take, takes: Mapping[str, _Take]) -> _Take | None:
    """The take, or the nearest one it was made from that has scores."""
    seen: _Take | None = take
    while seen is not None and not seen.scores:
        seen = takes.get(seen.parent)
    return seen
