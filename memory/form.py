"""What the form of a text shows: its kind and its language. Pure, small, and content to say "text" and "und"."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from itertools import pairwise

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LATIN_WORD = re.compile(r"[a-zà-öø-ÿœ]+(?:['’][a-z]+)?")
_ENGLISH_WORDS = (
    "the and of to in is was that with his her it my your this for are not you from but they their there what which "
    "when where who she he we were had have has been by like into over no all its our through will"
)
_SCRIPT_LINE = re.compile(
    r"(?:INT|EXT)\.\s|(?:ACT|SCENE)\s+[\dIVXLC]+\b|FADE (?:IN|OUT)\b|CUT TO\b|第.{1,3}[幕场場]|[（(]?幕[启啟落]"
)
_SPEAKER_LINE = re.compile(
    r"[A-Z][A-Z .'’\-]{1,24}(?:\([^)]{1,30}\))?[:.]?|[A-Z][\w .'’\-]{0,20}:\s.+|[\w·]{1,6}[：].+"
)
_LYRIC_LINE = re.compile(
    r"[\[(（【]?(?:intro|verse|chorus|pre-chorus|bridge|hook|outro|refrain|主歌|副歌|前奏|间奏|間奏|桥段|橋段|尾奏)"
    r"\s*[\d一二三ABC]*\s*(?:[xX×]\s*\d)?[\])）】]?[:：]?",
    re.I,
)
_SENTENCE_ENDS = ".!?:…。！？：\"'”’)"
_OPENING = "\"'“‘(["


def language_of(text: str) -> str:
    """Return "zh", "en" or "und" (ISO 639-1, und when undetermined)."""
    sample = text[:20_000]
    han = len(_HAN.findall(sample))
    words = _LATIN_WORD.findall(sample.lower())
    if han and han >= len(words) and len(_KANA_HANGUL.findall(sample)) < han / 10:
        return "zh"
    if han > len(words):
        return "und"
    known = frozenset(_ENGLISH_WORDS.split())
    english = sum(word in known for word in words)
    return "en" if words and english / len(words) >= 0.1 else "und"


def kind_of(text: str) -> str:
    """Return poem, story, lyric, script or text, by the shape of the lines; never ad, which form does not show."""
    found = [line.strip() for line in text[:50_000].splitlines() if line.strip()]
    # A heading is no line of verse that breaks in mid-sentence.
    lines = [line for line in found if not line.startswith("#")]
    if not lines:
        return "text"
    if sum(_LYRIC_LINE.fullmatch(line) is not None for line in lines) >= 2:
        return "lyric"
    if _is_script(lines):
        return "script"
    if _is_verse(lines):
        return "poem"
    return "story" if _width(" ".join(lines)) >= 600 else "text"


def _is_script(lines: list[str]) -> bool:
    """Speakers before their lines, or names that stand alone on a line again and again."""
    speakers = sum(_SPEAKER_LINE.fullmatch(line) is not None for line in lines)
    has_scene = any(_SCRIPT_LINE.match(line) for line in lines)
    if speakers >= 3 and speakers >= (0.1 if has_scene else 0.3) * len(lines):
        return True
    names = Counter(line for line in lines if line[-1].isalpha() and line[0].isupper() and len(line.split()) <= 3)
    returning = [count for count in names.values() if count >= 3]
    return len(returning) >= 2 and sum(returning) >= 0.25 * len(lines)


def _is_verse(lines: list[str]) -> bool:
    """Short lines throughout, or lines that break in mid-sentence and begin with a capital all the same."""
    if len(lines) < 2:
        return False
    widths = [_width(line) for line in lines]
    # Chinese verse has narrow lines; prose wrapped by an editor is wider.
    narrow, middling = (46, 38) if language_of(" ".join(lines[:200])) == "zh" else (75, 56)
    short = sum(width <= narrow for width in widths) >= 0.9 * len(lines)
    if short and statistics.median(widths) <= middling and max(widths) <= 160:
        return True
    broken = [below for above, below in pairwise(lines) if above[-1] not in _SENTENCE_ENDS]
    capitals = sum(below.lstrip(_OPENING)[:1].isupper() for below in broken)
    return len(broken) >= 0.3 * (len(lines) - 1) and capitals >= 0.8 * len(broken)


def _width(text: str) -> int:
    """Columns: a CJK character is two wide."""
    return len(text) + len(_HAN.findall(text))
