"""The keys that matter where the writer is now."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message

from tui.widgets.flow import Flow


class HintLine(Flow):
    """The keys that matter where the writer is now."""

    DEFAULT_CSS = """
    HintLine { height: 1; padding: 0 2; color: $foreground 65%; }
    """

    class Clicked(Message):
        """Posted when a hint was clicked: the key it stands for."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self.hints: tuple[tuple[str, str, str], ...] = ()
        self._spots: list[tuple[int, int, str]] = []

    def show(self, hints: tuple[tuple[str, str, str], ...]) -> None:
        """Hints as (key as shown, what it does, key to press on a click or "")."""
        if hints != self.hints:
            self.hints = hints
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """As many as fit."""
        line, self._spots = Content(""), []
        for key, words, press in self.hints:
            gap = Content("   " if line else "")
            hint = Content.assemble((key, "bold $primary"), f" {words}")
            if line.cell_length + gap.cell_length + hint.cell_length > width:
                break
            start = line.cell_length + gap.cell_length
            self._spots.append((start, start + hint.cell_length, press))
            line = line + gap + hint
        return [line]

    def on_click(self, event: events.Click) -> None:
        """A click presses the key."""
        for start, end, press in self._spots:
            if press and start <= event.x - 2 < end:
                self.post_message(self.Clicked(press))
