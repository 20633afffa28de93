"""A scorecard as lines of text: three bars and a line of the rest; unfolded the evidence and advice. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from agents.contracts import Copied, Evidence, Score, Scorecard
from cocreate.wording import counted
from tui.widgets.flow import hang

QUALITIES: tuple[tuple[str, str, str], ...] = (
    ("novelty", "novelty", "$primary"),
    ("fluency", "fluency", "$secondary"),
    ("theme fit", "theme_fit", "$accent"),
)
"""Name as shown, attribute of Scorecard, colour."""
MORE: tuple[tuple[str, str, str], ...] = (("craft", "craft", "$primary"), ("emotion", "emotion", "$error"))
"""Qualities that not every text has a score for."""
DIM = "$foreground 60%"
SOURCE = 24
"""Columns of a title that something was copied from."""
ROOM = 16
"""Least columns that a reason is shown in."""
WIDE = 2.0
"""Points between the ends of an interval from which it is shown beside the score."""
FULL, EMPTY = "▰", "▱"  # both of neutral width: a terminal set to wide ambiguous characters keeps the columns


def bar(value: float, cells: int = 10) -> str:
    """A value of 0-10 as a row of signs."""
    full = max(0, min(cells, round(value / 10 * cells)))
    return FULL * full + EMPTY * (cells - full)


def qualities(card: Scorecard) -> Iterator[tuple[str, Score, str]]:
    """Name, score and colour of every quality that was measured."""
    for name, attribute, colour in (*QUALITIES, *MORE):
        score: Score | None = getattr(card, attribute)
        if score is not None:
            yield name, score, colour


def overall(card: Scorecard) -> Content:
    """The overall score; where readers may well put it elsewhere, with where: "6.4, readers 3.9 to 8.2"."""
    score = Content.styled(f"{card.overall:.1f}", "bold $primary")
    if card.low is None or card.high is None or card.high - card.low < WIDE:
        return score
    return score + Content.styled(f", readers {card.low:.1f} to {card.high:.1f}", DIM)


def gist(score: Score) -> str:
    """What is felt, else the first reason of a score, else its advice, in one line; "" when there is none."""
    felt = feelings(score)
    if felt:
        return ", ".join(name for name, _ in felt[:2])
    text = next((piece.reason for piece in score.evidence if piece.reason), score.advice)
    return " ".join(text.split())


def feelings(score: Score) -> list[tuple[str, float]]:
    """Of a score for emotion: each feeling that was found with its share, 0 to 1, largest first; else nothing."""
    names = [name for name, _ in score.measures]
    if "valence" not in names:
        return []
    return [(name, share) for name, share in score.measures if name not in ("strength", "valence")]


def rest(card: Scorecard, width: int) -> list[Content]:
    """At most one line: what was copied or flagged, craft and emotion, and the reasons as far as they fit."""
    parts: list[Content] = []
    if card.copied:
        source = cut(Content(card.copied[0].source), SOURCE).plain
        parts.append(Content.styled(f"{run(card.copied[0])} from “{source}”", "$warning"))
    if card.flagged:
        parts.append(Content.styled(f"{counted(len(card.flagged), 'word')} flagged", "$warning"))
    more = [(name, getattr(card, attribute), colour) for name, attribute, colour in MORE]
    scored = [(name, score, colour) for name, score, colour in more if score is not None]
    values = [Content.assemble((f"{name} ", DIM), (f"{score.value:.1f}", colour)) for name, score, colour in scored]
    spare = width - sum(part.cell_length + 3 for part in (*parts, *values))
    for place, (_, score, _) in reversed(list(enumerate(scored))):  # emotion first: its figure says the least alone
        words = cut(Content(gist(score)), spare - 1)
        if words and spare >= ROOM:
            values[place] += Content.styled(f" {words.plain}", DIM)
            spare -= words.cell_length + 1
    line = Content("   ").join([*values, *parts])
    return [cut(line, width)] if line else []


def cut(line: Content, width: int) -> Content:
    """A line of at most `width` cells; where some is left out, three dots say so (their one sign has two widths)."""
    if line.cell_length <= width:
        return line
    return line.truncate(max(0, width - 3), ellipsis=False).rstrip() + "..."


def run(copied: Copied) -> str:
    """Length of a copied run: "14 words", or characters where the writing has no blanks between words."""
    return counted(copied.length, "character" if wide(copied.quote) else "word")


def wide(text: str) -> bool:
    """Whether most of the letters are Chinese, Japanese or Korean."""
    letters = [sign for sign in text if sign.isalpha()]
    return sum(sign >= "\u2e80" for sign in letters) * 2 > len(letters)


def short(card: Scorecard) -> Content:
    """The three figures in one line."""
    parts: list[Content] = []
    for name, attribute, colour in QUALITIES:
        score: Score = getattr(card, attribute)
        parts.append(Content.assemble((f"{name} ", DIM), (f"{score.value:.1f}", colour)))
    return Content("   ").join(parts)


def unscored(card: Scorecard) -> bool:
    """Whether nothing could be measured; the note says why, and the zeros mean nothing."""
    return bool(card.note) and not any(getattr(card, attribute).value for _, attribute, _ in QUALITIES)


def bars(card: Scorecard, width: int) -> list[Content]:
    """The three bars, one line each; bare figures where there is no room."""
    if unscored(card):
        return hang(Content.styled(card.note, DIM), width)
    cells = max(0, min(10, width - 16))
    lines = []
    for name, attribute, colour in QUALITIES:
        value = getattr(card, attribute).value
        lines.append(Content.assemble(
            (f"{name:<10}", DIM), (bar(value, cells), colour), (f" {value:4.1f}", "$foreground 85%"),
        ))  # fmt: skip
    return lines


def reasons(card: Scorecard, width: int) -> list[Content]:
    """Evidence and advice of every quality, then copies, flagged words and limits, for the unfolded card."""
    lines: list[Content] = []
    for name, score, colour in qualities(card):
        lines.append(Content(""))
        lines.append(Content.assemble((f"{name} {score.value:.1f}", f"bold {colour}")))
        for piece in score.evidence[:4]:
            text = piece.reason if not piece.quote or piece.quote in piece.reason else f"{piece.reason} “{piece.quote}”"
            if piece.source:
                text += f" ({piece.source})"
            lines += hang(Content.styled(text, "$foreground 80%"), width, "- ", "  ")
        if not score.evidence:
            lines += hang(Content.styled("Nothing stands out.", DIM), width, "- ", "  ")
        if score.advice:
            lines += hang(Content.styled(score.advice, "italic"), width, "  ")
    warnings = [f"{run(piece)} also stand in “{piece.source}”." for piece in card.copied]
    warnings += [piece.reason if piece.quote in piece.reason else f"“{piece.quote}”: {piece.reason}"
                 for piece in card.flagged]  # fmt: skip
    for block, style in ((warnings, "$warning"), ([*card.limits, card.note], DIM)):
        said = [line for sentence in block if sentence for line in hang(Content.styled(sentence, style), width)]
        lines += [Content(""), *said] if said else []
    return lines


def mark(text: Content, card: Scorecard, start: int = 0) -> Content:
    """Underline the spans that the evidence points at, in the colour of their quality, and what was copied.

    `text` is the judged text from its character `start` on.
    """
    for _, score, colour in qualities(card):
        text = underline(text, score.evidence[:4], colour, start)
    return copied(underline(text, card.flagged, "$warning", start), card.copied, start)


def copied(text: Content, pieces: Sequence[Copied], start: int = 0) -> Content:
    """Underline what stands in a work already; a reader must see it without asking."""
    return underline(text, pieces, "$warning", start)


def underline(text: Content, pieces: Sequence[Evidence | Copied], colour: str, start: int) -> Content:
    """Underline spans of the judged text, of which `text` is the part from its character `start` on."""
    for piece in pieces:
        begin, end = piece.start - start, piece.end - start
        if 0 <= piece.start < piece.end and end > 0 and begin < len(text):
            text = text.stylize(f"underline {colour}", max(0, begin), end)
    return text
