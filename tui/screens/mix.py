"""Two small sheets of the voices: how much of each in a mix, and which version of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cocreate.voice_views import VoiceView
from tui.screens.sheet import Sheet
from tui.widgets import voice_rows
from tui.widgets.flow import Flow
from tui.widgets.keys_line import KeysLine

MOST_PARTS = 4
"""Voices that sound at once."""


class Shares(Flow):
    """One bar a voice."""

    def __init__(self, names: Sequence[str], mix: str) -> None:
        super().__init__()
        known = dict(voice_rows.mix_of(mix))
        self.parts = [(name, known.get(name, 0.0)) for name in names]
        self.here = next((place for place, (_, weight) in enumerate(self.parts) if weight), 0)

    def lines(self, width: int) -> list[Content]:
        """The bars, and what they make together."""
        bars = [voice_rows.weight_bar(name, weight, width, place == self.here)
                for place, (name, weight) in enumerate(self.parts)]  # fmt: skip
        return [*bars, Content(""), Content.styled(voice_rows.mix_text(self.parts) or "no voice", "$secondary")]

    def turn(self, by: int) -> None:
        """More or less of the marked voice."""
        name, weight = self.parts[self.here]
        self.parts[self.here] = (name, round(min(1.0, max(0.0, weight + by / 10)), 1))
        self.changed()

    def move(self, by: int) -> None:
        """Mark another voice."""
        self.here = (self.here + by) % len(self.parts)
        self.changed()


class MixSheet(Sheet[str]):
    """Returns the mix as a command writes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left,minus", "turn(-1)", "Less"), ("right,plus,equals_sign", "turn(1)", "More"),
        ("up", "move(-1)", "Up"), ("down", "move(1)", "Down"), ("enter", "take", "Use"),
    ]  # fmt: skip

    def __init__(self, names: Sequence[str], mix: str) -> None:
        super().__init__()
        self._shares = Shares(names, mix)

    def compose(self) -> ComposeResult:
        """Bars, keys."""
        with Vertical():
            yield Static("Mix voices", markup=False, classes="title")
            yield self._shares
            yield Static("", markup=False, classes="sentence")
            yield KeysLine("Up, Down a voice   Left, Right less or more of it   Enter use the mix   Esc leave it")

    def action_turn(self, by: int) -> None:
        """More or less of the marked voice."""
        self._shares.turn(by)

    def action_move(self, by: int) -> None:
        """Mark another voice."""
        self._shares.move(by)

    def action_take(self) -> None:
        """Use the mix."""
        heard = [name for name, weight in self._shares.parts if weight > 0]
        if not heard or len(heard) > MOST_PARTS:
            words = "Give at least one voice some weight." if not heard else f"At most {MOST_PARTS} voices at once."
            self.query_one(".sentence", Static).update(words)
        else:
            self.dismiss(voice_rows.mix_text(self._shares.parts))


class VersionsSheet(Sheet[int]):
    """Returns the version to use."""

    def __init__(self, voice: VoiceView) -> None:
        super().__init__()
        self._voice = voice

    def compose(self) -> ComposeResult:
        """The versions, newest first."""
        with Vertical():
            yield Static(f"Versions of {self._voice.name}", markup=False, classes="title")
            yield OptionList(*(
                Option(f"version {number}" + ("   in use" if number == self._voice.version else ""), id=str(number))
                for number in reversed(self._voice.versions)
            ))  # fmt: skip
            yield Static("Enter use it from now on   Esc leave it", markup=False, classes="keys")

    def on_mount(self) -> None:
        """Arrow keys walk through the list."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Use it."""
        self.dismiss(int(event.option.id or 0))
