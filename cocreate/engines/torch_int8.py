"""A transformers model made small and fast for reading on a CPU: its layers in 8-bit whole numbers (`memory.int8`).

A token has one scale for its whole state, and the states of small models have a few directions a hundred times as large
as the rest, which leaves the rest few steps. So the states are turned first: by an orthogonal matrix that spreads every
direction over all. Norms do not see it (their weights move into the layers behind them), and the layers' weights are
turned once, here: the model computes the same, at no cost while it reads (QuaRot, Ashkboos et al. 2024,
arXiv 2404.00456, its first rotation). What enters `down_proj` cannot be turned for nothing and is read in 16 bits.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from memory.int8 import Int8Embedding, Int8Linear

FAMILIES = frozenset({"llama", "qwen2", "qwen3", "mistral"})
"""Model types whose layers read the residual state through a norm, and nothing else does."""
_IN = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
_MIDDLE = ("mlp.gate_proj", "mlp.up_proj")
_OUT = ("self_attn.o_proj", "mlp.down_proj")
_FINE = "mlp.down_proj"


class Turn:
    """Rows times an orthogonal matrix: a Hadamard matrix on runs of the largest power of two in d, and a cosine matrix
    across the runs."""

    def __init__(self, size: int) -> None:
        run = size & -size
        self._runs = size // run
        self._within = _hadamard(run)
        self._across = _cosines(self._runs)

    def __call__(self, rows: Tensor) -> Tensor:
        """(n, d) to (n, d) float32."""
        cut = rows.float().reshape(len(rows), self._runs, -1) @ self._within
        return (self._across @ cut).reshape(rows.shape)

    def back(self, rows: Tensor) -> Tensor:
        """The inverse."""
        cut = rows.float().reshape(len(rows), self._runs, -1) @ self._within.T
        return (self._across.T @ cut).reshape(rows.shape)


def make_small(model: Any) -> Turn:
    """Replace the layers and tables of `model`; return how its states are turned. What is left becomes float32."""
    inner = model.model
    turn = Turn(int(model.config.hidden_size))
    with torch.inference_mode():
        head, table = model.get_output_embeddings(), model.get_input_embeddings()
        small_head = Int8Linear(turn(head.weight.float() * inner.norm.weight.float()), head.bias)
        inner.embed_tokens = Int8Embedding(turn(table.weight))
        model.lm_head = small_head
        del head, table
        _plain(inner.norm)
        for layer in inner.layers:
            for norm, names in ((layer.input_layernorm, _IN), (layer.post_attention_layernorm, _MIDDLE)):
                for name in names:
                    old = layer.get_submodule(name)
                    _put(layer, name, Int8Linear(turn(old.weight.float() * norm.weight.float()), old.bias))
                _plain(norm)
            for name in _OUT:
                old = layer.get_submodule(name)
                bias = None if old.bias is None else turn(old.bias[None])[0]
                _put(layer, name, Int8Linear(turn(old.weight.T).T.contiguous(), bias, fine=name == _FINE))
    model.float()
    return turn


def _plain(norm: nn.Module) -> None:
    """Its weight has moved into the layers behind it."""
    norm.weight = nn.Parameter(torch.ones_like(norm.get_parameter("weight")), requires_grad=False)


def _put(layer: nn.Module, name: str, part: nn.Module) -> None:
    owner, _, own = name.rpartition(".")
    setattr(layer.get_submodule(owner), own, part.eval())


def _hadamard(size: int) -> Tensor:
    found = torch.ones(1, 1)
    while len(found) < size:
        found = torch.cat((torch.cat((found, found), 1), torch.cat((found, -found), 1)))
    return found / math.sqrt(size)


def _cosines(size: int) -> Tensor:
    """(n, n), orthogonal: the discrete cosine transform."""
    steps = torch.arange(size, dtype=torch.float64)
    found = torch.cos(math.pi * steps[:, None] * (steps + 0.5) / size) * math.sqrt(2 / size)
    found[0] /= math.sqrt(2)
    return found.float()
