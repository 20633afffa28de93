"""What a writer changed in a take, with the differing words marked. Pure functions."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from textual.content import Content

from cocreate.voice_views import EditPair
from tui import wording
from tui.widgets.flow import hang

FAINT = "$foreground 60%"
MOST_CHANGES = 6
"""Changed places shown of one edit."""
LONGEST = 1200
"""Characters of one side that are compared."""
_TOKEN = re.compile(r"[\u2e80-\u9fff\u3000-\u303f\uf900-\ufaff\uff00-\uffef]|\w+|\s+|[^\w\s]", re.UNICODE)


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ, (before, after); "" where one was added or taken away."""
    old, new = before.split("\n"), after.split("\n")
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            for n in range(max(b - a, d - c)):
                found.append((old[a + n] if a + n < b else "", new[c + n] if c + n < d else ""))
    return [(x, y) for x, y in found if x.strip() or y.strip()]


def marked(before: str, after: str) -> tuple[Content, Content]:
    """Both sides with the words that differ underlined: what went in one colour, what came in another."""
    old, new = _TOKEN.findall(before[:LONGEST]), _TOKEN.findall(after[:LONGEST])
    left: list[tuple[str, str]] = []
    right: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = tag == "equal"
        left.append(("".join(old[a:b]), "" if same else "underline $error"))
        right.append(("".join(new[c:d]), "" if same else "underline $success"))
    return Content.assemble(*(part for part in left if part[0])), Content.assemble(*(part for part in right if part[0]))


def lines(edit: EditPair, now: float, width: int) -> list[Content]:
    """Whether it is used, where it is from, and each change: - before, + after."""
    sign = Content.styled("[x] used  ", "bold $success") if edit.use else Content.styled("[ ] not used  ", FAINT)
    head = Content.assemble(sign, (" ".join(edit.piece_title.split()) or "untitled", "bold"),
                            (f"   {wording.ago(edit.created_at, now)}", FAINT))  # fmt: skip
    changes = list(edit.changes) or changed_lines(edit.before, edit.after)
    rows = hang(head, width, "", "  ")
    for before, after in changes[:MOST_CHANGES]:
        old, new = marked(before, after)
        rows += hang(old.stylize_before(FAINT), width, "  - ", "    ") if before.strip() else []
        rows += hang(new, width, "  + ", "    ") if after.strip() else []
    if len(changes) > MOST_CHANGES:
        rows.append(Content.styled(f"  and {wording.counted(len(changes) - MOST_CHANGES, 'more place')}", FAINT))
    return [*rows, Content("")]
