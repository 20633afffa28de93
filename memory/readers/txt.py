"""Plain text: which encoding the bytes are in, and whether they are text at all."""

from __future__ import annotations

import codecs
import re

from memory.errors import WorkRefused
from memory.readers.document import Document

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x06\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.01
"""Share of control characters from which bytes are no text."""


def read(data: bytes) -> Document:
    """Return the text without a title. Raises memory.errors.WorkRefused."""
    return Document("", decode(data))


def decode(data: bytes) -> str:
    """Return the text of `data`: UTF-8, UTF-16 or UTF-32 with a mark, GB 18030 (Chinese), or Windows-1252.

    Raises:
        WorkRefused: the bytes are not text, or in an encoding that cannot be told.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_decoded(data, encoding))
    if b"\0" in data:
        raise _not_text()
    text = _decoded(data, "utf-8")
    if text is None and _looks_chinese(data):
        text = _decoded(data, "gb18030")
    if text is None:
        text = _decoded(data, "cp1252")
    return _checked(text)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _looks_chinese(data: bytes) -> bool:
    """Whether most two-byte pairs lie in GB 2312's own rows (both bytes from 0xA1), as in real Chinese text.

    In Western text an accented letter is mostly followed by a plain one, which makes a rare character of GB 18030.
    """
    text = _decoded(data, "gb18030")
    if text is None:
        return False
    pairs = [encoded for character in set(text) if len(encoded := character.encode("gb18030")) > 1]
    common = sum(len(pair) == 2 and pair[0] >= 0xA1 and pair[1] >= 0xA1 for pair in pairs)
    return bool(pairs) and common >= len(pairs) / 2


def _checked(text: str | None) -> str:
    if text is None or "\0" in text:
        raise _not_text()
    # ESC and BEL stand in saved terminal logs; the sanitiser removes what they begin and end.
    controls = len(_CONTROL.findall(text))
    if controls > _MOST_CONTROLS * len(text):
        raise _not_text()
    return text.replace("\f", "\n\n").replace("\v", "\n")


def _not_text() -> WorkRefused:
    return WorkRefused("This is not a text file.", "Save the text as a UTF-8 .txt or .md file and add that.")
