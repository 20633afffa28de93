"""The writer's own edits: what the next tuning may learn from."""

from __future__ import annotations

from collections.abc import Iterable
from time import time
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cocreate import commands as cmd
from cocreate.client import StudioClient
from cocreate.voice_views import EditPair
from tui.screens.sheet import Panel
from tui.voice_state import VoiceState, use_edit
from tui.widgets import edit_rows

NONE = "No edit yet. Press h on a draft and change it: what you change can teach the next tuning."


class EditsPanel(Panel[None]):
    """One row an edit; Space switches it."""

    HEADING = "Your edits: what the next tuning may learn from"
    KEYS_LINE = "Space, Enter use it or not   a all or none   Esc back"
    BINDINGS: ClassVar[list[BindingType]] = [("space", "switch", "Use or not"), ("a", "all", "All or none")]
    DEFAULT_CSS = """
    EditsPanel OptionList { height: 1fr; max-height: 100%; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    EditsPanel #none { height: auto; color: $foreground 70%; }
    """

    def __init__(self, client: StudioClient, state: VoiceState) -> None:
        super().__init__()
        self._client = client
        self._state = state
        self._seen: list[Content] = []
        self._shown: tuple[int, tuple[EditPair, ...] | None] | None = None

    def body(self) -> Iterable[Widget]:
        """The list, or a sentence."""
        yield Static("", id="none", markup=False)
        yield OptionList()

    def on_mount(self) -> None:
        """Ask for the newest list."""
        self._client.send(cmd.ListEdits())
        self.query_one(OptionList).focus()
        self.sync()

    def sync(self) -> None:
        """Bring the list up to the state."""
        if not self.is_mounted:
            return
        width = self.query_one(OptionList).scrollable_content_region.width
        if self._shown == (width, self._state.edits):  # a tuning tells of every step; comparing texts takes time
            return
        self._shown = (width, self._state.edits)
        edits, options, none = self._state.edits or (), self.query_one(OptionList), self.query_one("#none", Static)
        none.display = not edits
        none.update("Looking..." if self._state.edits is None else NONE)
        width = max(30, width - 2)
        rows = [Content("\n").join(edit_rows.lines(edit, time(), width)) for edit in edits]
        if len(rows) != len(self._seen):
            options.clear_options()
            options.add_options([Option(row) for row in rows])
            options.highlighted = 0 if rows else None
        else:
            for place, row in enumerate(rows):
                if not row.is_same(self._seen[place]):
                    options.replace_option_prompt_at_index(place, row)
        self._seen = rows

    def on_resize(self, event: events.Resize) -> None:
        """Lines break anew."""
        super().on_resize(event)
        self.call_after_refresh(self.sync)

    def _set(self, edit: EditPair, use: bool) -> None:
        if edit.use != use:
            use_edit(self._state, edit.id, use)
            self._client.send(cmd.UseEdit(edit.id, use))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Use it or not."""
        self.action_switch()

    def action_switch(self) -> None:
        """Use the edit or not."""
        edits, at = self._state.edits or (), self.query_one(OptionList).highlighted
        if at is not None and at < len(edits):
            self._set(edits[at], not edits[at].use)
            self.sync()

    def action_all(self) -> None:
        """Use all; where all are used, none."""
        edits = self._state.edits or ()
        use = not all(edit.use for edit in edits)
        for edit in edits:
            self._set(edit, use)
        self.sync()
