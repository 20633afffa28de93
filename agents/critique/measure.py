"""Numbers on a text that several scores use."""

from __future__ import annotations

import bisect

from agents.contracts import TokenScores
from agents.spans import Span, parts


def mean(values: list[float] | tuple[float, ...]) -> float:
    """Arithmetic mean; 0.0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def curve(value: float, points: tuple[tuple[float, float], ...]) -> float:
    """Piecewise linear function through (x, y) points with rising x; constant beyond the ends."""
    xs = [x for x, _ in points]
    place = bisect.bisect_right(xs, value)
    if place == 0:
        return points[0][1]
    if place == len(points):
        return points[-1][1]
    (x0, y0), (x1, y1) = points[place - 1], points[place]
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def bounded(value: float) -> float:
    """A score: finite, 0 to 10, two decimals. NaN becomes 0."""
    return round(min(10.0, max(0.0, value)), 2) if value == value else 0.0


def part_logprobs(text: str, scores: TokenScores) -> list[tuple[Span, float]]:
    """Mean log-probability of each line or sentence of at least four tokens. The first token of the text is left out:
    nothing stands before it, so it says nothing about the text."""
    found = []
    ends = [end for _, end in scores.offsets]
    for start, end in parts(text):
        first = max(1, bisect.bisect_right(ends, start))
        inside = []
        for at in range(first, len(ends)):
            if scores.offsets[at][0] >= end:
                break
            inside.append(scores.logprobs[at])
        if len(inside) >= 4:
            found.append(((start, end), mean(inside)))
    return found


def shorten(text: str, most: int = 60) -> str:
    """A quote on one line, cut at a word with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    cut = flat.rfind(" ", most // 2, most)
    return flat[: cut if cut > 0 else most].rstrip(" ,;") + "…"
