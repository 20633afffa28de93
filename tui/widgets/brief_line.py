"""What the studio understood, as one quiet sentence that can be corrected."""

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


class BriefLine(Card):
    """Kind, theme, mood, form, length and language in one line."""

    BINDINGS: ClassVar[list[BindingType]] = [("b", "revise", "Correct"), ("enter", "revise", "Correct")]

    DEFAULT_CSS = """
    BriefLine { padding: 0 2; color: $foreground 70%; }
    BriefLine:focus { background: $surface; color: $foreground; }
    """

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn

    def lines(self, width: int) -> list[Content]:
        """The sentence, or nothing while the studio reads."""
        brief = self.turn.brief
        if brief is None:
            return []
        parts = []
        for name, value in wording.brief_parts(brief):
            if value:
                parts.append(Content.assemble((f"{name} " if name else "", "$foreground 55%"), (value, "$secondary")))
        text = Content("   ").join(parts)
        if self.turn.edit:
            text = Content.assemble(("changing ", "$foreground 55%"), (self.turn.edit, "$secondary"))
        if self.turn.phase == "waiting":
            text += Content.styled("   b corrects this", "$foreground 45%")
        return hang(text, width, "", "  ")

    def on_click(self, event: events.Click) -> None:
        """A click opens the form."""
        self.action_revise()

    def action_revise(self) -> None:
        """Ask for the form."""
        self.post_message(TurnActed("brief", self.turn.id))
