"""Weights in package data: NPZ files without pickles."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.critique.heads.kernel import Kernel
from agents.critique.heads.linear import Linear

Arrays = Mapping[str, NDArray[np.generic]]
FOLDER = "data"


@lru_cache(maxsize=12)
def load(name: str) -> Arrays:
    """The arrays of one head: "stories", "quality", "damage", "same", "ideas", "drafts" or "promise".

    Raises FileNotFoundError for any other name.
    """
    raw = (files("agents.critique") / FOLDER / f"{name}.npz").read_bytes()
    with np.load(io.BytesIO(raw), allow_pickle=False) as found:
        return {key: found[key] for key in found.files}


def save(folder: Path, name: str, arrays: Arrays) -> Path:
    """Write one head; the same arrays give the same bytes."""
    path = folder / f"{name}.npz"
    np.savez_compressed(path, **{key: arrays[key] for key in sorted(arrays)})  # type: ignore[arg-type]
    return path


def pack_linear(prefix: str, head: Linear) -> dict[str, NDArray[np.generic]]:
    """Arrays of a linear head, in float32."""
    return {
        f"{prefix}.names": np.array(head.names, dtype=np.str_),
        f"{prefix}.mean": head.mean.astype(np.float32),
        f"{prefix}.scale": head.scale.astype(np.float32),
        f"{prefix}.weights": head.weights.astype(np.float32),
        f"{prefix}.bias": np.array(head.bias, dtype=np.float32),
    }


def linear(arrays: Arrays, prefix: str) -> Linear:
    """The linear head that `pack_linear` packed."""
    mean, scale, weights = (arrays[f"{prefix}.{part}"].astype(np.float64) for part in ("mean", "scale", "weights"))
    return Linear(tuple(map(str, arrays[f"{prefix}.names"])), mean, scale, weights, _number(arrays[f"{prefix}.bias"]))


def pack_kernel(prefix: str, head: Kernel) -> dict[str, NDArray[np.generic]]:
    """Arrays of a kernel head."""
    return {
        f"{prefix}.mean": head.mean,
        f"{prefix}.basis": head.basis,
        f"{prefix}.landmarks": head.landmarks,
        f"{prefix}.weights": head.weights,
        f"{prefix}.bias": np.array(head.bias, dtype=np.float32),
        f"{prefix}.width": np.array(head.width, dtype=np.float32),
    }


def kernel(arrays: Arrays, prefix: str) -> Kernel:
    """The kernel head that `pack_kernel` packed."""
    return Kernel(
        arrays[f"{prefix}.mean"].astype(np.float32),
        arrays[f"{prefix}.basis"].astype(np.float16),
        arrays[f"{prefix}.landmarks"].astype(np.int8),
        arrays[f"{prefix}.weights"].astype(np.float32),
        _number(arrays[f"{prefix}.bias"]),
        _number(arrays[f"{prefix}.width"]),
    )


def _number(value: NDArray[np.generic]) -> float:
    return float(value.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a head's result stands among the results of known texts."""

    points: NDArray[np.float64]
    """101 results, the 0th to the 100th percentile of the known texts."""

    def share(self, value: float) -> float:
        """Share of the known texts below `value`, 0 to 1; 0.5 is their median."""
        return float(np.interp(value, self.points, np.linspace(0, 1, len(self.points))))
