"""Asks before something is gone for good."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.screens.sheet import Sheet


class Confirm(Sheet[bool]):
    """One question; only y says yes."""

    BINDINGS: ClassVar[list[BindingType]] = [("y", "yes", "Yes"), ("n", "close", "No"), ("enter", "close", "No")]

    def __init__(self, question: str, verb: str) -> None:
        super().__init__()
        self._question = question
        self._verb = verb

    def compose(self) -> ComposeResult:
        """Question and keys."""
        with Vertical():
            yield Static(self._question, markup=False)
            yield Static(f"y {self._verb.lower()}   n or Esc leave it", markup=False, classes="keys")

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)
