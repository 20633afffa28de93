"""A list of any length that draws only the rows in sight. Filling it costs nothing, however long it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

Item = TypeVar("Item")


class RowList(ScrollView, Generic[Item], can_focus=True):
    """Rows of one height. `draw` makes the lines of one item; it is called for rows in sight only."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "leap(-1)", "Page up"),
        ("pagedown", "leap(1)", "Page down"),
        ("home", "end(-1)", "First"),
        ("end", "end(1)", "Last"),
        ("enter", "select", "Choose"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row--here"}
    DEFAULT_CSS = """
    RowList { height: 1fr; scrollbar-size-vertical: 1; background: $surface; scrollbar-background: $surface;
              scrollbar-color: $foreground 20%; }
    RowList > .row--here { background: $panel; }
    RowList:focus > .row--here { background: $primary 15%; }
    """

    cursor: reactive[int] = reactive(0)
    """Row that the keys act on."""

    class Selected(Message):
        """Posted on Enter or a second click."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, draw: Callable[[Item, int], list[Content]], tall: int = 1, *, id: str | None = None) -> None:
        """`draw(item, width)` returns at most `tall` lines of at most `width` cells."""
        super().__init__(id=id)
        self._draw = draw
        self._tall = tall
        self.items: Sequence[Item] = ()

    def fill(self, items: Sequence[Item]) -> None:
        """Show other items; the cursor stays on the same one where it is still there."""
        here = self.here()
        self.items = items
        place = next((n for n, item in enumerate(items) if item is here), None) if here is not None else None
        self._measure()
        self.cursor = min(self.cursor, max(0, len(items) - 1)) if place is None else place
        self.refresh()

    def here(self) -> Item | None:
        """The item under the cursor."""
        return self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.items) * self._tall)

    def on_resize(self) -> None:
        """The rows break anew."""
        self._measure()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of one row."""
        width = self.scrollable_content_region.width
        row, part = divmod(y + self.scroll_offset.y, self._tall)
        here = row == self.cursor and bool(self.items)
        style = self.get_visual_style("row--here") if here else self.visual_style
        if not 0 <= row < len(self.items):
            return Strip.blank(width, style.rich_style)
        lines = self._draw(self.items[row], width)
        if part >= len(lines):
            return Strip.blank(width, style.rich_style)
        strips = Visual.to_strips(self, lines[part], width, 1, style, apply_selection=False, pad=True)
        return strips[0] if strips else Strip.blank(width, style.rich_style)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two rows, and keep the cursor in sight."""
        top = self.scroll_offset.y
        for row in (old, new):
            self.refresh(Region(0, row * self._tall - top, self.size.width, self._tall))
        self.scroll_to_region(Region(0, new * self._tall, 1, self._tall), animate=False, force=True)

    def validate_cursor(self, value: int) -> int:
        """Within the rows."""
        return max(0, min(value, len(self.items) - 1))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a second one chooses."""
        row = (event.y + self.scroll_offset.y) // self._tall
        if 0 <= row < len(self.items):
            self.cursor = row
            if event.chain == 2:
                self.action_select()

    def action_move(self, by: int) -> None:
        """A row up or down."""
        self.cursor += by

    def action_leap(self, by: int) -> None:
        """A page up or down."""
        self.cursor += by * max(1, self.size.height // self._tall - 1)

    def action_end(self, by: int) -> None:
        """To the first or the last row."""
        self.cursor = 0 if by < 0 else len(self.items) - 1

    def action_select(self) -> None:
        """Choose the row."""
        if self.items:
            self.post_message(self.Selected(self.cursor))
