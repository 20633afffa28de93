"""Signs that a text was damaged: loops, disorder, confused names, stray denials, a missing end."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.counts import repeated
from agents.critique.features.reading import Reading
from agents.critique.features.words import split_words, zipf
from agents.spans import Span

_DENIAL = re.compile(r"\b(?:not|no|never|nor)\b|n[’']t\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][a-z]{2,}\b")
_PERSON = re.compile(r"\b(?:he|she|him|his|her|i|you|my|your|thou|thy|they|their)\b", re.IGNORECASE)
_ENDED = re.compile(r"[.!?…][\"”’')\]]*$|[—-]$")
_DANGLING = frozenset(
    """the a an of and or but to in on at with for from by as is was are were my your his her their that than i it
    he""".split()  # noqa: SIM905  a list of words reads better as words
)
_PART = re.compile(r"[^.!?\n]+(?:[.!?]+[\"”’')\]]*|\n|$)\s*")


def damage(text: str, reading: Reading) -> dict[str, float]:
    """Numbers of one text; the reading is of the same text. Texts beyond the reading's end are judged by count only."""
    words = split_words(text)
    size = max(1, len(words))
    loss = -reading.logprobs if len(reading.logprobs) else np.array([3.0])
    parts = [match.span() for match in _PART.finditer(text) if match[0].strip()]
    plain = [re.sub(r"\W+", " ", text[a:b].lower()).strip() for a, b in parts]
    end = text.rstrip()
    last = split_words(end)[-1:] or [""]
    return {
        "same_parts": 1 - len(set(plain)) / max(1, len(plain)),
        "repeat_5": repeated(words, 5),
        "certain": float((loss < 0.5).mean()),
        "open_end": float(not _ENDED.search(end)),
        "dangling": float(last[0] in _DANGLING),
        "short_end": _short_end(text),
        **_denials(text, reading, loss, size),
        **_persons(text, reading, loss, size),
        **_order(parts, reading, loss),
    }


def _short_end(text: str) -> float:
    """Words of the last line against the middle one; 1 for prose, which has no lines."""
    lengths = [len(line.split()) for line in text.splitlines() if line.strip()]
    return min(2.0, lengths[-1] / max(1, sorted(lengths)[len(lengths) // 2])) if len(lengths) >= 4 else 1.0


def _mask(reading: Reading, spans: Iterable[Span]) -> NDArray[np.bool_]:
    """(T,), the tokens that touch one of the spans."""
    mask = np.zeros(max(1, len(reading.logprobs)), dtype=bool)
    for start, end in spans:
        if len(reading.offsets):
            mask |= (reading.offsets[:, 1] > start) & (reading.offsets[:, 0] < end)
    return mask


def _mean(values: NDArray[np.float64], usual: float) -> float:
    return float(values.mean()) if len(values) else usual


def _denials(text: str, reading: Reading, loss: NDArray[np.float64], size: int) -> dict[str, float]:
    spans = [match.span() for match in _DENIAL.finditer(text)]
    mask = _mask(reading, spans)
    after = np.r_[False, mask[:-1]] & ~mask
    return {
        "denials": 100 * len(spans) / size,
        "denial_loss": float(loss[mask].sum()) / size,
        "denial_spikes": float(np.maximum(0, loss[mask] - 4).sum()) / size,
        "after_denial": float(loss[after].sum()) / size,
    }


def _persons(text: str, reading: Reading, loss: NDArray[np.float64], size: int) -> dict[str, float]:
    """Surprise at names already met, and at pronouns."""
    seen: set[str] = set()
    again: list[Span] = []
    for match in _NAME.finditer(text):
        if match[0] in seen and zipf(match[0].lower()) < 5.5:
            again.append(match.span())
        seen.add(match[0])
    names = loss[_mask(reading, again)]
    persons = np.sort(loss[_mask(reading, (match.span() for match in _PERSON.finditer(text)))])
    return {
        "name_loss": _mean(names, 1.0),
        "name_sum": float(names.sum()) / size,
        "person_loss": _mean(persons, 2.0),
        "person_worst": _mean(persons[-3:], 2.0),
    }


def _order(parts: list[Span], reading: Reading, loss: NDArray[np.float64]) -> dict[str, float]:
    """How surprising the beginnings of sentences or lines are against the rest."""
    starts = np.zeros(len(loss), dtype=bool)
    if len(reading.offsets):
        for start, _ in parts:
            at = int(np.searchsorted(reading.offsets[:, 1], start, side="right"))
            starts[at : at + 4] = True
    half = len(loss) // 2
    return {
        "starts": _mean(loss[starts], 3.0),
        "starts_gap": _mean(loss[starts], 3.0) - _mean(loss[~starts], 3.0),
        "loss": float(loss.mean()),
        "slope": _mean(loss[half:], 3.0) - _mean(loss[:half], 3.0),
        "tail": float(np.quantile(loss, 0.95)),
    }
