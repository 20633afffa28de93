"""A turn of before, as one piece of text: what was asked and what came of it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content

from tui import wording
from tui.messages import TurnActed
from tui.view_model import TurnState
from tui.widgets.card import Card
from tui.widgets.flow import hang

MOST_LINES = 24


class PastTurn(Card):
    """The message and the kept (else best) take; Enter or a click shows the whole turn."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "expand", "Show all of it")]

    DEFAULT_CSS = """
    PastTurn { padding: 0 2; margin: 1 0 1 0; }
    PastTurn:focus { background: $surface; }
    """

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn
        self.seen = -1

    def lines(self, width: int) -> list[Content]:
        """Message, text, what else there is."""
        turn = self.turn
        lines = hang(Content.styled(turn.request, "bold $foreground 80%"), min(width, 96), "› ")
        best = turn.best()
        if best is not None:
            text = hang(Content(best.text.strip("\n")), min(width - 2, 96), "  ", "    ")
            cut = len(text) > MOST_LINES
            lines += [Content(""), *text[:MOST_LINES], *([Content("  ...")] if cut else [])]
        lines.append(Content.styled("  " + self._rest(), "$foreground 50%"))
        return lines

    def _rest(self) -> str:
        turn, parts = self.turn, []
        best = turn.best()
        if best is not None and best.status == "kept":
            parts.append("kept")
        if len(turn.order) > 1:
            parts.append(wording.counted(len(turn.order) - 1, "more draft"))
        if turn.phase in ("stopped", "failed", "unfinished", "waiting"):
            parts.append({"waiting": "waits for your choice"}.get(turn.phase, turn.phase))
        return ", ".join(parts) or "no draft"

    def sync(self) -> None:
        """Redraw when the turn moved on."""
        if self.turn.version != self.seen:
            self.seen = self.turn.version
            self.changed()

    def tick(self) -> None:
        """Nothing here moves with the clock."""

    def on_click(self, event: events.Click) -> None:
        """A click shows the whole turn."""
        self.action_expand()

    def action_expand(self) -> None:
        """Show the whole turn."""
        self.post_message(TurnActed("expand", self.turn.id))
