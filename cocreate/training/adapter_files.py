"""A peft LoRA folder, read and checked: only what can be said exactly in another format passes.

Tensors are read with safetensors alone: PyTorch, which takes seconds to load, is not needed for this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import AdapterRefused
from cocreate.training.base_model import MODULES
from memory.sanitise import sanitise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
TUNE_AGAIN = "Tune the voice again, or choose another."

_KEY = re.compile(
    r"base_model\.model\.((?:model\.|language_model\.)*layers\.(\d+)\.((?:self_attn|mlp)\.\w+))\.lora_([AB])\.weight"
)
_UNSAYABLE = {
    "use_dora": "uses DoRA",
    "use_qalora": "uses QA-LoRA",
    "use_bdlora": "uses BD-LoRA",
    "lora_bias": "changes biases",
    "fan_in_fan_out": "has transposed weights",
    "modules_to_save": "replaces whole layers of the model (modules_to_save)",
    "trainable_token_indices": "changes single tokens",
    "target_parameters": "changes parameters outside linear layers",
    "layer_replication": "repeats layers of the model",
    "alora_invocation_tokens": "begins at certain tokens only (aLoRA)",
    "arrow_config": "chooses among several adapters (Arrow)",
    "kasa_config": "uses KaSA",
    "monteclora_config": "uses MonteCLoRA",
    "velora_config": "uses VeLoRA",
}
"""Fields of peft's LoraConfig that change the result in a way llama.cpp's LoRA has no word for."""
_INITS = (None, True, False, "gaussian", "orthogonal", "eva")
"""Beginnings that leave the base model alone; others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA, ...) change its weights."""


@dataclass(frozen=True, slots=True)
class LoraPair:
    """The two factors of the change to one linear layer: W + scale * B @ A."""

    layer: int
    module: str
    """Such as "self_attn.q_proj"."""
    a: NDArray[np.float32]
    """(rank, in)."""
    b: NDArray[np.float32]
    """(out, rank)."""
    scale: float
    """alpha / rank, or alpha / sqrt(rank) for a rank-stabilised adapter (Kalajdzievski 2023, arXiv 2312.03732)."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter as peft saved it."""

    alpha: float
    pairs: tuple[LoraPair, ...]
    """Ordered by layer and module."""
    whole: bool
    """Whether, by its configuration, every layer of its model must have its part in it."""


def read_adapter(folder: Path) -> Adapter:
    """Read the adapter in `folder`.

    Raises:
        AdapterRefused: files are missing, damaged or pickled; it is no LoRA; it does what llama.cpp cannot; it changes
            layers that are not known; a weight is not a finite number.
    """
    config = read_config(folder)
    tensors = _tensors(folder / WEIGHTS)
    found: dict[tuple[int, str], dict[str, NDArray[np.float32]]] = {}
    paths: dict[tuple[int, str], str] = {}
    for key, value in tensors.items():
        match = _KEY.fullmatch(key)
        if not match or match[3] not in MODULES:
            raise _refused(f"changes a layer that is not known: {sanitise(key)[:120]}", _LINEAR)
        place = (int(match[2]), match[3])
        found.setdefault(place, {})[match[4]] = value
        paths[place] = match[1]
    if not found:
        raise _refused("is empty")
    pairs = tuple(_pair(place, found[place], paths[place], config) for place in sorted(found))
    return Adapter(_alpha(config), pairs, _whole(config))


def read_config(folder: Path) -> dict[str, Any]:
    """Read and check adapter_config.json. Raises AdapterRefused."""
    if not (folder / CONFIG).is_file():
        raise AdapterRefused(f"There is no adapter in {sanitise(str(folder))}: {CONFIG} is missing.", TUNE_AGAIN)
    if not (folder / WEIGHTS).is_file():
        if any(folder.glob("adapter_model*.bin")):
            raise _refused("is pickled, and a pickle can run any program", "Save it again as safetensors.")
        raise AdapterRefused(f"There is no adapter in {sanitise(str(folder))}: {WEIGHTS} is missing.", TUNE_AGAIN)
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _refused(f"has a {CONFIG} that cannot be read") from error
    if not isinstance(config, dict):
        raise _refused(f"has a {CONFIG} that cannot be read")
    _check(config)
    return config


def _check(config: Mapping[str, Any]) -> None:
    kind = str(config.get("peft_type", ""))
    if kind != "LORA":
        raise _refused(f"is of the kind {sanitise(kind)[:40] or '(none named)'}, not LORA")
    for field, said in _UNSAYABLE.items():
        if config.get(field):
            raise _refused(said, _PLAIN)
    if config.get("bias", "none") != "none":
        raise _refused("changes biases", _PLAIN)
    if config.get("init_lora_weights") not in _INITS:
        raise _refused("was begun in a way that changes the model itself (init_lora_weights)", _PLAIN)
    _alpha(config)
    patterns = config.get("alpha_pattern") or {}
    try:
        for pattern in patterns:
            re.compile(pattern)
            _alpha(config, pattern)
    except (re.error, TypeError) as error:
        raise _refused("has an alpha_pattern that cannot be read") from error


_PLAIN = "Tune it again as a plain LoRA, or use the other engine: cocreate config set engine torch"
_LINEAR = f"Tune it again on linear layers only ({', '.join(name.split('.')[1] for name in MODULES)})."


def _refused(what: str, step: str = TUNE_AGAIN) -> AdapterRefused:
    return AdapterRefused(f"The adapter {what}.", step)


def _alpha(config: Mapping[str, Any], pattern: str = "") -> float:
    value = config["alpha_pattern"][pattern] if pattern else config.get("lora_alpha")
    # llama.cpp takes an alpha of 0 for "none given" and would apply the adapter at full strength
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise _refused("has no strength (lora_alpha)")
    return float(value)


def _pair(
    place: tuple[int, str], factors: Mapping[str, NDArray[np.float32]], path: str, config: Mapping[str, Any]
) -> LoraPair:
    layer, module = place
    a, b = factors.get("A"), factors.get("B")
    if a is None or b is None or a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1] or not a.shape[0]:
        raise _refused(f"is damaged: the two factors of layer {layer} {module} do not belong together")
    # A module may have an alpha of its own; its key is a regular expression (peft.utils.other.get_pattern_key)
    patterns: Mapping[str, Any] = config.get("alpha_pattern") or {}
    own = next((key for key in patterns if re.match(rf"(.*\.)?({key})$", path)), "")
    rank = a.shape[0]
    scale = _alpha(config, own) / (rank**0.5 if config.get("use_rslora") else rank)
    return LoraPair(layer, module, a, b, scale)


def _whole(config: Mapping[str, Any]) -> bool:
    targets = config.get("target_modules") or ()
    if config.get("layers_to_transform") is not None or config.get("exclude_modules"):
        return False
    if isinstance(targets, str):
        return targets == "all-linear"
    return bool(targets) and not any("." in str(target) for target in targets)


def _tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    import numpy as np
    from safetensors import SafetensorError, deserialize

    try:
        entries = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except (SafetensorError, OSError) as error:
        raise _refused(f"is damaged: {path.name} cannot be read") from error
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, entry in entries:
        tensors[name] = _floats(name, entry["dtype"], entry["data"]).reshape(entry["shape"])
        if not np.isfinite(tensors[name]).all():
            raise _refused(f"is damaged: {sanitise(name)[:120]} holds a value that is not a number")
    return tensors


def _floats(name: str, dtype: str, data: bytes) -> NDArray[np.float32]:
    import numpy as np

    if dtype == "BF16":  # the upper half of a float32; numpy has no such type
        return (np.frombuffer(data, dtype="<u2").astype(np.uint32) << 16).view(np.float32)
    kinds = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
    if dtype not in kinds:
        raise _refused(f"holds numbers of the kind {sanitise(dtype)[:20]} in {sanitise(name)[:120]}")
    return np.frombuffer(data, dtype=kinds[dtype]).astype(np.float32)
