"""Ideas as lines of text: number, idea, why, below the one they were made from. Pure functions."""

from __future__ import annotations

from textual.content import Content

from cocreate.idea_views import IdeaView
from tui.widgets.flow import hang

FAINT = "$foreground 60%"
INDENT = 3
"""Cells a child stands further in."""
DEEPEST = 4
"""Levels that are indented; deeper ones stand under these."""


def lines(one: IdeaView, depth: int, width: int, *, marked: bool, new: bool, unfolded: bool) -> list[Content]:
    """The idea, and below it why it could work; folded, that takes one line."""
    start = " " * (INDENT * min(depth, DEEPEST))
    number = f"{one.number:>2} "
    sign = "● " if marked else "  "
    inner = start + " " * (len(number) + len(sign))
    rows = hang(Content.styled(one.text, "bold" if new else ""), max(20, width), inner)
    head = Content.assemble(start, (number, "bold $primary"), (sign, "bold $secondary"))
    rows[0] = head + rows[0][len(inner) :]
    why = hang(Content.styled(_below(one), FAINT), max(20, width), inner)
    if not unfolded and len(why) > 1:
        why = [why[0].truncate(max(20, width) - 1, ellipsis=False).rstrip() + Content.styled("…", FAINT)]
    return [*rows, *why]


def _below(one: IdeaView) -> str:
    """How it fits, how new it is, why it could work (which also says what it was made from)."""
    figures = f"fit {one.fit:.1f}  new {one.novelty:.1f}   " if one.fit or one.novelty else ""
    return f"{figures}{one.why}"
