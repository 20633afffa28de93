"""Why a draft scored as it did, as lines of plain words that a student can learn from. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from textual.content import Content

from agents.contracts import Copied, Evidence, Score, Scorecard
from agents.critique.overall import KEPT
from tui.widgets import scorecard
from tui.widgets.flow import hang
from tui.widgets.scorecard import DIM

SIDE = 8
"""Signs of a bar on either side of its middle."""
FULL_POINTS = 2.0
"""Points that fill a side, unless one reason weighs more."""
NOTES = 8
"""Notes shown of one quality."""
LONGEST = 240
"""Characters of a sentence that is quoted as an example."""
VERSE = 120
"""Cells of a line; a text with a longer one is prose, and its lines are called paragraphs."""
ENDS = "。！？.!?"
MEANING = {
    "novelty": "how little of it was said before: in your works, in the other drafts, in stock phrases",
    "fluency": "how well it reads: broken sentences, loops and repetition take points",
    "theme fit": "how much of it serves what you asked for",
    "craft": "concrete words against abstract ones, variety of rhythm, images",
    "emotion": "which feeling, how strong, and whether it is the mood you asked for",
}


def page(text: str, card: Scorecard, width: int) -> list[Content]:
    """Everything that the scorecard says about the text, in at most `width` cells."""
    measured = () if scorecard.unscored(card) else tuple(scorecard.qualities(card))
    blocks = (
        _verdict(card, width), _moved(card, width) if measured else [], _copied(text, card, width),
        _flagged(text, card, width), *(_quality(text, *quality, width) for quality in measured), _limits(card, width),
    )  # fmt: skip
    filled = [block for block in blocks if block]
    return list(chain.from_iterable([*block, Content("")] for block in filled))[:-1]


def _title(words: str, style: str = "bold $primary") -> Content:
    return Content.styled(words, style)


def _verdict(card: Scorecard, width: int) -> list[Content]:
    if scorecard.unscored(card):
        return hang(Content(card.note), width)
    of = "what drafts for a brief usually reach" if KEPT in dict(card.why) else "published writing of this kind"
    verdict = f" of 10 overall. 5 is the middle of {of}."
    lines = hang(Content.assemble((f"{card.overall:.1f}", "bold $primary"), verdict), width)
    if card.low is not None and card.high is not None:
        where = f"Nine readers in ten would put it between {card.low:.1f} and {card.high:.1f}."
        if card.high - card.low >= scorecard.WIDE:
            where += " That is wide: trust the notes below more than the figure."
        lines += hang(Content.styled(where, "$foreground 80%"), width)
    return lines


def _moved(card: Scorecard, width: int) -> list[Content]:
    """Signed bars around a middle: what took points to the left, what added to the right."""
    if not card.why:
        return []
    most = max(FULL_POINTS, *(abs(points) for _, points in card.why))
    names = max(12, min(width - 2 * SIDE - 9, max(Content(name).cell_length for name, _ in card.why)))
    lines = [_title("What added points, and what took them")]
    for name, points in card.why:
        signs = scorecard.FULL * min(SIDE, max(1, round(abs(points) / most * SIDE)) if round(points, 1) else 0)
        left, right = (signs.rjust(SIDE), " " * SIDE) if points < 0 else (" " * SIDE, signs.ljust(SIDE))
        figure = f"{points:+.1f}" if round(points, 1) else " 0.0"
        first, *more = hang(Content(name), names)
        lines.append(Content.assemble(first.pad_right(max(0, names - first.cell_length)), "  ", (left, "$error"),
                                      ("|", DIM), (right, "$success"), f" {figure:>5}"))  # fmt: skip
        lines += more
    return lines


def _copied(text: str, card: Scorecard, width: int) -> list[Content]:
    lines: list[Content] = []
    for piece in card.copied:
        said = f"{scorecard.run(piece)} also stand in “{piece.source}”:"
        lines += hang(Content.styled(said, "$warning"), width, "- ", "  ")
        lines += _example(text, piece, width, "$warning") or _quote(piece.quote, width)
    if lines:
        lines += hang(Content("Try: say it in new words, or keep it as a quotation on purpose."), width, "  ")
        return [_title("Stands elsewhere already", "bold $warning"), *lines]
    return _shared(text, card, width)


def _shared(text: str, card: Scorecard, width: int) -> list[Content]:
    """The longest run in common with a work, where none is long enough to be called copied."""
    if card.shared is None:
        return []
    said = f"The longest run in common: {scorecard.run(card.shared)}, in “{card.shared.source}”. That is no copy yet."
    lines = hang(Content.styled(said, DIM), width)
    return [*lines, *(_example(text, card.shared, width, DIM) or _quote(card.shared.quote, width))]


def _flagged(text: str, card: Scorecard, width: int) -> list[Content]:
    lines: list[Content] = []
    for piece in card.flagged:
        lines += hang(Content.styled(piece.reason or f"“{piece.quote}”", "$warning"), width, "- ", "  ")
        lines += _example(text, piece, width, "$warning")
    if lines:
        lines += hang(Content.styled("The filter you switched on names these; nothing was taken out.", DIM), width)
    return [_title("Words your filter names", "bold $warning"), *lines] if lines else []


def _quality(text: str, name: str, score: Score, colour: str, width: int) -> list[Content]:
    lines = [Content.assemble((f"{name} {score.value:.1f}  ", f"bold {colour}"), (scorecard.bar(score.value), colour))]
    lines += hang(Content.styled(MEANING[name], DIM), width)
    felt = ", ".join(f"{name} {share:.0%}" for name, share in scorecard.feelings(score))
    lines += hang(Content.assemble(("feelings by their words: ", DIM), felt), width) if felt else []
    for piece in score.evidence[:NOTES]:
        lines += _note(text, piece, colour, width)
    left = len(score.evidence) - NOTES
    if left > 0:
        lines += hang(Content.styled(f"and {left} more of this sort", DIM), width, "  ")
    advice = score.advice
    for piece in score.evidence:
        advice = advice.removeprefix(piece.reason).strip()  # an advice may begin with the reason that stands above
    if advice:
        lines += hang(Content.styled(advice, f"italic {colour}"), width)
    elif not score.evidence:
        lines += hang(Content.styled("Nothing stands out.", DIM), width)
    return lines


def _note(text: str, piece: Evidence, colour: str, width: int) -> list[Content]:
    """One reason, the sentence it is about, and what that resembles; nothing is quoted twice."""
    lines = hang(Content(piece.reason), width, "- ", "  ")
    own = " ".join(text[max(0, piece.start) : max(0, piece.end)].split())
    quote = " ".join(piece.quote.split()).rstrip("….")  # a long quote comes shortened
    if own and own in piece.reason:
        lines += hang(Content.styled(place(text, max(0, piece.start)), DIM), width, "    ")
    else:
        lines += _example(text, piece, width, colour)
    if piece.source and quote and own.startswith(quote):
        lines += hang(Content.styled(f"word for word in: {piece.source}", DIM), width, "    ")
    elif piece.source:
        lines += hang(Content.assemble(("nearest: ", DIM), f"“{piece.quote}” ({piece.source})"), width, "    ")
    elif not own and quote not in piece.reason:
        lines += _quote(piece.quote, width)
    return lines


def _limits(card: Scorecard, width: int) -> list[Content]:
    said = [*card.limits, *([card.note] if card.note and not scorecard.unscored(card) else [])]
    lines = [line for sentence in said for line in hang(Content(sentence), width, "- ", "  ")]
    return [_title("What these scores cannot know"), *lines] if lines else []


def _quote(words: str, width: int) -> list[Content]:
    return hang(Content.styled(f"“{words}”", "italic"), width, "    ") if words else []


def _example(text: str, piece: Evidence | Copied, width: int, colour: str) -> list[Content]:
    """The sentence or verse that a note is about, with its place and the span underlined."""
    start, end = max(0, piece.start), min(piece.end, len(text))
    if not text[start:end].strip():
        return []
    began, ended = sentence(text, start, end)
    shown = Content(text[began:ended]).stylize(f"underline {colour}", max(0, start - began), max(0, end - began))
    return hang(Content.assemble((f"{place(text, began)}: ", DIM), shown), width, "    ")


def place(text: str, start: int) -> str:
    """Where a character stands, as a writer counts, without blank lines: "line 3" of verse, "paragraph 2" of prose."""
    began = text.rfind("\n", 0, start) + 1
    number = 1 + sum(1 for line in text[:began].split("\n") if line.strip())
    prose = any(Content(line).cell_length > VERSE for line in text.split("\n"))
    return f"{'paragraph' if prose else 'line'} {number}"


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Span of the sentences or verses that hold [start, end): out to line ends or full stops, at most LONGEST."""
    low, high = max(0, start - LONGEST), min(len(text), end + LONGEST)
    stops = [low + at for at in _stops(text[low:high])]
    began = max((at for at in stops if at <= start), default=low)
    ended = min((at for at in stops if at >= end), default=high)
    ended = min(ended, max(began + LONGEST, start + 1))
    while began < ended - 1 and text[began].isspace():
        began += 1
    while ended > began + 1 and text[ended - 1].isspace():
        ended -= 1
    return began, ended


def _stops(text: str) -> Iterator[int]:
    """Positions behind the end of every sentence and line."""
    for at, sign in enumerate(text):
        following = text[at + 1 : at + 2]
        if sign == "\n" or (sign in ENDS and (sign in "。！？" or not following or following.isspace())):
            yield at + 1
