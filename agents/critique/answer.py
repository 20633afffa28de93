"""How well a text keeps to what was asked: what tells drafts of one brief apart. English.

The cosine of the text to the request in plain words, and the share of the theme's words that it names soon. Of 304
drafts of 50 briefs, drawn as the studio draws them and scored blind by two readers each (language models, not people),
its first choice was rather given than .77 (.70-.84) of the others and better written than .69 (.61-.77); the overall
without it .53 and .51, fluency and novelty no better than chance (docs/log.md).

An adapter that has learned to keep to requests at times makes names of their words; such drafts stand lower.
That was measured on 26 of the 50 briefs only, and is level there (.82 and .73 for .84 and .73). So do poems that speak
of their own lines; that came by reading and is not measured.
"""

from __future__ import annotations

import re

from agents import wording
from agents.contracts import Brief
from agents.critique.measure import curve
from agents.critique.theme import EMPTY_WORDS
from agents.spans import words

SOON = 220
"""Characters within which a text should name what it is about."""
NAMED = 0.2
"""Of a theme whose words are all named soon, beside the cosine."""
GARBLED = 0.2
"""What a text loses by it that it garbles what was asked."""
SCALE = ((0.1, 0.0), (0.29, 1.5), (0.61, 5.0), (0.88, 8.0), (1.15, 10.0))
"""(cosine and NAMED together, points): 5 is the middle of those drafts, 1.5 and 8 are their 2nd and 98th percentile."""
_TALK = re.compile(
    r"^(?:Question|Sentence|Prompt|Title|Answer)(?: \d+)?:|^Your thoughts\b"
    r"|\bWritingPrompts\b|\b(?:this|the|writing) prompt\b",
    re.MULTILINE,
)
_TALK_OF_VERSE = re.compile(r"\b(?:lines?|words?|stanzas?|end) of (?:the|this) poem\b")
_SMALL = re.compile(r"\b[a-z]{3,}\b")
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")


def asked(brief: Brief) -> str:
    """The request in plain words: the same whichever words the writer used, and after the brief was changed."""
    return f"Write {wording.what(brief)} about {brief.theme}."


def can_tell(brief: Brief, *, english: bool) -> bool:
    """Whether it holds: for an English text that answers an English brief with a theme."""
    return english and brief.language == "en" and brief.kind != "idea" and bool(brief.theme)


def score(text: str, cosine: float, brief: Brief) -> float:
    """0 to 10. `cosine`: of the whole text to `asked`."""
    return curve(keeping(text, cosine, brief.theme) - (GARBLED if garbles(text, brief) else 0.0), SCALE)


def garbles(text: str, brief: Brief) -> bool:
    """Whether it makes names of words of its theme ("the You of 15 Years"), or talks of what was asked."""
    if _TALK.search(text):
        return True
    if wording.is_verse_brief(brief):
        return "poe" not in brief.theme and bool(_TALK_OF_VERSE.search(text))
    small = set(_SMALL.findall(brief.theme)) | {"you"}
    return any(one.lower() in small for one in _CAPITAL.findall(text))


def keeping(text: str, cosine: float, theme: str) -> float:
    """The measure itself, up to 1 + NAMED."""
    return cosine + NAMED * _named_soon(text, theme)


def _named_soon(text: str, theme: str) -> float:
    """Share of the theme's words whose beginnings stand in the first SOON characters; 1.0 where it has none."""
    wanted = [word for word in words(theme) if word not in EMPTY_WORDS and len(word) > 2]
    start = text[:SOON].lower()
    there = (bool(re.search(rf"\b{re.escape(word[: max(4, len(word) - 2)])}", start)) for word in wanted)
    return sum(there) / len(wanted) if wanted else 1.0
