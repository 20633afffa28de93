"""Rules that find what a message says of length, stanzas, point of view and the words a text begins with."""

from __future__ import annotations

import re

from agents.contracts import Length
from agents.remains import ANY_NUMBER, CHINESE_NUMBER, Remains, chinese_number, english_number

_UNITS_EN = "words?|lines?|stanzas?|verses|sentences?|paragraphs?|couplets|tercets|quatrains|sestets|octaves"
_LENGTH_EN = re.compile(
    rf"(?:\b(?:in|of|with|about|around|roughly|exactly|under|at most|up to|no more than|some|that is|, )\s+)*"
    rf"\b{ANY_NUMBER}[ -]({_UNITS_EN})\b(?:\s+(?:long|or less|or so|each|max(?:imum)?))?",
    re.IGNORECASE,
)
_LENGTH_ZH = re.compile(
    rf"(?:大约|大概|不超过|不少于|写|共|约)?\s*{CHINESE_NUMBER}\s*(?:个)?(字|行|句|段|节|小节)(?:以内|左右|上下|的)?"
)
PER_STANZA = {"couplet": 2, "tercet": 3, "quatrain": 4, "sestet": 6, "octave": 8}
"""Lines of the stanzas that have a name; of one without a name, four."""
_NAMED = "|".join(PER_STANZA)
_IN = r"(?:,?\s*\b(?:in|of|with|into|as|and)\s+)?(?:\bexactly\s+)?"
_STANZAS_OF = re.compile(
    rf"{_IN}\b{ANY_NUMBER} (?:stanzas?|verses?)\s*(?:of|with|,|\(|having)\s*(?:each\s+(?:of\s+)?)?{ANY_NUMBER} lines?"
    r"(?:\s*(?:each|per stanza|a stanza|a piece|apiece))?\)?",
    re.IGNORECASE,
)
_LINED_STANZAS = re.compile(rf"{_IN}\b{ANY_NUMBER} {ANY_NUMBER}[ -]line (?:stanzas?|verses?)\b", re.IGNORECASE)
_STANZAS = re.compile(rf"{_IN}\b{ANY_NUMBER}[ -](stanza|verse|{_NAMED})s?\b(?!\s+of\s+(?!{ANY_NUMBER}))", re.IGNORECASE)
_IN_NAMED = re.compile(rf"\bin ({_NAMED})s\b", re.IGNORECASE)
_EACH = re.compile(
    rf"{_IN}\b{ANY_NUMBER} lines? (?:each|apiece|per (?:stanza|verse)|(?:in|to) (?:each|every|a) (?:stanza|verse))\b"
    rf"|[，,、]?\s*(?:每|各)(?:小节|诗节|节|段)\s*{CHINESE_NUMBER}\s*行(?:的)?",
    re.IGNORECASE,
)
_ZH = r"(?:小节|诗节|节|段)"
_STANZAS_OF_ZH = re.compile(
    rf"(?:一共|总共|共|分为|分成|分|写|要)?\s*{CHINESE_NUMBER}\s*个?{_ZH}\s*[，,、]?\s*(?:每|各)(?:一?{_ZH})?\s*{CHINESE_NUMBER}\s*行(?:的)?"
)
_EACH_FIRST_ZH = re.compile(
    rf"(?:每{_ZH}\s*{CHINESE_NUMBER}\s*行|{CHINESE_NUMBER}行一{_ZH})\s*[，,、]?\s*(?:一共|总共|共|分为|分成|分|写)?\s*"
    rf"{CHINESE_NUMBER}\s*个?{_ZH}(?:的)?"
)
_STANZAS_ZH = re.compile(rf"(?:一共|总共|共|分为|分成|分|写)?\s*{CHINESE_NUMBER}\s*个?(?:小节|诗节|节)(?:的)?")

_QUOTE = r"(?:[\"“]([^\"”\n]{1,300})[\"”]|(?<!\w)[‘']((?:[^’'\n]|(?<=\w)[’'](?=\w)){1,300})[’'](?!\w))"
_QUOTE_ZH = r"[“「『\"‘]([^”」』\"’\n]{1,200})[”」』\"’]"
_OPENINGS = (
    rf"(?:,?\s*\b(?:and|but|that|which|it|must|should|has to|to|please|the text|the poem|the story)\s+)*"
    rf"\b(?:begin|start|open)(?:s|ning|ing)?\s+(?:it\s+)?(?:off\s+)?with\s*(?:the\s+(?:exact\s+)?(?:words?|lines?|"
    rf"phrase|sentence))?\s*[:,]?\s*{_QUOTE}",
    rf"(?:,?\s*\b(?:and|with|whose)\s+)?(?:\bthe\s+)?\b(?:first|opening)\s+(?:line|words?|sentence)s?\s*"
    rf"(?:is|are|being|must be|should be|reads?|:|,)?\s*:?\s*{_QUOTE}",
    rf"[，,；;]?\s*(?:并|请|要|须|必须)?(?:以|用|从)\s*{_QUOTE_ZH}\s*(?:这?(?:一句|句话|几个字|两个字|个字|二字|一?行|句))?\s*(?:作为|作|为|来|做)?\s*"
    r"(?:开头|开篇|开始|起头|起句|起首|首句|开场|打头)(?:的)?",
    rf"[，,；;]?\s*(?:开头|开篇|首句|第一句|第一行|起句)(?:一句)?(?:必须|要)?(?:是|为|写|用)?\s*[:：，,]?\s*{_QUOTE_ZH}",
)
_PERSON = re.compile(
    r"(?:,?\s*\b(?:and\s+)?(?:(?:told|written|narrated|spoken|all)\s+)?(?:in|from)\s+(?:the\s+|a\s+)?)"
    r"(first|second|third)[ -]person(\s+(?:plural|singular|omniscient|limited))?"
    r"(?:\s+(?:point of view|perspective|narration|narrator|narrative|voice|pov|present|past|view))?\b"
    r"(?!\s+(?:to|on|who|that|of|ever|I|in\s+the)\b)"
    r"|\b(first|second|third)-person(\s+(?:plural|singular))?\b(?:\s+(?:point of view|perspective|narration|narrator))?"
    r"|(?:(?<=[,;])|(?<=\x00))\s*(first|second|third) person(\s+(?:plural|singular))?(?=\s*(?:[,.;!?\x00]|$))",
    re.IGNORECASE,
)
_WHO = r"((?:(?:the|an?|my|his|her|our|their|your)\s+)?(?:[\w-]+\s+){0,4}?[\w-]+)"
_TOLD = r"(?:,?\s*\b(?:and\s+)?(?:told|written|narrated|seen|spoken)?\s*)"
_FROM = r"(?:point of view|perspective|viewpoint|vantage point|pov)"
_VIEWS = (
    rf"{_TOLD}\b(?:from|in)\s+(?:the\s+)?{_FROM}\s+of\s+{_WHO}(?=\s*(?:[,.;!?\x00]|$|\b(?:about|on|who|with|in|that)\b))",
    rf"{_TOLD}\bfrom\s+{_WHO}(?:['’]s|(?<=s)['’])\s+{_FROM}",
    rf"{_TOLD}\bthrough\s+(?:the\s+eyes\s+of\s+{_WHO}(?=\s*(?:[,.;!?\x00]|$|\b(?:about|on|who)\b))|"
    rf"{_WHO}(?:['’]s|(?<=s)['’])\s+eyes)",
    rf",?\s*\b(?:as\s+)?(?:told|narrated|spoken)\s+by\s+{_WHO}(?=\s*(?:[,.;!?\x00]|$|\b(?:about|on|who)\b))",
)
_PERSON_ZH = re.compile(
    r"[，,；;]?\s*(?:请)?(?:用|以|采用|从)?\s*(第[一二三]人称)(?:的)?(?:视角|角度|口吻|叙述|叙事|写法)?(?:来?(?:写|讲述|叙述|讲))?(?:的)?"
)
_VIEW_ZH = re.compile(
    r"[，,；;]?\s*(?:请)?(?:从|以|用|借)\s*([^，。；,;\x00“”]{1,12}?)(?:的)?(?:视角|角度|口吻|眼光|视点|立场|第一视角)"
    r"(?:出发)?(?:来?(?:写|讲述|叙述|讲)(?=[，。；,;\x00]|$))?"
)


def take_opening(remains: Remains) -> str:
    """Cut out the words the text is to begin with: begin with "The lake was still", 以“湖面”开头."""
    for pattern in _OPENINGS:
        match = remains.take(pattern)
        if match:
            return next(group for group in match.groups() if group).strip()
    return ""


def take_view(remains: Remains) -> str:
    """Cut out the point of view: "first person", "the dog", 第一人称, 狗."""
    match = remains.take(_PERSON)
    if match:
        person, number = (
            (match[1], match[2]) if match[1] else (match[3], match[4]) if match[3] else (match[5], match[6])
        )
        return f"{person.lower()} person{(number or '').lower()}"
    for pattern in _VIEWS:
        match = remains.take(pattern)
        if match:
            return next(group for group in match.groups() if group).strip()
    match = remains.take(_PERSON_ZH) or remains.take(_VIEW_ZH)
    return match[1].strip() if match else ""


def take_extent(remains: Remains, language: str) -> tuple[Length | None, int]:
    """Cut length and stanzas out of the message; 0 stanzas where none were asked for.

    "three stanzas of four lines" is 12 lines, "12 lines in 3 stanzas" too; stanzas alone have four lines each.
    """
    for pattern, number in ((_STANZAS_OF, english_number), (_LINED_STANZAS, english_number),
                            (_STANZAS_OF_ZH, chinese_number)):  # fmt: skip
        if match := remains.take(pattern):
            stanzas, each = number(match[1]), number(match[2])
            return Length(stanzas * each, "lines"), stanzas
    if match := remains.take(_EACH_FIRST_ZH):
        stanzas, each = chinese_number(match[3]), chinese_number(match[1] or match[2])
        return Length(stanzas * each, "lines"), stanzas
    if match := remains.take(_STANZAS):
        stanzas, each = english_number(match[1]), PER_STANZA.get(match[2].lower(), 0)
        return _in_stanzas(remains, language, stanzas, each), stanzas
    if match := remains.take(_IN_NAMED):
        each = PER_STANZA[match[1].lower()]
        length = take_length(remains, language) or Length(12 // each * each, "lines")
        return length, max(1, length.count // each) if length.unit == "lines" else 0
    if match := remains.take(_STANZAS_ZH):
        stanzas = chinese_number(match[1])
        return _in_stanzas(remains, language, stanzas, 0), stanzas
    return take_length(remains, language), 0


def _in_stanzas(remains: Remains, language: str, stanzas: int, each: int) -> Length:
    """The length of so many stanzas: what the message says of each or of the whole, else four lines each."""
    if match := remains.take(_EACH):
        each = english_number(match[1]) if match[1] else chinese_number(match[2])
    return (None if each else take_length(remains, language)) or Length(stanzas * (each or 4), "lines")


def take_length(remains: Remains, language: str) -> Length | None:
    """Cut a length out of the message: "in 200 words", "two lines", "三百字"."""
    match = remains.take(_LENGTH_EN)
    if match:
        return _length(english_number(match[1]), match[2].lower().rstrip("s"), language)
    match = remains.take(_LENGTH_ZH)
    if match:
        return _length(chinese_number(match[1]), match[2], language)
    return None


def _length(count: int, unit: str, language: str) -> Length:
    """A length in the units of the contract; the factors are usual sizes of stanzas, sentences and paragraphs."""
    chinese = language == "zh"
    if unit in ("line", "行", "句"):
        return Length(count, "lines")
    if unit in ("stanza", "verse", "节", "小节"):
        return Length(4 * count, "lines")
    if unit in PER_STANZA:
        return Length(PER_STANZA[unit] * count, "lines")
    if unit == "字" or (unit == "word" and chinese):
        return Length(count, "characters")
    per = {"sentence": (16, 25), "paragraph": (80, 120), "段": (80, 120)}.get(unit, (1, 1))
    return Length(per[1] * count, "characters") if chinese else Length(per[0] * count, "words")
