"""Where things are in a text: lines, stanzas, sentences, words. Pure; every span is [start, end) in characters.

Nothing here copies text: callers slice the original, so that evidence and edits point at exactly what was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[int, int]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef"
_CJK_CHARACTER = re.compile(f"[{CJK}]")
_LINE = re.compile(r"[^\n]+")
_BLANK = re.compile(r"\n[ \t\u3000]*\n\s*")
_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’\-][^\W_{CJK}]+)*")
# A sentence ends at its mark, with closing quotes; never across a line break (lines of verse stand alone).
_SENTENCE = re.compile(r"[^\n.!?。！？…]+(?:[.!?。！？…]+[\"'”’」』）)\]*]*|(?=\n)|$)|[.!?…。！？]+[\"'”’」』)]*")
_CLOSED_SPEECH = frozenset("\"'”’」』")
ALIKE = 60
"""Characters that two texts may begin with in common by chance."""
SHORT_FORMS = ("mr", "mrs", "ms", "dr", "st", "prof", "sr", "jr", "vs", "etc", "no", "e.g", "i.e")
"""Words whose full stop ends no sentence."""


def is_chinese(text: str) -> bool:
    """Whether at least 30% of the letters are Chinese characters."""
    chinese = len(_CJK_CHARACTER.findall(text))
    return chinese > 0 and chinese >= 0.3 * sum(1 for character in text if character.isalpha())


def chinese_count(text: str) -> int:
    """Number of Chinese characters."""
    return len(_CJK_CHARACTER.findall(text))


def strip(text: str, span: Span) -> Span:
    """The span without white space at its ends."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def lines(text: str) -> list[Span]:
    """Lines that are not blank, without white space at their ends."""
    found = [strip(text, match.span()) for match in _LINE.finditer(text)]
    return [span for span in found if span[0] < span[1]]


def blocks(text: str) -> list[Span]:
    """Stanzas or paragraphs: runs of text between blank lines."""
    cuts = [0]
    for match in _BLANK.finditer(text):
        cuts += [match.start(), match.end()]
    cuts.append(len(text))
    found = [strip(text, (cuts[i], cuts[i + 1])) for i in range(0, len(cuts), 2)]
    return [span for span in found if span[0] < span[1]]


def paragraphs(text: str) -> list[Span]:
    """Blocks; where no line is blank, each line is a paragraph."""
    found = blocks(text)
    return found if len(found) > 1 else lines(text)


def sentences(text: str) -> list[Span]:
    """Sentences of prose in English or Chinese; a line break always ends one.

    What follows speech in small letters belongs to it: “Come!” she said.
    """
    found: list[Span] = []
    open_start: int | None = None
    for match in _SENTENCE.finditer(text):
        start, end = strip(text, match.span())
        if start >= end:
            continue
        if open_start is not None and text.find("\n", open_start, start) < 0:
            start = open_start
        elif found and text[start].islower() and _spoken_on(text, found[-1][1], start):
            start = found.pop()[0]
        open_start = None
        last_word = text[start:end].rstrip(".").rsplit(None, 1)
        if text[start:end].endswith(".") and last_word and last_word[-1].lower() in SHORT_FORMS:
            open_start = start
            continue
        found.append((start, end))
    if open_start is not None:
        found.append(strip(text, (open_start, len(text))))
    return found


def _spoken_on(text: str, end: int, start: int) -> bool:
    """Whether what ends at `end` is speech that goes on at `start` on the same line."""
    return text[end - 1] in _CLOSED_SPEECH and text.find("\n", end, start) < 0


def tokens(text: str) -> list[Span]:
    """Words of alphabetic scripts, and single Chinese characters."""
    return [match.span() for match in _TOKEN.finditer(text)]


def words(text: str) -> list[str]:
    """The tokens themselves, lower case."""
    return [match.group().lower() for match in _TOKEN.finditer(text)]


def is_verse(text: str) -> bool:
    """Whether the text is set in lines: three or more lines, short in the middle of their distribution."""
    found = lines(text)
    if len(found) < 3:
        return False
    lengths = sorted(end - start for start, end in found)
    middle = lengths[len(lengths) // 2]
    return middle <= (24 if is_chinese(text) else 70)


def parts(text: str) -> list[Span]:
    """The natural pieces of a text: lines of verse, sentences of prose."""
    return lines(text) if is_verse(text) else sentences(text)


def around(pieces: Sequence[Span], span: Span) -> Span | None:
    """The run of pieces that a span touches, or None when it touches none."""
    touched = [piece for piece in pieces if piece[0] < span[1] and span[0] < piece[1]]
    return (touched[0][0], touched[-1][1]) if touched else None


def merge(found: Sequence[Span], gap: int = 1) -> list[Span]:
    """Spans in order, joined where they overlap or lie at most `gap` characters apart."""
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def rest_at(text: str, share: float) -> str:
    """The text up to where a reader may rest at about this share of it; "" where there is no such place.

    Prose: the first sentence that ends at this share of the words, or later. Verse: the nearest end of a stanza, where
    one is within a sixth of the lines, or else of a line; with the line breaks that follow, so that what comes next
    stands apart from it or not, as it did.
    """
    if is_verse(text):
        return _line_at(text, share)
    size = len(tokens(text))
    for _, end in sentences(text)[:-1]:
        if len(tokens(text[:end])) >= share * size:
            return text[:end]
    return ""


def _line_at(text: str, share: float) -> str:
    found = lines(text)
    wanted = share * len(found)
    stanzas = [n for n in range(1, len(found)) if text.count("\n", found[n - 1][1], found[n][0]) > 1]
    near = [n for n in stanzas if abs(n - wanted) <= len(found) / 6]
    after = min(near or range(1, len(found)), key=lambda n: abs(n - wanted))
    return text[: text.rindex("\n", 0, found[after][0]) + 1]


def begun_alike(one: str, other: str, given: str = "") -> bool:
    """Whether two texts share a beginning, a quarter of the shorter one and more than a phrase, and then part.

    `given`: words that every text had to begin with; they do not count.
    """
    one, other = one.removeprefix(given), other.removeprefix(given)
    least = min(len(one), len(other))
    shared = next((at for at in range(least) if one[at] != other[at]), least)
    return max(ALIKE, least / 4) <= shared <= 0.9 * max(len(one), len(other))
