"""Words of a text without what an editor changes, and marks by which a copied run of them is found again.

Two copies of a passage may differ in case, punctuation, quotes, spaces, line breaks and the way Unicode writes a
letter; their words here are the same. A work is remembered by a hash of the WIDTH words that begin at every STEP-th
word; a text to be checked is looked up at every word. Any run of WIDTH + STEP - 1 = 10 words that both share holds one
of the work's marks whole, so none is missed: the guarantee of winnowing (Schleimer, Wilkerson and Aiken 2003) with
fewer marks, since only one side is thinned out. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b

WIDTH = 6
"""Words of one mark; a Chinese character counts as a word."""
STEP = 5
"""A work's marks begin at every so many words."""
SURE = WIDTH + STEP - 1
"""Words of the shortest run that is always found."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_COMBINING = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
# Apostrophes, and what stands in a word without being seen: soft hyphen, joiners, word joiner.
_INSIDE = "'’‘ʼ′`´\u00ad\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:[{_INSIDE}]+[^\W_{_CJK}]+)*")
_UNSEEN = re.compile(f"[{_INSIDE}]+")
# Runs that NFKC leaves as they are, or one character with its accents.
_SEGMENT = re.compile(
    rf"[\x00-\x7f]+(?=[\x00-\x7f]|\Z)|[\u3400-\u4dbf\u4e00-\u9fff]+(?![{_COMBINING}])|.[{_COMBINING}]*", re.DOTALL
)
_CHINESE = re.compile(f"[{_CJK}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """The words of a text; the three lists have the same length."""

    words: list[str]
    """Case folded, NFKC, without apostrophes; a Chinese character is a word."""
    starts: list[int]
    """Where each begins in the text as it was given, in characters."""
    ends: list[int]
    """Where each ends, not included."""


def fold(text: str) -> Folded:
    """Take the words out of a text."""
    plain, starts, ends = _plain(text)
    spans = [match.span() for match in _WORD.finditer(plain)]
    words = [_bare(plain[a:b]) for a, b in spans]
    if starts is None or ends is None:
        return Folded(words, [a for a, _ in spans], [b for _, b in spans])
    return Folded(words, [starts[a] for a, _ in spans], [ends[b - 1] for _, b in spans])


def is_chinese_word(word: str) -> bool:
    """Whether a word of `fold` is a single Chinese (or Japanese) character."""
    return len(word) == 1 and _CHINESE.match(word) is not None


def marks(folded: Folded, step: int = 1) -> tuple[bytes, list[int]]:
    """Hash every run of WIDTH words that begins at a multiple of `step`.

    Returns:
        The hashes, 8 bytes each one after the other, and for each the place of its first word. The same words give
        the same hash on every machine. A text of fewer than WIDTH words has none.
    """
    words = folded.words
    places = list(range(0, len(words) - WIDTH + 1, step))
    hashes = [
        blake2b("\x1f".join(words[i : i + WIDTH]).encode("utf-8", "replace"), digest_size=8).digest() for i in places
    ]
    return b"".join(hashes), places


def _bare(word: str) -> str:
    folded = word.casefold()
    return folded if folded.isalnum() else _UNSEEN.sub("", folded)


def _plain(text: str) -> tuple[str, list[int] | None, list[int] | None]:
    """The text in NFKC, and for each of its characters where it came from; None where nothing moved."""
    if unicodedata.is_normalized("NFKC", text):
        return text, None, None
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _SEGMENT.finditer(text):
        (a, b), segment = match.span(), match.group()
        if segment.isascii() or (len(segment) > 1 and unicodedata.is_normalized("NFKC", segment)):
            pieces.append(segment)
            starts.extend(range(a, b))
            ends.extend(range(a + 1, b + 1))
            continue
        made = unicodedata.normalize("NFKC", segment)
        pieces.append(made)
        starts.extend([a] * len(made))
        ends.extend([b] * len(made))
    return "".join(pieces), starts, ends
