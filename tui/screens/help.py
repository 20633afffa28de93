"""Keys and commands, from the same tables as the documentation."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.commands import COMMANDS, KEYS
from tui.screens.sheet import Sheet

PLACES = {
    "composer": "Where you type",
    "everywhere": "Everywhere",
    "directions": "While directions wait",
    "draft": "On a draft",
    "recalled lines": "On the lines of what was recalled",
    "ideas": "In the list of ideas (/ideas)",
    "pieces": "In the list of pieces",
    "works": "In the list of works (F2)",
    "recalled": "In the list of what was recalled (F4)",
    "voices": "In the list of voices (F3)",
    "tuning": "In the tuning (/tune)",
    "tuning, voice card": "In the tuning and the voice card (/card)",
}


def page() -> Content:
    """All of it."""
    lines: list[Content] = []
    for place, title in PLACES.items():
        lines.append(Content.styled(title, "bold $primary"))
        for key in KEYS:
            if key.place == place:
                lines.append(Content.assemble((f"  {key.keys:<32}", "$secondary"), key.help))
        lines.append(Content(""))
    lines.append(Content.styled("Commands", "bold $primary"))
    for command in COMMANDS:
        lines.append(Content.assemble((f"  /{command.name:<31}", "$secondary"), command.help))
    return Content("\n").join(lines)


class HelpSheet(Sheet[None]):
    """Esc or F1 closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("f1", "close", "Close")]

    DEFAULT_CSS = """
    HelpSheet > Vertical { height: 90%; }
    HelpSheet VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    HelpSheet VerticalScroll Static { height: auto; }
    """

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical():
            yield Static("Keys and commands", markup=False, classes="title")
            with VerticalScroll():
                yield Static(page(), markup=False)
            yield Static("Up, Down scroll   Esc close", markup=False, classes="keys")

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()
