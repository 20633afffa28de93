"""The single lines around the page: title, notice, completion, reference, hints and status."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.message import Message

from tui import commands, wording
from tui.view_model import StudioState
from tui.widgets.flow import Flow, ends, hang


class TitleLine(Flow):
    """Title of the piece, and the name of the house."""

    DEFAULT_CSS = """
    TitleLine { height: 1; padding: 0 2; color: $foreground 70%; }
    """

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """One line."""
        piece = self._state.piece
        title = "new piece"
        if piece is not None:
            title = piece.title or piece.first_line or "untitled"
        elif self._state.turns:
            title = self._state.turns[0].request
        left = Content.styled(wording.first_line(title, max(10, width - 14)), "bold")
        return [ends(left, Content.styled("cocreate", "italic $primary"), width)]


class Notice(Flow):
    """One sentence above the composer: why something was not done, and what to do. Gone with the next message."""

    DEFAULT_CSS = """
    Notice { padding: 0 2; background: $surface; color: $warning; display: none; }
    """

    text = ""

    def say(self, text: str) -> None:
        """Show a sentence; "" takes it away."""
        if text != self.text:
            self.text = text
            self.display = bool(text)
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """The sentence."""
        return hang(Content(self.text), width)[:4] if self.text else []


class CueLine(Flow):
    """Says that there is new text below."""

    DEFAULT_CSS = """
    CueLine { height: 1; padding: 0 2; color: $primary; display: none; text-align: right; }
    """

    class Clicked(Message):
        """Posted when the writer wants to go there."""

    def lines(self, width: int) -> list[Content]:
        """One line."""
        return [Content("more text below   Ctrl+End").right(width)]

    def on_click(self, event: events.Click) -> None:
        """A click goes there."""
        self.post_message(self.Clicked())


class Completions(Flow):
    """Commands that begin like what is typed."""

    DEFAULT_CSS = """
    Completions { padding: 0 2; background: $surface; display: none; }
    """

    text = ""

    def complete(self, text: str) -> None:
        """Show what fits; nothing for an ordinary message."""
        if text != self.text:
            self.text = text
            self.display = bool(commands.complete(text))
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """One line a command."""
        found = commands.complete(self.text)
        lines = []
        for number, command in enumerate(found[:7]):
            name = Content.styled(f"/{command.name}", "bold $primary" if number == 0 else "$primary")
            line = name + Content.styled(f" {command.arguments}" if width > 90 else "", "$foreground 60%")
            line = line.pad_right(max(2, (56 if width > 90 else 14) - line.cell_length))
            lines.append((line + Content.styled(command.help, "$foreground 75%")).truncate(width))
        if len(found) > 7:
            lines.append(Content.styled(f"and {len(found) - 7} more; Tab completes the first", "$foreground 55%"))
        return lines


class Reference(Flow):
    """Which take the next message changes."""

    DEFAULT_CSS = """
    Reference { padding: 0 2; background: $surface; color: $foreground 75%; display: none; }
    """

    text = ""

    def refer(self, text: str) -> None:
        """Show what is referred to; "" takes it away."""
        self.text = text
        self.display = bool(text)
        self.changed()

    def lines(self, width: int) -> list[Content]:
        """One line."""
        if not self.text:
            return []
        right = Content.styled("Esc lets go", "$foreground 55%")
        return [ends(Content.assemble(("changes ", "$primary"), self.text), right, width)]


class HintLine(Flow):
    """The keys that matter where the writer is now."""

    DEFAULT_CSS = """
    HintLine { height: 1; padding: 0 2; color: $foreground 65%; }
    """

    class Clicked(Message):
        """Posted when a hint was clicked: the key it stands for."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self.hints: tuple[tuple[str, str, str], ...] = ()
        self._spots: list[tuple[int, int, str]] = []

    def show(self, hints: tuple[tuple[str, str, str], ...]) -> None:
        """Hints as (key as shown, what it does, key to press on a click or "")."""
        if hints != self.hints:
            self.hints = hints
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """As many as fit."""
        line, self._spots = Content(""), []
        for key, words, press in self.hints:
            gap = Content("   " if line else "")
            hint = Content.assemble((key, "bold $primary"), f" {words}")
            if line.cell_length + gap.cell_length + hint.cell_length > width:
                break
            start = line.cell_length + gap.cell_length
            self._spots.append((start, start + hint.cell_length, press))
            line = line + gap + hint
        return [line]

    def on_click(self, event: events.Click) -> None:
        """A click presses the key."""
        for start, end, press in self._spots:
            if press and start <= event.x - 2 < end:
                self.post_message(self.Clicked(press))


class StatusLine(Flow):
    """What the studio does; the engine, the device, the works, the speed. Static words, no animation."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 2; color: $foreground 60%; background: $surface; }
    """

    def __init__(self, state: StudioState, clock: Callable[[], float]) -> None:
        super().__init__()
        self._state = state
        self._clock = clock

    def lines(self, width: int) -> list[Content]:
        """One line."""
        state = self._state
        text = wording.state_text(state, self._clock())
        active = state.busy() or state.active() or state.ready is None
        left = Content.styled(text, "$primary" if active else "")
        parts = []
        if state.ready is not None:
            parts = [state.ready.engine, state.ready.device] if width >= 90 else [state.ready.device]
            parts.append(wording.counted(state.works, "work"))
        if state.speed:
            parts.append(f"{state.speed:.0f} tokens/s")
        right = Content("   ".join(parts))
        if left.cell_length + right.cell_length + 2 > width:
            return [left.truncate(width)]
        return [ends(left, right, width)]


class Downloads(Flow):
    """Models on their way, each with a bar."""

    DEFAULT_CSS = """
    Downloads { padding: 0 2; display: none; background: $surface; }
    """

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """One line a model."""
        lines = []
        for name, (done, total) in self._state.downloads.items():
            share = done / total if total else 0.0
            cells = 20 if width >= 70 else 8
            full = round(share * cells)
            figures = f"{wording.size(done)} of {wording.size(total)}" if total else wording.size(done)
            lines.append(Content.assemble(
                ("▰" * full + "▱" * (cells - full), "$primary"), f"  {figures}  ", (name, "$foreground 70%"),
            ).truncate(width))  # fmt: skip
        if lines:
            note = "You can write already; your message starts as soon as the model is here."
            lines.append(Content.styled(note, "$foreground 60%").truncate(width))
        return lines

    def sync(self) -> None:
        """Show or hide."""
        showing = bool(self._state.downloads)
        if showing or self.display:
            self.display = showing
            self.changed()
