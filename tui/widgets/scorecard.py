"""A scorecard as lines of text: three bars, and unfolded the evidence and the advice behind them. Pure functions."""

from __future__ import annotations

from textual.content import Content

from agents.contracts import Score, Scorecard
from tui.widgets.flow import hang

QUALITIES: tuple[tuple[str, str, str], ...] = (
    ("novelty", "novelty", "$primary"),
    ("fluency", "fluency", "$secondary"),
    ("theme fit", "theme_fit", "$accent"),
)
"""Name as shown, attribute of Scorecard, colour."""
FULL, EMPTY = "▰", "▱"  # both of neutral width: a terminal set to wide ambiguous characters keeps the columns


def bar(value: float, cells: int = 10) -> str:
    """A value of 0-10 as a row of signs."""
    full = max(0, min(cells, round(value / 10 * cells)))
    return FULL * full + EMPTY * (cells - full)


def short(card: Scorecard) -> Content:
    """The three figures in one line."""
    parts: list[Content] = []
    for name, attribute, colour in QUALITIES:
        score: Score = getattr(card, attribute)
        parts.append(Content.assemble((f"{name} ", "$foreground 60%"), (f"{score.value:.1f}", colour)))
    return Content("   ").join(parts)


def bars(card: Scorecard, width: int) -> list[Content]:
    """The three bars, one line each; bare figures where there is no room."""
    if card.note and not any(getattr(card, a).value for _, a, _ in QUALITIES):
        return hang(Content.styled(card.note, "$foreground 60%"), width)
    cells = max(0, min(10, width - 16))
    lines = []
    for name, attribute, colour in QUALITIES:
        value = getattr(card, attribute).value
        lines.append(Content.assemble(
            (f"{name:<10}", "$foreground 60%"), (bar(value, cells), colour), (f" {value:4.1f}", "$foreground 85%"),
        ))  # fmt: skip
    return lines


def reasons(card: Scorecard, width: int) -> list[Content]:
    """Evidence and advice of every quality, for the unfolded card."""
    lines: list[Content] = []
    for name, attribute, colour in QUALITIES:
        score: Score = getattr(card, attribute)
        lines.append(Content(""))
        lines.append(Content.assemble((f"{name} {score.value:.1f}", f"bold {colour}")))
        for piece in score.evidence[:4]:
            text = piece.reason if not piece.quote or piece.quote in piece.reason else f"{piece.reason} “{piece.quote}”"
            if piece.source:
                text += f" ({piece.source})"
            lines += hang(Content.styled(text, "$foreground 80%"), width, "- ", "  ")
        if not score.evidence:
            lines += hang(Content.styled("Nothing stands out.", "$foreground 60%"), width, "- ", "  ")
        if score.advice:
            lines += hang(Content.styled(score.advice, "italic"), width, "  ")
    if card.note:
        lines += [Content(""), *hang(Content.styled(card.note, "$foreground 60%"), width)]
    return lines


def mark(text: Content, card: Scorecard) -> Content:
    """Underline the spans that the evidence points at, in the colour of their quality."""
    for _, attribute, colour in QUALITIES:
        score: Score = getattr(card, attribute)
        for piece in score.evidence[:4]:
            if 0 <= piece.start < piece.end:
                text = text.stylize(f"underline {colour}", piece.start, piece.end)
    return text
