"""The writer takes another model: ask the studio, ask the writer before a download, start the studio again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cocreate import commands as cmd
from cocreate import events as ev
from tui import view_model

if TYPE_CHECKING:
    from tui.screens.studio import StudioScreen

ANYWAY = "--anyway"


class ModelChange:
    """One change at a time."""

    def __init__(self, screen: StudioScreen) -> None:
        self._screen = screen
        self._wanted = ""
        self._anyway = False

    def allowed(self) -> bool:
        """Whether the model may change now; says why not."""
        state = self._screen.state
        if state.busy() is not None or any(turn.phase == "queued" for turn in state.turns):
            self._screen.say("A turn is running. Esc stops it; then the model can be changed.")
            return False
        if state.changing:
            self._screen.say(f"{state.changing} is on its way. Esc stops that.")
            return False
        return True

    def take(self, argument: str) -> None:
        """Ask the studio for the model that was named."""
        if not self.allowed():
            return
        self._anyway = argument.endswith(ANYWAY)
        self._wanted = argument.removesuffix(ANYWAY).strip()
        self._send(fetch=False)

    def _send(self, *, fetch: bool) -> None:
        self._screen.state.changing = self._wanted
        self._screen.say(f"Fetching {self._wanted}. Esc stops it." if fetch else f"Looking at {self._wanted}...")
        self._screen.client.send(cmd.UseModel(self._wanted, fetch=fetch, anyway=self._anyway))

    def answer(self, event: ev.ModelMissing | ev.ModelChosen) -> None:
        """What the studio said about it."""
        self._screen.say("")
        if isinstance(event, ev.ModelMissing):
            self._ask(event)
        elif event.setting == self._screen.settings.model:
            self._screen.say(event.sentence)
        else:
            self._screen.settings = replace(self._screen.settings, model=event.setting)
            view_model.model_changed(self._screen.state)
            back = f" /model {event.back} goes back." if event.back else ""
            self._screen.say(f"{event.sentence} The studio starts again with it; your piece stays as it is.{back}")
            self._screen.client.restart(self._screen.settings)
            self._screen.client.send(cmd.ListPieces())

    def _ask(self, event: ev.ModelMissing) -> None:
        from tui.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes and self.allowed():
                self._send(fetch=True)

        self._screen.app.push_screen(Confirm(f"{event.sentence} Download it?", "Download it"), answered)
