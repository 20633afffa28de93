"""What every command is given: its arguments, its settings, the streams, and a studio when it asks for one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

from cocreate.errors import CocreateError, InputRefused
from cocreate.settings import Resolved, Settings, Value, resolve

if TYPE_CHECKING:
    from cocreate.commands import Command
    from cocreate.events import Event

OVERRIDES = ("engine", "model")
"""Settings that have a global option of the same name."""


class Studio(Protocol):
    """The part of `cocreate.studio.Studio` that headless commands use."""

    def send(self, command: Command) -> Iterator[Event]:
        """Yield the events of one command; errors are events."""

    def stop(self) -> None:
        """Stop the running turn within a token."""

    def close(self) -> None:
        """Free models and files."""


class StudioUnable(CocreateError):
    """The studio could not start, or could not do what was asked."""


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the command line."""

    args: argparse.Namespace
    environ: Mapping[str, str]
    studio_factory: Callable[[Settings], Studio] | None = None
    """None means the real studio; tests pass their own."""

    @property
    def out(self) -> TextIO:
        """Where the answer goes."""
        return sys.stdout

    @property
    def err(self) -> TextIO:
        """Where narration and errors go."""
        return sys.stderr

    def resolve(self) -> Resolved:
        """Settings in force and where each came from; raises SettingsRefused."""
        overrides: dict[str, Value] = {
            key: getattr(self.args, key) for key in OVERRIDES if getattr(self.args, key, None) is not None
        }
        return resolve(self.args.home, None, self.environ, overrides)

    @property
    def settings(self) -> Settings:
        """Settings in force; raises SettingsRefused."""
        return self.resolve().settings

    @contextmanager
    def studio(self) -> Iterator[Studio]:
        """Open a studio in this process and close it at the end."""
        studio = (self.studio_factory or _real_studio)(self.settings)
        try:
            yield studio
        finally:
            studio.close()

    def print(self, line: str = "") -> None:
        """Write one line of the answer; flushed, because another program may be reading along."""
        self.out.write(line + "\n")
        self.out.flush()

    def note(self, line: str) -> None:
        """Write one line of narration."""
        self.err.write(line + "\n")
        self.err.flush()

    def tell(self, sentence: str, next_step: str = "") -> None:
        """Say what went wrong and what to do."""
        self.note(f"cocreate: {sentence}")
        if next_step:
            self.note(f"  {next_step}")


def _real_studio(settings: Settings) -> Studio:
    from cocreate.studio import Studio as RealStudio

    return RealStudio(settings)


def answers(context: Context, studio: Studio, command: Command) -> Iterator[Event]:
    """Yield what a command brings; starting up is narrated, refusals and failures are raised.

    Raises:
        InputRefused: the studio refused the command.
        StudioUnable: the studio cannot start, or failed at it.
    """
    from cocreate.cli.narration import Narrator
    from cocreate.events import CommandDone, CommandRefused, StudioFailed

    narrator = Narrator(context)
    for event in studio.send(command):
        match event:
            case CommandRefused(bad_input=True):
                raise InputRefused(event.sentence, event.next_step)
            case CommandRefused() | StudioFailed():
                raise StudioUnable(event.sentence, event.next_step)
            case CommandDone():
                pass
            case _ if not narrator.start(event):
                yield event
