"""The beginning of a GGUF file: its metadata and the shapes of its tensors, without reading a weight.

The reader of the gguf package makes an array of every string of the vocabulary: 2.3 s for 49,152 tokens, while a writer
waits for an adapter or the list of models. This one skips the texts of arrays: 34 ms.
Format: ggml's docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...]
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST_DIMENSIONS = 4
_LONGEST_ARRAY = 512
"""Numbers of an array that are kept: what layers differ in, not the scores of a vocabulary."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself."""

    metadata: dict[str, Value]
    """Single values and short arrays of numbers; the vocabulary and the like are left out."""
    shapes: dict[str, tuple[int, ...]]
    """Tensor name to its shape the way PyTorch writes it: (rows, columns), the reverse of the file's order."""


def read_header(path: Path) -> GgufHeader:
    """Read the header of the little-endian GGUF file at `path`.

    Raises:
        ValueError: the file is not GGUF, is cut short, or is of a version this reader does not know.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ValueError("not a GGUF file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _Cursor(data, 4).header()
            except (struct.error, OverflowError) as error:
                raise ValueError("the file is cut short") from error


class _Cursor:
    """A place in the file that moves on with every read."""

    def __init__(self, data: mmap.mmap, at: int) -> None:
        self._data = data
        self._at = at

    def header(self) -> GgufHeader:
        version = int(self._number("I"))
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version} is not known")
        tensors, pairs = int(self._number("Q")), int(self._number("Q"))
        metadata: dict[str, Value] = {}
        for _ in range(pairs):
            key = self._text()
            value = self._value(int(self._number("I")))
            if value is not None:
                metadata[key] = value
        shapes: dict[str, tuple[int, ...]] = {}
        for _ in range(tensors):
            name = self._text()
            dimensions = int(self._number("I"))
            if dimensions > _MOST_DIMENSIONS:
                raise ValueError(f"the tensor {name[:80]} has {dimensions} dimensions")
            shapes[name] = tuple(int(self._number("Q")) for _ in range(dimensions))[::-1]
            self._skip(12)  # its type and its place
        return GgufHeader(metadata, shapes)

    def _number(self, form: str) -> Scalar:
        value: Scalar = struct.unpack_from(f"<{form}", self._data, self._at)[0]
        self._at += struct.calcsize(f"<{form}")
        return value

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > len(self._data):
            raise ValueError("the file is cut short")

    def _text(self) -> str:
        length = int(self._number("Q"))
        start = self._at
        self._skip(length)
        return self._data[start : self._at].decode("utf-8", errors="replace")

    def _value(self, kind: int) -> Value | None:
        """The next value, or None for an array of texts or of very many numbers, which is skipped."""
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array()
        if kind not in _SCALARS:
            raise ValueError(f"a value of the unknown kind {kind}")
        return self._number(_SCALARS[kind])

    def _array(self) -> Value | None:
        kind, count = int(self._number("I")), int(self._number("Q"))
        if kind in _SCALARS and count <= _LONGEST_ARRAY:
            return tuple(self._number(_SCALARS[kind]) for _ in range(count))
        if kind in _SCALARS:
            self._skip(count * struct.calcsize(f"<{_SCALARS[kind]}"))
        elif kind == _STRING:
            read, at = struct.Struct("<Q").unpack_from, self._at
            for _ in range(count):
                at += 8 + read(self._data, at)[0]
            self._at = at
            self._skip(0)
        else:
            raise ValueError(f"an array of the unknown kind {kind}")
        return None
