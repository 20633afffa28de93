"""A sentence of the studio between the turns."""

from __future__ import annotations

from textual.content import Content

from tui.view_model import NoteState
from tui.widgets.flow import Flow, hang


class Note(Flow):
    """What happened, and what to do."""

    DEFAULT_CSS = """
    Note { padding: 0 2; margin: 0 0 1 0; }
    """

    def __init__(self, note: NoteState) -> None:
        super().__init__()
        self.note = note

    def lines(self, width: int) -> list[Content]:
        """Sentence and next step."""
        text = Content.styled(self.note.sentence, "$warning")
        if self.note.next_step:
            text = Content.assemble(text, " ", self.note.next_step)
        return hang(text, min(width, 100))
