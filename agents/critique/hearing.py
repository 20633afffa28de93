"""One pass of the language model over each text: scores of all its tokens, a reading of its beginning for the heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from agents.contracts import Scorer, TokenScores
from agents.spans import Span

if TYPE_CHECKING:
    from agents.critique.features.reading import Reading, ReadingScorer

WINDOW = 1800
"""Characters given to the model at once; longer texts are read in windows cut at line or sentence ends."""
AT_ONCE = 16
"""Windows between two words of progress."""
MOST = 48
"""Windows of one text that are read (about 15,000 words); of a longer text so many, spread evenly over it."""
LEAST_LOGPROB = -30.0
"""A probability of 0 would make every mean infinite."""

Progress = Callable[[int, int], None]
"""Called with (windows read, windows of all texts)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model gave for one text."""

    scores: TokenScores
    """Of all windows that were read, offsets in the text."""
    reading: Reading | None
    """Of its first window, where the model can read for the heads."""
    end: int
    """Where the first window ends, in characters."""
    read: int = 1
    """Windows that were read."""
    whole: int = 1
    """Windows the text has."""


def can_read(scorer: Scorer) -> TypeGuard[ReadingScorer]:
    """Whether the scorer also gives readings."""
    return hasattr(scorer, "read")


def hear(
    scorer: Scorer, texts: Sequence[str], *, deep: bool, before: str = "", progress: Progress | None = None
) -> list[Heard]:
    """Read each text once, in order. `deep`: with readings; `before` stands before each text and is not measured.

    Of a text of more than MOST windows only so many are read; what was not read has no scores.
    """
    every = [windows(text) for text in texts]
    cuts = [spread(spans, MOST) for spans in every]
    flat = [text[a:b] for text, spans in zip(texts, cuts, strict=True) for a, b in spans]
    scores: list[TokenScores] = []
    readings: list[Reading] = []
    for at in range(0, len(flat), AT_ONCE):
        some = flat[at : at + AT_ONCE]
        if deep and can_read(scorer):
            readings += scorer.read(some, before)
            scores += [_scores(reading) for reading in readings[at:]]
        else:
            scores += scorer.score(some)
        if progress is not None:
            progress(len(scores), len(flat))
    found, at = [], 0
    for spans, whole in zip(cuts, every, strict=True):
        joined = _joined(scores[at : at + len(spans)], spans)
        reading = readings[at] if readings else None
        found.append(Heard(joined, reading, spans[0][1] if spans else 0, len(spans), len(whole)))
        at += len(spans)
    return found


def spread(spans: Sequence[Span], most: int) -> list[Span]:
    """At most `most` of them: the first, the last, and others at even distances."""
    if len(spans) <= most:
        return list(spans)
    return [spans[at * (len(spans) - 1) // (most - 1)] for at in range(most)]


def _scores(reading: Reading) -> TokenScores:
    return TokenScores(
        tuple((int(a), int(b)) for a, b in reading.offsets), tuple(float(value) for value in reading.logprobs)
    )


def _joined(parts: Sequence[TokenScores], spans: Sequence[Span]) -> TokenScores:
    offsets: list[Span] = []
    logprobs: list[float] = []
    for part, (start, _) in zip(parts, spans, strict=True):
        offsets += [(a + start, b + start) for a, b in part.offsets]
        logprobs += [max(LEAST_LOGPROB, value) if value == value else LEAST_LOGPROB for value in part.logprobs]
    return TokenScores(tuple(offsets), tuple(logprobs))


def windows(text: str) -> list[Span]:
    """Spans of at most WINDOW characters that cover the text, cut at line or sentence ends where there are any."""
    found: list[Span] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + WINDOW)
        if end < len(text):
            cut = max(text.rfind(mark, start + WINDOW // 2, end) for mark in ("\n", ". ", "。", "！", "？", " "))
            end = cut + 1 if cut > start else end
        found.append((start, end))
        start = end
    return found
