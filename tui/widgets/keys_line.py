"""The keys of a sheet, on as many lines as they need; a key is never parted from what it does."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.flow import Flow

GAP = "   "


class KeysLine(Flow):
    """Hints with three blanks between them."""

    DEFAULT_CSS = "KeysLine { color: $foreground 60%; }"

    def __init__(self, words: str) -> None:
        super().__init__(classes="keys")
        self._words = words

    def show(self, words: str) -> None:
        """Other keys matter now."""
        if words != self._words:
            self._words = words
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """As many hints on a line as fit."""
        rows: list[Content] = []
        for hint in filter(None, self._words.split(GAP)):
            longer = Content(f"{rows[-1].plain}{GAP}{hint}") if rows else Content(hint)
            if rows and longer.cell_length <= width:
                rows[-1] = longer
            else:
                rows.append(Content(hint).truncate(width, ellipsis=False))
        return rows
