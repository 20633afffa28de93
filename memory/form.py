"""What the form of a text shows: its kind and its language. Pure, small, and content to say "text" and "und"."""

from __future__ import annotations

import re
import statistics

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
    lines = [line.strip() for line in text[:50_000].splitlines() if line.strip()]
    if not lines:
        return "text"
    if sum(_LYRIC_LINE.fullmatch(line) is not None for line in lines) >= 2:
        return "lyric"
    scene_lines = sum(_SCRIPT_LINE.match(line) is not None for line in lines)
    speakers = sum(_SPEAKER_LINE.fullmatch(line) is not None for line in lines)
    if speakers >= 3 and (speakers >= 0.3 * len(lines) or (scene_lines and speakers >= 0.1 * len(lines))):
        return "script"
    if _is_verse(lines):
        return "poem"
    return "story" if _width(" ".join(lines)) >= 600 else "text"


def _is_verse(lines: list[str]) -> bool:
    """Short lines throughout: prose has long ones or, where it is talk, lines of very different length."""
    widths = [_width(line) for line in lines]
    if len(lines) < 2 or sum(width <= 75 for width in widths) < 0.9 * len(lines):
        return False
    return statistics.median(widths) <= 56 and max(widths) <= 160


def _width(text: str) -> int:
    """Columns: a CJK character is two wide."""
    return len(text) + len(_HAN.findall(text))
