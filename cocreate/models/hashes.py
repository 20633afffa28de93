"""The SHA-256 of a model's weights, taken once: remembered in the model cache for as long as the files do not change.

What is tuned on a model is bound to it by this hash. A file of 5 GB takes 5 to 10 s to read, too long for every start.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cocreate.private import write_private

FILE = "hashes.json"
_MOST = 64
"""Hashes that are kept; the oldest goes first."""


def weights_of(path: Path) -> list[Path]:
    """The files that count: a GGUF file, or the safetensors files of a folder by name, else its GGUF files."""
    if not path.is_dir():
        return [path]
    return sorted(path.glob("*.safetensors")) or sorted(path.glob("*.gguf"))


def model_hash(path: Path, cache: Path) -> str:
    """SHA-256 of a GGUF file, or of the safetensors files of a folder, joined in the order of their names.

    Reads the weights the first time only. Raises OSError when they cannot be read.
    """
    files = weights_of(path)
    stamp = [(file.name, about.st_size, about.st_mtime_ns) for file in files if (about := file.stat())]
    # The place goes in as a hash: a file in the cache need not tell where a writer keeps their models.
    key = hashlib.sha256(repr((str(path.resolve()), stamp)).encode()).hexdigest()[:24]
    kept = _read(cache / FILE)
    if key not in kept:
        kept[key] = _taken(files)
        _write(cache / FILE, dict(list(kept.items())[-_MOST:]))
    return kept[key]


def _taken(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as weights:
            while block := weights.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: one for key, one in found.items() if isinstance(one, str)} if isinstance(found, dict) else {}


def _write(file: Path, kept: dict[str, str]) -> None:
    try:
        write_private(file, json.dumps(kept, indent=1))
    except OSError:
        return  # a read-only cache works too: the weights are read at every start
