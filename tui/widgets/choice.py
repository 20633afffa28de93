"""One of a few answers, on one line: Left and Right go through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message

from tui.widgets.flow import Flow


class Choice(Flow, can_focus=True):
    """A focusable line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "turn(-1)", "Before"), ("right,space", "turn(1)", "Next"), ("enter", "go_on", "Go on"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    Choice { height: 1; padding: 0 1; background: $panel; }
    Choice:focus { background: $primary 15%; }
    """

    class Changed(Message):
        """Posted when another answer stands there."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    class Entered(Message):
        """Posted on Enter."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, answers: Sequence[tuple[str, str]], value: str = "", *, id: str | None = None) -> None:
        """`answers`: (value, as shown)."""
        super().__init__(id=id)
        self._answers = list(answers)
        self._at = next((place for place, (known, _) in enumerate(answers) if known == value), 0)

    @property
    def value(self) -> str:
        """The answer that stands there."""
        return self._answers[self._at][0]

    def offer(self, answers: Sequence[tuple[str, str]]) -> None:
        """Other answers; the same one stays chosen where it is still there."""
        value = self.value
        self._answers = list(answers)
        self._at = next((place for place, (known, _) in enumerate(answers) if known == value), 0)
        self.changed()

    def lines(self, width: int) -> list[Content]:
        """The answer between two signs."""
        more = Content.styled(f"  < {self._at + 1} of {len(self._answers)} >", "$foreground 50%")
        shown = Content(self._answers[self._at][1])
        return [shown.truncate(max(4, width - more.cell_length), ellipsis=False) + more]

    def on_click(self, event: events.Click) -> None:
        """A click goes to the next answer."""
        self.action_turn(1)

    def action_turn(self, by: int) -> None:
        """Another answer."""
        self._at = (self._at + by) % len(self._answers)
        self.changed()
        self.post_message(self.Changed(self))

    def action_go_on(self) -> None:
        """Enter."""
        self.post_message(self.Entered(self))
