"""Works, marks on passages and a running `AddWorks` as the screen knows them. Plain data: events in, sentences out."""

from __future__ import annotations

from dataclasses import dataclass, field

from cocreate import events as ev
from cocreate.wording import counted
from memory.records import AddReport, Hit, Work

MOST_REFUSED = 5000
"""Refusals kept of one run; more tell nothing new."""


@dataclass(slots=True)
class Adding:
    """One `AddWorks` on its way, or the newest one that ended."""

    done: int = 0
    total: int = 0
    """0 while the files are being counted."""
    path: str = ""
    refused: list[AddReport] = field(default_factory=list)
    finished: ev.AddingFinished | None = None
    sentence: str = ""
    """Why the whole of it was refused, or cut off."""
    stopping: bool = False
    reports: int = 0
    """Works and files that were told of; a file may hold many works."""
    newest: AddReport | None = None

    @property
    def running(self) -> bool:
        """Whether files are still being read."""
        return self.finished is None and not self.sentence


@dataclass(frozen=True, slots=True)
class Mark:
    """What the writer decided about a passage."""

    mark: str
    """pinned, excluded or corrected."""
    piece_id: str | None
    """"" for good; None where only the mark is known, not for which."""
    text: str = ""
    """The corrected wording."""


@dataclass(slots=True)
class MemoryState:
    """What the screen knows of memory."""

    works: tuple[Work, ...] | None = None
    """None until they were listed."""
    adding: Adding | None = None
    marks: dict[int, tuple[Mark, ...]] = field(default_factory=dict)
    """Those of this session, by passage id."""
    cleared: set[int] = field(default_factory=set)
    """Passages whose marks of before were taken back in this session."""
    wording: dict[int, str] = field(default_factory=dict)
    """Corrected texts that were sent and not yet confirmed, by passage id."""

    def collections(self) -> list[str]:
        """Names of all collections, in order."""
        return sorted({work.collection for work in self.works or () if work.collection}, key=str.lower)

    def marks_of(self, hit: Hit, piece_id: str) -> tuple[Mark, ...]:
        """What holds for a passage in this piece: this session's marks, and those it came with."""
        own = [mark for mark in self.marks.get(hit.passage.id, ()) if mark.piece_id in ("", piece_id)]
        came: list[Mark] = []
        if hit.passage.id not in self.cleared:
            came += [Mark(hit.found_by, None)] if hit.found_by in ("pinned", "excluded") else []
            came += [Mark("corrected", None, hit.corrected)] if hit.corrected else []
        return (*own, *(mark for mark in came if all(_kind(mark) != _kind(other) for other in own)))


def _kind(mark: Mark) -> bool:
    """Pinned and excluded replace each other; a correction stands beside them."""
    return mark.mark == "corrected"


def begin(memory: MemoryState) -> None:
    """An `AddWorks` was sent."""
    memory.adding = Adding()


def cut_off(memory: MemoryState) -> None:
    """The studio is gone, and the adding with it."""
    if memory.adding is not None and memory.adding.running:
        memory.adding.sentence = "The adding was cut off. Add the same path again to go on."


def reduce_memory(memory: MemoryState, event: ev.Event) -> tuple[str, ...]:
    """Take one event in; returns sentences worth a note on the page."""
    match event:
        case ev.WorksListed(works):
            memory.works = works
        case ev.AddingProgressed(done, total, path):
            adding = _running(memory)
            adding.done, adding.total, adding.path = done, total, path
        case ev.WorkAdded(report):
            return _added(memory, report)
        case ev.AddingFinished():
            adding = _running(memory)
            adding.finished = event
            return (one(adding.newest) if adding.reports == 1 and adding.newest else outcome(adding),)
        case ev.CommandRefused(command="AddWorks") if memory.adding is not None:
            memory.adding.sentence = f"{event.sentence} {event.next_step}".strip()
        case ev.StudioDied():
            cut_off(memory)
        case ev.WorkMoved(work):
            memory.works = tuple(work if known.id == work.id else known for known in memory.works or ())
        case ev.WorkRemoved(work_id):
            memory.works = tuple(work for work in memory.works or () if work.id != work_id)
        case ev.PassageMarked():
            _marked(memory, event)
        case _:
            pass
    return ()


def _running(memory: MemoryState) -> Adding:
    if memory.adding is None or not memory.adding.running:
        memory.adding = Adding()
    return memory.adding


def _added(memory: MemoryState, report: AddReport) -> tuple[str, ...]:
    """A file of many says nothing on the page: the run ends with one sentence."""
    adding = memory.adding
    if adding is None or not adding.running:
        return (one(report),)
    adding.reports, adding.newest = adding.reports + 1, report
    if report.outcome == "refused" and len(adding.refused) < MOST_REFUSED:
        adding.refused.append(report)
    return ()


def one(report: AddReport) -> str:
    """What became of one file, as a sentence."""
    name = report.path.rsplit("/", 1)[-1]
    if report.outcome in ("added", "changed") and report.work is not None:
        if report.work.reference:
            return f"Drafts are checked against “{report.work.title}” from now on."
        again = "Remembered anew" if report.outcome == "changed" else "Remembered"
        return f"{again} “{report.work.title}” ({counted(report.work.passages, 'passage')})."
    if report.outcome == "known":
        return f"{name} is in memory already."
    return f"{name} was not taken in. {report.reason}"


def outcome(adding: Adding) -> str:
    """How a run ended, in one or two sentences."""
    done = adding.finished
    if done is None:
        return adding.sentence
    counts = ((done.added, "new"), (done.changed, "changed"), (done.known, "known already"), (done.refused, "refused"))
    said = ", ".join(f"{count} {name}" for count, name in counts if count) or "no text found"
    what = f"Stopped. Read into memory so far: {said}." if done.stopped else f"Read into memory: {said}."
    return what + (" F2 lists what was refused, and why." if done.refused else "")


def _marked(memory: MemoryState, event: ev.PassageMarked) -> None:
    text = memory.wording.pop(event.passage_id, "") if event.mark == "corrected" else ""
    new = Mark(event.mark, event.piece_id, text)
    before = memory.marks.get(event.passage_id, ())
    if event.mark:
        kept = [old for old in before if old.piece_id != new.piece_id or _kind(old) != _kind(new)]
        memory.marks[event.passage_id] = (*kept, new)
    else:
        memory.marks[event.passage_id] = tuple(old for old in before if old.piece_id != new.piece_id)
        memory.cleared.add(event.passage_id)
