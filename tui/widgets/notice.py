"""The sentence above the composer."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.flow import Flow, hang


class Notice(Flow):
    """One sentence above the composer: why something was not done, and what to do. Gone with the next message."""

    DEFAULT_CSS = """
    Notice { padding: 0 2; background: $surface; color: $warning; display: none; }
    """

    text = ""

    def say(self, text: str) -> None:
        """Show a sentence; "" takes it away."""
        if text != self.text:
            self.text = text
            self.display = bool(text)
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """The sentence."""
        return hang(Content(self.text), width)[:4] if self.text else []
