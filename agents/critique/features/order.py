"""Signs that the sentences or lines of a text stand in another order than they were written in.

Quotation marks that open twice, rhymes that lost their partner, and beginnings of sentences that the language model did
not expect after what stands before them.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.reading import Reading
from agents.spans import Span, is_verse

_QUOTE = re.compile(r"[“”]|\n\s*\n")
_VOWEL = r"[aeiouy]+[^aeiouy]*"
MOST = 6
"""Quotation marks out of place beyond which more say no more."""
FEWEST_LINES = 6
NEAR = 3
"""Lines within which a rhyme is looked for."""
BEGINNING = 4
"""Tokens of a sentence that are its beginning."""


def order(text: str, parts: list[Span], reading: Reading, loss: NDArray[np.float64]) -> dict[str, float]:
    """Numbers of one text. `parts`: its sentences or lines; `loss`: (T,), of the reading's tokens."""
    near, lost = rhymes(text)
    begins = [int(at) for at in np.searchsorted(reading.offsets[:, 1], [start for start, _ in parts], side="right")]
    inside = [at for at in begins if at < len(loss)]
    starts = np.zeros(len(loss), dtype=bool)
    for at in inside:
        starts[at : at + BEGINNING] = True
    whole = [float(loss[at : at + BEGINNING].mean()) for at in inside[1:]]
    return {
        "quotes": float(min(MOST, quotes_out_of_place(text))),
        "rhyme": near,
        "rhyme_lost": lost,
        "starts": float(loss[starts].mean()) if starts.any() else 3.0,
        "starts_gap": float(loss[starts].mean() - loss[~starts].mean()) if starts.any() and not starts.all() else 0.0,
        "start_first": float(np.mean([loss[at] for at in inside[1:]])) if len(inside) > 1 else 4.0,
        "start_worst": float(np.sort(whole)[-3:].mean()) if whole else 4.5,
        "start_open": _after_open_lines(text, parts, whole),
    }


def quotes_out_of_place(text: str) -> int:
    """Typographic quotation marks that open inside an open quotation, close none, or are still open at the end of a
    paragraph whose quotation does not go on in the next."""
    is_open, wrong = False, 0
    for match in _QUOTE.finditer(text):
        if match[0] == "“":
            wrong += is_open and not re.search(r"\n\s*$", text[: match.start()])
            is_open = True
        elif match[0] == "”":
            wrong += not is_open
            is_open = False
        elif is_open and not text[match.end() :].lstrip().startswith("“"):
            wrong += 1
            is_open = False
    return wrong


def rhymes(text: str) -> tuple[float, float]:
    """How much oftener lines at the best distance of 1 to 3 rhyme than any two lines; and the share of lines with a
    partner near, less the share with a partner anywhere (0 where no partner was lost). By spelling; 0, 0 for prose."""
    ends = [_ending(line) for line in text.splitlines() if line.strip()]
    count = len(ends)
    if count < FEWEST_LINES or not is_verse(text):
        return 0.0, 0.0
    alike = np.array([[bool(a) and a == b for b in ends] for a in ends])
    np.fill_diagonal(alike, False)
    any_two = float(alike.sum()) / (count * (count - 1))
    best = max(float(np.diagonal(alike, step).mean()) for step in range(1, NEAR + 1))
    close = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) <= NEAR
    return best - any_two, float((alike & close).any(axis=1).mean() - alike.any(axis=1).mean())


def _ending(line: str) -> str:
    """What a rhyme is heard by, roughly: the last word from its last sounded vowel on."""
    found = re.findall(r"[a-z]+", line.lower().replace("’", ""))
    if not found:
        return ""
    word = found[-1]
    silent = re.search(rf"{_VOWEL}e$", word) if word.endswith("e") and len(word) > 2 else None
    match = silent or re.search(rf"{_VOWEL}$", word)
    return match[0] if match else word[-2:]


def _after_open_lines(text: str, parts: list[Span], begins: list[float]) -> float:
    """How surprising what follows an open line (no mark or a comma) begins, against what follows a closed one."""
    after: dict[bool, list[float]] = {True: [], False: []}
    for (_, end), value in zip(parts, begins, strict=False):
        before = text[:end].rstrip()
        after[before[-1:].isalnum() or before[-1:] in ",;’"].append(value)
    return float(np.mean(after[True]) - np.mean(after[False])) if after[True] and after[False] else 0.0
