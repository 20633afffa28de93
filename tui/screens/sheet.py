"""What the sheets have in common: a calm box over the page, Esc closes it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Sheet(ModalScreen[Result]):
    """Base of all sheets."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "close", "Close")]

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
    Sheet OptionList:focus { border: none; }
    """

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)
