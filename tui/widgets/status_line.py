"""What the studio does, and with what."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from tui import wording
from tui.view_model import StudioState
from tui.widgets import voice_rows
from tui.widgets.flow import Flow, ends


class StatusLine(Flow):
    """What the studio does; what runs where, and how fast the last batch ran. Static words, no animation."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 2; color: $foreground 60%; background: $surface; }
    """

    def __init__(self, state: StudioState, clock: Callable[[], float]) -> None:
        super().__init__()
        self._state = state
        self._clock = clock

    def lines(self, width: int) -> list[Content]:
        """One line."""
        state = self._state
        text = wording.state_text(state, self._clock())
        active = state.busy() or state.active() or state.ready is None
        left = Content.styled(text, "$primary" if active else "")
        behind = "   ".join(filter(None, (voice_rows.sign(state.voice.tuning), wording.adding_text(state))))
        rights = wording.machine_texts(state)
        if behind:
            rights = [f"{behind}   {right}" for right in rights if right] + [behind]
        for right in map(Content, rights):
            if left.cell_length + right.cell_length + 2 <= width:
                return [ends(left, right, width)]
        return [left.truncate(width)]
