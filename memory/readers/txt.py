"""Plain text."""

from __future__ import annotations

from memory.readers.document import Document
from memory.readers.encoding import decode


def read(data: bytes) -> list[Document]:
    """Return the text without a title. Raises memory.errors.WorkRefused."""
    return [Document("", decode(data))]
