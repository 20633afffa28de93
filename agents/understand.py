"""From a message to a Brief or a change: rules only, the same answer every time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agents.briefing import check_request, read_brief
from agents.contracts import Brief, EditRequest, Length
from agents.editing import is_change, read_edit
from agents.spans import is_chinese, is_verse, lines, words
from agents.voicing import dial

_AGAIN = re.compile(
    r"^\W*(?:please\s+)?(?:again|another(?: one| version| try)?|try again|once more|one more|more|regenerate|"
    r"new version|give me another(?: one| version)?|"
    r"再来(?:一[个首篇遍次])?|再写一[首篇遍次个]|换一[个首篇]|重新写|重来)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message asks for."""

    brief: Brief
    edit: EditRequest | None
    """None: a new text is wanted."""


def understand(text: str, *, current_text: str | None = None, current_brief: Brief | None = None) -> Understanding:
    """Read a message of the writer's.

    With `current_text` the message may be a change of it; then `edit` holds the exact span, and the brief stays
    `current_brief` (or one read off the text, when there is none).

    Raises:
        BadBrief: the message is empty or too long, asks for more than one turn can write, or names a part that
            the current text does not have. The message is one sentence for the writer.
    """
    request = check_request(text)
    if current_text and current_text.strip():
        if _AGAIN.match(request) and current_brief is not None:
            return Understanding(current_brief, None)
        if turned := dial(request):
            brief, less = current_brief or _brief_of(current_text, request), turned < 0
            target = "a few lines, less like you" if less else "a few lines, more like you"
            adapts: Literal["more", "less"] = "less" if less else "more"
            return Understanding(brief, EditRequest(request, 0, len(current_text), target, adapts=adapts))
        if is_change(request, current_text):
            brief = current_brief or _brief_of(current_text, request)
            return Understanding(brief, read_edit(request, current_text))
    return Understanding(read_brief(request, current_brief), None)


def _brief_of(text: str, request: str) -> Brief:
    """A brief for a text that came without one, read off its shape."""
    chinese = is_chinese(text)
    language = "zh" if chinese else "en"
    if is_verse(text):
        return Brief(request=request, kind="poem", language=language, length=Length(len(lines(text)), "lines"))
    count = len(words(text))
    length = Length(max(1, count), "characters" if chinese else "words")
    return Brief(request=request, kind="story", language=language, length=length)
