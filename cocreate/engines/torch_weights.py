"""A GGUF file as a folder transformers can load quickly, made once and kept in the model cache.

Reading a GGUF through transformers takes 20 s and 900 MB for a model of 135M parameters; the folder made from it loads
in under a second, mapped from the disk. The work is done in a child process, so that its memory is given back.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from agents.errors import EngineFailed
from cocreate.private import private_folder

_SAMPLE = 4 << 20
"""Bytes at the head (metadata, vocabulary) and the tail (tensors) that identify a GGUF file, with its size."""
_COMPLETE = "complete"


def hf_folder(path: Path, cache: Path) -> Path:
    """Return a folder with safetensors and tokenizer: `path` itself, or what is made from the GGUF file at `path`.

    Raises:
        EngineFailed: transformers cannot read this GGUF file.
    """
    if path.is_dir():
        return path
    if not path.is_file():
        raise EngineFailed(f"There is no model at {path}.", "Set another with: cocreate config set model PATH")
    parent = private_folder(private_folder(cache) / "torch")
    folder = parent / f"{path.stem}-{fingerprint(path)}"
    if not (folder / _COMPLETE).is_file():
        with FileLock(parent / f"{folder.name}.lock", mode=0o600):
            if not (folder / _COMPLETE).is_file():
                _make(path, folder)
    return folder


def fingerprint(path: Path) -> str:
    """Sixteen hex digits of the size, the first and the last 4 MB of a file."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_SAMPLE))
        file.seek(max(0, size - _SAMPLE))
        digest.update(file.read(_SAMPLE))
    return digest.hexdigest()[:16]


def _make(path: Path, folder: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=".make-", dir=folder.parent))
    try:
        made = aside / "made"
        # Our own interpreter and module (-P: not one that happens to lie in the current folder); no shell line.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-P", "-m", "cocreate.engines.torch_weights", str(path), str(made)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise EngineFailed(
                f"{path.name} cannot be read for scoring: {last[0][:200]}",
                "Set another model with: cocreate config set model PATH",
            )
        (made / _COMPLETE).touch()
        if folder.exists():  # a half-made one from another age
            folder.replace(aside / "before")
        made.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def convert(path: Path, folder: Path) -> None:
    """De-quantise the GGUF file at `path` into `folder`, as bfloat16 safetensors with tokenizer and chat template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where, name = str(path.parent), path.name
    AutoTokenizer.from_pretrained(where, gguf_file=name).save_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(
        where, gguf_file=name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    model.save_pretrained(folder)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
