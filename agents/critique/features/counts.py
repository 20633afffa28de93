"""Plain counts of a text: lengths, rarity of words, rhythm, repetition, marks. No model is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

from agents.critique.features.words import split_sentences, split_words, zipf


def counts(text: str) -> dict[str, float]:
    """Numbers of one English text, each per word where it is a count. Every value is finite, for any text."""
    words = split_words(text) or [""]
    return {**_vocabulary(words), **_rhythm(text), **_marks(text, len(words)), **_habits(text, words)}


def repeated(words: list[str], size: int) -> float:
    """Share of the runs of `size` words that stood there before."""
    runs = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def share(words: list[str], wanted: Collection[str]) -> float:
    """Share of the words that are among `wanted`."""
    return sum(word in wanted for word in words) / len(words)


def _vocabulary(words: list[str]) -> dict[str, float]:
    size = len(words)
    common = [zipf(word) for word in words]
    kinds = set(words)
    return {
        "words": math.log(size),
        "zipf": sum(common) / size,
        "below_4": sum(value < 4 for value in common) / size,
        "below_3": sum(value < 3 for value in common) / size,
        "unknown": sum(value == 0 for value in common) / size,
        "letters": sum(map(len, words)) / size,
        "variety": len(kinds) / math.sqrt(size),
        "once": sum(words.count(word) == 1 for word in kinds) / size if size < 3000 else 0.3,
        "content": len({word for word, value in zip(words, common, strict=True) if value < 5}) / size,
        "repeat_2": repeated(words, 2),
        "repeat_3": repeated(words, 3),
        "repeat_4": repeated(words, 4),
    }


def _rhythm(text: str) -> dict[str, float]:
    lengths = [len(part.split()) for part in split_sentences(text)]
    mean = sum(lengths) / len(lengths)
    spread = math.sqrt(sum((length - mean) ** 2 for length in lengths) / len(lengths))
    return {
        "sentence": math.log(max(1.0, mean)),
        "spread": spread / max(1.0, mean),
        "longest": math.log(max(1, *lengths, 1)),
        "shortest": math.log(max(1, min(lengths))),
        "sentences": math.log(len(lengths)),
    }


def _marks(text: str, size: int) -> dict[str, float]:
    return {
        "commas": text.count(",") / size,
        "dashes": sum(map(text.count, "—–-")) / size,
        "colons": sum(map(text.count, ";:")) / size,
        "questions": text.count("?") / size,
        "exclaims": text.count("!") / size,
        "quotes": sum(map(text.count, '"“”')) / size,
        "newlines": text.count("\n") / size,
        "loose": len(re.findall(r" [,.!?]|``|'' | n't", text)) / size,
    }


def _habits(text: str, words: list[str]) -> dict[str, float]:
    size = len(words)
    return {
        "adverbs": sum(word.endswith("ly") for word in words) / size,
        "ing": sum(word.endswith("ing") for word in words) / size,
        "abstract": sum(word.endswith(("ness", "tion", "ity", "ment")) for word in words) / size,
        "likening": share(words, ("as", "like")),
        "present": share(words, ("is", "are", "has")),
        "past": share(words, ("was", "were", "had")),
        "the": share(words, ("the",)),
        "joining": share(words, ("and", "but")),
        "first": share(words, ("i", "my", "me")),
        "second": share(words, ("you", "your")),
        "contracted": sum("'" in word or "’" in word for word in words) / size,
        "trailing": len(re.findall(r", \w+ing\b", text)) / size,
        "triads": len(re.findall(r"\b\w+, \w+,? and \w+", text)) / size,
        "not_just": len(re.findall(r"\bnot (?:just|only|merely)\b", text)) / size,
    }
