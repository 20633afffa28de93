"""The shape of a model by the head of its GGUF file: how many parameters, how much memory a token of context takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from cocreate.gguf_header import GgufHeader, read_header

_HALF = 2
"""Bytes of a cached number: llama.cpp keeps keys and values as 16-bit floats."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory arithmetic needs to know of a model."""

    parameters: int
    cache_per_token: int
    """Bytes of keys and values that one token of context takes."""


def read_shape(path: Path) -> Shape | None:
    """Return the shape; None when the file is no GGUF file, is cut off, or does not say."""
    try:
        return _shape(read_header(path))
    except (OSError, ValueError, KeyError):
        return None  # not readable as GGUF: whoever loads it says why; here only its size is known then


def _shape(header: GgufHeader) -> Shape:
    kind = str(header.metadata["general.architecture"])
    parameters = sum(math.prod(shape) for shape in header.shapes.values())
    return Shape(parameters, _cache_per_token({key: header.metadata.get(f"{kind}.{key}") for key in _KEYS}))


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
