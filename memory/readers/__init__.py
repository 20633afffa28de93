"""Files to texts: one module a format, and here the table of them. A module is loaded when such a file comes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from memory.errors import WorkRefused
from memory.readers.document import Document, Unreadable

Reader = Callable[[bytes], Sequence[Document | Unreadable]]
"""What every format's module has as `read`."""

LARGEST = 20_000_000
"""Bytes of the largest text file that is read, and characters of the longest text."""
LARGEST_PACKED = 100_000_000
"""Bytes of the largest file that may hold pictures beside its text."""
_PACKED = ("docx", "epub", "odt", "pdf")
_FORMATS = {
    ".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md", ".docx": "docx", ".odt": "odt", ".epub": "epub",
    ".pdf": "pdf", ".html": "html", ".htm": "html", ".xhtml": "html", ".fountain": "fountain", ".spmd": "fountain",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
SUFFIXES = tuple(_FORMATS)
"""File name endings that can become works, in lower case."""
NAMED = "txt, md, docx, odt, epub, pdf, html, fountain or jsonl"
"""The formats, for sentences."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what an unchanged file is known without being read."""

    size: int
    """Bytes."""
    mtime_ns: int


def read(path: Path) -> list[Document | Unreadable]:
    """Read one file; a text without a title takes the name of its file.

    Raises:
        WorkRefused: not a regular file, unreadable, too large, not text, or of a format that cannot be read.
    """
    data = _bytes(path, _limit(path))
    module = import_module(f"memory.readers.{_format(path)}")
    reader: Reader = module.read
    found = list(reader(data))
    if sum(len(one.text) for one in found if isinstance(one, Document)) > LARGEST:
        raise _too_large(LARGEST, "text in it")
    return [_named(one, path) if isinstance(one, Document) else one for one in found]


def stamp(path: Path) -> Stamp:
    """Size and time of a regular file of a known format, without reading it. Raises WorkRefused as `read` does."""
    limit = _limit(path)
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    _refuse_unfit(status, limit)
    return Stamp(status.st_size, status.st_mtime_ns)


def _bytes(path: Path, limit: int) -> bytes:
    """The whole file. Opening does not wait: what was a file a moment ago may now be a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            _refuse_unfit(os.fstat(handle), limit)
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if len(data) > limit:
        raise _too_large(limit, "file")
    return data


def _format(path: Path) -> str:
    """The module for it; "" for what has no known ending and is no file either, which is said elsewhere."""
    name = _FORMATS.get(path.suffix.lower())
    try:
        unknown = name is None and path.is_file()
    except OSError as error:
        raise _unreadable(path, error) from error
    if unknown:
        ending = f"({path.suffix})" if path.suffix else "(without an ending)"
        raise WorkRefused(
            f"Files of this kind {ending} cannot be read.", f"Save the text as {NAMED}, and add that file."
        )
    return name or ""


def _limit(path: Path) -> int:
    return LARGEST_PACKED if _format(path) in _PACKED else LARGEST


def _refuse_unfit(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise WorkRefused("This is not a regular file.", f"Add a {NAMED} file, or a folder of them.")
    if status.st_size > limit:
        raise _too_large(limit, "file")


def _too_large(limit: int, what: str) -> WorkRefused:
    return WorkRefused(
        f"The {what} is larger than {limit // 1_000_000} MB.", "Split it into works, one a file, and add those."
    )


def _unreadable(path: Path, error: Exception) -> WorkRefused:
    if isinstance(error, FileNotFoundError | ValueError):
        return WorkRefused("There is no file or folder of this name.", "Check the spelling of the path.")
    reason = error.strerror if isinstance(error, OSError) else ""
    return WorkRefused(
        f"The file cannot be read ({reason or 'unknown reason'}).", "Check its permissions and try again."
    )


def _named(document: Document, path: Path) -> Document:
    name = f"{path.stem} {document.place}".rstrip()
    return document if document.title else replace(document, title=name)
