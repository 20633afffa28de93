"""What an adapter must know of the model it was made for: architecture, heads, layers, and the shape of each layer.

Read from the GGUF file itself, or from the config.json of a Hugging Face folder; no weight is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.errors import AdapterRefused
from cocreate.gguf_header import GgufHeader, read_header
from memory.sanitise import sanitise

MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""Linear layers by their names in transformers and in GGUF (gguf's TensorNameMap); the same in all these families."""

PERMUTED = {"llama": True, "qwen2": False, "qwen3": False, "gemma3": False}
"""GGUF architectures, and whether llama.cpp stores the rows of q and k in another order than transformers.

Source: llama.cpp, conversion/llama.py (LlamaModel.modify_tensors, undo_permute = True), conversion/qwen.py (Qwen2Model
and Qwen3Model leave weights as they are), conversion/gemma.py (Gemma3Model changes norms and embeddings only).
"""

_ARCHITECTURES = {
    "llama": "llama",
    "mistral": "llama",  # MistralForCausalLM is registered for LlamaModel in conversion/llama.py
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma3": "gemma3",
    "gemma3_text": "gemma3",
}
"""`model_type` of a config.json to the architecture's name in GGUF."""


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The model an adapter belongs to."""

    architecture: str
    """Its name in GGUF."""
    layers: int
    heads: int
    """Query heads."""
    kv_heads: int
    shapes: dict[str, tuple[int, ...]]
    """Of each linear layer, by GGUF name ("blk.0.attn_q.weight"): (out, in)."""

    @property
    def permuted(self) -> bool:
        """Whether the rows of q and k are stored in llama.cpp's own order."""
        return PERMUTED[self.architecture]


def read_base(path: Path) -> BaseModel:
    """Describe the GGUF file or Hugging Face folder at `path`.

    Raises:
        AdapterRefused: it cannot be read, or adapters for its architecture are not known.
    """
    try:
        return _from_config(path) if path.is_dir() else _from_gguf(read_header(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AdapterRefused(
            f"The model {sanitise(path.name)} cannot be read: {sanitise(str(error))[:200]}.",
            "Set another with: cocreate config set model PATH",
        ) from error


def _known(name: str, known: Mapping[str, Any]) -> str:
    if name not in known:
        raise AdapterRefused(
            f"Adapters cannot be carried over for models of the architecture {sanitise(name)[:80] or '(none named)'}.",
            f"Choose a model of one of these: {', '.join(PERMUTED)}; or use the other engine: "
            "cocreate config set engine torch",
        )
    return name


def _from_gguf(header: GgufHeader) -> BaseModel:
    about = header.metadata
    name = _known(str(about.get("general.architecture", "")), PERMUTED)
    heads = _count(about.get(f"{name}.attention.head_count"))
    linear = tuple(f"{module}.weight" for module in MODULES.values())
    return BaseModel(
        architecture=name,
        layers=_count(about.get(f"{name}.block_count")),
        heads=heads,
        kv_heads=_count(about.get(f"{name}.attention.head_count_kv", heads)),
        shapes={key: shape for key, shape in header.shapes.items() if key.startswith("blk.") and key.endswith(linear)},
    )


def _count(value: object) -> int:
    """One number for all layers; a model whose layers differ is not one that adapters are carried over for."""
    if not isinstance(value, int):
        raise AdapterRefused(
            "The model does not say how many layers and heads it has, or its layers differ.",
            "Use the other engine: cocreate config set engine torch",
        )
    return value


def _from_config(folder: Path) -> BaseModel:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    name = _ARCHITECTURES[_known(str(config.get("model_type", "")), _ARCHITECTURES)]
    config = {**config, **config.get("text_config", {})}  # Gemma 3 with eyes keeps its language model in there
    hidden, inner = int(config["hidden_size"]), int(config["intermediate_size"])
    heads, layers = int(config["num_attention_heads"]), int(config["num_hidden_layers"])
    kv_heads = int(config.get("num_key_value_heads") or heads)
    width = int(config.get("head_dim") or hidden // heads)
    linear: dict[str, tuple[int, ...]] = {
        "attn_q": (heads * width, hidden),
        "attn_k": (kv_heads * width, hidden),
        "attn_v": (kv_heads * width, hidden),
        "attn_output": (hidden, heads * width),
        "ffn_gate": (inner, hidden),
        "ffn_up": (inner, hidden),
        "ffn_down": (hidden, inner),
    }
    shapes = {f"blk.{at}.{key}.weight": shape for at in range(layers) for key, shape in linear.items()}
    return BaseModel(name, layers, heads, kv_heads, shapes)
