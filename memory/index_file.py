"""The file of a compressed index: a line of JSON about it, then FAISS's own serialisation.

Written aside, synced, and put in place in one step. FAISS never sees bytes whose checksum is wrong, for it trusts the
lengths it reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_FORMAT = 2
_LONGEST_HEADER = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """What an index file holds."""

    embedder: str
    dimension: int
    last: int
    """All passages up to this id are in it, and no others."""
    trained: int
    """Passages there were when its lists were made."""
    works: str
    """memory.compressed.fingerprint of those passages."""


def path_of(folder: Path, embedder: str) -> Path:
    """Where the index of an embedder lies."""
    return folder / f"passages-{hashlib.sha256(embedder.encode()).hexdigest()[:16]}.faiss"


def named(path: Path) -> tuple[str, int] | None:
    """Embedder and dimension a file says it is for, or None where it says nothing that can be understood."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.readline(_LONGEST_HEADER))
            return str(fields["embedder"]), int(fields["dimension"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def read(path: Path, embedder: str, dimension: int) -> tuple[Header, Any] | None:
    """The header and the faiss index, or None where the file is not whole or another embedder's."""
    import faiss
    import numpy as np

    try:
        with path.open("rb") as file:
            fields = json.loads(file.readline(_LONGEST_HEADER))
            checksum, format_ = fields.pop("checksum"), fields.pop("format")
            header = Header(**fields)
            body = file.read()
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if format_ != _FORMAT or (header.embedder, header.dimension) != (embedder, dimension):
        return None
    if _checksum(body) != checksum:
        return None
    try:
        return header, faiss.deserialize_index(np.frombuffer(body, dtype=np.uint8))
    except RuntimeError:  # whole, but written by a FAISS this one does not understand
        return None


def write(path: Path, header: Header, index: Any, replace: Callable[[Path], None]) -> None:
    """Write an index aside and call `replace` with the finished file, which may put it in place. Raises OSError."""
    import faiss

    body: Any = faiss.serialize_index(index)
    fields = {"format": _FORMAT, **asdict(header), "checksum": _checksum(body)}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix="passages-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(fields).encode() + b"\n")
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        replace(Path(aside))
    finally:
        Path(aside).unlink(missing_ok=True)


def _checksum(body: Any) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()
