"""What the studio tells of the writer's works. Frozen data, picklable; the screen's process loads this."""

from __future__ import annotations

from dataclasses import dataclass

from memory.records import AddReport, Hit, Work


@dataclass(frozen=True, slots=True)
class WorkAdded:
    """What became of one path; sent once per file."""

    report: AddReport


@dataclass(frozen=True, slots=True)
class AddingProgressed:
    """How far a running `AddWorks` is."""

    done: int
    """Files looked at."""
    total: int
    """Files meant in all."""
    path: str = ""
    """The one that comes next."""


@dataclass(frozen=True, slots=True)
class AddingFinished:
    """The whole of an `AddWorks`: last event of it, also when it was stopped."""

    added: int
    known: int
    changed: int
    refused: int
    seconds: float
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class WorkMoved:
    """A work is in another collection."""

    work: Work


@dataclass(frozen=True, slots=True)
class PassageMarked:
    """The writer pinned, excluded or corrected a passage, or took that back."""

    passage_id: int
    mark: str
    """pinned, excluded, corrected or "" (as memory has it)."""
    piece_id: str
    """"" for good."""


@dataclass(frozen=True, slots=True)
class WorksListed:
    """All works in memory."""

    works: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class WorkShown:
    """One work with its text."""

    work: Work
    text: str


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Best first."""

    query: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class WorkRemoved:
    """A work is forgotten."""

    work_id: str
    title: str
    reference: bool = False


WorkEvent = (
    WorkAdded
    | AddingProgressed
    | AddingFinished
    | WorkMoved
    | PassageMarked
    | WorksListed
    | WorkShown
    | PassagesFound
    | WorkRemoved
)
