"""A scorecard for a person to read: scores with advice, why, the lines by heat, and what the scores cannot know."""

from __future__ import annotations

from collections.abc import Iterator

from agents.contracts import Score, Scorecard
from cocreate.cli.narration import check_lines
from memory.sanitise import sanitise

BARS = "▁▂▃▄▅▆▇█"
MOST_LINES = 40
"""Lines shown by heat."""
MOST_EVIDENCE = 2
"""Findings shown a score."""
WIDTH = 60
"""Characters of a line that are shown."""
NAMES = (
    ("fluency", "fluency"), ("theme_fit", "theme fit"), ("novelty", "novelty"), ("emotion", "emotion"),
    ("craft", "craft"),
)  # fmt: skip


def lines_of(card: Scorecard, text: str) -> Iterator[str]:
    """Lines to print; the text's own words are sanitised."""
    if card.note.startswith("not scored"):
        yield card.note
        return
    wide = ""
    if card.low is not None and card.high is not None:
        wide = f"   readers: {card.low:.1f} to {card.high:.1f} in 9 cases of 10"
    yield f"overall    {card.overall:4.1f}{wide}"
    for attribute, name in NAMES:
        score: Score | None = getattr(card, attribute)
        if score is None or (attribute == "theme_fit" and "theme fit not scored" in card.note):
            continue
        yield f"{name:<10} {score.value:4.1f}   {sanitise(score.advice)}"
        for item in score.evidence[:MOST_EVIDENCE]:
            if item.reason not in score.advice:
                yield f"{'':<18}{sanitise(item.reason)}"
    yield from map(sanitise, check_lines(card))
    if card.note:
        yield card.note
    if card.why:
        yield ""
        yield "why: 5.0 is the middle of published writing"
        for words, points in card.why:
            yield f"  {points:+5.2f}  {words}"
    if card.heat:
        yield ""
        yield from _heat(card, text)
    for sentence in card.limits:
        yield ""
        yield sentence


def _heat(card: Scorecard, text: str) -> Iterator[str]:
    yield "surprise, theme, echo by line"
    for line in card.heat[:MOST_LINES]:
        said = " ".join(sanitise(text[line.start : line.end]).split())
        said = said if len(said) <= WIDTH else said[: WIDTH - 1] + "…"
        yield f"  {bar(line.surprise)} {bar(line.theme)} {bar(line.echo)}  {said}"
    if len(card.heat) > MOST_LINES:
        yield f"  ({len(card.heat) - MOST_LINES} more)"


def bar(share: float) -> str:
    """A block as high as a share from 0 to 1."""
    return BARS[max(0, min(len(BARS) - 1, int(share * len(BARS))))]
