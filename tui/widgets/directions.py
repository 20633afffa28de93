"""Directions to choose from, as a numbered list."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer

from tui.messages import DirectionPicked, TurnActed, TypedElsewhere
from tui.view_model import TurnState
from tui.widgets.card import Card
from tui.widgets.flow import hang

GRACE = 0.35
"""Seconds in which a second letter shows that the first was the start of a sentence, not a shortcut."""


class Directions(Card):
    """The list while the turn waits; afterwards only what was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("enter", "pick", "Pick"),
        ("b", "brief", "Correct the brief"),
        ("s", "studio", "None of these: write from my words alone"),
        ("p", "push", "Push further"),
    ]

    DEFAULT_CSS = """
    Directions { padding: 0 2; }
    """

    marked: reactive[int] = reactive(0)
    """Index of the marked row; the last row is "none of these"."""

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn
        self._rows: list[int] = []
        self._held: tuple[str, Timer] | None = None

    def lines(self, width: int) -> list[Content]:
        """The list, or the chosen direction, or nothing."""
        self._rows = []
        if self.turn.phase == "waiting" and self.turn.directions:
            return self._list(width)
        if len(self.turn.chosen) > 1 and self.turn.chosen_by == "studio":
            return hang(Content.styled("each draft takes a direction of its own", "$foreground 55%"), width)
        if self.turn.chosen:
            by = "the studio chose" if self.turn.chosen_by == "studio" else "you chose"
            text = Content("   ").join([Content.styled(d.text, "italic") for d in self.turn.chosen])
            return hang(Content.assemble((f"{by}  ", "$foreground 55%"), text), width, "", "  ")
        return []

    def _list(self, width: int) -> list[Content]:
        lines = [Content(""), Content.styled("Where shall it go?", "bold")]
        for index, direction in enumerate(self.turn.directions):
            lines += self._row(index, str(index + 1), Content(direction.text), width, len(lines))
        last = len(self.turn.directions)
        lines += self._row(
            last, "s", Content.styled("None of these: write from my words alone.", "italic"), width, len(lines)
        )
        lines.append(Content.styled("    or say it in your own words below", "$foreground 55%"))
        return lines

    def _row(self, index: int, key: str, text: Content, width: int, above: int) -> list[Content]:
        here = self.has_focus and index == self.marked
        rows = hang(text, width, "    ")
        head = Content.assemble((f" {key}", "bold $primary"), "  ")
        rows[0] = head + rows[0][4:]
        if here:
            rows = [row.pad_right(max(0, width - row.cell_length)).stylize_before("on $panel") for row in rows]
        while len(self._rows) < above:
            self._rows.append(-1)
        self._rows += [index] * len(rows)
        return rows

    def watch_marked(self) -> None:
        """Show the new mark."""
        self.changed()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The mark shows only with the focus."""
        super().watch_has_focus(_has_focus)
        self.changed()

    def on_click(self, event: events.Click) -> None:
        """A click picks."""
        if self.turn.phase == "waiting" and 0 <= event.y < len(self._rows) and self._rows[event.y] >= 0:
            self._pick(self._rows[event.y])

    def on_key(self, event: events.Key) -> None:
        """Digits pick; a letter that goes on becomes the writer's own direction."""
        if not (event.is_printable and event.character):
            return
        held = self._release()
        character = event.character
        shortcut = character in "123456789" or character in ("s", "b", "p")
        if held or self.turn.phase != "waiting" or not shortcut:
            event.stop()
            event.prevent_default()
            self.post_message(TypedElsewhere(held + character))
            return
        event.stop()
        event.prevent_default()
        if character.isdigit() and int(character) <= len(self.turn.directions):
            self.marked = int(character) - 1
        elif character == "s":
            self.marked = len(self.turn.directions)
        self._held = (character, self.set_timer(GRACE, self._act))

    def _release(self) -> str:
        if self._held is None:
            return ""
        character, timer = self._held
        timer.stop()
        self._held = None
        return character

    def _act(self) -> None:
        character = self._release()
        if character == "s":
            self.action_studio()
        elif character == "b":
            self.action_brief()
        elif character == "p":
            self.action_push()
        elif character and int(character) <= len(self.turn.directions):
            self._pick(int(character) - 1)

    def action_move(self, by: int) -> None:
        """Move the mark."""
        self.marked = max(0, min(len(self.turn.directions), self.marked + by))

    def action_pick(self) -> None:
        """Pick the marked row, once: a key that was pressed just before it has marked it and is not told again."""
        self._release()
        if self.turn.phase == "waiting":
            self._pick(self.marked)

    def action_studio(self) -> None:
        """Leave it to the studio: the preset says how many drafts follow a direction, and that is none."""
        self.post_message(DirectionPicked(self.turn.id, ""))

    def action_brief(self) -> None:
        """Correct the brief first."""
        self.post_message(TurnActed("brief", self.turn.id))

    def action_push(self) -> None:
        """Push the directions further, from the marked one on."""
        self.post_message(TurnActed("push", self.turn.id))

    def _pick(self, index: int) -> None:
        found = self.turn.directions
        self.post_message(DirectionPicked(self.turn.id, found[index].id if index < len(found) else ""))
