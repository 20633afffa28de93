"""A text as a heat map: every line or sentence on its own rows, shaded by one of its values. Pure functions.

Colour is never alone: each line ends in a mark of four signs, so the view reads the same without colours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from textual.content import Content

from agents.contracts import Copied, LineHeat
from tui.widgets import scorecard
from tui.widgets.flow import hang
from tui.widgets.scorecard import EMPTY, FULL

Mode = Literal["off", "surprise", "theme", "echo"]
MODES: tuple[Mode, ...] = ("off", "surprise", "theme", "echo")
"""In the order in which the key goes through them."""
SIGNS = 4
"""Signs of the mark; a value falls on one of SIGNS + 1 levels."""
GAP = 2
"""Columns between the text and its mark."""
CLOSERS = "”’\"')）]」』》"
"""Signs that end what stands before them."""
SHADES = (0, 10, 20, 30, 40)
"""Percent of the colour laid over the card, by level: text keeps a contrast of 4.5 on the product's themes."""
COLOURS: dict[Mode, str] = {"surprise": "$primary", "theme": "$secondary", "echo": "$error"}
LEGENDS: dict[Mode, str] = {
    "surprise": f"hot lines hold words a reader would not expect; {FULL * 2}{EMPTY * 2} is usual.",
    "theme": "hot lines stand near to what you asked for; cold ones drift away.",
    "echo": "hot lines were said before: here, in another draft, or in your works.",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of one line of a text."""

    start: int
    end: int
    """Character span [start, end) of the text; empty for an empty line."""
    level: int | None
    """None where nothing was measured."""


def after(mode: Mode) -> Mode:
    """The mode that the key goes to from here."""
    return MODES[(MODES.index(mode) + 1) % len(MODES)]


def level(value: float) -> int:
    """A value of 0-1 as a level of 0 (cold) to 4 (hot); what is no number is cold."""
    return max(0, min(SIGNS, int(value * (SIGNS + 1)))) if value == value else 0


def mark(hot: int) -> str:
    """A level as signs."""
    return FULL * hot + EMPTY * (SIGNS - hot)


def parts(text: str, heat: Sequence[LineHeat], mode: Mode) -> Iterator[Part]:
    """The text cut at its line ends and where a measured line or sentence begins or ends, in order and without gaps."""
    start, first = 0, 0
    ordered = sorted((unit for unit in heat if unit.start < unit.end), key=_start)
    for line in text.split("\n"):
        end = start + len(line)
        while first < len(ordered) and ordered[first].end <= start:
            first += 1
        near = ordered[first : bisect_left(ordered, end, key=_start)]
        for begin, stop in pairwise([start, *_cuts(text, near, start, end), end]):
            yield Part(begin, stop, _level_at(text, near, mode, begin, stop))
        start = end + 1


def _start(unit: LineHeat) -> int:
    return unit.start


def _cuts(text: str, heat: Sequence[LineHeat], start: int, end: int) -> list[int]:
    """Where to cut a line: behind closing quotes, never inside a word, never leaving a piece without words."""
    cuts: list[int] = []
    for edge in sorted({edge for unit in heat for edge in (unit.start, unit.end) if start < edge < end}):
        at = edge + len(text[edge:end]) - len(text[edge:end].lstrip(CLOSERS))
        inside = text[at - 1].isalnum() and text[at : at + 1].isalnum()
        if not inside and _words(text[(cuts or [start])[-1] : at]) and _words(text[at:end]):
            cuts.append(at)
    return cuts


def _words(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _level_at(text: str, heat: Sequence[LineHeat], mode: Mode, start: int, end: int) -> int | None:
    """Level of the narrowest measured span that shares most of this piece."""
    if mode == "off" or not text[start:end].strip():
        return None
    over = [u for u in heat if min(u.end, end) - max(u.start, start) > (end - start) / 2]
    if not over:
        return None
    narrowest = min(over, key=lambda u: u.end - u.start)
    return level(getattr(narrowest, mode))


def legend(mode: Mode, width: int) -> list[Content]:
    """What hot means, in plain words, with the signs that stand for cold and hot; as many rows in every mode."""
    if mode == "off":
        return []
    said = {
        name: hang(
            Content.assemble(
                (name, f"bold {colour}"), (f" {mark(0)} to {mark(SIGNS)}: {LEGENDS[name]}", "$foreground 70%")
            ),
            width,
        )
        for name, colour in COLOURS.items()
    }
    most = max(len(lines) for lines in said.values())
    return said[mode] + [Content("")] * (most - len(said[mode]))


def rows(text: str, heat: Sequence[LineHeat], mode: Mode, width: int, copied: Sequence[Copied] = ()) -> list[Content]:
    """The text laid out in at most `width` cells, shaded, each line or sentence with its mark behind its last row.

    What was copied is underlined, as everywhere.
    """
    room = max(4, width - GAP - SIGNS)
    laid: list[tuple[Content, int | None, bool]] = []
    for part in parts(text, heat, mode):
        piece, start = text[part.start : part.end].rstrip(), part.start
        if part.start > 0 and text[part.start - 1] != "\n":
            start += len(piece) - len(piece.lstrip())
            piece = piece.lstrip()
        lines = hang(scorecard.copied(Content(piece), copied, start), room, "", "  ")
        laid += [(line, part.level, line is lines[-1]) for line in lines]
    block = max((line.cell_length for line, _, _ in laid), default=0)
    return [_row(line, hot, last, block, COLOURS.get(mode, "$primary")) for line, hot, last in laid]


def _row(line: Content, hot: int | None, last: bool, block: int, colour: str) -> Content:
    if hot is None:
        return line
    line = line.pad_right(block - line.cell_length)
    if hot:
        line = line.stylize(f"on {colour} {SHADES[hot]}%")
    return line + Content.styled(" " * GAP + mark(hot), colour) if last else line
