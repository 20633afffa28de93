"""What stands there when the terminal has no room for the screen."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.flow import Flow

LEAST = (60, 16)
"""Columns and rows the screen needs."""


class TooSmall(Flow):
    """Covers the screen when there is no room for it."""

    DEFAULT_CSS = """
    TooSmall { display: none; height: 1fr; content-align: center middle; text-align: center; }
    """

    def lines(self, width: int) -> list[Content]:
        """What is needed and what there is."""
        size = self.screen.size
        text = f"cocreate needs {LEAST[0]} columns and {LEAST[1]} rows; here are {size.width} and {size.height}."
        return [line.center(width) for line in Content(text).wrap(max(4, width))]
