"""Where a tuning stands, in one file: weights, optimiser, random state, the best so far, and what was measured.

- Tensors and numbers only (safetensors, no pickle): nothing of the texts. The job is known by a hash.
- Written aside, synced and put in place in one step: a kill leaves the old file or the new one.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cocreate.private import private_folder

_FILE = "checkpoint.safetensors"


@dataclass(slots=True)
class State:
    """What a loop knows besides tensors."""

    job: str
    """Hash of what was asked for; another job does not go on from here."""
    step: int = 0
    """Steps made."""
    epoch: int = 0
    """The pass over the texts, from 0."""
    batch: int = 0
    """Batches of that pass that were read."""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """Of each step."""
    looks: list[tuple[int, float]] = field(default_factory=list)
    """(step, validation loss)."""
    best: float | None = None
    best_step: int = 0
    before: float | None = None
    """Perplexity of the base model on the test works, once it is measured."""
    extra: dict[str, Any] = field(default_factory=dict)
    """A method's own: AdaLoRA's averages are tensors, named here."""


def save(folder: Path, state: State, tensors: dict[str, Any]) -> None:
    """Replace the checkpoint in `folder`. Raises OSError."""
    from safetensors.torch import save_file

    private_folder(folder)
    target, aside = folder / _FILE, folder / f".{_FILE}.{os.getpid()}"
    ready = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    try:
        save_file(ready, aside, metadata={"state": json.dumps(asdict(state))})
        aside.chmod(0o600)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def load(folder: Path, job: str) -> tuple[State, dict[str, Any]] | None:
    """The checkpoint of this very job, or None: there is none, it is another job's, or it is damaged."""
    from safetensors import SafetensorError, safe_open

    for left in folder.glob(f".{_FILE}.*"):
        left.unlink(missing_ok=True)  # of a process that was killed while it wrote
    path = folder / _FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            state = State(**json.loads(file.metadata()["state"]))
            if state.job != job:
                return None
            return state, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return None


def clear(folder: Path) -> None:
    """Delete the checkpoint; what else lies in the folder stays."""
    for path in (folder / _FILE, *folder.glob(f".{_FILE}.*")):
        path.unlink(missing_ok=True)
