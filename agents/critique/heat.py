"""The heat view: of each line how surprising it is, how near to the theme, and how much of it was said before."""

from __future__ import annotations

from collections.abc import Sequence

from agents.contracts import LineHeat, TokenScores
from agents.critique.calibration import Figures
from agents.critique.embedding import Vectors
from agents.critique.measure import curve, part_logprobs
from agents.spans import Span, parts, tokens

MOST = 400
"""Lines of a text that get a heat."""
GRAM = 3
"""Words of a run that counts as said before."""
ALIKE = ((0.55, 0.0), (0.95, 1.0))
"""Cosine of two lines to how much one echoes the other: below .55 they share a subject at most."""
USUAL = 0.5
"""Surprise of a line that is too short to be measured."""


def lines_of(
    text: str, scores: TokenScores, vectors: Vectors, figures: Figures, before: Sequence[str]
) -> tuple[LineHeat, ...]:
    """Heat of the first MOST lines. `before`: passages of the writer's works, and other drafts."""
    surprise = dict(part_logprobs(text, scores))
    told = _grams_of(before)
    seen: set[tuple[str, ...]] = set()
    rows = {span: at for at, span in enumerate(vectors.spans)}
    fits = dict(vectors.line_fit)
    wrong, _, near = figures.cosine
    found = []
    for span in parts(text)[:MOST]:
        grams = _grams(text[span[0] : span[1]])
        again = sum(gram in seen or gram in told for gram in grams) / len(grams) if grams else 0.0
        seen.update(grams)
        fit = fits.get(span, _window_fit(vectors, span))
        found.append(
            LineHeat(
                *span,
                surprise=_unit(curve(-surprise[span], _scale(figures)) if span in surprise else USUAL),
                theme=_unit((fit - wrong) / (near - wrong)),
                echo=_unit(max(again, _alike(vectors, rows.get(span)))),
            )
        )
    return tuple(found)


def _scale(figures: Figures) -> tuple[tuple[float, float], ...]:
    """Loss of a line to surprise: the published middle is .5, what 99 in 100 published lines stay below is 1."""
    middle = -figures.logprob[3]
    top = -figures.part_floor
    return ((max(0.3, 2 * middle - top), 0.0), (middle, 0.5), (top, 1.0))


def _window_fit(vectors: Vectors, span: Span) -> float:
    """Cosine of the window a line lies in, where it has no vector of its own; else that of the whole."""
    for (start, end), row in zip(vectors.windows, vectors.window_rows, strict=True):
        if start <= span[0] < end:
            return float(row @ vectors.asked)
    return vectors.cosine


def _alike(vectors: Vectors, place: int | None) -> float:
    """Nearness to the nearest earlier line."""
    if not place:
        return 0.0
    return curve(float((vectors.rows[:place] @ vectors.rows[place]).max()), ALIKE)


def _grams(text: str) -> list[tuple[str, ...]]:
    found = [text[a:b].lower() for a, b in tokens(text)]
    return [tuple(found[at : at + GRAM]) for at in range(len(found) - GRAM + 1)]


def _grams_of(texts: Sequence[str]) -> set[tuple[str, ...]]:
    return {gram for text in texts for gram in _grams(text)}


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 3) if value == value else 0.0
