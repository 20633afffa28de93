"""A widget made of lines of text that it lays out itself, so that nothing is ever read as markup.

Continuation lines hang under their first line, which keeps a wrapped verse readable, and a change that keeps
the height costs a repaint instead of a new layout of the screen.
"""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget


def hang(content: Content, width: int, first: str = "", rest: str | None = None) -> list[Content]:
    """Wrap to `width` cells; each line begins with `first`, what wraps of it with `rest` (default: blanks)."""
    rest = " " * len(first) if rest is None else rest
    lines: list[Content] = []
    for source in content.split("\n", allow_blank=True):
        room = max(4, width - max(len(first), len(rest)))
        for number, line in enumerate(source.wrap(room) or [Content("")]):
            lines.append(Content(first if number == 0 else rest) + line)
    return lines


def ends(left: Content, right: Content, width: int) -> Content:
    """One line with something at both ends; the left end gives way."""
    room = max(0, width - right.cell_length - 2)
    if left.cell_length > room:
        left = left.truncate(room, ellipsis=False)
    return left + Content(" " * max(2, width - left.cell_length - right.cell_length)) + right


class Flow(Widget):
    """Base of everything that shows text."""

    DEFAULT_CSS = """
    Flow { width: 1fr; height: auto; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._laid: tuple[int, list[Content]] | None = None

    def lines(self, width: int) -> list[Content]:
        """The text as lines of at most `width` cells."""
        raise NotImplementedError

    def laid(self, width: int) -> list[Content]:
        """`lines`, remembered until the next `changed`."""
        if self._laid is None or self._laid[0] != width:
            self._laid = (width, self.lines(width))
        return self._laid[1]

    def changed(self) -> None:
        """Show the new state: repaints the lines that differ, and lays the page out anew only for another height."""
        before = self._laid
        self._laid = None
        if before is None or not self.is_mounted:
            self.refresh(layout=True)
            return
        width, old = before
        new = self.laid(width)
        if len(new) != len(old):
            self.refresh(layout=True)
            return
        rows = [row for row, (was, now) in enumerate(zip(old, new, strict=True)) if not was.is_same(now)]
        if rows:
            self.refresh(*(Region(0, row, width, 1) for row in rows))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Number of lines at this width."""
        return len(self.laid(width)) if width else 0

    def render(self) -> Content:
        """All lines, joined."""
        return Content("\n").join(self.laid(self.content_size.width or 80))
