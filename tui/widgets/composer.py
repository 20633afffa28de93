"""Where the writer types."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from tui import commands

LIMIT = 20_000
"""Characters of one message. Longer material is a work or a file, not a message."""
OTHER_KEYS = ("ctrl+j", "alt+enter", "shift+enter")


class Composer(TextArea):
    """A text area that sends, recalls earlier messages and completes commands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("up", "earlier", "Earlier message"),
        ("down", "later", "Later message"),
        ("pageup", "screen.page(-1)", "Scroll up"),
        ("pagedown", "screen.page(1)", "Scroll down"),
    ]

    DEFAULT_CSS = """
    Composer { height: auto; min-height: 3; max-height: 12; border: none; padding: 1 2; background: $surface; }
    Composer:focus { border: none; }
    """

    class Sent(Message):
        """Posted when the writer sent what stands here."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class PasteRefused(Message):
        """Posted when a paste is longer than a message may be. The text is not in the composer."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, enter_sends: bool = True) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, placeholder=Content("Say what you want to write."))
        self.cursor_blink = False
        self.enter_sends = enter_sends
        self.earlier: list[str] = []
        self._place: int | None = None
        self._unsent = ""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter" or event.key in OTHER_KEYS:
            event.stop()
            event.prevent_default()
            if (event.key == "enter") == self.enter_sends:
                self.post_message(self.Sent(self.text))
            else:
                self.insert("\n")
            return
        if event.key == "tab" and self._complete():
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        from memory.sanitise import sanitise

        event.stop()
        event.prevent_default()
        if len(event.text) + len(self.text) > LIMIT:
            self.post_message(self.PasteRefused(event.text))
            return
        if result := self._replace_via_keyboard(sanitise(event.text), *self.selection):
            self.move_cursor(result.end_location)
            self.focus()

    def _complete(self) -> bool:
        found = commands.complete(self.text)
        if not found:
            return False
        self.put(f"/{found[0].name}" + (" " if found[0].arguments else ""))
        return True

    def put(self, text: str) -> None:
        """Replace everything, with the cursor behind it."""
        self.text = text
        self.move_cursor(self.document.end)

    def sent(self, text: str) -> None:
        """Remember a message for recall and empty the field."""
        if text and (not self.earlier or self.earlier[-1] != text):
            self.earlier.append(text)
        self._place = None
        self.put("")

    def action_earlier(self) -> None:
        """The message before, from the first line; else a line up."""
        if not self._at_edge(first=True) or not self.earlier or self._place == 0:
            self.action_cursor_up()
            return
        if self._place is None:
            self._unsent = self.text
            self._place = len(self.earlier)
        self._place -= 1
        self.put(self.earlier[self._place])

    def action_later(self) -> None:
        """The message after, from the last line; else a line down."""
        if not self._at_edge(first=False) or self._place is None:
            self.action_cursor_down()
            return
        self._place += 1
        if self._place >= len(self.earlier):
            self._place = None
            self.put(self._unsent)
        else:
            self.put(self.earlier[self._place])

    def _at_edge(self, *, first: bool) -> bool:
        """Whether the cursor is in the first (last) row as wrapped."""
        row = self.wrapped_document.location_to_offset(self.cursor_location).y
        return row == (0 if first else self.wrapped_document.height - 1)

    def action_copy(self) -> None:
        """Copy the selection; without one the key means stop."""
        if not self.selected_text:
            raise SkipAction
        super().action_copy()
