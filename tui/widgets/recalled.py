"""What was recalled for a turn, as a few quiet lines; Enter opens them to look closer and to decide."""

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

SHOWN = 3
"""Passages named in the turn; the panel shows all."""
INDENT = 10


class Recalled(Card):
    """Passages of the writer's own works that the drafts may lean on."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "open", "Look at them"), ("p", "open", "Look at them")]

    DEFAULT_CSS = """
    Recalled { padding: 0 2; color: $foreground 70%; }
    Recalled:focus { background: $surface; color: $foreground; }
    """

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn

    def lines(self, width: int) -> list[Content]:
        """One line a passage, or how to have some."""
        turn = self.turn
        if turn.hits is None:
            return []
        if not turn.hits:
            if turn.works:
                text = "nothing of yours comes near this"
            else:
                text = "nothing of yours in memory yet: F2 brings in your works"
            return hang(Content.styled(text, "$foreground 55%"), width, "", "  ")
        lines = []
        for number, hit in enumerate(turn.hits[:SHOWN]):
            quote = wording.first_line(hit.corrected or hit.passage.text, max(20, width - len(hit.title) - 24))
            name = "recalled  " if number == 0 else " " * INDENT
            pinned = "  pinned" if hit.found_by == "pinned" else ""
            lines += hang(Content.assemble(
                (name, "$foreground 55%"), (f"“{quote}”", "italic"), (f"  {hit.title}", "$secondary"),
                (pinned, "$success"),
            ), width, "", " " * INDENT)  # fmt: skip
        more = len(turn.hits) - SHOWN
        if more > 0:
            lines.append(Content.styled(f"{' ' * INDENT}and {more} more; F4 shows them all", "$foreground 45%"))
        return lines

    def on_click(self, event: events.Click) -> None:
        """A click opens them."""
        self.action_open()

    def action_open(self) -> None:
        """Ask for the panel."""
        if self.turn.hits:
            self.post_message(TurnActed("recalled", self.turn.id))
