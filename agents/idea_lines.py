"""One line of a reply as an idea: what is talk, what is too short, what only says the theme over again. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.cleaning import CLOSED, clean_line, in_language, is_meta, unquote
from agents.contracts import Brief
from agents.critique import repetition
from agents.critique.features.words import stem
from agents.critique.theme import EMPTY_WORDS
from agents.spans import chinese_count, is_chinese, sentences, words

LEAST_NEW = 3
"""Content words (Chinese: characters) an idea has that its theme has not."""
LEAST_VARIETY = 0.75
MOST_NEW = 6
"""More new words are worth no more."""
ECHO = 4
"""Words in a row that an idea has from another one by more than chance."""
SIZES = {"zh": (6, 60), "en": (4, 30)}
"""Fewest and most characters (Chinese) or words of an idea."""
_LABEL = re.compile(
    r"^(?:the )?(?:new )?(?:idea|direction|picture|moment|angle|theme|change)\s*:\s*"
    r"|^(?:构思|画面|主题|角度|改法)[:：]\s*",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"^\W*(?:write|imagine|explore|consider|describe|think of|create|try|use|start with|focus on)\b"
    r"|^\W*(?:a|the|this|your|my) (?:poem|story|piece|text|theme|idea|writer|reader) "
    r"(?:about|is|that|explores?|could|should|of)\b"
    r"|\b(?:this|the) (?:theme|angle|idea|piece of writing)\b"
    r"|^(?:写一|想象|描写|描述|可以写|这个主题|这首|这篇|本文|作者)",
    re.IGNORECASE,
)


def clean_idea(text: str, brief: Brief) -> str:
    """One line of 4 to 30 words that is no talk and does more than restate the theme; else ""."""
    line = next((clean_line(line).strip() for line in text.splitlines() if line.strip()), "")
    line = unquote(_LABEL.sub("", line))
    found = sentences(line)
    if found:
        line = _closed(line[found[0][0] : found[0][1]].strip())
    chinese = brief.language == "zh"
    if not line or is_meta(line) or _TALK.search(line) or not in_language(line, brief.language):
        return ""
    least, most = SIZES["zh" if chinese else "en"]
    if not least <= (chinese_count(line) if chinese else len(words(line))) <= most:
        return ""
    return "" if restates(line, brief.theme) or repetition.variety(line) < LEAST_VARIETY else line


def _closed(line: str) -> str:
    """The line with the quotation mark that was cut off with the sentence behind it."""
    if line.count('"') % 2:
        return line + '"' if line.find('"') < len(line) - 1 else line[:-1].rstrip()
    return line + "”" if line.count("“") > line.count("”") else line


def restates(line: str, theme: str) -> bool:
    """Whether a line says little that the theme does not."""
    return new_words(line, theme) < LEAST_NEW


def new_words(line: str, theme: str) -> int:
    """Content words (Chinese: characters) that the theme does not have, whatever their ending; at most MOST_NEW."""
    said = {_root(word) for word in words(theme)}
    fresh = {_root(word) for word in words(line) if word not in EMPTY_WORDS} - said
    return min(MOST_NEW, len(fresh))


def _root(word: str) -> str:
    """A word without its ending: "lighthouse" and "lighthouses" are one."""
    return stem(word).rstrip("e") or word


def is_whole(line: str) -> bool:
    """Whether a line that the engine cut at its limit was at its end already."""
    return line.endswith(CLOSED)


def says_angle(text: str, angle: str) -> bool:
    """Whether an idea says the angle it was asked by, word for word ("in a small action") instead of taking it.

    An angle of one word, such as "a sound", may well be said.
    """
    told = re.sub(r"^(?:an?|the) ", "", angle.lower())
    return " " in told and told in text.lower()


def echoes(text: str, others: Sequence[str]) -> bool:
    """Whether an idea has a run of ECHO words in common with one of the others: an example's frame, filled anew.

    Chinese has no words to run; there likeness alone tells.
    """
    if is_chinese(text):
        return False
    runs = set(_runs(text))
    return any(run in runs for other in others for run in _runs(other))


def _runs(text: str) -> list[tuple[str, ...]]:
    found = words(text)
    return [tuple(found[at : at + ECHO]) for at in range(len(found) - ECHO + 1)]
