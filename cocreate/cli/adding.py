"""`cocreate works add`: a line for each work, a bar while it runs, and what became of all at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cocreate.cli import jsonl
from cocreate.cli.context import Context, Studio, answers
from cocreate.cli.work_rows import row
from cocreate.commands import AddWorks
from cocreate.errors import BAD_INPUT, DONE, INTERRUPTED
from cocreate.events import AddingFinished, AddingProgressed, Event, WorkAdded
from memory.records import AddReport

if TYPE_CHECKING:
    from rich.progress import Progress


class Lines(Protocol):
    """Where the lines and the progress of a run go."""

    def print(self, line: str) -> None:
        """One line of the answer."""

    def progress(self, event: AddingProgressed) -> None:
        """How far it is."""


def add(context: Context, studio: Studio) -> int:
    """Add the paths; Ctrl+C stops between works. Returns 2 when something was refused, 130 when it was stopped."""
    from cocreate.cli.write import Interrupts

    args = context.args
    paths = tuple(str(Path(path).expanduser().absolute()) for path in args.paths)
    command = AddWorks(paths, args.reference, args.collection)
    with Interrupts(studio.stop).caught() as interrupts, _lines(context) as lines:
        refused: list[AddReport] = []
        ending = None
        try:
            for event in answers(context, studio, command):
                interrupts.turn_runs = True
                ending = _told(event, lines, refused, as_json=args.json) or ending
        finally:
            interrupts.turn_runs = False
    if args.json and ending:
        context.print(jsonl.line(jsonl.event_fields(ending)))
    elif ending:
        context.note(_in_all(ending))
    for report in () if args.json else refused:
        context.note(f"refused  {report.path}: {report.reason}")
    if ending and ending.stopped:
        return INTERRUPTED
    return BAD_INPUT if refused else DONE


def _told(event: Event, lines: Lines, refused: list[AddReport], *, as_json: bool) -> AddingFinished | None:
    match event:
        case WorkAdded(report):
            if report.outcome == "refused":
                refused.append(report)
            if as_json:
                lines.print(jsonl.line(report))
            elif report.outcome != "refused":
                lines.print(_line(report))
        case AddingProgressed():
            lines.progress(event)
        case AddingFinished():
            return event
        case _:
            pass
    return None


def _line(report: AddReport) -> str:
    said = f"{report.outcome:<8} {row(report.work) if report.work else report.path}"
    return f"{said}  {report.reason}" if report.reason else said


def _in_all(ending: AddingFinished) -> str:
    counts = (
        ("added", ending.added),
        ("known", ending.known),
        ("changed", ending.changed),
        ("refused", ending.refused),
    )
    said = ", ".join(f"{number:,} {name}" for name, number in counts)
    more = "; stopped, add the same path again to go on" if ending.stopped else ""
    return f"{said} ({ending.seconds:.1f} s{more})"


@contextmanager
def _lines(context: Context) -> Iterator[Lines]:
    """Plain lines, or lines above a bar where stderr is a terminal."""
    if not context.err.isatty():
        yield _Plain(context)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False),
        console=Console(file=context.err), transient=True, redirect_stdout=False, redirect_stderr=False,
    )  # fmt: skip
    try:
        yield _Bar(context, bar)
    finally:
        bar.stop()


class _Plain:
    def __init__(self, context: Context) -> None:
        self._context = context

    def print(self, line: str) -> None:
        self._context.print(line)

    def progress(self, event: AddingProgressed) -> None:
        """Nothing: a file or a pipe needs no bar."""


class _Bar:
    def __init__(self, context: Context, bar: Progress) -> None:
        self._context = context
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def print(self, line: str) -> None:
        """On the same terminal the bar must give way; a pipe gets the line as it is."""
        if self._context.out.isatty():
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            self._context.print(line)

    def progress(self, event: AddingProgressed) -> None:
        self._bar.start()  # not before: the studio's start is told in lines
        name = Path(event.path).name
        self._bar.update(self._task, completed=event.done, total=event.total, description=name[:40])
