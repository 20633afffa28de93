"""How long a text or a part of it is to be, and where its stanzas end. Rules only."""

from __future__ import annotations

import re

from agents import wording
from agents.contracts import Brief, Length
from agents.gaps import Seam, marked_lines
from agents.spans import blocks, chinese_count, is_chinese, lines, words

STANZAS: dict[str, tuple[int, tuple[int, ...]]] = {
    # form: (lines, lines of each stanza); only what the form itself fixes, not how it is often printed
    "haiku": (3, (3,)), "tanka": (5, (5,)), "limerick": (5, (5,)), "couplet": (2, (2,)), "quatrain": (4, (4,)),
    "villanelle": (19, (3, 3, 3, 3, 3, 4)), "sestina": (39, (6, 6, 6, 6, 6, 6, 3)),
    "五言绝句": (4, (4,)), "七言绝句": (4, (4,)), "绝句": (4, (4,)), "五言律诗": (8, (8,)), "七言律诗": (8, (8,)),
    "律诗": (8, (8,)), "俳句": (3, (3,)), "三行诗": (3, (3,)), "对联": (2, (2,)), "打油诗": (4, (4,)),
}  # fmt: skip
EACH = {"ballad": 4, "pantoum": 4, "ghazal": 2}
"""Lines of a stanza in forms that have any number of them."""
STANZA, LINE = 4, 2
"""Lines that fill a gap of unknown size: between stanzas, between lines."""


def breaks_of(brief: Brief) -> tuple[int, ...] | None:
    """Numbers of lines after which a blank line stands; None where nothing was asked and no form says so."""
    length = wording.length_of(brief)
    if not wording.is_verse_brief(brief):
        return None
    if brief.stanzas > 0:
        return equal_breaks(length.count, brief.stanzas)
    if brief.form in STANZAS and STANZAS[brief.form][0] == length.count:
        sizes = STANZAS[brief.form][1]
        return tuple(sum(sizes[: i + 1]) for i in range(len(sizes) - 1))
    each = EACH.get(brief.form, 0)
    return equal_breaks(length.count, length.count // each) if each and length.count % each == 0 else None


def equal_breaks(count: int, stanzas: int) -> tuple[int, ...]:
    """Line numbers after which `count` lines are parted into stanzas of equal size, the longer ones first."""
    stanzas = max(1, min(stanzas, count))
    size, rest = divmod(count, stanzas)
    return tuple(size * i + min(rest, i) for i in range(1, stanzas))


def breaks_like(old: str, length: Length) -> tuple[int, ...] | None:
    """The breaks of a part that takes the place of `old`: where its stanzas ended, when it is to be as long."""
    sizes = [len(lines(old[start:end])) for start, end in blocks(old)]
    if len(sizes) < 2:
        return ()
    same = length.unit == "lines" and length.count == sum(sizes)
    return tuple(sum(sizes[: i + 1]) for i in range(len(sizes) - 1)) if same else None


def span_length(old: str, brief: Brief, instruction: str, *, verse: bool) -> Length:
    """How long the new text of a span is to be: as long as the old, unless the instruction says shorter or longer."""
    factor = 1.0
    if re.search(r"\b(?:short|cut|trim|tighten|condense|half)|缩短|短|精简|压缩", instruction, re.IGNORECASE):
        factor = 0.6
    elif re.search(r"\b(?:longer|lengthen|expand|extend)|加长|扩写|长一", instruction, re.IGNORECASE):
        factor = 1.6
    if verse:
        return Length(max(1, round(len(lines(old)) * factor)), "lines")
    if is_chinese(old) or brief.language == "zh":
        return Length(max(4, round(chinese_count(old) * factor)), "characters")
    return Length(max(4, round(len(words(old)) * factor)), "words")


def onward_length(instruction: str, brief: Brief, *, verse: bool) -> Length:
    """How much is to be added where a text is to go on."""
    if re.search(r"\bline\b|行|句", instruction):
        return Length(1, "lines") if verse else Length(16, "words")
    if verse:
        return Length(4, "lines")
    return Length(120, "characters") if brief.language == "zh" else Length(80, "words")


def gap_length(seam: Seam, old: str, asked: Length | None, *, verse: bool) -> Length:
    """How much is to fill a gap: what was asked for, else as much as stands there, else what the place suggests.

    `old` is what stands in the gap: a mark of the writer's, nothing, or text.
    """
    chinese = is_chinese(seam.before + seam.after)
    if asked is not None and (verse or asked.unit != "lines"):
        return asked
    if asked is not None:  # a line of prose is a sentence
        return _prose(asked.count * 16, chinese)
    if old.strip() and not marked_lines(old) and words(old):
        return span_length(old, Brief("", language="zh" if chinese else "en"), "", verse=verse and not seam.inside)
    if seam.inside:
        return _prose(8, chinese)
    if not verse:
        return _prose(60 if seam.breaks > 1 else 25, chinese)
    marks = marked_lines(old)
    usual = STANZA if seam.breaks > 1 else LINE if seam.breaks else 1
    return Length(marks if marks > 1 else usual, "lines")


def _prose(count: int, chinese: bool) -> Length:
    return Length(round(count * 1.6), "characters") if chinese else Length(count, "words")
