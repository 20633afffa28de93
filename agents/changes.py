"""What of a text is to change, read off without a model: an exact change, and the spans a critic's evidence names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.contracts import EditRequest, Evidence
from agents.spans import Span, around, merge, parts

MOST_REVISED = 3
"""Spans one round of revision rewrites: the heaviest."""
_REPLACE = re.compile(
    r"^\W*(?:please\s+)?(?:replace|swap|change)\s+[\"“](.+?)[\"”]\s+(?:with|to|by|for|into)\s+[\"“](.+?)[\"”]\W*$"
    r"|^\W*(?:请)?(?:把|将)[“「\"](.+?)[”」\"](?:换成|改成|改为|替换为|换为)[“「\"](.+?)[”」\"]\W*$",
    re.IGNORECASE | re.DOTALL,
)
_REMOVE = re.compile(
    r"^\W*(?:please\s+)?(?:remove|delete|cut|drop)\b|^\W*(?:请)?(?:把.*)?(?:删掉|删去|删除|去掉)", re.IGNORECASE
)


def exact_change(edit: EditRequest, text: str) -> str | None:
    """The new text of the span where no model is needed: replace "x" with "y", remove the last stanza."""
    match = _REPLACE.match(edit.instruction)
    if match:
        old, new = (match[1], match[2]) if match[1] else (match[3], match[4])
        return new if text[edit.start : edit.end].lower() == old.strip().lower() else None
    whole = edit.end - edit.start >= len(text.strip())
    return "" if _REMOVE.match(edit.instruction) and not whole and not (edit.continues or edit.fills) else None


def spans_to_revise(text: str, evidence: Sequence[Evidence]) -> list[tuple[Span, str]]:
    """The heaviest named spans as whole lines or sentences, merged where adjacent, in order, with the reasons."""
    pieces = parts(text)
    named: list[tuple[Span, str]] = []
    for item in sorted(evidence, key=lambda item: -item.weight):
        if item.end <= item.start or item.end > len(text):
            continue
        span = around(pieces, (item.start, item.end))
        if span is not None and all(span != known for known, _ in named):
            named.append((span, item.reason))
    named = named[:MOST_REVISED]
    joined = merge([span for span, _ in named])
    return [
        (span, next(reason for known, reason in named if known[0] < span[1] and span[0] < known[1])) for span in joined
    ]
