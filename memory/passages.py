"""Where a text is cut into passages that can be found again. Pure: text in, offsets out.

A cut falls at a scene break or heading, else between stanzas or paragraphs, else between lines, else at a sentence's
end; only a text without any of these is cut in the middle. Size is counted in words; a CJK character counts as 0.6
word, so that a passage has about 60 to 200 words or 100 to 350 characters (an embedding model reads about 250 tokens).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

LEAST = 60.0
"""Size from which a passage may end at a stanza or paragraph."""
MOST = 200.0
"""Size no passage exceeds."""
_HEADING_SIZE = 8.0
"""Up to here a passage is taken for a mere heading, which belongs to what follows."""
_WORDS_PER_CJK = 0.6
_CHARACTERS_PER_WORD = 10
"""Text without spaces counts at least one word for so many characters."""

_CJK = re.compile(
    r"[\u3000-\u303f\uff00-\uff65\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff]"
)
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_BREAK_LINE = re.compile(r"[\s*_#=~—–\-•·⁂※◇◆○●☆★.…]+")
_HEADING = re.compile(
    r"#{1,6}\s|第[一二三四五六七八九十百零〇\d]+[章回节節幕场場卷部]|(?:chapter|act|scene|part)\s+[\divxlc]+\b", re.I
)
_SEPARATORS = (
    re.compile(r"\n\s*"),
    re.compile(r"""(?<=[.!?])["'”’)\]]*\s+|[。！？…!?]+[”’」』）)\]]*"""),
    re.compile(r"[;:；：]\s*|—+"),
    re.compile(r"[,，、]\s*"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    size: float
    opens_block: bool
    """Begins a stanza or paragraph."""
    opens_scene: bool
    """Stands after a scene break, or is a heading."""
    even: float
    """Size of the parts, all alike, into which its stanza or paragraph is to be cut."""


def cut(text: str) -> list[tuple[int, int]]:
    """Return the passages of `text` as spans [start, end): in order, disjoint, without outer white space.

    Together they hold everything but white space and lines of ornaments between scenes.
    """
    passages: list[_Piece] = []
    for piece in _pieces(text):
        last = passages[-1] if passages else None
        if last is not None and _belongs(last, piece):
            passages[-1] = _joined(last, piece)
        else:
            passages.append(piece)
    if len(passages) > 1 and passages[-1].size < LEAST / 2 and not passages[-1].opens_scene:
        before, last = passages[-2:]
        joined = _joined(before, last)
        if joined.size <= MOST:
            passages[-2:] = [joined]
    return [(piece.start, piece.end) for piece in passages]


def size(text: str) -> float:
    """Length in words, a CJK character counting as 0.6 of one."""
    without_cjk, cjk = _CJK.subn(" ", text)
    words = sum(1 for _ in _WORD.finditer(without_cjk))
    return max(words + _WORDS_PER_CJK * cjk, len(text) / _CHARACTERS_PER_WORD)


def _belongs(passage: _Piece, piece: _Piece) -> bool:
    """Whether `piece` goes on with `passage` rather than beginning another."""
    if _joined(passage, piece).size > MOST:
        return False
    if piece.opens_scene:
        return passage.size < _HEADING_SIZE
    if piece.opens_block:
        return passage.size < LEAST
    return passage.size + piece.size / 2 <= piece.even


def _joined(first: _Piece, second: _Piece) -> _Piece:
    between = (second.start - first.end) / _CHARACTERS_PER_WORD
    return _Piece(
        first.start, second.end, first.size + between + second.size, first.opens_block, first.opens_scene, 0.0
    )


def _pieces(text: str) -> Iterator[_Piece]:
    """Yield the parts of the text that are never cut further."""
    after_break = False
    for start, end in _split(text, 0, len(text), _BLANK_LINE):
        block = text[start:end]
        if _BREAK_LINE.fullmatch(block):
            after_break = True
            continue
        opens_scene = after_break or _HEADING.match(block) is not None
        after_break = False
        whole = size(block)
        even = whole / math.ceil(whole / MOST)
        for number, (a, b) in enumerate(_small_enough(text, start, end, 0)):
            first = number == 0
            yield _Piece(a, b, size(text[a:b]), first, first and opens_scene, even)


def _small_enough(text: str, start: int, end: int, level: int) -> Iterator[tuple[int, int]]:
    if size(text[start:end]) <= MOST:
        yield start, end
    elif level < len(_SEPARATORS):
        for a, b in _split(text, start, end, _SEPARATORS[level]):
            yield from _small_enough(text, a, b, level + 1)
    else:
        step = int(MOST)
        for a in range(start, end, step):
            yield a, min(a + step, end)


def _split(text: str, start: int, end: int, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Cut after every match; yield the parts that hold anything, without outer white space."""
    at = start
    for match in separator.finditer(text, start, end):
        yield from _trimmed(text, at, match.end())
        at = match.end()
    yield from _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = text[start:end]
    kept = part.strip()
    if kept:
        first = start + len(part) - len(part.lstrip())
        yield first, first + len(kept)
