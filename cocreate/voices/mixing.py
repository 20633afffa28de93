"""Mixes and dials of voices as one LoRA that any engine runs.

W + s1 B1 A1 + s2 B2 A2 is W + [s1 B1, s2 B2] [A1; A2]: the ranks stand side by side, so the sum is exact in real
numbers, and in float32 as exact as the engine's own. A dial is a mix of one. LoRA: Hu et al. 2021, arXiv 2106.09685.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import AdapterRefused
from cocreate.private import private_folder
from cocreate.training.adapter_files import CONFIG, TUNE_AGAIN, WEIGHTS, LoraPair, read_adapter, read_config

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = "voices"
"""Folder of the cache that holds mixes."""
_FORMAT = "1"
"""Goes into the names of cached folders: raise it when the same mix would be written otherwise."""


@dataclass(frozen=True, slots=True)
class Share:
    """One adapter of a mix."""

    folder: Path
    weight: float


def mixed(shares: Sequence[Share], cache: Path) -> Path:
    """Return the peft folder of the sum of `shares`, made in `cache`/voices when it is not there yet.

    Raises:
        AdapterRefused: an adapter is broken, no plain LoRA, or the shares are for models of different shapes.
        OSError: the cache cannot be written.
    """
    digest = hashlib.sha256(_FORMAT.encode())
    for share in shares:
        digest.update(f"{share.weight:.6g}".encode())
        for name in (CONFIG, WEIGHTS):
            digest.update(_bytes(share.folder / name))
    target = private_folder(private_folder(cache) / FOLDER) / digest.hexdigest()[:32]
    if not target.is_dir():
        _write(shares, target)
    return target


def forget_mixes(cache: Path) -> None:
    """Take all mixes away, and what was converted of any adapter: both are made again when they are needed."""
    shutil.rmtree(cache / FOLDER, ignore_errors=True)
    shutil.rmtree(cache / "adapters", ignore_errors=True)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AdapterRefused(f"There is no adapter in {path.parent}: {path.name} is missing.", TUNE_AGAIN) from error


def _write(shares: Sequence[Share], target: Path) -> None:
    from safetensors.numpy import save_file

    paths: dict[tuple[int, str], str] = {}
    parts: dict[tuple[int, str], list[tuple[LoraPair, float]]] = {}
    for share in shares:
        prefix = _prefix(share.folder)
        for pair in read_adapter(share.folder).pairs:
            place = (pair.layer, pair.module)
            paths[place] = f"{prefix}layers.{pair.layer}.{pair.module}"
            parts.setdefault(place, []).append((pair, share.weight))
    rank = max(sum(pair.a.shape[0] for pair, _ in found) for found in parts.values())
    tensors: dict[str, NDArray[np.float32]] = {}
    for place, found in parts.items():
        a, b = _joined(found, rank)
        tensors[f"base_model.model.{paths[place]}.lora_A.weight"] = a
        tensors[f"base_model.model.{paths[place]}.lora_B.weight"] = b
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": rank, "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted(paths.values()), "inference_mode": True, "fan_in_fan_out": False,
        "base_model_name_or_path": read_config(shares[0].folder).get("base_model_name_or_path"),
    }  # fmt: skip
    aside = Path(tempfile.mkdtemp(prefix=".mix-", dir=target.parent))  # mkdtemp makes it 0700
    try:
        (aside / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
        save_file(tensors, aside / WEIGHTS, metadata={"format": "pt"})
        for file in aside.iterdir():
            file.chmod(0o600)
        aside.replace(target)
    except OSError:
        if not target.is_dir():  # else another studio has made the same mix meanwhile
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _joined(found: Sequence[tuple[LoraPair, float]], rank: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A (rank, in) and B (out, rank) of the sum, filled up with zeros to one rank for all layers."""
    import numpy as np

    first = found[0][0]
    a = np.zeros((rank, first.a.shape[1]), np.float32)
    b = np.zeros((first.b.shape[0], rank), np.float32)
    at = 0
    for pair, weight in found:
        end = at + pair.a.shape[0]
        if pair.a.shape[1] != a.shape[1] or pair.b.shape[0] != b.shape[0]:
            raise AdapterRefused(
                "The voices of the mix were made for models of different shapes.", "Mix voices of one model only."
            )
        a[at:end] = pair.a
        b[:, at:end] = pair.b * np.float32(pair.scale * weight)
        at = end
    return a, b


def _prefix(folder: Path) -> str:
    """What stands before "layers." in the names of its weights: "model.", "model.language_model.", ..."""
    from safetensors import safe_open

    with safe_open(folder / WEIGHTS, framework="np") as weights:
        key = next(iter(weights.keys()))
    return str(key).removeprefix("base_model.model.").split("layers.", 1)[0]
