"""Words, sentences and how common they are; for English."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_END = re.compile(r"(?<=[.!?])[\"”’']?\s+|\n+")
EMPTY = frozenset(
    """the a an of and or in on at to for with from by about into over under is are was were be been it its this that
    these those my your his her our i you he she we they as not no but so than then there here up down out who which
    what when where how all some any one two write story describe have has had do does did can could will would tell
    person people day world""".split()  # noqa: SIM905  a list of words reads better as words
)


def split_words(text: str) -> list[str]:
    """Lower-case words."""
    return _WORD.findall(text.lower())


def split_sentences(text: str) -> list[str]:
    """Sentences or lines of at least two words; the whole text when there are none."""
    found = [part.strip() for part in _END.split(text) if len(part.split()) >= 2]
    return found or [text]


@lru_cache(maxsize=20_000)
def zipf(word: str) -> float:
    """How common a word is in English, 0 (unknown) to 8 ("the"): log10 of its uses in 10^9 words (wordfreq)."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "en"))


def rarity(word: str) -> float:
    """How much a word tells: 0.3 for the commonest to 7 for an unknown one."""
    return max(0.3, 7.0 - zipf(word))


def stem(word: str) -> str:
    """A crude stem, enough to match rain, rains, raining, rainy."""
    for ending in ("ings", "ing", "edly", "ies", "ed", "es", "ly", "s", "y", "'s", "’s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
