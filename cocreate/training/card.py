"""The card of a tuning: what it was made from, how, and what it changed. Written beside the adapter as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from agents.errors import AdapterRefused
from cocreate.private import write_private
from cocreate.training.job import CARD, DataUsed, TuneResult
from cocreate.training.split import Part, Split
from memory.sanitise import sanitise


def write_card(result: TuneResult, folder: Path) -> None:
    """Write `result` into `folder`. Raises OSError."""
    values = asdict(result) | {"adapter": "", "data": []}  # the folder may move
    head = json.dumps(values, ensure_ascii=False, indent=1)
    rows = ",\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in result.data)
    write_private(folder / CARD, head.replace('"data": []', f'"data": [\n{rows}\n]') + "\n")


def read_card(folder: Path) -> TuneResult:
    """The card of the adapter in `folder`. What another version wrote besides is passed over.

    Raises:
        AdapterRefused: there is none, or it cannot be read.
    """
    try:
        values: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        values["data"] = tuple(DataUsed(**_known(DataUsed, row)) for row in values["data"])
        values["engines"] = tuple(values["engines"])
        return TuneResult(**(_known(TuneResult, values) | {"adapter": folder}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AdapterRefused(
            f"The card of the voice in {sanitise(str(folder))[:200]} cannot be read.", "Tune the voice again."
        ) from error


def _known(kind: type[TuneResult | DataUsed], values: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def data_used(split: Split) -> tuple[DataUsed, ...]:
    """The lines of the card on the texts, in the order of their titles; a work that was cut up stands there once."""
    found: dict[str, DataUsed] = {}

    def add(parts: tuple[Part, ...], name: str) -> None:
        for part in parts:
            text, known = part.text, found.get(part.text.content_hash)
            tokens = part.tokens + (known.tokens if known else 0)
            found[text.content_hash] = DataUsed(
                text.work_id, text.title, text.content_hash, "parts" if known else name, tokens, text.author
            )

    add(split.train, "train")
    add(split.validation, "validation")
    add(split.test, "test")
    for text in split.unused:
        found[text.content_hash] = DataUsed(text.work_id, text.title, text.content_hash, "unused", 0, text.author)
    return tuple(sorted(found.values(), key=lambda row: (row.title, row.content_hash)))


def hash_of(base: Path) -> str:
    """SHA-256 of a GGUF file, or of a folder's safetensors files joined in the order of their names. Raises OSError."""
    digest = hashlib.sha256()
    for path in [base] if base.is_file() else sorted(base.glob("*.safetensors")):
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()
