"""A work in one line."""

from __future__ import annotations

from cocreate.wording import counted
from memory.records import Work


def row(work: Work) -> str:
    """Id, title, and in brackets what is known of it."""
    kept = "reference, only checked against" if work.reference else counted(work.passages, "passage")
    said = (
        work.kind,
        work.language,
        work.written,
        f"{work.characters} characters",
        kept,
        f"in “{work.collection}”" if work.collection else "",
        f"version {work.version}" if work.version > 1 else "",
    )
    return f"{work.id}  {work.title}  ({', '.join(part for part in said if part)})"
