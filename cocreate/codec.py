"""Frozen dataclasses to JSON text and back, for the columns of the desk. Unknown keys are ignored: older rows load."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from typing import Any, TypeVar, cast

T = TypeVar("T")


def dump(value: Any) -> str:
    """Return JSON text of a dataclass, or of a tuple of them."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def load(kind: type[T], text: str) -> T:
    """Return the `kind` that `dump` wrote. `kind` may be a dataclass or a tuple type such as tuple[Brief, ...]."""
    return cast(T, _build(kind, json.loads(text)))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"cannot store {type(value).__name__}")


def _build(kind: Any, data: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        names = {field.name for field in dataclasses.fields(kind)}
        return cast(Any, kind)(**{key: _build(hints[key], item) for key, item in data.items() if key in names})
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_build(arguments[0], item) for item in data)
        return tuple(_build(part, item) for part, item in zip(arguments, data, strict=True))
    if origin in (types.UnionType, typing.Union):
        if data is None:
            return None
        return _build(next(part for part in arguments if part is not type(None)), data)
    return data
