"""Rules that find the gap a message wants filled, and what it says about the filling."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.contracts import EditRequest, Length
from agents.errors import BadBrief
from agents.extent import take_length
from agents.gaps import between, find_gap
from agents.remains import Remains
from agents.spans import Span, chinese_count

Named = Callable[[str], tuple[Span, str] | None]
"""Finds the part that words name, such as "line 3": its span and what it is called."""
_UNIT = r"(?:stanza|verse|paragraph|line|sentence|couplet)s?"
_UNIT_ZH = r"(?:小节|诗节|节|段落|段|行|句)"
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final|opening|\d{1,3}(?:st|nd|rd|th))"
)
_NUMBER = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
_QUOTED = r"(?:[\"“][^\"”]{1,300}[\"”]|[‘'][^’']{1,300}[’'])"
_QUOTED_ZH = r"[“「『\"][^”」』\"]{1,300}[”」』\"]"
_PART = rf"(?:{_QUOTED}|(?:the )?{_ORDINAL} {_UNIT}|(?:the )?{_UNIT} {_NUMBER}|the (?:opening|ending|title))"
_NUMBER_ZH = r"[\d一二三四五六七八九十]{1,3}"
_PART_ZH = rf"(?:{_QUOTED_ZH}|(?:倒数)?第{_NUMBER_ZH}{_UNIT_ZH}|最后一{_UNIT_ZH})"
_BETWEEN = re.compile(rf"\bbetween\s+({_PART})\s+and\s+({_PART})", re.IGNORECASE)
_BETWEEN_NUMBERS = re.compile(rf"\bbetween\s+(?:the )?({_UNIT})\s+({_NUMBER})\s+and\s+({_NUMBER})\b", re.IGNORECASE)
_BETWEEN_ORDINALS = re.compile(rf"\bbetween\s+the ({_ORDINAL})\s+and (?:the )?({_ORDINAL}) ({_UNIT})\b", re.IGNORECASE)
_BETWEEN_ZH = re.compile(rf"在?\s*({_PART_ZH})\s*(?:和|与|跟|同|、|到)\s*({_PART_ZH})\s*(?:之间|中间|间)")
_BETWEEN_NUMBERS_ZH = re.compile(
    rf"在?\s*第({_NUMBER_ZH})(?:{_UNIT_ZH})?\s*(?:和|与|跟|、|到)\s*第?({_NUMBER_ZH})({_UNIT_ZH})\s*(?:之间|中间|间)"
)
_WRITES = re.compile(
    r"\b(?:write|add|put|insert|fill|bridge|link|connect|join|what happens|what happened|imagine|is missing)\b"
    r"|写|加|添|补|填|插|衔接|发生",
    re.IGNORECASE,
)
_MARK = (
    r"(?:gaps?|blanks?|holes?|ellips[ie]s|dots|missing (?:lines?|stanzas?|parts?|passages?|paragraphs?|sentences?|"
    r"verses?|words?|bits?|middle)|(?:lines?|parts?|middle) (?:that is |that are |that's )?missing"
    r"|\[ ?(?:\.\.\.|…) ?\])"
)
_MARKED = re.compile(
    rf"\b(?:fill|complete|finish|write|bridge|supply|add|restore|close)\b[^.!?\n]{{0,30}}?{_MARK}"
    r"|(?:补全|补上|补写|补齐|补出|填上|填补|填写|填好|填|写出|写上|写)[^。！？\n]{0,8}?"
    r"(?:空缺|空白|缺口|空处|缺的|缺失|省略|中间的?(?:空|部分))|(?:空缺|空白|缺口|缺的|缺失|省略)[^。！？\n]{0,8}?(?:补|填|写)|填空",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(?:please\s+)?(?:fill (?:it|this|that)(?: in)?|fill in|complete (?:it|this|the (?:poem|text|story|song))"
    r"|(?:请)?(?:帮我)?(?:补全|补完|补齐)(?:它|这首诗|全诗|全文|这段)?)\W*$",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"[:：]\s*(?P<colon>.+)$|\b(?:with|about|in which|where|so that|showing)\s+(?P<with>.+)$|[，,]\s*(?P<comma>.+)$"
    r"|(?:写|关于|讲)(?P<zh>[^写补填加添，。]{2,40})$",
    re.IGNORECASE | re.DOTALL,
)


def wants_filling(message: str, text: str) -> bool:
    """Whether the message asks for what is missing in a text: between two parts, or where the writer left a mark."""
    if _between(message) is not None and _WRITES.search(message):
        return True
    unquoted = re.sub(rf"{_QUOTED}|{_QUOTED_ZH}", '""', message)
    return _MARKED.search(unquoted) is not None or (_BARE.match(message) is not None and find_gap(text) is not None)


def read_fill(message: str, text: str, named: Named) -> EditRequest:
    """The gap a message wants filled. `wants_filling` has said that there is one.

    Raises:
        BadBrief: it names a part the text does not have, or the text has no mark.
    """
    parts = _between(message)
    if parts is not None:
        found = [named(part) for part in parts]
        if found[0] is not None and found[1] is not None:
            (first, one), (second, two) = found[0], found[1]
            start, end = between(text, first, second)
            chinese = chinese_count(message) > 0
            where = f"{one}和{two}之间" if chinese else f"between {one} and {two}"
            return EditRequest(message, start, end, where, fills=True)
    gap = find_gap(text)
    if gap is None:
        if chinese_count(message):
            raise BadBrief("这段文字里没有标出空缺。", "请在空缺处单独写一行“……”，或说出在哪两行之间。")
        raise BadBrief(
            "This text has no gap that is marked.",
            'Put a line "[...]" where it is, or say between which parts: "write what happens between lines 3 and 4".',
        )
    return EditRequest(message, *gap, "空缺处" if chinese_count(message) else "the gap", fills=True)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message says about the filling."""

    length: Length | None
    instruction: str
    """What it is to tell; "" where the message only asks for a filling."""


def read_wish(message: str, *, chinese: bool) -> Wish:
    """Length and content of a filling, off the message: "fill the gap with two lines about the dog"."""
    rest = message
    for pattern in (_BETWEEN, _BETWEEN_NUMBERS, _BETWEEN_ORDINALS, _BETWEEN_ZH, _BETWEEN_NUMBERS_ZH):
        rest = pattern.sub(" ", rest)
    remains = Remains(rest)
    length = take_length(remains, "zh" if chinese else "en")
    says = _SAYS.search(remains.text.replace("\x00", " ").strip().rstrip(".!。！"))
    said = next((group for group in says.groups() if group), "") if says else ""
    said = re.sub(r"^(?:about|of|with|关于|写|讲)\s*", "", said.strip(), flags=re.IGNORECASE)
    return Wish(length, " ".join(said.split()) if re.search(r"\w", said) else "")


def _between(message: str) -> tuple[str, str] | None:
    """The two parts of "between A and B", each in words that name it alone."""
    if match := _BETWEEN.search(message) or _BETWEEN_ZH.search(message):
        return match[1], match[2]
    if match := _BETWEEN_NUMBERS.search(message):
        unit = match[1].rstrip("sS")
        return f"{unit} {match[2]}", f"{unit} {match[3]}"
    if match := _BETWEEN_ORDINALS.search(message):
        unit = match[3].rstrip("sS")
        return f"the {match[1]} {unit}", f"the {match[2]} {unit}"
    if match := _BETWEEN_NUMBERS_ZH.search(message):
        return f"第{match[1]}{match[3]}", f"第{match[2]}{match[3]}"
    return None
