"""A message from which rules cut what they understood, and the numbers that stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agents.wordlists import NUMBERS_EN

CUT = "\x00"
"""Stands where something was cut out."""
ANY_NUMBER = r"(\d{1,6}|" + "|".join(sorted(NUMBERS_EN, key=len, reverse=True)) + ")"
CHINESE_NUMBER = r"(\d{1,6}|[零一二两三四五六七八九十百千]{1,7})"


@dataclass
class Remains:
    """A message from which rules cut what they understood."""

    text: str
    found: list[str] = field(default_factory=list)

    def take(self, pattern: re.Pattern[str] | str) -> re.Match[str] | None:
        """Cut the first match out and return it."""
        match = (
            re.compile(pattern, re.IGNORECASE).search(self.text)
            if isinstance(pattern, str)
            else pattern.search(self.text)
        )
        if match is not None:
            start, end = match.span()
            self.text = self.text[:start] + CUT + self.text[end:]
        return match


def chinese_number(text: str) -> int:
    """Value of digits or of a Chinese numeral below ten thousand: 三百 -> 300, 十二 -> 12."""
    if text.isdigit():
        return int(text)
    total, digit = 0, 0
    for character in text:
        if character in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
        else:
            digit = "零一二三四五六七八九".find("二" if character == "两" else character)
    return total + digit


def english_number(text: str) -> int:
    """Value of digits or of a number word; -1 when it is neither."""
    return int(text) if text.isdigit() else NUMBERS_EN.get(text.lower(), -1)
