"""Recalled passages as lines of text: what, from where, how it was found, what the writer decided. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from memory.records import Hit
from tui import wording
from tui.memory_state import Mark
from tui.widgets.flow import hang
from tui.widgets.scorecard import EMPTY, FULL

FAINT = "$foreground 60%"
FOLDED = 3
"""Lines of a passage that is folded."""
LONGEST = 4_000
"""Characters shown of one unfolded passage."""
FOUND = {
    "meaning": "by meaning", "words": "by its words", "both": "by meaning and words",
    "pinned": "", "excluded": "",
}  # fmt: skip
MARKS = {"pinned": "pinned", "excluded": "left out", "corrected": "corrected"}
STYLES = {"pinned": "bold $success", "excluded": "$error", "corrected": "bold $secondary"}


def score(hit: Hit) -> str:
    """Nearness as four signs and a figure; "" for what only its words found."""
    if hit.found_by == "words" or not hit.score:
        return ""
    full = max(0, min(4, round(hit.score * 4)))
    return f"{FULL * full}{EMPTY * (4 - full)} {hit.score:.2f}"


def place(hit: Hit) -> str:
    """Where in the work it stands, and in which collection and file."""
    name = hit.source.rsplit("/", 1)[-1]
    parts = [f"passage {hit.passage.ordinal + 1}", hit.collection, name if name != hit.title else ""]
    return ", ".join(part for part in parts if part)


def decided(marks: Sequence[Mark]) -> str:
    """What the writer decided, in words: "pinned for this piece, corrected for good"."""
    where = {"": " for good", None: ""}
    return ", ".join(f"{MARKS.get(m.mark, m.mark)}{where.get(m.piece_id, ' for this piece')}" for m in marks)


def head(number: int, hit: Hit, marks: Sequence[Mark]) -> Content:
    """Number, title, how near, how found, and the marks."""
    found, words = FOUND.get(hit.found_by, hit.found_by), decided(marks)
    parts = [(place(hit), FAINT), (found, FAINT), (score(hit), "$primary"),
             (words, STYLES.get(marks[0].mark, "") if marks else "")]  # fmt: skip
    return Content.assemble(
        (f"{number}  ", "bold $primary"), (" ".join(hit.title.split()), "bold"),
        *((f"   {text}", style) for text, style in parts if text),
    )  # fmt: skip


def wording_of(hit: Hit, marks: Sequence[Mark]) -> str:
    """The passage as it is used."""
    return next((mark.text for mark in marks if mark.mark == "corrected" and mark.text), hit.passage.text)


def lines(number: int, hit: Hit, marks: Sequence[Mark], width: int, unfolded: bool) -> list[Content]:
    """Head and passage; folded, a long passage shows its beginning and says how much more there is."""
    text = wording_of(hit, marks).strip()
    style = "strike $foreground 50%" if any(mark.mark == "excluded" for mark in marks) else "$foreground 85%"
    body = hang(Content.styled(text[:LONGEST], style), min(width, 92), "   ", "     ")
    if not unfolded and len(body) > FOLDED + 1:
        left = len(body) - FOLDED
        body = [*body[:FOLDED], Content.styled(f"   {wording.counted(left, 'more line')}; Enter unfolds", FAINT)]
    return [*hang(head(number, hit, marks), width, "", "   "), *body, Content("")]
