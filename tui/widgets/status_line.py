"""What the studio does, and with what."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from tui import wording
from tui.view_model import StudioState
from tui.widgets.flow import Flow, ends


class StatusLine(Flow):
    """What the studio does; the engine, the device, the works, the speed. Static words, no animation."""

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
        parts = []
        if state.ready is not None:
            parts = [state.ready.engine, state.ready.device] if width >= 90 else [state.ready.device]
            parts.append(wording.counted(state.works, "work"))
        if state.speed:
            parts.append(f"{state.speed:.0f} tokens/s")
        right = Content("   ".join(parts))
        if left.cell_length + right.cell_length + 2 > width:
            return [left.truncate(width)]
        return [ends(left, right, width)]
