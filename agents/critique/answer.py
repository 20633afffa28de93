"""How well a text keeps to what was asked: what tells drafts of one brief apart. English.

The cosine of the text to the request in plain words, the share of the theme's words that it names soon, how near its
lines or sentences are in the mean and the farthest of them, and how much it repeats itself. Drafts as the studio draws
them, scored blind by two readers each (language models, not people); how often the first choice was rather given, and
better written, than the other drafts of its brief:

- 192 of 24 briefs, on which the form was chosen: .69 (.57-.81) and .65 (.55-.76), without lines and repeats .52, .46;
- 208 of 26 others: .77 (.69-.84) and .63 (.53-.73), without .72 (.61-.81) and .57 (.46-.67). The weights were set on
  both; as they were before these were read (1, .5 and 5), they gave .80 (.73-.87) and .66 (.57-.76) here.

How likely a text is, its fluency and novelty, how much it is like the other drafts, and how its sentences follow each
other say little or nothing (docs/log.md).

An adapter that has learned to keep to requests at times makes names of their words; such drafts stand lower. So do
poems that speak of their own lines; that came by reading and is not measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents import wording
from agents.contracts import Brief
from agents.critique.measure import curve
from agents.critique.repetition import usual_rate
from agents.critique.theme import EMPTY_WORDS
from agents.spans import words

SOON = 220
"""Characters within which a text should name what it is about."""
NAMED = 0.2
"""Of a theme whose words are all named soon, beside the cosine."""
MEAN, FARTHEST = 0.5, 0.5
"""Of the cosines of its lines or sentences, beside that of the whole: their mean, and the least of them."""
FEW = 4
"""Lines or sentences below which a text that broke off would gain by their number: the missing ones count as 0."""
REPEATED = 4.0
"""What a text loses for its share of repeated word trigrams: .08 for one trigram in fifty."""
GARBLED = 0.2
"""What a text loses by it that it garbles what was asked."""
SCALE = ((-0.05, 0.0), (0.21, 1.5), (0.65, 5.0), (1.13, 8.0), (1.5, 10.0))
"""(all of it together, points): 5 is the middle of those drafts, 1.5 and 8 are their 2nd and 98th percentile."""
_TALK = re.compile(
    r"^(?:Question|Sentence|Prompt|Title|Answer)(?: \d+)?:|^Your thoughts\b"
    r"|\bWritingPrompts\b|\b(?:this|the|writing) prompt\b",
    re.MULTILINE,
)
_TALK_OF_VERSE = re.compile(r"\b(?:lines?|words?|stanzas?|end) of (?:the|this) poem\b")
_REFRAIN = re.compile(r"\b(?:villanelle|rond(?:eau|el)|pantoum|triolet|ghazal|refrain|song|chant)", re.IGNORECASE)
_SMALL = re.compile(r"\b[a-z]{3,}\b")
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")


def asked(brief: Brief) -> str:
    """The request in plain words: the same whichever words the writer used, and after the brief was changed."""
    return f"Write {wording.what(brief)} about {brief.theme}."


def can_tell(brief: Brief, *, english: bool) -> bool:
    """Whether it holds: for an English text that answers an English brief with a theme."""
    return english and brief.language == "en" and brief.kind != "idea" and bool(brief.theme)


def score(text: str, cosine: float, brief: Brief, near: Sequence[float] = ()) -> float:
    """0 to 10. `cosine`: of the whole text to `asked`; `near`: of its lines or sentences (`embedding.Vectors.rows`)."""
    parts = (*near, *(0.0 for _ in range(FEW - len(near))))
    whole = keeping(text, cosine, brief.theme) + MEAN * sum(parts) / len(parts) + FARTHEST * min(parts)
    repeats = 0.0 if _comes_again(brief) else usual_rate(text)
    return curve(whole - REPEATED * repeats - (GARBLED if garbles(text, brief) else 0.0), SCALE)


def _comes_again(brief: Brief) -> bool:
    """Whether what was asked for has lines that come again."""
    return brief.kind == "lyric" or bool(_REFRAIN.search(brief.form))


def garbles(text: str, brief: Brief) -> bool:
    """Whether it makes names of words of its theme ("the You of 15 Years"), or talks of what was asked."""
    if _TALK.search(text):
        return True
    if wording.is_verse_brief(brief):
        return "poe" not in brief.theme and bool(_TALK_OF_VERSE.search(text))
    small = set(_SMALL.findall(brief.theme)) | {"you"}
    return any(one.lower() in small for one in _CAPITAL.findall(text))


def keeping(text: str, cosine: float, theme: str) -> float:
    """What the whole text says of it, up to 1 + NAMED."""
    return cosine + NAMED * _named_soon(text, theme)


def _named_soon(text: str, theme: str) -> float:
    """Share of the theme's words whose beginnings stand in the first SOON characters; 1.0 where it has none."""
    wanted = [word for word in words(theme) if word not in EMPTY_WORDS and len(word) > 2]
    start = text[:SOON].lower()
    there = (bool(re.search(rf"\b{re.escape(word[: max(4, len(word) - 2)])}", start)) for word in wanted)
    return sum(there) / len(wanted) if wanted else 1.0
