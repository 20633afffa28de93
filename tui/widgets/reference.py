"""Which take the next message changes."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.flow import Flow, ends


class Reference(Flow):
    """Which take the next message changes."""

    DEFAULT_CSS = """
    Reference { padding: 0 2; background: $surface; color: $foreground 75%; display: none; }
    """

    text = ""

    def refer(self, text: str) -> None:
        """Show what is referred to; "" takes it away."""
        self.text = text
        self.display = bool(text)
        self.changed()

    def lines(self, width: int) -> list[Content]:
        """One line."""
        if not self.text:
            return []
        right = Content.styled("Esc lets go", "$foreground 55%")
        return [ends(Content.assemble(("changes ", "$primary"), self.text), right, width)]
