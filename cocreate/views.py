"""How what lies on the desk is shown: pieces, turns, takes. Frozen data, picklable; `cocreate.events` carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.contracts import Agent, Brief, Direction, Finish, Kind, Scorecard
from memory.records import Hit

TurnStatus = Literal["running", "waiting", "finished", "stopped", "failed", "unfinished"]
"""waiting: for the writer's choice; unfinished: a crash left it, it can be continued."""
TakeStatus = Literal["offered", "kept", "rejected", "partial", "dropped"]
"""partial: stopped or cut off by a crash; dropped: a revision that was not better than its parent."""


@dataclass(frozen=True, slots=True)
class TakeView:
    """One version of a text."""

    id: str
    piece_id: str
    turn_id: str
    parent: str
    """Id of the take it was made from, or ""."""
    text: str
    agent: Agent
    status: TakeStatus
    direction: str
    """Text of the direction it follows, or ""."""
    scorecard: Scorecard | None
    finish: Finish
    created_at: float
    label: str = ""
    """Such as "draft 2", "revision of draft 1", "your edit"."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One exchange."""

    id: str
    piece_id: str
    number: int
    """Position within the piece, from 1."""
    request: str
    status: TurnStatus
    brief: Brief | None
    directions: tuple[Direction, ...]
    chosen: tuple[str, ...]
    """Ids of the directions that were followed."""
    recalled: tuple[Hit, ...]
    takes: tuple[TakeView, ...]
    """Best first."""
    note: str
    """What went wrong or was decided, one sentence, or ""."""
    started_at: float


@dataclass(frozen=True, slots=True)
class PieceView:
    """One text in the making."""

    id: str
    title: str
    kind: Kind
    current_take: str
    """Id, or ""."""
    first_line: str
    takes: int
    turns: int
    updated_at: float
    voice: str = ""
    """"noir", a mix such as "noir*0.7+letters*0.3", or "" for none."""
    strength: float = 1.0
    """The dial of that voice, 0 to 1.5."""
