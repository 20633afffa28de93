"""Curves and small histograms in braille signs, which are one cell wide in every terminal. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

DIM = "$foreground 50%"
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille cell by row and column (Unicode 16, block U+2800)."""
LEVELS = ("\u2800", "\u28c0", "\u28e4", "\u28f6", "\u28ff")
"""A column filled from below: nothing to full."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of a plot."""

    name: str
    points: Sequence[tuple[float, float]]
    """(x, y), x rising."""
    colour: str


class Canvas:
    """Dots, two by four in a cell; what is drawn later gives its cell the colour."""

    def __init__(self, width: int, height: int) -> None:
        """In cells."""
        self.width, self.height = width, height
        self._bits = [[0] * width for _ in range(height)]
        self._colours = [[""] * width for _ in range(height)]

    def dot(self, x: int, y: int, colour: str) -> None:
        """One dot; (0, 0) is above left. Outside nothing is drawn."""
        if 0 <= x < self.width * 2 and 0 <= y < self.height * 4:
            self._bits[y // 4][x // 2] |= DOTS[y % 4][x % 2]
            self._colours[y // 4][x // 2] = colour

    def row(self, y: int) -> Content:
        """One line of signs."""
        spans = (
            (chr(0x2800 + bits), colour or DIM) for bits, colour in zip(self._bits[y], self._colours[y], strict=True)
        )
        return Content.assemble(*spans)


def plot(curves: Sequence[Curve], width: int, height: int, last: float, unit: str = "step") -> list[Content]:
    """The curves over 0 to `last`, with the ends of both axes named; nothing when there is no point yet."""
    ys = [y for curve in curves for _, y in curve.points if y == y]
    if not ys or width < 24 or height < 3:
        return []
    low, high = min(ys), max(ys)
    if high - low < 0.05:
        low, high = low - 0.05, high + 0.05
    canvas = Canvas(width - 6, height)
    for curve in curves:
        _draw(canvas, curve, low, high, last)
    labels = {0: f"{high:.2f}", height - 1: f"{low:.2f}"}
    lines = [Content.styled(f"{labels.get(y, ''):>5} ", DIM) + canvas.row(y) for y in range(height)]
    end = f"{unit} {last:.0f}"
    foot = Content.styled(f"      0{end:>{max(1, width - 7)}}", DIM)
    return [*lines, foot]


def _draw(canvas: Canvas, curve: Curve, low: float, high: float, last: float) -> None:
    across, down = canvas.width * 2 - 1, canvas.height * 4 - 1
    before: tuple[int, int] | None = None
    for x, y in _thinned([point for point in curve.points if point[1] == point[1]], across):
        here = (round(min(1.0, x / max(1.0, last)) * across), round((high - y) / (high - low) * down))
        for dot in _between(before, here):
            canvas.dot(*dot, curve.colour)
        before = here


def _thinned(points: Sequence[tuple[float, float]], most: int) -> Sequence[tuple[float, float]]:
    """At most about `most` points, the last one among them."""
    step = max(1, len(points) // max(1, most))
    return [*points[::step], *points[-1:]]


def _between(a: tuple[int, int] | None, b: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of a straight line (a left out)."""
    if a is None:
        return [b]
    steps = max(abs(b[0] - a[0]), abs(b[1] - a[1]), 1)
    return [
        (a[0] + round((b[0] - a[0]) * n / steps), a[1] + round((b[1] - a[1]) * n / steps)) for n in range(1, steps + 1)
    ]


def spark(values: Sequence[float], cells: int = 16) -> str:
    """A histogram in one line of signs, each as high as its share of the largest."""
    if not values or max(values) <= 0:
        return ""
    if len(values) > cells:
        size = len(values) / cells
        values = [max(values[int(n * size) : max(int((n + 1) * size), int(n * size) + 1)]) for n in range(cells)]
    most = max(values)
    return "".join(LEVELS[max(1 if value > 0 else 0, round(max(0.0, value) / most * 4))] for value in values)
