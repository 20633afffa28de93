"""What a writer types to search: words, and which works are looked at. `rain in:"my noir" kind:poem since:2019`."""

from __future__ import annotations

import shlex

from memory.records import Filters
from tui import wording

NAMES = ("in", "kind", "language", "since", "until")


def read(text: str) -> tuple[str, Filters | None]:
    """The query, and the filters among its words; None when there are none. `in:` alone means works in none."""
    try:
        words = shlex.split(text)
    except ValueError:  # an apostrophe, not a quotation
        words = text.split()
    found: dict[str, str] = {}
    rest: list[str] = []
    for word in words:
        name, colon, value = word.partition(":")
        if colon and name in NAMES:
            found[name] = value
        else:
            rest.append(word)
    if not found:
        return text.strip(), None
    language = found.get("language", "")
    filters = Filters(
        collection=found.get("in"), kind=found.get("kind", ""), language=wording.language_code(language) or language,
        since=found.get("since", ""), until=found.get("until", ""),
    )  # fmt: skip
    return " ".join(rest), filters
