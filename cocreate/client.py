"""The one handle the screen has on the studio. Light: only the protocol; `cocreate.host` is the real thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cocreate.commands import Command
from cocreate.events import Event
from cocreate.settings import Settings


class StudioClient(Protocol):
    """The studio as the screen sees it. None of these calls blocks."""

    def start(self, on_event: Callable[[Event], None]) -> None:
        """Start the studio. `on_event` is called from a thread of the client's, one event at a time, in order."""

    def send(self, command: Command) -> None:
        """Queue a command; its events come through `on_event`, the last one is CommandDone."""

    def stop(self) -> None:
        """Stop the running turn within a token; what was written is kept."""

    def restart(self, settings: Settings | None = None) -> None:
        """Start a fresh studio: after StudioDied or StudioFailed, or with other settings."""

    def close(self) -> None:
        """End the studio process; returns within a second."""
