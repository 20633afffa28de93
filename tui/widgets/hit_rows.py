"""Recalled passages as lines of text: what, from where, how it was found, what the writer decided. Pure functions."""

from __future__ import annotations

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
    "meaning": "found by its meaning", "words": "found by its words", "both": "found by meaning and words",
    "pinned": "pinned by you",
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


def decided(mark: Mark | None) -> str:
    """What the writer decided, in words: "pinned for this piece"."""
    if mark is None:
        return ""
    return f"{MARKS.get(mark.mark, mark.mark)} {'for good' if mark.for_good else 'for this piece'}"


def head(number: int, hit: Hit, mark: Mark | None) -> Content:
    """Number, title, how near, how found, and the mark."""
    found = FOUND.get(hit.found_by, hit.found_by)
    words = decided(mark)
    return Content.assemble(
        (f"{number}  ", "bold $primary"), (" ".join(hit.title.split()), "bold"), (f"   {place(hit)}", FAINT),
        (f"   {found}", FAINT), (f"   {score(hit)}" if score(hit) else "", "$primary"),
        (f"   {words}" if words else "", STYLES.get(mark.mark, "") if mark else ""),
    )  # fmt: skip


def lines(number: int, hit: Hit, mark: Mark | None, width: int, unfolded: bool) -> list[Content]:
    """Head and passage; folded, a long passage shows its beginning and says how much more there is."""
    text = (mark.text if mark is not None and mark.mark == "corrected" and mark.text else hit.passage.text).strip()
    style = "strike $foreground 50%" if mark is not None and mark.mark == "excluded" else "$foreground 85%"
    body = hang(Content.styled(text[:LONGEST], style), min(width, 92), "   ", "     ")
    if not unfolded and len(body) > FOLDED + 1:
        left = len(body) - FOLDED
        body = [*body[:FOLDED], Content.styled(f"   {wording.counted(left, 'more line')}; Enter unfolds", FAINT)]
    return [*hang(head(number, hit, mark), width, "", "   "), *body, Content("")]
