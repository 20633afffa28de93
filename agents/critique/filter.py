"""Words that a writer may not want before an audience, marked where they stand. Nothing is changed or held back.

The lists (416 English and 294 Chinese words and phrases) and the way they are looked for, whole words, with their
disguises and the names that only look like them, are glin-profanity's (MIT). English forms in -s, -ed and -ing of a
listed word are looked for too: the list has "fucking" but not "fucked". A list knows words, not what is meant: it marks
the cock that crows, and misses an insult made of clean words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from agents.contracts import Evidence

if TYPE_CHECKING:
    from glin_profanity import Filter

LANGUAGES = ("english", "chinese")
SHORTEST = 4
"""Letters of the shortest English word whose forms are looked for: "tit" has none, "sex" would give "sexed"."""
_WORD = re.compile(rf"[a-z]{{{SHORTEST},}}")


class WordFilter:
    """Marks listed words. The lists are read when the first text comes."""

    def flagged(self, text: str) -> tuple[Evidence, ...]:
        """Return every listed word in the text, in order, the longest where several overlap."""
        spans: list[tuple[int, int]] = []
        for match in self._filter.check_profanity(text).get("matches") or []:  # absent in a clean text
            start = int(match["index"])
            spans.append((start, _end(text, start, str(match["word"]))))
        return tuple(
            Evidence(start, end, f"“{text[start:end]}” is on the list of the word filter.", text[start:end], weight=1.0)
            for start, end in _longest(spans)
        )

    @cached_property
    def _filter(self) -> Filter:
        from glin_profanity import Filter
        from glin_profanity.data.dictionary import DictionaryLoader

        listed = DictionaryLoader().get_words("english")
        return Filter({"languages": list(LANGUAGES), "custom_words": sorted(forms(listed))})


def forms(listed: list[str]) -> set[str]:
    """English forms in -s, -ed and -ing of the single words listed, without those that are listed themselves."""
    made: set[str] = set()
    for word in listed:
        if _WORD.fullmatch(word) and not word.endswith(("s", "ing", "ed")):
            stem = word.removesuffix("e")
            made |= {f"{word}s", f"{stem}ed", f"{stem}ing"}
    return made - set(listed)


def _longest(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0] - span[1], span[0])):
        if not any(start < other_end and other_start < end for other_start, other_end in kept):
            kept.append((start, end))
    return sorted(kept)


def _end(text: str, start: int, word: str) -> int:
    """Where a word that begins at `start` ends, also when it is disguised by signs or doubled letters."""
    wanted = _letters(word)
    for end in range(start + 1, min(len(text), start + 4 * len(word)) + 1):
        if _letters(text[start:end]) == wanted and not (end < len(text) and text[end] == text[end - 1]):
            return end
    return min(len(text), start + len(word))


def _letters(text: str) -> str:
    """Letters alone, small, without accents, each once where it is doubled."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())
    return re.sub(r"(.)\1+", r"\1", plain)
