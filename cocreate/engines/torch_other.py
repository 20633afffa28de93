"""Adapters that are no LoRA, on a transformers model: IA3 and prefixes, chosen per row like the LoRAs.

- IA3 (Liu et al. 2022, arXiv 2205.05638) multiplies what leaves some linear layers (what enters, for the feed-forward
  ones) by a learned vector. Here hooks do it, with a vector of ones for rows of other adapters.
- A prefix (Li and Liang 2021, arXiv 2101.00190) is keys and values that stand before the prompt in every layer. Rows
  without it have the columns masked.

peft chooses one of these for the whole model at a time (`set_adapter`), which would change rows of other voices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.errors import AdapterRefused

KINDS = ("IA3", "PREFIX_TUNING")
_TUNE_AGAIN = "Choose the model it was tuned on, or tune the voice again."
_IA3 = re.compile(r"base_model\.model\.(.+)\.ia3_l")


@dataclass(frozen=True, slots=True)
class _Prefix:
    """Keys and values of each layer, (1, key-value heads, tokens, width of a head)."""

    layers: tuple[tuple[Any, Any], ...]
    tokens: int


def kind_of(folder: Path) -> str:
    """peft's name for the kind of adapter in `folder`; "" when its configuration cannot be read."""
    try:
        return str(json.loads((folder / "adapter_config.json").read_text("utf-8")).get("peft_type", ""))
    except (OSError, ValueError, AttributeError):
        return ""


class OtherAdapters:
    """IA3 and prefixes of one model. `rows` says which row of the next forward pass uses which."""

    def __init__(self, model: Any) -> None:
        """`model`: the transformers model, before anything wraps it."""
        self._model = model
        self._scales: dict[str, dict[str, Any]] = {}
        """Adapter to module name to its vector, (width,)."""
        self._prefixes: dict[str, _Prefix] = {}
        self._hooked: set[str] = set()
        self._modules = dict(model.named_modules())
        self.rows: Sequence[str | None] = ()
        """Adapter of each row of the batch; empty: the hooks do nothing."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all adapters."""
        return (*self._scales, *self._prefixes)

    def add(self, name: str, folder: Path) -> None:
        """Read the adapter in `folder`. Raises AdapterRefused: it is damaged, or belongs to another model."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            config = json.loads((folder / "adapter_config.json").read_text("utf-8"))
            tensors = load_file(folder / "adapter_model.safetensors", device=str(self._model.device))
            self.remove(name)
            if config["peft_type"] == "IA3":
                self._scales[name] = self._read_scales(tensors, tuple(config.get("feedforward_modules") or ()))
            else:
                self._prefixes[name] = self._read_prefix(tensors["prompt_embeddings"], config)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise AdapterRefused(f"The adapter {name} does not fit the model.", _TUNE_AGAIN) from error

    def remove(self, name: str) -> None:
        """Forget an adapter; unknown names are ignored."""
        self._scales.pop(name, None)
        self._prefixes.pop(name, None)

    def _read_scales(self, tensors: dict[str, Any], inward: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in tensors.items():
            match = _IA3.fullmatch(key)
            module = self._modules.get(match[1]) if match else None
            if match is None or module is None:
                raise ValueError(key)
            enters = match[1].rsplit(".", 1)[-1] in inward
            if value.numel() != (module.in_features if enters else module.out_features):
                raise ValueError(key)
            found[match[1]] = value.flatten().to(self._model.dtype)
            self._hook(match[1], module, enters=enters)
        if not found:
            raise ValueError("empty")
        return found

    def _hook(self, name: str, module: Any, *, enters: bool) -> None:
        if name in self._hooked:
            return
        self._hooked.add(name)
        if enters:
            module.register_forward_pre_hook(lambda _, inputs: (self._scaled(name, inputs[0]), *inputs[1:]))
        else:
            module.register_forward_hook(lambda _, inputs, output: self._scaled(name, output))

    def _scaled(self, module: str, states: Any) -> Any:
        """States (B, T, width) times the vector of each row's adapter."""
        import torch

        vectors = [self._scales.get(name or "", {}).get(module) for name in self.rows]
        if all(vector is None for vector in vectors):
            return states
        ones = torch.ones(states.shape[-1], dtype=states.dtype, device=states.device)
        rows = torch.stack([ones if vector is None else vector.to(states.dtype) for vector in vectors])
        return states * rows[:, None, :]

    def _read_prefix(self, weights: Any, config: dict[str, Any]) -> _Prefix:
        text = self._model.config.get_text_config()
        tokens, layers = int(config["num_virtual_tokens"]), int(config["num_layers"])
        heads = int(config["num_attention_heads"])
        kv_heads = int(getattr(text, "num_key_value_heads", 0) or text.num_attention_heads)
        if layers != text.num_hidden_layers or heads != kv_heads:
            raise ValueError("another model")
        # As peft.PeftModel.get_prompt: (tokens, layers * 2, heads, width), keys and values in turn
        shaped = weights.view(tokens, layers * 2, heads, -1).permute(1, 2, 0, 3).to(self._model.dtype)
        pairs = tuple((shaped[2 * at][None], shaped[2 * at + 1][None]) for at in range(layers))
        return _Prefix(pairs, tokens)

    def begin(self, rows: Sequence[str | None], cache: Any, mask: Any, *, shared: bool) -> Any:
        """Put the prefixes of the rows into an empty cache; return the mask (B, T) with their columns before it.

        `shared`: all rows have one adapter, and the first part of their prompts is read by one of them for all.
        """
        import torch

        found = [self._prefixes.get(name or "") for name in rows]
        width = max((prefix.tokens for prefix in found if prefix), default=0)
        if not width:
            return mask
        held = found[:1] if shared else found
        first = next(prefix for prefix in held if prefix)
        for layer, (key, _) in enumerate(first.layers):
            empty = torch.zeros(1, key.shape[1], width, key.shape[3], dtype=key.dtype, device=key.device)
            keys = [_padded(prefix.layers[layer][0], empty) if prefix else empty for prefix in held]
            values = [_padded(prefix.layers[layer][1], empty) if prefix else empty for prefix in held]
            cache.update(torch.cat(keys), torch.cat(values), layer)
        columns = [
            [0] * (width - count) + [1] * count for count in (prefix.tokens if prefix else 0 for prefix in found)
        ]
        return torch.cat([torch.tensor(columns, device=mask.device), mask], dim=1)


def _padded(states: Any, empty: Any) -> Any:
    """States (1, heads, tokens, width of a head), filled up with zeros on the left to as many tokens as `empty`."""
    import torch

    return torch.cat([empty[:, :, : empty.shape[2] - states.shape[2]], states], dim=2)
