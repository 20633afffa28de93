"""Form and length: what was asked against what is there. Counting only."""

from __future__ import annotations

import re

from agents.cleaning import reached
from agents.contracts import Brief, Evidence, Length
from agents.spans import chinese_count, lines, words

CHARACTERS_A_LINE = {"五言绝句": 5, "五言律诗": 5, "七言绝句": 7, "七言律诗": 7}
HAIKU = (5, 7, 5)
WIDEST_LINE = 110
"""Characters: Whitman's middle line has about 70; a paragraph is longer."""
_VOWELS = re.compile(r"[aeiouy]+", re.IGNORECASE)


def form_findings(text: str, brief: Brief) -> list[Evidence]:
    """What breaks the form or misses the length; the weight says how badly."""
    asked = _length(text, brief, brief.length) if brief.length is not None else []
    return asked + _shape(text, brief) + _characters(text, brief) + _haiku(text, brief)


def _shape(text: str, brief: Brief) -> list[Evidence]:
    """Verse is set in lines: a poem that comes as a block of prose is not what was asked for, unless it was."""
    length = brief.length
    if brief.kind not in ("poem", "lyric") or length is None or length.unit != "lines" or length.count < 3:
        return []
    widths = sorted(end - start for start, end in lines(text))
    if "prose" in brief.form or not widths or (len(widths) >= 3 and widths[len(widths) // 2] <= WIDEST_LINE):
        return []
    return [Evidence(0, 0, "It is set as prose; lines of verse were asked for.", weight=0.9)]


def _length(text: str, brief: Brief, length: Length) -> list[Evidence]:
    there, asked = reached(text, length), length.count
    ratio = there / asked
    # Lines are exact in a form with a name (haiku, sonnet); elsewhere a quarter more or less is as asked.
    slack = 0.0 if brief.form and length.unit == "lines" and asked <= 20 else 0.25
    off = max(0.0, abs(1 - ratio) - slack)
    if off == 0:
        return []
    unit = {"lines": "line", "words": "word", "characters": "character"}[length.unit]
    reason = f"It has {there} {unit}{'' if there == 1 else 's'}; {asked} were asked for."
    return [Evidence(0, 0, reason, weight=round(min(0.6, 0.08 + 0.6 * off), 3))]


def _characters(text: str, brief: Brief) -> list[Evidence]:
    """Characters a line in the classical forms: 五言 5, 七言 7. A line may hold two halves."""
    per = CHARACTERS_A_LINE.get(brief.form)
    if per is None:
        return []
    found = []
    for start, end in lines(text):
        halves = [half for half in re.split(r"[，。！？；、\s]", text[start:end]) if half]
        if any(chinese_count(half) != per for half in halves):
            found.append(Evidence(start, end, f"这一句不是{per}个字。", text[start:end], weight=0.12))
    return found[:4]


def _haiku(text: str, brief: Brief) -> list[Evidence]:
    """Syllables of an English haiku, estimated; one more or less is as asked."""
    if brief.form != "haiku" or brief.language != "en":
        return []
    found = []
    for (start, end), want in zip(lines(text), HAIKU, strict=False):
        there = sum(syllables(word) for word in words(text[start:end]))
        if abs(there - want) > 1:
            reason = f"This line has about {there} syllables; a haiku has {want} here."
            found.append(Evidence(start, end, reason, text[start:end], weight=0.08))
    return found


def syllables(word: str) -> int:
    """Rough count for English: groups of vowels, less a silent final e."""
    count = len(_VOWELS.findall(word))
    if word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and count > 1:
        count -= 1
    return max(1, count)
