"""What the sheets have in common: a calm box over the page, Esc closes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from cocreate import events as ev
from tui.widgets.keys_line import KeysLine
from tui.widgets.too_small import LEAST, TooSmall

Result = TypeVar("Result")


class Sheet(ModalScreen[Result]):
    """Base of all sheets."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "close", "Close"), ("ctrl+q", "app.quit_now", "Quit")]

    DEFAULT_CSS = """
    Sheet { align: center middle; background: $background 70%; }
    Sheet > Vertical { width: 90%; max-width: 100; height: auto; max-height: 90%; background: $surface; padding: 1 2;
                       overflow-y: auto; scrollbar-size-vertical: 1; }
    Sheet.-short > Vertical { max-height: 100%; }
    Sheet .title { text-style: bold; color: $primary; margin: 0 0 1 0; height: auto; }
    Sheet .keys { color: $foreground 60%; margin: 1 0 0 0; height: auto; }
    Sheet .sentence { color: $warning; height: auto; }
    Sheet Input { border: none; background: $panel; padding: 0 1; height: 1; }
    Sheet Input:focus { border: none; }
    Sheet OptionList { border: none; background: $surface; padding: 0; height: auto; max-height: 20; }
    Sheet OptionList:focus { border: none; background-tint: $foreground 0%; }
    Sheet OptionList > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: none; }
    Sheet OptionList:focus > .option-list--option-highlighted { background: $primary 15%; color: $foreground;
                                                                text-style: none; }
    Sheet > TooSmall { background: $background; width: 100%; }
    """

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def answer(self, event: ev.Event) -> None:
        """Something the studio said while this sheet is open."""

    def sync(self) -> None:
        """The state has moved on; called once for a batch of events."""

    def on_resize(self, event: events.Resize) -> None:
        """Say what is needed when there is too little room."""
        small = event.size.width < LEAST[0] or event.size.height < LEAST[1]
        covers = list(self.query(TooSmall))
        if small and not covers:
            self.mount(TooSmall())
        for cover in self.query(TooSmall):
            cover.display = small
            cover.changed()
        for box in self.query_children(Vertical):
            box.display = not small


class Panel(Sheet[Result]):
    """A sheet that takes the whole page: a title, a body, a sentence, and the keys."""

    DEFAULT_CSS = """
    Panel { scrollbar-background: $surface; scrollbar-color: $foreground 20%; }
    Panel > Vertical { width: 100%; max-width: 120; height: 100%; max-height: 100%; overflow-y: hidden; }
    Panel.-short > Vertical { padding: 0 2; }
    Panel.-short .title { margin: 0; }
    Panel.-short .keys { margin: 0; }
    """

    HEADING = ""
    KEYS_LINE = ""

    def body(self) -> Iterable[Widget]:
        """What stands between title and keys."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Title, body, sentence, keys."""
        with Vertical():
            yield Static(self.HEADING, markup=False, classes="title")
            yield from self.body()
            yield Static("", markup=False, classes="sentence")
            yield KeysLine(self.KEYS_LINE)

    def say(self, sentence: str) -> None:
        """One sentence above the keys; "" takes it away."""
        if self.is_mounted:
            line = self.query_one(".sentence", Static)
            line.update(sentence)
            line.display = bool(sentence)

    def keys(self, words: str) -> None:
        """Other keys matter now."""
        if self.is_mounted:
            self.query_one(KeysLine).show(words)

    def title_is(self, words: str) -> None:
        """Another title."""
        if self.is_mounted:
            self.query_one(".title", Static).update(words)

    def answer(self, event: ev.Event) -> None:
        """A refusal is said here: the page below is out of sight."""
        if isinstance(event, ev.CommandRefused):
            self.say(f"{event.sentence} {event.next_step}".strip())
