"""Stock phrases: what machine prose and greeting cards say again and again. The lists are data files."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from agents.spans import Span, merge


@lru_cache(maxsize=2)
def _pattern(language: str) -> re.Pattern[str]:
    """All phrases as one pattern, longest first."""
    suffix = "zh" if language == "zh" else "en"
    raw = (files("agents.critique") / "data" / f"stock_{suffix}.txt").read_text(encoding="utf-8")
    phrases = [line.strip() for line in raw.splitlines() if line.strip() and not line.startswith("#")]
    choices = []
    for phrase in sorted(phrases, key=len, reverse=True):
        body = re.escape(phrase).replace(r"\*", r"[\w'’-]+").replace(r"\ ", r"[\s,]+").replace("'", "['’]")
        choices.append(body)
    joined = "|".join(choices)
    return re.compile(joined if suffix == "zh" else rf"\b(?:{joined})\b", re.IGNORECASE)


def find(text: str, language: str) -> list[Span]:
    """Spans of stock phrases, in order, joined where they touch."""
    return list(_found(text, language))


@lru_cache(maxsize=4)
def _found(text: str, language: str) -> tuple[Span, ...]:
    """Several scores ask for the phrases of the same text."""
    return tuple(merge([match.span() for match in _pattern(language).finditer(text)], gap=0))
