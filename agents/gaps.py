"""Gaps in a text: where they are, and the white space that stands at both ends of what fills them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.cleaning import CLOSED
from agents.spans import Span, is_chinese, strip

_DOTS = r"(?:\.{3,}|(?:\. ){2,}\.|…+)"
_LINE = re.compile(
    rf"^[ \t\u3000]*({_DOTS}|[\[(（【［][ \t]*(?:{_DOTS}|gap|missing|空缺?|空白)?[ \t]*[\])）】］]|_{{3,}})"
    r"[ \t\u3000]*$",
    re.MULTILINE | re.IGNORECASE,
)
_INLINE = re.compile(rf"[\[［【][ \t]*{_DOTS}[ \t]*[\]］】]|_{{3,}}")
_NO_SPACE_BEFORE = tuple(",.;:!?)”’，。；：！？、）」』")


@dataclass(frozen=True, slots=True)
class Seam:
    """A place between two parts of a text. The parts stay byte for byte; only what is put between them is new."""

    before: str
    after: str
    left: str
    """White space that is missing before the new text: it is there already where `before` ends in some."""
    right: str
    """The same after it."""
    breaks: int
    """Line breaks on either side: 0 inside a line, 1 between lines, 2 between stanzas or paragraphs."""
    inside: bool
    """Whether the gap lies inside a sentence, so that what fills it is no sentence of its own."""

    def filled(self, middle: str) -> str:
        """The whole text with `middle` in the gap."""
        return self.before + self.left + middle + self.right + self.after


def find_gap(text: str) -> Span | None:
    """The first gap the writer marked: lines of nothing but "..." or "[...]" or "……", else "[...]" in a line."""
    marks = [match.span(1) for match in _LINE.finditer(text)]
    if not marks:
        inline = _INLINE.search(text)
        return inline.span() if inline else None
    start, end = marks[0]
    for following in marks[1:]:
        if text[end : following[0]].strip():
            break
        end = following[1]
    return start, end


def marked_lines(marker: str) -> int:
    """How many marks stand in a gap: the writer may have put one for each missing line."""
    return len(_LINE.findall(marker))


def seam_at(text: str, span: Span) -> Seam:
    """The seam when `span` is taken out: a missing space, line break or blank line is that of the other side."""
    before, after = text[: span[0]], text[span[1] :]
    left, right = before[len(before.rstrip()) :], after[: len(after) - len(after.lstrip())]
    bare_left, bare_right = not before.strip(), not after.strip()
    breaks = min(
        [side.count("\n") for side, bare in ((left, bare_left), (right, bare_right)) if side and not bare] or [0]
    )
    inside = not breaks and not bare_left and not bare_right and _goes_on(before.rstrip(), after.lstrip())
    return Seam(
        before,
        after,
        "" if left or bare_left else _like(right, before[-1:], ""),
        "" if right or bare_right else _like(left, "", after[:1]),
        min(2, breaks),
        inside,
    )


def between(text: str, first: Span, second: Span) -> Span:
    """What stands between two parts, in whichever order they are named; empty, just after the earlier, when nothing."""
    earlier, later = sorted((first, second))
    start, end = strip(text, (earlier[1], max(earlier[1], later[0])))
    return (start, end) if start < end else (earlier[1], earlier[1])


def _goes_on(before: str, after: str) -> bool:
    """Whether the sentence before a gap is open and goes on after it."""
    if before.endswith(CLOSED):
        return False
    return after[:1].islower() or after.startswith(_NO_SPACE_BEFORE) or is_chinese(after[:1])


def _like(other: str, before: str, after: str) -> str:
    """White space such as stands on the other side of the gap; inside a line, none beside a character of Chinese."""
    if "\n" in other:
        return "\n" * min(2, other.count("\n"))
    if "\u2e80" <= (before or after) <= "\uffef" or (after and after.startswith(_NO_SPACE_BEFORE)):
        return ""
    return " "
