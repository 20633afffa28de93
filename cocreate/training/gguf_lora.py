"""A peft LoRA folder as the GGUF file that llama.cpp loads.

- The file holds, for each linear layer, `blk.N.NAME.weight.lora_a` (rank, in) and `.lora_b` (out, rank) in float32, and
  `adapter.lora.alpha`; llama.cpp adds (alpha / rank) * B A to the layer (src/llama-adapter.h, get_scale). Other scales
  (rank-stabilised, an alpha per module) are folded into B.
- The one trap: llama.cpp's "llama" models hold the rows of q and k in interleaved order, so those of their B move too.
  See `permute`. Which architectures: `base_model.PERMUTED`.
- Written with the gguf package, llama.cpp's own writer. Format: llama.cpp, convert_lora_to_gguf.py.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import AdapterRefused
from cocreate.private import private_folder
from cocreate.training.adapter_files import CONFIG, WEIGHTS, Adapter, LoraPair, read_adapter, read_config
from cocreate.training.base_model import MODULES, BaseModel, read_base
from memory.sanitise import sanitise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FORMAT = "1"
"""Goes into the names of cached files: raise it when the same adapter would be written otherwise."""
_ANOTHER = "Choose the model it was tuned on, or tune the voice again."


def convert(adapter: Path, target: Path, base: Path | None = None) -> Path:
    """Write the peft LoRA folder `adapter` as the GGUF file `target` (mode 0600), in one step, and return `target`.

    Args:
        adapter: holds adapter_config.json and adapter_model.safetensors.
        target: replaced when it exists.
        base: the GGUF file or Hugging Face folder of the model it was tuned on; None: the folder it names itself.

    Raises:
        AdapterRefused: the adapter is broken, does what llama.cpp cannot, or belongs to another model.
        OSError: `target` cannot be written.
    """
    named = base or _named(adapter)
    return _write(read_adapter(adapter), read_base(named), named.name, target)


def gguf_of(adapter: Path, base: Path, cache: Path) -> Path:
    """Return the GGUF file of `adapter` for `base` in `cache`/adapters, made when it is not there yet.

    Its name holds a hash of weights, configuration, and what the base model is. Raises as `convert`.
    """
    read_config(adapter)
    model = read_base(base)
    about = repr((_FORMAT, model.architecture, model.layers, model.heads, model.kv_heads, sorted(model.shapes.items())))
    digest = hashlib.sha256(about.encode())
    for name in (CONFIG, WEIGHTS):
        with (adapter / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    target = private_folder(private_folder(cache) / "adapters") / f"{digest.hexdigest()[:32]}.gguf"
    if not target.is_file():
        _write(read_adapter(adapter), model, base.name, target)
    return target


def permute(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Move the rows (out, rank) of q or k from the order of transformers to that of llama.cpp.

    Rotary embedding turns pairs of values. transformers pairs row i of a head with row i + d/2, llama.cpp with the next
    row: (heads, 2, d/2) becomes (heads, d/2, 2). Source: llama.cpp, conversion/llama.py, LlamaModel.permute.

    Args:
        rows: of all heads.
        heads: query heads for q, key-value heads for k.
    """
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def _named(adapter: Path) -> Path:
    named = Path(str(read_config(adapter).get("base_model_name_or_path") or ""))
    if not named.name or not named.exists():
        raise AdapterRefused(
            f"The adapter does not say which model on this machine it was tuned on: {sanitise(str(named))[:200]}.",
            "Name the model's GGUF file or folder.",
        )
    return named


def _write(adapter: Adapter, model: BaseModel, name: str, target: Path) -> Path:
    _check_layers(adapter, model, name)
    for pair in adapter.pairs:
        _check_shape(pair, model, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mkstemp makes it 0600
    os.close(handle)
    try:
        _write_file(adapter, model, Path(aside))
        with Path(aside).open("rb") as file:
            os.fsync(file.fileno())
        Path(aside).replace(target)
    finally:
        Path(aside).unlink(missing_ok=True)
    return target


def _write_file(adapter: Adapter, model: BaseModel, path: Path) -> None:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, model.architecture)
    try:
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, adapter.alpha)
        for pair in adapter.pairs:
            rank = pair.a.shape[0]
            b = pair.b * np.float32(pair.scale * rank / adapter.alpha)  # by 1, in a plain adapter
            if model.permuted and pair.module == "self_attn.q_proj":
                b = permute(b, model.heads)
            elif model.permuted and pair.module == "self_attn.k_proj":
                b = permute(b, model.kv_heads)
            writer.add_tensor(f"{_tensor(pair)}.lora_a", np.ascontiguousarray(pair.a))
            writer.add_tensor(f"{_tensor(pair)}.lora_b", np.ascontiguousarray(b))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _tensor(pair: LoraPair) -> str:
    return f"blk.{pair.layer}.{MODULES[pair.module]}.weight"


def _check_layers(adapter: Adapter, model: BaseModel, name: str) -> None:
    """Refuse an adapter of a model with more or fewer layers."""
    count = max(pair.layer for pair in adapter.pairs) + 1
    if count > model.layers or (adapter.whole and count < model.layers):
        raise AdapterRefused(
            f"The adapter was made for a model of {count} layers; {sanitise(name)} has {model.layers}.", _ANOTHER
        )


def _check_shape(pair: LoraPair, model: BaseModel, name: str) -> None:
    """Refuse an adapter whose layer is wider or narrower than the model's."""
    wanted = model.shapes.get(_tensor(pair))
    if wanted is None:
        raise AdapterRefused(
            f"The adapter changes {pair.module} of layer {pair.layer}, which {sanitise(name)} does not have.", _ANOTHER
        )
    given = (pair.b.shape[0], pair.a.shape[1])
    if given != wanted:
        raise AdapterRefused(
            f"The adapter was made for another model than {sanitise(name)}: {pair.module} of layer {pair.layer} is "
            f"{given[0]} x {given[1]} there, {wanted[0]} x {wanted[1]} here.",
            _ANOTHER,
        )
