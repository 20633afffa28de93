"""Paths that a writer types, pastes or drops: read apart, and completed like in a shell."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

MOST = 2000
"""Names of a folder that are looked at for a completion."""


def read(text: str) -> tuple[str, ...]:
    """The paths in a line: quotes, backslashes, `file://` addresses and `~` are understood.

    A line that names one thing there is, blanks and all, is that one path.
    """
    whole = text.strip()
    if whole and exists(whole):
        return (_local(whole),)
    paths = [path for line in text.splitlines() for path in _split(line)]
    return tuple(dict.fromkeys(paths))


def _split(line: str) -> list[str]:
    try:
        parts = shlex.split(line, posix=os.name != "nt")
    except ValueError:  # an open quote: most likely an apostrophe in a name
        parts = [line.strip()]
    return [_local(part) for part in parts if part]


def _local(part: str) -> str:
    """A `file://` address or a path with `~` as an ordinary path."""
    if part.startswith("file://"):
        return unquote(urlsplit(part).path)
    return str(Path(part).expanduser()) if part.startswith("~") else part


def exists(text: str) -> bool:
    """Whether a text names something on this disk."""
    try:
        return len(text) < 4096 and "\n" not in text and os.path.lexists(_local(text))
    except (ValueError, RuntimeError):  # a null byte; a home that nobody knows
        return False


def dropped(text: str) -> bool:
    """Whether pasted text is paths and nothing else, as terminals paste what is dropped on them."""
    found = read(text)
    return bool(found) and all(Path(path).is_absolute() and exists(path) for path in found)


def complete(text: str) -> tuple[str, list[str]]:
    """The line with its last path completed as far as it is certain, and the names that fit (a folder ends in /)."""
    head, tail = _last(text)
    folder, _, begun = tail.rpartition("/")
    place = Path(_local(folder + "/")) if folder or tail.startswith("/") else Path()
    names = sorted(_names(place, begun), key=str.lower)
    if not names:
        return text, []
    common = names[0][
        : next((n for n, signs in enumerate(zip(*names, strict=False)) if len(set(signs)) > 1), min(map(len, names)))
    ]
    whole = f"{folder}/{common}" if folder or tail.startswith("/") else common
    quoted = _quoted(whole, closed=len(names) == 1 and not whole.endswith("/"))
    return head + quoted, names


def _names(place: Path, begun: str) -> list[str]:
    found = []
    try:
        with os.scandir(place) as entries:
            for _, entry in zip(range(MOST), entries, strict=False):
                if entry.name.startswith(begun) and (begun.startswith(".") or not entry.name.startswith(".")):
                    found.append(entry.name + ("/" if entry.is_dir() else ""))
    except (OSError, RuntimeError, ValueError):
        return []
    return [name for name in found if name.isprintable()]


def _last(text: str) -> tuple[str, str]:
    """The line before its last path, and that path without quotes."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        parts = list(lexer)
    except ValueError:  # an open quote: the path goes on
        at = max(text.rfind("'"), text.rfind('"'))
        return text[:at], text[at + 1 :]
    if not parts or (text.endswith(" ") and not text.endswith("\\ ")):
        return text, ""
    last = parts[-1]
    for at in range(len(text) - 1, -1, -1):
        if text[at] in " \t" and (at == 0 or text[at - 1] != "\\") and _split(text[at:]) == [_local(last)]:
            return text[: at + 1], last
    return "", last


def _quoted(path: str, *, closed: bool) -> str:
    """Quoted where the shell would need it; `closed` when nothing follows."""
    if shlex.quote(path) == path or path.startswith("~"):
        return path.replace(" ", "\\ ") + (" " if closed else "")
    return f"'{path}' " if closed and "'" not in path else "".join(f"\\{c}" if c in " '\"\\()&;" else c for c in path)
