"""What the studio tells of the writer's works. Frozen data, picklable; the screen's process loads this."""

from __future__ import annotations

from dataclasses import dataclass

from memory.records import AddReport, Hit, Work


@dataclass(frozen=True, slots=True)
class WorkAdded:
    """What became of one path; sent once per file."""

    report: AddReport


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
