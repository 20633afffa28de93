"""One turn and its drafts as the screen shows them. Plain data that `tui.view_model` changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agents.contracts import Agent, Brief, Direction, Finish, Scorecard
from cocreate import events as ev
from memory.records import Hit

DraftStatus = Literal["writing", "offered", "kept", "rejected", "partial", "dropped"]
TurnPhase = Literal["queued", "running", "waiting", "finished", "stopped", "failed", "unfinished"]
ENDED = frozenset({"finished", "stopped", "failed"})


@dataclass(slots=True)
class DraftState:
    """One draft on the screen."""

    id: str
    number: int
    """Position of its first appearance in the turn, from 1; never changes."""
    agent: Agent
    label: str
    parent: str = ""
    text: str = ""
    direction: str = ""
    finish: Finish = ""
    scorecard: Scorecard | None = None
    status: DraftStatus = "writing"
    accepted: bool | None = None
    """For a revision: whether it was better than what it came from; None until judged."""
    reason: str = ""
    take_id: str = ""
    """Id for commands, "" until the studio has saved it as a take."""
    version: int = 0

    @property
    def name(self) -> str:
        """How the screen calls it: "draft 3", "draft 5, revision of draft 3"."""
        plain = self.label in ("draft", f"draft {self.number}", "")
        return f"draft {self.number}" if plain else f"draft {self.number}, {self.label}"


@dataclass(slots=True)
class StepState:
    """One step of a turn."""

    step: ev.Step
    note: str
    began: float
    ended: float | None = None


@dataclass(slots=True)
class TurnState:
    """One exchange on the screen."""

    id: str
    request: str
    piece_id: str = ""
    number: int = 0
    phase: TurnPhase = "running"
    brief: Brief | None = None
    edit: str = ""
    hits: tuple[Hit, ...] | None = None
    """None until recall has run."""
    works: int = 0
    directions: tuple[Direction, ...] = ()
    chosen: tuple[Direction, ...] = ()
    chosen_by: str = ""
    steps: list[StepState] = field(default_factory=list)
    drafts: dict[str, DraftState] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """Draft ids as shown; best first once the turn ended."""
    diversity: float | None = None
    """How different the first drafts are, 0 to 10; None until they were compared."""
    note: str = ""
    next_step: str = ""
    stopping: bool = False
    seconds: float = 0.0
    tokens: int = 0
    fresh: bool = True
    """False for a turn read back from disk."""
    version: int = 0

    def shown(self) -> list[DraftState]:
        """Drafts in the order they are shown."""
        return [self.drafts[i] for i in self.order]

    def best(self) -> DraftState | None:
        """The draft to show when there is room for one: kept, else first."""
        shown = self.shown()
        return next((d for d in shown if d.status == "kept"), shown[0] if shown else None)
