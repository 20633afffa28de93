"""A work to read, and the list of what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from memory.records import AddReport, Work
from tui import wording
from tui.screens.sheet import Panel
from tui.widgets import work_rows
from tui.widgets.flow import Flow, hang
from tui.widgets.row_list import RowList

MEASURE = 88
"""Columns after which prose breaks."""
MOST = 60_000
"""Characters of a work that are laid out; the file holds the rest."""


class Pages(Flow):
    """The text of a work."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def lines(self, width: int) -> list[Content]:
        """The text, and where it goes on when it is very long."""
        shown = hang(Content(self._text[:MOST].strip("\n")), min(width, MEASURE), "", "  ")
        if len(self._text) > MOST:
            more = f"{len(self._text) - MOST:,} more characters are in memory; they are not shown here."
            shown += [Content(""), Content.styled(more, "$foreground 60%")]
        return shown


class ReadingSheet(Panel[None]):
    """One work."""

    KEYS_LINE = "Up, Down, PageUp, PageDown scroll   Esc close"
    DEFAULT_CSS = "ReadingSheet VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }"

    def __init__(self, work: Work, text: str) -> None:
        super().__init__()
        facts = [work.collection, "reference" if work.reference else work.kind, wording.language(work.language),
                 work.written, f"version {work.version}" if work.version > 1 else "",
                 wording.counted(work.passages, "passage")]  # fmt: skip
        self.HEADING = f"{work.title}   {', '.join(fact for fact in facts if fact)}"
        self._text = text

    def body(self) -> Iterable[Widget]:
        """The text."""
        yield VerticalScroll(Pages(self._text))

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()


class RefusedSheet(Panel[None]):
    """Path and reason of everything that the newest adding refused."""

    HEADING = "Refused"
    KEYS_LINE = "Up, Down scroll   Esc close"

    def __init__(self, reports: Sequence[AddReport]) -> None:
        super().__init__()
        self._reports = reports
        self._rows: RowList[AddReport] = RowList(work_rows.refusal, tall=work_rows.TALL)

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self._rows

    def on_mount(self) -> None:
        """Fill it."""
        self.title_is(f"Refused: {wording.counted(len(self._reports), 'file')}")
        self._rows.fill(self._reports)
        self._rows.focus()
