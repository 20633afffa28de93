"""A BERT sentence encoder in 8-bit whole numbers: what sentence-transformers computes, several times as fast on a CPU.

- The tokens of all texts of a batch stand one after another, with no padding; texts of one length share attention.
- A text has the same vector in any company and on any number of threads (`memory.int8`).
- Only what is known to be the same computation is taken: BERT with absolute positions and GELU, the mean or the first
  token as the vector (`fits`). Everything else stays with sentence-transformers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from memory.int8 import Int8Linear

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AT_ONCE = 256
"""Tokens of one run through the layers: their widest table, 1.6 MB, stays in a core's cache."""


def fits(folder: Path) -> bool:
    """Whether `folder` holds a model that is computed here. Raises OSError, ValueError or KeyError on a broken one."""
    config, pooling = _json(folder / "config.json"), _json(folder / "1_Pooling" / "config.json")
    kinds = [str(module["type"]).rpartition(".")[2] for module in _json(folder / "modules.json")]
    return (
        kinds[:2] == ["Transformer", "Pooling"]
        and kinds[2:] in ([], ["Normalize"])
        and config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and [key for key, value in pooling.items() if key.startswith("pooling_mode") and value is True]
        in (["pooling_mode_mean_tokens"], ["pooling_mode_cls_token"])
        and (folder / "tokenizer.json").is_file()
    )


class BertEncoder:
    """The model of a folder for which `fits` is true. Raises OSError, ValueError, KeyError or RuntimeError."""

    def __init__(self, folder: Path) -> None:
        from safetensors import safe_open
        from tokenizers import Tokenizer

        config = _json(folder / "config.json")
        self.dimension = int(config["hidden_size"])
        self._heads = int(config["num_attention_heads"])
        self._small = float(config["layer_norm_eps"])
        self._mean = bool(_json(folder / "1_Pooling" / "config.json").get("pooling_mode_mean_tokens"))
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        longest = _json(folder / "sentence_bert_config.json").get("max_seq_length")
        most = int(config["max_position_embeddings"])
        self._tokenizer.enable_truncation(min(int(longest or most), most))
        self._tokenizer.no_padding()
        with safe_open(folder / "model.safetensors", framework="pt") as weights, torch.inference_mode():
            self._words = weights.get_tensor("embeddings.word_embeddings.weight").half()
            self._places = (
                weights.get_tensor("embeddings.position_embeddings.weight").float()
                + weights.get_tensor("embeddings.token_type_embeddings.weight")[0].float()
            )
            self._norm = _norm(weights, "embeddings.LayerNorm")
            count = int(config["num_hidden_layers"])
            before = self._norm
            self._layers = []
            for at in range(count):
                self._layers.append(_Layer(weights, f"encoder.layer.{at}.", before))
                before = self._layers[-1].second

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimension), rows of L2 norm 1."""
        ids = [made.ids for made in self._tokenizer.encode_batch(list(texts))]
        found = torch.empty((len(ids), self.dimension))
        with torch.inference_mode():
            for places in _batches([len(one) for one in ids]):
                found[places] = self._encode([ids[at] for at in places])
        return found.numpy()

    def _encode(self, ids: list[list[int]]) -> Tensor:
        """Vectors of texts that are sorted by length."""
        groups = [(size, len(list(some))) for size, some in groupby(len(one) for one in ids)]
        words = self._words[torch.tensor([word for one in ids for word in one])].float()  # (T, d), T tokens of all
        places = torch.cat([self._places[:size].repeat(count, 1) for size, count in groups])
        even = self._evened(words.add_(places))
        for layer in self._layers:
            even = self._through(layer, even, groups)
        cut = _scaled(even, self._layers[-1].second).split([size * count for size, count in groups])
        shaped = [rows.view(count, size, -1) for rows, (size, count) in zip(cut, groups, strict=True)]
        pooled = torch.cat([rows.mean(dim=1) if self._mean else rows[:, 0] for rows in shaped])
        return functional.normalize(pooled, dim=1)

    def _through(self, layer: _Layer, even: Tensor, groups: list[tuple[int, int]]) -> Tensor:
        """(T, d) to (T, d), both as `_evened` gives them."""
        all_three = layer.three(even)  # (T, 3 d): queries, keys, values
        parts = all_three.split([length * count for length, count in groups])
        shapes = [
            part.view(count, length, 3, self._heads, -1) for part, (length, count) in zip(parts, groups, strict=True)
        ]
        heard = torch.cat([self._attend(shape) for shape in shapes])
        even = self._evened(layer.out(heard).add_(_scaled(even, layer.before)))
        wide = functional.gelu(layer.wide(even))  # (T, 4 d)
        return self._evened(layer.narrow(wide).add_(_scaled(even, layer.first)))

    def _evened(self, states: Tensor) -> Tensor:
        """A norm without its weight and bias, which are in the layers behind it: they would make large what is rare."""
        return functional.layer_norm(states, (self.dimension,), None, None, self._small)

    def _attend(self, three: Tensor) -> Tensor:
        """(n, L, 3, heads, d/heads) of n texts of L tokens to (n L, d)."""
        queries, keys, values = three.permute(2, 0, 3, 1, 4)  # (n, heads, L, d/heads) each
        heard = functional.scaled_dot_product_attention(queries, keys, values)
        return heard.transpose(1, 2).reshape(-1, self.dimension)


class _Layer:
    def __init__(self, weights: Any, prefix: str, before: tuple[Tensor, Tensor]) -> None:
        names = [f"{prefix}attention.self.{name}" for name in ("query", "key", "value")]
        self.before = before
        # With its input in 8 bits too, cosines to the float model fall from .999 to .993.
        self.three = _linear(weights, names, before, fine=True)
        self.out = _linear(weights, [f"{prefix}attention.output.dense"])
        self.first = _norm(weights, f"{prefix}attention.output.LayerNorm")
        self.wide = _linear(weights, [f"{prefix}intermediate.dense"], self.first)
        self.narrow = _linear(weights, [f"{prefix}output.dense"])
        self.second = _norm(weights, f"{prefix}output.LayerNorm")


def _linear(
    weights: Any, names: Sequence[str], norm: tuple[Tensor, Tensor] | None = None, *, fine: bool = False
) -> Int8Linear:
    """Layers of one input as one; with the weight and bias of the norm before it."""
    rows = torch.cat([weights.get_tensor(f"{name}.weight").float() for name in names])
    bias = torch.cat([weights.get_tensor(f"{name}.bias").float() for name in names])
    return Int8Linear(rows, bias) if norm is None else Int8Linear(rows * norm[0], bias + rows @ norm[1])


def _scaled(even: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
    return torch.addcmul(norm[1], even, norm[0])


def _norm(weights: Any, name: str) -> tuple[Tensor, Tensor]:
    return weights.get_tensor(f"{name}.weight").float().clone(), weights.get_tensor(f"{name}.bias").float().clone()


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Places of texts, by length, in runs of at most AT_ONCE tokens."""
    some: list[int] = []
    tokens = 0
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if some and tokens + lengths[at] > AT_ONCE:
            yield some
            some, tokens = [], 0
        some.append(at)
        tokens += lengths[at]
    if some:
        yield some


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
