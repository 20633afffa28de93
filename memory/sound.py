"""How words sound, as far as the writing shows it: syllables and rhyme of English by spelling, Chinese by pinyin.

English has no dictionary here: the free ones come under licences this project cannot take. Spelling finds "light" and
"night", "sea" and "tea", and misses "one" and "sun". Chinese finals are those of today (pypinyin); rhymes of the Tang
that have drifted apart since are not heard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_VOWELS = re.compile(r"[aeiouy]+")
_SPELLINGS = (
    (r"eigh", "ay"), (r"igh", "y"), (r"ough$|ow$|oe$", "o"), (r"ew$|ue$|oo$", "u"), (r"ie$|ye$|uy$", "y"),
    (r"ea", "ee"),
    (r"ai", "ay"), (r"ei", "ay"), (r"oa", "o"), (r"ck", "k"), (r"ph", "f"), (r"gh$", ""), (r"dge$", "je"),
    (r"mb$", "m"),
    (r"([aeiou])([^aeiouwxy])e$", r"\1:\2"), (r"([aeiou])([^aeiouwxy])es$", r"\1:\2s"), (r"([^aeiou])e$", r"\1"),
)  # fmt: skip
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef]")


def syllables(word: str) -> int:
    """Syllables of an English word, estimated from its spelling; at least 1."""
    low = word.lower()
    count = len(_VOWELS.findall(low))
    if low.endswith("e") and not low.endswith(("le", "ee")) and count > 1:
        count -= 1
    if low.endswith("ed") and not low.endswith(("ted", "ded")) and count > 1:
        count -= 1
    return max(1, count)


def rhyme(word: str) -> str:
    """What an English word rhymes by: its spelling from the last sounded vowel on, in one spelling of each sound."""
    low = word.lower().split("'")[0]
    if len(low) <= 3 and low.endswith("e") and low not in ("the", "be", "he", "me", "we", "she"):
        low = low[:-1] + "e:"
    elif low in ("be", "he", "me", "we", "she"):
        return "ee"
    elif low.endswith("ey"):
        return "ay" if len(_VOWELS.findall(low)) == 1 and low != "key" else "ee"
    elif low.endswith("y") and not re.search("[aeo]y$", low):
        return "y" if len(_VOWELS.findall(low)) == 1 else "ee"
    for old, new in _SPELLINGS:
        low = re.sub(old, new, low)
    at = [match.start() for match in _VOWELS.finditer(low)]
    return low[at[-1] :] if at else low


def line_ends(lines: Sequence[str], *, chinese: bool) -> list[tuple[str, str]]:
    """Last word or character of each line, and what it rhymes by; ("", "") where there is none."""
    if not chinese:
        words = [_WORD.findall(line.lower().replace("’", "'"))[-1:] for line in lines]
        return [(found[0], rhyme(found[0])) if found else ("", "") for found in words]
    ends = [found[-1] if (found := _HAN.findall(line)) else "" for line in lines]
    return list(zip(ends, _finals(ends), strict=True))


def rhyming(ends: Sequence[tuple[str, str]], reach: int = 3) -> list[tuple[int, int]]:
    """Lines that rhyme with one of the `reach` lines after them, and that line; the same word again is no rhyme."""
    found = []
    for at, (word, sound) in enumerate(ends):
        for later in range(at + 1, min(at + 1 + reach, len(ends))):
            other, heard = ends[later]
            if sound and sound == heard and word != other:
                found.append((at, later))
                break
    return found


def _finals(characters: Sequence[str]) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    same = {"ue": "e", "ie": "e", "ve": "e", "üe": "e", "uo": "o", "ia": "a", "ua": "a", "ian": "an", "uan": "an",
            "iang": "ang", "uang": "ang", "ing": "eng", "in": "en", "un": "en", "uei": "ei", "ui": "ei", "iou": "ou",
            "iu": "ou", "uai": "ai", "iao": "ao", "iong": "ong", "uen": "en", "van": "an", "vn": "en"}  # fmt: skip
    heard = [lazy_pinyin(one, style=Style.FINALS, strict=False, errors="ignore") if one else [] for one in characters]
    return [same.get(sounds[0], sounds[0]) if sounds else "" for sounds in heard]
