"""What a turn that was left unfinished asks: go on, or keep what is there."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content

from tui.messages import TurnActed
from tui.view_model import TurnState
from tui.widgets.card import Card
from tui.widgets.flow import hang


class Offer(Card):
    """Two answers, by key or click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("g,enter", "answer('continue')", "Go on"),
        ("d", "answer('discard')", "Keep what is there"),
    ]

    DEFAULT_CSS = """
    Offer { padding: 0 2; margin: 1 0 0 0; }
    Offer:focus { background: $panel; }
    """

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn
        self._split = 0

    def lines(self, width: int) -> list[Content]:
        """A sentence and the two answers."""
        if self.turn.phase != "unfinished":
            return []
        sentence = "This turn was cut off. What was written is kept."
        go_on = Content.assemble((" g ", "bold $primary on $surface"), " Continue the turn")
        keep = Content.assemble((" d ", "bold $primary on $surface"), " Keep what is there")
        self._split = go_on.cell_length + 2
        return [*hang(Content.styled(sentence, "$warning"), width), go_on + Content("    ") + keep]

    def on_click(self, event: events.Click) -> None:
        """A click on an answer gives it."""
        if event.y == len(self.laid(self.content_size.width)) - 1:
            self.action_answer("continue" if event.x - 2 < self._split else "discard")

    def action_answer(self, action: str) -> None:
        """Give the answer."""
        if self.turn.phase == "unfinished":
            self.post_message(TurnActed(action, self.turn.id))
