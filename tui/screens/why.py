"""Why this score: the scorecard of one draft in plain words, to read and to learn from."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agents.contracts import Scorecard
from tui.screens.sheet import Sheet
from tui.widgets import why
from tui.widgets.flow import Flow


class Reasons(Flow):
    """The page, wrapped to the width there is."""

    def __init__(self, text: str, card: Scorecard) -> None:
        super().__init__()
        self._text = text
        self._card = card

    def lines(self, width: int) -> list[Content]:
        """What the scorecard says."""
        return why.page(self._text, self._card, width)


class WhySheet(Sheet[None]):
    """Esc or w closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("w,q", "close", "Close")]

    DEFAULT_CSS = """
    WhySheet > Vertical { height: 90%; }
    WhySheet.-short > Vertical { height: 100%; }
    WhySheet VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    def __init__(self, name: str, text: str, card: Scorecard) -> None:
        """`name` is how the screen calls the draft, `text` what was judged."""
        super().__init__()
        self._draft = name
        self._reasons = Reasons(text, card)

    def compose(self) -> ComposeResult:
        """Title, page, keys."""
        with Vertical():
            yield Static(f"Why this score: {self._draft}", markup=False, classes="title")
            with VerticalScroll():
                yield self._reasons
            yield Static("Up, Down, PageUp, PageDown scroll   Esc close", markup=False, classes="keys")

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()
