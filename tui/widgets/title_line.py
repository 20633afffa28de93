"""Title of the piece, and the name of the house."""

from __future__ import annotations

from textual.content import Content

from tui import wording
from tui.view_model import StudioState
from tui.widgets.flow import Flow, ends


class TitleLine(Flow):
    """Title of the piece, and the name of the house."""

    DEFAULT_CSS = """
    TitleLine { height: 1; padding: 0 2; color: $foreground 70%; }
    """

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """One line."""
        piece = self._state.piece
        title = "new piece"
        if piece is not None:
            title = piece.title or piece.first_line or "untitled"
        elif self._state.turns:
            title = self._state.turns[0].request
        left = Content.styled(wording.first_line(title, max(10, width - 14)), "bold")
        return [ends(left, Content.styled("cocreate", "italic $primary"), width)]
