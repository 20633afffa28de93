"""The studio on a screen. Shows events, sends commands; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic, time
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from cocreate.settings import Settings
from tui import themes
from tui.commands import COMMANDS
from tui.messages import EventsArrived
from tui.pump import EventPump
from tui.screens.studio import StudioScreen

if TYPE_CHECKING:
    from textual.screen import Screen


class CocreateApp(App[int]):
    """Owns the client, the pump and the themes; the main screen does the rest."""

    TITLE = "cocreate"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+q", "quit_now", "Quit")]

    def __init__(self, client: StudioClient, settings: Settings, *, resume: str | None = None,
                 clock: Callable[[], float] = monotonic, wall: Callable[[], float] = time) -> None:  # fmt: skip
        """`resume`: id of the piece to open, "last" for the newest, None for an empty page.

        `clock` (monotonic) and `wall` (epoch) give seconds; tests hand in their own.
        """
        super().__init__()
        self.client = client
        self.settings = settings
        self._resume = resume
        self.pump = EventPump(self._arrived)
        self.studio = StudioScreen(client, settings, resume, key_pressed=self.pump.key_pressed, clock=clock, wall=wall)
        for theme in (themes.DARK, themes.LIGHT):
            self.register_theme(theme)
        self.theme = settings.theme if settings.theme in self.available_themes else themes.DARK.name

    def on_mount(self) -> None:
        """Paint first; the studio starts once the first screen stands."""
        self.animation_level = "none"
        self.push_screen(self.studio)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.pump.open()
        self.client.start(self.pump.put)
        self.client.send(cmd.ListPieces())
        if self._resume and self._resume != "last":
            self.client.send(cmd.OpenPiece(self._resume))

    def _arrived(self, batch: list[ev.Event]) -> None:
        self.studio.post_message(EventsArrived(batch))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers the slash commands that need no argument."""
        for command in COMMANDS:
            if command.palette and screen is self.studio:
                run = partial(self.studio.doing.run, command.name, "")
                yield SystemCommand(f"/{command.name}", command.help, run)

    async def action_quit(self) -> None:
        """Textual's own name for it."""
        self.action_quit_now()

    def action_quit_now(self) -> None:
        """Leave at once: all text is on disk already."""
        self.pump.close()
        self.studio.save_unsent()
        self.exit(0)


def run(client: StudioClient, settings: Settings, *, resume: str | None = None) -> int:
    """Open the app and return the exit code: 0 when the writer left, 1 when the screen broke."""
    app = CocreateApp(client, settings, resume=resume)
    try:
        result = app.run()
    finally:
        client.close()
    return result if result is not None else (app.return_code or 0)
