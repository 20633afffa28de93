"""Files to text: one module a format, and here the table of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from memory.errors import WorkRefused
from memory.readers import md, txt
from memory.readers.document import Document

LARGEST = 20_000_000
"""Bytes of the largest file that is read."""

_READERS: dict[str, Callable[[bytes], Document]] = {
    ".txt": txt.read,
    ".text": txt.read,
    ".md": md.read,
    ".markdown": md.read,
}
SUFFIXES = tuple(_READERS)
"""File name endings that can become works, in lower case."""


def read(path: Path) -> Document:
    """Read one file; a document without a title takes the name of its file.

    Raises:
        WorkRefused: not a regular file, unreadable, too large, not text, or of a format that cannot be read.
    """
    reader = _READERS.get(path.suffix.lower())
    try:
        if not path.is_file():
            raise _no_file(path)
        if reader is None:
            raise WorkRefused(
                f"Files of this kind ({path.suffix or 'without an ending'}) cannot be read yet.",
                "Save the text as a .txt or .md file and add that.",
            )
        if path.stat().st_size > LARGEST:
            raise WorkRefused(
                f"The file is larger than {LARGEST // 1_000_000} MB.", "Split it into works, one a file, and add those."
            )
        data = path.read_bytes()
    except OSError as error:
        raise WorkRefused(
            f"The file cannot be read ({error.strerror or 'unknown reason'}).", "Check its permissions and try again."
        ) from error
    document = reader(data)
    return document if document.title else Document(path.stem, document.text)


def _no_file(path: Path) -> WorkRefused:
    if path.exists():
        return WorkRefused("This is not a regular file.", "Add a .txt or .md file, or a folder of them.")
    return WorkRefused("There is no file or folder of this name.", "Check the spelling of the path.")
