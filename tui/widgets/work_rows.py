"""Works, refusals and a running adding as lines of text. Pure functions of data and width."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.content import Content

from memory.records import AddReport, Work
from tui import memory_state, wording
from tui.memory_state import Adding
from tui.widgets.flow import ends, hang
from tui.widgets.scorecard import EMPTY, FULL

FAINT = "$foreground 60%"
COLLECTION, KIND, LANGUAGE, DATE = 14, 10, 9, 11
"""Columns of the facts, each with a blank behind it."""
LEAST_TITLE = 16


def fit(text: str, cells: int) -> Content:
    """A text in exactly `cells` cells, cut or padded; wide characters count two."""
    flat = Content(" ".join(text.split()))
    if flat.cell_length > cells - 1:
        flat = flat.truncate(max(1, cells - 3), ellipsis=False).rstrip() + ".."
    return flat.pad_right(max(0, cells - flat.cell_length))


def row(work: Work, width: int, marked: bool = False) -> Content:
    """Title, collection, kind, language, date, version; the narrower the page, the fewer of them."""
    kind = "reference" if work.reference else work.kind
    again = f"v{work.version}" if work.version > 1 else ""
    facts = [
        (work.collection, COLLECTION, "$secondary"), (kind, KIND, FAINT),
        (wording.language(work.language), LANGUAGE, FAINT), (work.written, DATE, FAINT), (again, 4, FAINT),
    ]  # fmt: skip
    while len(facts) > 2 and width - 2 - sum(cells for _, cells, _ in facts) < LEAST_TITLE:
        facts.pop()
    room = max(8, width - 2 - sum(cells for _, cells, _ in facts))
    line = Content.assemble(("* " if marked else "  ", "bold $primary"), fit(work.title, room).stylize("bold"))
    for text, cells, style in facts:
        line += fit(text, cells).stylize(style)
    return line


def order(work: Work) -> tuple[object, ...]:
    """References last, then by collection and title; "Sonnet 9" before "Sonnet 10"."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", work.title.lower())]
    return work.reference, work.collection.lower(), parts


def words_of(work: Work) -> str:
    """What a filter looks at."""
    parts = (work.title, work.collection, "reference" if work.reference else work.kind,
             wording.language(work.language), work.written, work.source.rsplit("/", 1)[-1])  # fmt: skip
    return "\n".join(parts).lower()


Known = list[tuple[Work, str]]
"""Works in their order, each with what a filter looks at."""


def known(works: Iterable[Work]) -> Known:
    """Sorted and made ready for a filter, once for a list."""
    return [(work, words_of(work)) for work in sorted(works, key=order)]


def matching(works: Known, query: str) -> list[Work]:
    """Works that hold every word of the query somewhere; `in:name` asks for a collection, `in:` for none."""
    words = query.lower().split()
    wanted = [word.removeprefix("in:") for word in words if word.startswith("in:")]
    plain = [word for word in words if not word.startswith("in:")]
    return [
        work for work, text in works
        if all(word in text for word in plain)
        and all((name in work.collection.lower()) if name else not work.collection for name in wanted)
    ]  # fmt: skip


def summary(works: list[Work]) -> str:
    """How much there is, in one line."""
    if not works:
        return (
            "Memory is empty. Name a file or a folder above: txt, md, docx, odt, epub, pdf, html, Fountain, JSON lines."
        )
    own = [work for work in works if not work.reference]
    parts = [wording.counted(len(own), "work")]
    if len(own) < len(works):
        parts.append(wording.counted(len(works) - len(own), "reference"))
    names = {work.collection for work in own if work.collection}
    if names:
        parts.append(wording.counted(len(names), "collection"))
    return ", ".join(parts)


def progress(adding: Adding, width: int) -> list[Content]:
    """A running adding as a bar, the newest ended one as a sentence."""
    if not adding.running:
        refused = adding.finished is not None and adding.finished.refused
        said = memory_state.outcome(adding).removesuffix(" F2 lists what was refused, and why.")
        return [Content.styled(said, "$warning" if refused or adding.sentence else "$success"),
                *([Content.styled("r lists what was refused, and why.", FAINT)] if refused else [])]  # fmt: skip
    cells = 20 if width >= 70 else 10
    share = adding.done / adding.total if adding.total else 0.0
    full = round(min(1.0, share) * cells)
    figures = f"{adding.done:,} of {adding.total:,}" if adding.total else "looking for texts"
    state = "stopping" if adding.stopping else "Ctrl+S stops it; Esc leaves it running"
    name = adding.path.rsplit("/", 1)[-1]
    line = Content.assemble((FULL * full + EMPTY * (cells - full), "$primary"), f"  {figures}  ")
    return [ends(line, Content.styled(state, FAINT), width), Content.styled(f"next: {name}" if name else "", FAINT)]


TALL = 4
"""Rows of one refusal: the path, and up to three of the reason."""


def refusal(report: AddReport, width: int) -> list[Content]:
    """Path and reason of one refusal."""
    path = Content(report.path)
    if path.cell_length > width:
        path = Content("..." + report.path[-(width - 4) // 2 :])
    return [path.stylize("bold"), *hang(Content.styled(report.reason, FAINT), width, "  ")][:TALL]
