"""The writer's pieces: search, open, rename, delete."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from tui import wording
from tui.screens.confirm import Confirm
from tui.screens.sheet import Sheet

KEYS = "Enter open   Down to the list   r rename   d delete   Esc close"


def row(piece: ev.PieceView, now: float) -> Content:
    """Title, first line, counts and age, in two lines."""
    title = wording.first_line(piece.title or piece.first_line or "untitled", 70)
    facts = f"{piece.kind}   {wording.counted(piece.turns, 'turn')}   {wording.ago(piece.updated_at, now)}"
    facts += f"   voice {piece.voice}" if piece.voice else ""
    return Content.assemble(
        (title, "bold"), "\n", (facts, "$foreground 60%"), ("   " + wording.first_line(piece.first_line, 44), "italic"),
    )  # fmt: skip


class PiecesSheet(Sheet[str]):
    """Returns the id of the piece to open."""

    BINDINGS: ClassVar[list[BindingType]] = [("r", "rename", "Rename"), ("d,delete", "delete", "Delete")]

    def __init__(self, client: StudioClient, pieces: tuple[ev.PieceView, ...], query: str,
                 wall: Callable[[], float] = time) -> None:  # fmt: skip
        super().__init__()
        self._client = client
        self._pieces = () if query else pieces
        self._query = query
        self._wall = wall
        self._renaming = ""

    def compose(self) -> ComposeResult:
        """Search field, list, keys."""
        with Vertical():
            yield Static("Your pieces", markup=False, classes="title")
            yield Input(self._query, placeholder="search titles and texts", select_on_focus=False)
            yield Static("", markup=False, id="none")
            yield OptionList()
            yield Static(KEYS, markup=False, classes="keys")

    def on_mount(self) -> None:
        """Ask for the newest list."""
        self.query_one(Input).cursor_blink = False
        self.query_one(Input).focus()
        self._fill()
        self._client.send(cmd.ListPieces(self._query))

    def answer(self, event: ev.Event) -> None:
        """A list has come; only the one that was asked for last is shown."""
        if isinstance(event, ev.PiecesListed) and event.query == self._query and self.is_mounted:
            self._pieces = event.pieces
            self._fill()

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        chosen = self._chosen()
        options.clear_options()
        options.add_options([Option(row(piece, self._wall()), id=piece.id) for piece in self._pieces])
        if self._pieces:
            ids = [piece.id for piece in self._pieces]
            options.highlighted = ids.index(chosen) if chosen in ids else 0
        empty = f"No piece holds “{self._query}”." if self._query else "No pieces yet."
        self.query_one("#none", Static).update("" if self._pieces else empty)

    def _chosen(self) -> str:
        options = self.query_one(OptionList)
        if options.highlighted is None or options.highlighted >= len(self._pieces):
            return ""
        return str(options.get_option_at_index(options.highlighted).id)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while typing."""
        if not self._renaming and event.value != self._query:
            self._query = event.value
            self._client.send(cmd.ListPieces(self._query))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open the marked piece, or end the renaming."""
        if self._renaming:
            if event.value.strip():
                self._client.send(cmd.RenamePiece(self._renaming, event.value.strip()))
            self._end_renaming()
        elif chosen := self._chosen():
            self.dismiss(chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the piece."""
        self.dismiss(str(event.option.id))

    def on_key(self, event: events.Key) -> None:
        """Down from the search field goes into the list, Up from its top goes back."""
        options = self.query_one(OptionList)
        if event.key == "down" and self.focused is not options and self._pieces:
            event.stop()
            options.focus()
        elif event.key == "up" and self.focused is options and options.highlighted == 0:
            event.stop()
            event.prevent_default()
            self.query_one(Input).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters belong to the search field while it has the focus."""
        return action not in ("rename", "delete") or isinstance(self.focused, OptionList)

    def action_rename(self) -> None:
        """The search field becomes the title."""
        piece = next((p for p in self._pieces if p.id == self._chosen()), None)
        if piece is not None:
            self._renaming = piece.id
            field = self.query_one(Input)
            field.value = piece.title or piece.first_line
            field.focus()
            self.query_one(".keys", Static).update("Enter gives it this title   Esc leaves it")

    def _end_renaming(self) -> None:
        self._renaming = ""
        self.query_one(Input).value = self._query
        self.query_one(".keys", Static).update(KEYS)
        self._client.send(cmd.ListPieces(self._query))
        self.query_one(OptionList).focus()

    def action_delete(self) -> None:
        """Ask, then delete."""
        piece = next((p for p in self._pieces if p.id == self._chosen()), None)
        if piece is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._client.send(cmd.DeletePiece(piece.id))
                self._client.send(cmd.ListPieces(self._query))

        title = piece.title or piece.first_line or "untitled"
        self.app.push_screen(Confirm(f"Delete “{title}” with all its drafts?", "Delete"), answered)

    def action_close(self) -> None:
        """Leave the renaming, or the sheet."""
        if self._renaming:
            self._end_renaming()
        else:
            self.dismiss(None)
