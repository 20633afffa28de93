"""What a passage is about, in a few words, found by program: the theme a brief would have named for it. Pure.

English: words after an article, possessive or "of" (mostly nouns), neither everyday nor unheard-of. Chinese: pairs of
characters that are words. Frequencies: wordfreq (Speer 2022). No model reads the passage: the words must be in it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from agents.critique.theme import EMPTY_WORDS

_AFTER = re.compile(
    r"\b(?:the|an?|of|my|his|her|its|our|their|your|thy|this|that|no|every|and)\s+([a-z]{4,14})\b(?!['’])"
)
_PLAIN = re.compile(r"\b[a-z]{4,14}\b(?!['’])")
_PAIR = re.compile("(?=([\u3400-\u9fff]{2}))")
_RARE, _COMMON = 2.6, 5.1
"""Zipf frequencies (log10 of uses in 10^9 words) between which an English word can be a theme."""
_COMMON_PAIR = 2e-4
"""Share of all Chinese words above which a pair is grammar ("我们", "没有")."""


def theme_of(text: str, *, chinese: bool, rng: random.Random) -> str:
    """One to three words of `text` as a theme ("the lamp and the rain", "月光、孤舟"), or ""."""
    return said(candidates(text, chinese=chinese), chinese=chinese, rng=rng)


def said(found: Sequence[str], *, chinese: bool, rng: random.Random) -> str:
    """One to three of the words found, best first, as a theme; "" where there are none."""
    if not found:
        return ""
    count = min(len(found), rng.choice((1, 1, 2, 2, 3)))
    pool = found[: max(count, 4)]
    chosen = rng.sample(pool, count)
    if chinese:
        return rng.choice(("、", "和")).join(chosen) if count == 2 else "、".join(chosen)
    article = rng.choice(("the ", "the ", "a ", ""))
    named = [f"{'an ' if article == 'a ' and word[0] in 'aeiou' else article}{word}" for word in chosen]
    return named[0] if count == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def candidates(text: str, *, chinese: bool) -> list[str]:
    """Words of a text that could be its theme, best first."""
    return _chinese(text) if chinese else _english(text)


def words_of(theme: str) -> list[str]:
    """The content words of a theme that `theme_of` made."""
    return [word for word in re.split(r"[\s,、和]+", theme) if word and word not in ("the", "a", "and")]


def _english(text: str) -> list[str]:
    """Candidates, best first: said often for how common they are."""
    from wordfreq import zipf_frequency

    # What a text is about it says soon: words of its beginning count again, and those that look like nouns.
    start = text[: max(160, len(text) // 3)]
    counts = Counter(_AFTER.findall(text)) + Counter(_PLAIN.findall(text)) + Counter(_AFTER.findall(start))
    counts = Counter({word: n for word, n in counts.items() if n > 1}) or Counter(_PLAIN.findall(text))
    scored = []
    for word, said in counts.items():
        zipf = zipf_frequency(word, "en")
        if _RARE <= zipf <= _COMMON and word not in EMPTY_WORDS:
            scored.append((-said * (6.5 - zipf), word))
    return [word for _, word in sorted(scored)]


def _chinese(text: str) -> list[str]:
    known = _pairs()
    counts = Counter(pair for pair in _PAIR.findall(text) if known.get(pair, 1.0) < _COMMON_PAIR)
    return [pair for pair, said in sorted(counts.items(), key=lambda item: (-item[1], known[item[0]], item[0]))]


@lru_cache(maxsize=1)
def _pairs() -> dict[str, float]:
    from wordfreq import get_frequency_dict

    return {word: share for word, share in get_frequency_dict("zh").items() if len(word) == 2}
