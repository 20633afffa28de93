"""`cocreate write`: one turn without the screen."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cocreate.cli import jsonl
from cocreate.cli.context import Context
from cocreate.cli.narration import Narrator
from cocreate.commands import TurnOptions, Write
from cocreate.errors import BAD_INPUT, DONE, FAILED, INTERRUPTED, InputRefused
from cocreate.events import CommandDone, CommandRefused, Event, StudioFailed, TurnFailed, TurnFinished, TurnStarted

Ending = TurnFinished | TurnFailed | CommandRefused | StudioFailed


def run(context: Context) -> int:
    """Run the turn; text on stdout, narration on stderr (or JSON events on stdout)."""
    args = context.args
    options = TurnOptions(
        args.ideas,
        args.drafts,
        args.revisions,
        args.seed,
        ask=False,
        voice=args.voice,
        strength=args.strength,
        preset=args.preset,
    )
    command = Write(read_brief(args.brief), options=options)
    report = JsonReport(context) if args.json else TextReport(context)
    with context.studio() as studio, Interrupts(studio.stop).caught() as interrupts:
        try:
            ending = _follow(studio.send(command), report, interrupts)
        except KeyboardInterrupt:
            report.broken_off()
            return INTERRUPTED
        except BrokenPipeError:
            studio.stop()
            raise
    return report.end(ending)


def _follow(events: Iterator[Event], report: TextReport | JsonReport, interrupts: Interrupts) -> Ending | None:
    """Tell every event but the ending, which is told last whatever comes after it."""
    ending: Ending | None = None
    for event in events:
        if isinstance(event, TurnStarted):
            interrupts.turn_runs = True
        if isinstance(event, Ending):
            ending = event
        elif not isinstance(event, CommandDone):
            report.tell(event)
    return ending


def read_brief(given: str) -> str:
    """The brief itself, or stdin for "-"; raises InputRefused when it is not text."""
    try:
        if given == "-":
            return sys.stdin.buffer.read().decode("utf-8")
        given.encode("utf-8")  # bytes that were no UTF-8 come as lone surrogates
    except UnicodeError as error:
        raise InputRefused("The brief is not UTF-8 text.", "Save it as UTF-8 and try again.") from error
    return given


class TextReport:
    """The best text on stdout, everything else told on stderr."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._narrator = Narrator(context)

    def tell(self, event: Event) -> None:
        """Narrate one event."""
        if not self._narrator.start(event):
            self._narrator.turn(event)

    def end(self, ending: Ending | None) -> int:
        """Print what there is; return the exit code."""
        match ending:
            case TurnFinished(takes=takes, status=status):
                self._narrator.turn(ending)
                if takes:
                    self._context.print(takes[0].text)
                return INTERRUPTED if status == "stopped" else DONE
            case TurnFailed(takes=takes):
                if takes:
                    self._context.print(takes[0].text)
                self._context.tell(ending.sentence, ending.next_step)
                return exit_code(ending)
            case CommandRefused() | StudioFailed():
                self._context.tell(ending.sentence, ending.next_step)
                return exit_code(ending)
        self._context.tell("The turn ended without a result.", "cocreate doctor checks the installation.")
        return FAILED

    def broken_off(self) -> None:
        """The second Ctrl+C: print what has streamed."""
        if self._narrator.longest:
            self._context.print(self._narrator.longest)
        self._context.tell("Stopped.")


class JsonReport:
    """One JSON event a line on stdout; the ending is the last one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def tell(self, event: Event) -> None:
        """Print one event."""
        self._context.print(jsonl.line(jsonl.event_fields(event)))

    def end(self, ending: Ending | None) -> int:
        """Print the ending; return the exit code."""
        if ending is None:
            self._context.tell("The turn ended without a result.", "cocreate doctor checks the installation.")
            return FAILED
        self.tell(ending)
        if not isinstance(ending, TurnFinished):
            self._context.tell(ending.sentence, ending.next_step)
        return exit_code(ending)

    def broken_off(self) -> None:
        """The second Ctrl+C: nothing more can be said; the takes are in the piece."""
        self._context.tell("Stopped.")


def exit_code(ending: Ending) -> int:
    """0 done, 1 failed, 2 bad input, 130 interrupted."""
    match ending:
        case TurnFinished(status="stopped"):
            return INTERRUPTED
        case TurnFinished():
            return DONE
        case CommandRefused(bad_input=True) | TurnFailed(bad_input=True):
            return BAD_INPUT
    return FAILED


class Interrupts:
    """Ctrl+C: the first one in a turn stops it gently, so that its partial text is saved; otherwise it breaks off."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._asked = False
        self.turn_runs = False

    @contextmanager
    def caught(self) -> Iterator[Interrupts]:
        """Handle SIGINT inside the block. Only the main thread can; elsewhere nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = signal.signal(signal.SIGINT, self._on_signal)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._asked or not self.turn_runs:
            raise KeyboardInterrupt
        self._asked = True
        # In a thread: this handler may have interrupted the very lock that stop() needs.
        threading.Thread(target=self._stop, daemon=True).start()
