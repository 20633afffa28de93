"""A text edited by hand: a take (saved as a new one, the original stays) or a recalled passage."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from tui.screens.sheet import Sheet

MOST = 200_000
"""Characters a take may have."""
TAKE_KEYS = "Ctrl+S saves your version beside it   Esc leaves it as it was"


class Page(TextArea):
    """The text. Pastes pass the sanitiser."""

    async def _on_paste(self, event: events.Paste) -> None:
        from memory.sanitise import sanitise

        event.stop()
        event.prevent_default()
        if len(event.text) + len(self.text) <= MOST and (
            result := self._replace_via_keyboard(sanitise(event.text), *self.selection)
        ):
            self.move_cursor(result.end_location)


class EditSheet(Sheet[str]):
    """Ctrl+S saves, Esc leaves; a change that was not saved needs a second Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+s", "save", "Save")]

    DEFAULT_CSS = """
    EditSheet > Vertical { height: 90%; }
    EditSheet Page { height: 1fr; border: none; background: $panel; padding: 1 2; }
    EditSheet Page:focus { border: none; }
    """

    def __init__(self, name: str, text: str, keys: str = TAKE_KEYS) -> None:
        super().__init__()
        self._name_of_take = name
        self._text = text
        self._keys = keys
        self._warned = False

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical():
            yield Static(f"Editing {self._name_of_take}", markup=False, classes="title")
            page = Page(self._text, compact=True, highlight_cursor_line=False, soft_wrap=True)
            page.cursor_blink = False
            yield page
            yield Static(self._keys, markup=False, classes="keys")

    def on_mount(self) -> None:
        """Start in the text."""
        self.query_one(Page).focus()

    def action_save(self) -> None:
        """Hand the text back."""
        self.dismiss(self.query_one(Page).text)

    def action_close(self) -> None:
        """Leave; warn once when there is something to lose."""
        if self.query_one(Page).text != self._text and not self._warned:
            self._warned = True
            words = "Your changes are not saved. Ctrl+S saves them, Esc again drops them."
            self.query_one(".keys", Static).update(words)
            return
        self.dismiss(None)
