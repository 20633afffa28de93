"""Rows of the desk as the views that events carry."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from agents.contracts import Brief, Direction, Scorecard
from cocreate import codec
from cocreate.events import PieceView, TakeView, TurnView
from memory.records import Hit

PIECES = """SELECT p.*, coalesce((SELECT substr(text, 1, 400) FROM takes WHERE id = p.current_take), '') AS opening,
    (SELECT count(*) FROM takes WHERE piece_id = p.id AND status != 'dropped') AS takes,
    (SELECT count(*) FROM turns WHERE piece_id = p.id) AS turns FROM pieces p"""
TURN = "SELECT * FROM turns WHERE id = ?"


def first_line(text: str) -> str:
    """Return the first line of a text that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def piece_view(row: sqlite3.Row) -> PieceView:
    """Map a row of `PIECES`."""
    return PieceView(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        current_take=row["current_take"],
        first_line=first_line(row["opening"]),
        takes=row["takes"],
        turns=row["turns"],
        updated_at=row["updated_at"],
        voice=row["voice"],
        strength=row["strength"],
    )


def take_view(row: sqlite3.Row) -> TakeView:
    """Map a row of table takes. A take that still streams shows as partial."""
    return TakeView(
        id=row["id"],
        piece_id=row["piece_id"],
        turn_id=row["turn_id"],
        parent=row["parent"],
        text=row["text"],
        agent=row["agent"],
        status="partial" if row["status"] == "streaming" else row["status"],
        direction=row["direction"],
        scorecard=codec.load(Scorecard, row["scorecard"]) if row["scorecard"] else None,
        finish=row["finish"],
        created_at=row["created_at"],
        label=row["label"],
    )


def turn_view(
    row: sqlite3.Row,
    takes: tuple[TakeView, ...],
    resolve: Callable[[tuple[tuple[int, float], ...], str], tuple[Hit, ...]],
) -> TurnView:
    """Map a row of table turns; recalled passages that were forgotten since are left out by `resolve`."""
    return TurnView(
        id=row["id"],
        piece_id=row["piece_id"],
        number=row["number"],
        request=row["request"],
        status=row["status"],
        brief=codec.load(Brief, row["brief"]) if row["brief"] else None,
        directions=codec.load(tuple[Direction, ...], row["directions"]),
        chosen=codec.load(tuple[str, ...], row["chosen"]),
        recalled=resolve(codec.load(tuple[tuple[int, float], ...], row["recalled"]), row["piece_id"]),
        takes=takes,
        note=row["note"],
        started_at=row["started_at"],
    )
