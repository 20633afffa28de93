"""Signs that a text was damaged: loops, disorder, confused names, stray denials, a missing end."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from agents.critique.features.counts import repeated
from agents.critique.features.order import order
from agents.critique.features.reading import Reading
from agents.critique.features.words import split_words, zipf
from agents.spans import Span, is_verse

_DENIAL = re.compile(r"\b(?:not|no|never|nor)\b|n[’']t\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|am|can|could|will|would|shall|should|must|may|might|has|have|had|do|does|did)\b(\s+not\b)?"
)
"""Published texts say "was not" seldom and "wasn't" in speech; who denies a text says it everywhere."""
_TWICE = re.compile(r"\bnot\b[^.!?;]{1,60}\bnot\b", re.IGNORECASE)
_NOTHING = re.compile(r"\bnot\s+(?:no|nothing|never|not|none|nobody)\b", re.IGNORECASE)
_DISAGREEING = re.compile(
    r"\b(?:I\s+(?:is|are|were|has|does|art|hast|dost|wert|wast)"
    r"|(?:you|they|we)\s+(?:is|am|was|has|does|art|hast|dost|doth|hath|shalt|wilt|canst|didst)"
    r"|(?:he|she|it)\s+(?:am|are|have|do|art|hast|dost|wert)"
    r"|thou\s+(?:is|are|am|was|were|has|have|does|do|will|shall|can|did|had)"
    r"|am\s+(?:you|they|we|he|she|it|thou)|(?:is|has|does)\s+(?:I|you|they|we|thou)"
    r"|(?:are|have|do)\s+(?:he|she|thou)|(?:art|hast|dost|wilt|shalt|didst|canst)\s+(?:they|you|he|she|I|we))\b",
    re.IGNORECASE,
)
"""A verb whose person is not that of the pronoun beside it."""
_POSSESSIVE = re.compile(
    r"\b(?:his|my|thy|their|your|our)(?:[.,;:!?—”]|\s+(?:and|to|in|on|at|with|for|from|by|as|is|was|were|are|had|has|"
    r"have|that|the|a|an|of|not|but|or|who|which|when|would|could|should|will|did|into|upon|over|up|down|out|there|"
    r"here|again|then|so|if)\b)", re.IGNORECASE,
)  # fmt: skip
"""A possessive with nothing that is possessed: what becomes of "her" when it is turned into "his"."""
MOST = 5
"""Slips of grammar beyond which more say no more."""
_NAME = re.compile(r"\b[A-Z][a-z]{2,}\b")
_PERSON = re.compile(r"\b(?:he|she|him|his|her|i|you|my|your|thou|thy|they|their)\b", re.IGNORECASE)
_ENDED = re.compile(r"[.!?…][\"”’')\]]*$|[—-]$")
_FULL_STOP = re.compile(r"[.!?][\"”’')\]]*$")
_DANGLING = frozenset(
    """the a an of and or but to in on at with for from by as is was are were my your his her their that than i it
    he""".split()  # noqa: SIM905  a list of words reads better as words
)
_PART = re.compile(r"[^.!?\n]+(?:[.!?]+[\"”’')\]]*|\n|$)\s*")


def damage(text: str, reading: Reading, whole: str = "") -> dict[str, float]:
    """Numbers of one text; the reading is of the same text. `whole`: where `text` is only the beginning of a longer
    one, that one: how it ends is looked at there."""
    words = split_words(text)
    size = max(1, len(words))
    loss = -reading.logprobs if len(reading.logprobs) else np.array([3.0])
    parts = [match.span() for match in _PART.finditer(text) if match[0].strip()]
    plain = [re.sub(r"\W+", " ", text[a:b].lower()).strip() for a, b in parts]
    end = (whole or text).rstrip()
    last = split_words(end)[-1:] or [""]
    return {
        "verse": float(is_verse(text)),
        "same_parts": 1 - len(set(plain)) / max(1, len(plain)),
        "repeat_5": repeated(words, 5),
        "certain": float((loss < 0.5).mean()),
        "open_end": float(not _ENDED.search(end)),
        "last_mark": float(bool(_FULL_STOP.search(end))),
        "last_comma": float(end.endswith((",", ";", ":"))),
        "dangling": float(last[0] in _DANGLING),
        "short_end": _short_end(whole or text),
        **_denials(text, reading, loss, size),
        **_persons(text, reading, loss, size),
        "agree": float(min(MOST, len(_DISAGREEING.findall(text)))),
        "poss": float(min(MOST, len(_POSSESSIVE.findall(text)))),
        **order(text, parts, reading, loss),
        **_whole(loss),
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
    verbs = list(_AUXILIARY.finditer(text))
    return {
        "denied": sum(1 for verb in verbs if verb[1]) / (len(verbs) + 2),
        "denied_twice": float(len(_TWICE.findall(text))),
        "denied_nothing": float(len(_NOTHING.findall(text))),
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


def _whole(loss: NDArray[np.float64]) -> dict[str, float]:
    half = len(loss) // 2
    return {
        "loss": float(loss.mean()),
        "slope": _mean(loss[half:], 3.0) - _mean(loss[:half], 3.0),
        "tail": float(np.quantile(loss, 0.95)),
    }
