"""Title of the piece, the voice it is written in, and the name of the house."""

from __future__ import annotations

from textual.content import Content

from tui import wording
from tui.view_model import StudioState
from tui.widgets import voice_rows
from tui.widgets.flow import Flow, ends


class TitleLine(Flow):
    """Title of the piece, the voice it is written in, and the name of the house."""

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
        house = Content.styled("cocreate", "italic $primary")
        voice = Content(voice_rows.said(self._state.chosen_voice()))
        if voice:
            room = max(12, width // 2 - 18)
            voice = voice.truncate(room, ellipsis=False) if voice.cell_length > room else voice
            house = Content.assemble(("voice ", "$foreground 55%"), voice.stylize("$secondary"), "   ", house)
        left = Content.styled(wording.first_line(title, max(10, width - house.cell_length - 6)), "bold")
        return [ends(left, house, width)]
