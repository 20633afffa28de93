"""Which works a voice learns from, and which it is judged on. Pure; the same texts and seed give the same split.

A held-out line is only a fair test when the work it stands in was not learned from: works are split whole, by a hash of
their content, so that adding a work moves no other. Where that cannot be (one long novel, or works too large for a
share), the longest work is cut into contiguous parts with a gap between them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agents.spans import Span, parts
from cocreate.training.job import TooLittleText, TrainingText

LEAST_WORK = 24
"""Tokens below which a work is kept in memory but not used: a few words say nothing of a voice."""
LEAST_TOKENS = 2000
"""Tokens of usable text below which nothing is tuned: what is held out would be a page, its perplexity chance."""
SHARE = 0.08
"""Of all tokens, for validation and for test, each."""
MOST_SHARE = 0.14
"""No single work larger than this is held out whole."""
GAP = 60
"""Tokens left out between the parts of a work that is cut: a sentence that runs on would be known on both sides."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the split takes of one text."""

    text: TrainingText
    start: int
    end: int
    tokens: int

    @property
    def said(self) -> str:
        """The characters themselves."""
        return self.text.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Split:
    """The works by what they are used for."""

    train: tuple[Part, ...]
    validation: tuple[Part, ...]
    test: tuple[Part, ...]
    unused: tuple[TrainingText, ...]
    note: str = ""
    """One sentence when a work was cut into parts."""


def split(texts: Sequence[TrainingText], count: Callable[[str], int], seed: int) -> Split:
    """Divide the texts.

    Args:
        texts: each content is used once, however often it is given. Edits of the writer (`before` is set) are only
            learned from.
        count: tokens of a text, for the base model.
        seed: another seed, another split.

    Raises:
        TooLittleText: fewer than LEAST_TOKENS tokens in works of LEAST_WORK tokens and more.
    """
    known = {text.content_hash: text for text in texts}
    whole = [Part(text, 0, len(text.text), count(text.text)) for text in known.values() if text.text.strip()]
    edits = [part for part in whole if part.text.before]
    works = [part for part in whole if not part.text.before and part.tokens >= LEAST_WORK]
    short = tuple(text for text in known.values() if not text.before and all(part.text is not text for part in works))
    total = sum(part.tokens for part in works)
    if total < LEAST_TOKENS:
        raise _too_little(total, works)
    works.sort(key=lambda part: _hash(part.text, seed))
    test, rest = _held_out(works, total)
    validation, train = _held_out(rest, total)
    note = ""
    if not test or not validation:
        longest = max(works, key=lambda part: part.tokens)
        first, second, last = _cut(longest, count, total)
        validation, test = [second], [last]
        train = [part for part in works if part is not longest] + [first]
        note = (
            f"“{longest.text.title or 'The longest work'}” was cut into parts: there was no smaller work to hold out."
        )
    return Split(tuple(train + edits), tuple(validation), tuple(test), short, note)


def _too_little(total: int, works: Sequence[Part]) -> TooLittleText:
    missing = LEAST_TOKENS - total
    words = round(missing / 1.4, -2) or 100
    return TooLittleText(
        f"There is too little text to tune a voice: {total:,} tokens in {len(works)} "
        f"work{'' if len(works) == 1 else 's'} that can be used; {missing:,} more are needed "
        f"(about {words:,.0f} words, or {missing:,} Chinese characters).",
        "Add more works with: cocreate works add PATH",
        missing,
    )


def _hash(text: TrainingText, seed: int) -> str:
    return hashlib.sha256(f"{seed} {text.content_hash}".encode()).hexdigest()


def _held_out(works: Sequence[Part], total: int) -> tuple[list[Part], list[Part]]:
    """The first works that are small enough, until their share is reached; and all others."""
    held: list[Part] = []
    size = 0
    for part in works:
        if size < SHARE * total and part.tokens <= MOST_SHARE * total and len(works) - len(held) > 1:
            held.append(part)
            size += part.tokens
    return held, [part for part in works if part not in held]


def _cut(work: Part, count: Callable[[str], int], total: int) -> tuple[Part, Part, Part]:
    """The beginning, a part near the end and the end of a work, with gaps: for training, validation and test."""
    text = work.text.text
    pieces = _small(text, parts(text))
    sizes = [count(text[start:end]) for start, end in pieces]
    wanted = min(0.2 * sum(sizes), SHARE * total)
    after = _back(sizes, len(pieces), wanted)
    before = _back(sizes, _back(sizes, after, GAP), wanted)
    end = _back(sizes, before, GAP)
    middle = _back(sizes, after, GAP)

    def part(first: int, past: int) -> Part:
        return replace(work, start=pieces[first][0], end=pieces[past - 1][1], tokens=sum(sizes[first:past]))

    return part(0, max(1, end)), part(before, max(before + 1, middle)), part(after, len(pieces))


def _back(sizes: Sequence[int], past: int, wanted: float) -> int:
    """The piece at which the pieces before `past` reach the wanted size, counted from behind."""
    size = 0
    while past > 1 and size < wanted:
        past -= 1
        size += sizes[past]
    return past


def _small(text: str, pieces: Sequence[Span]) -> list[Span]:
    """Pieces of at most 400 characters: a text without any sentence end is cut too."""
    return [(at, min(at + 400, end)) for start, end in pieces for at in range(start, end, 400)]
