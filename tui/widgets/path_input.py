"""A line for paths: Tab completes them, a paste or a drop becomes them."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input

from tui import paths


class PathInput(Input):
    """Tab completes the last path; where there is nothing to complete, Tab walks on."""

    class Candidates(Message):
        """Posted when Tab found more than one name that fits."""

        def __init__(self, names: list[str]) -> None:
            super().__init__()
            self.names = names

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab" and self.value.strip() and self.cursor_position == len(self.value):
            event.stop()
            event.prevent_default()
            self._complete()
            return
        await super()._on_key(event)

    def _complete(self) -> None:
        whole, names = paths.complete(self.value)
        self.value = whole
        self.cursor_position = len(whole)
        self.post_message(self.Candidates(names if len(names) != 1 else []))

    def _on_paste(self, event: events.Paste) -> None:
        from memory.sanitise import sanitise

        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(" ".join(sanitise(event.text).splitlines()))
