"""The shape of a model by the head of its GGUF file: how many parameters, how much memory a token of context takes.

Our own reader of the head only (the format: ggml's docs/gguf.md), because `gguf.GGUFReader` builds an object for every
word of the vocabulary: 4.5 s for SmolLM2-135M, 15 s for a Qwen2.5, against 0.02 s and 0.06 s here.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each scalar type of the format; 8 is a string, 9 an array."""
_LETTERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_HALF = 2
"""Bytes of a cached number: llama.cpp keeps keys and values as 16-bit floats."""
_MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory arithmetic needs to know of a model."""

    parameters: int
    cache_per_token: int
    """Bytes of keys and values that one token of context takes."""


def read_shape(path: Path) -> Shape | None:
    """Return the shape; None when the file is no GGUF file, is cut off, or does not say."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Head(data).shape()
    except (OSError, ValueError, KeyError, struct.error, UnicodeDecodeError):
        return None  # not readable as GGUF: whoever loads it says why; here only its size is known then


class _Head:
    """Walks through the head once."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def shape(self) -> Shape:
        if self._data[:4] != b"GGUF":
            raise ValueError("no GGUF file")
        self._at = 8
        tensors, pairs = self._number("Q"), self._number("Q")
        said = dict(self._pair() for _ in range(pairs))
        kind = str(said["general.architecture"])
        parameters = sum(self._tensor() for _ in range(tensors))
        return Shape(parameters, _cache_per_token({key: said.get(f"{kind}.{key}") for key in _KEYS}))

    def _number(self, letter: str) -> int:
        (found,) = struct.unpack_from(f"<{letter}", self._data, self._at)
        self._at += struct.calcsize(letter)
        return int(found)

    def _text(self) -> str:
        length = self._number("Q")
        self._at += length
        return self._data[self._at - length : self._at].decode("utf-8", "replace")

    def _pair(self) -> tuple[str, object]:
        return self._text(), self._value(self._number("I"))

    def _value(self, kind: int) -> object:
        if kind == _STRING:
            return self._text()
        if kind != _ARRAY:
            (found,) = struct.unpack_from(f"<{_LETTERS[kind]}", self._data, self._at)
            self._at += _SIZES[kind]
            return found
        inside, count = self._number("I"), self._number("Q")
        if inside == _STRING:
            self._skip_texts(count)
        elif inside == _ARRAY:
            raise ValueError("an array of arrays")
        else:
            letters = struct.unpack_from(f"<{min(count, 512)}{_LETTERS[inside]}", self._data, self._at)
            self._at += count * _SIZES[inside]
            return letters
        return None

    def _skip_texts(self, count: int) -> None:
        """The vocabulary: hundreds of thousands of words, of which only the lengths are read."""
        at, data, read = self._at, self._data, struct.Struct("<Q").unpack_from
        for _ in range(count):
            at += 8 + read(data, at)[0]
        self._at = at

    def _tensor(self) -> int:
        """Number of elements of the next tensor."""
        self._text()
        dimensions = self._number("I")
        if dimensions > _MOST_DIMENSIONS:
            raise ValueError("a tensor of too many dimensions")
        count = math.prod(self._number("Q") for _ in range(dimensions))
        self._at += 12  # type and offset
        return count


_KEYS = (
    "block_count",
    "embedding_length",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
)


def _cache_per_token(said: dict[str, object]) -> int:
    """Keys and values of all layers: layers * heads * (key + value length) * 2 bytes."""
    layers, width = _whole(said["block_count"]), _whole(said["embedding_length"])
    heads = _whole(said["attention.head_count"])
    keys = _whole(said["attention.key_length"]) or (width // heads if heads else 0)
    values = _whole(said["attention.value_length"]) or keys
    cached = said["attention.head_count_kv"]
    per_layer = sum(cached) if isinstance(cached, tuple) else (_whole(cached) or heads) * layers
    return int(per_layer * (keys + values) * _HALF)


def _whole(value: object) -> int:
    if isinstance(value, tuple):
        return max((_whole(one) for one in value), default=0)
    return value if isinstance(value, int) else 0
