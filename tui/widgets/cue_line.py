"""The line that says there is more below."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message

from tui.widgets.flow import Flow


class CueLine(Flow):
    """Says that there is new text below."""

    DEFAULT_CSS = """
    CueLine { height: 1; padding: 0 2; color: $primary; display: none; text-align: right; }
    """

    class Clicked(Message):
        """Posted when the writer wants to go there."""

    def lines(self, width: int) -> list[Content]:
        """One line."""
        return [Content("more text below   Ctrl+End").right(width)]

    def on_click(self, event: events.Click) -> None:
        """A click goes there."""
        self.post_message(self.Clicked())
