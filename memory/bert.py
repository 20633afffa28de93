"""A BERT sentence encoder without sentence-transformers: the same vectors, sooner loaded and sooner made on a CPU.

- In float32, or in 8-bit whole numbers (`memory.int8`) where the CPU multiplies those faster.
- The tokens of all texts of a batch stand one after another, with no padding; texts of one length share attention.
- In 8 bits a text has the same vector, to the bit, in any company and on any number of threads.
- Only what is known to be the same computation is taken: BERT with absolute positions and GELU, the mean or the first
  token as the vector (`fits`). Everything else stays with sentence-transformers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from memory.int8 import Int8Linear
from memory.side_by_side import single_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AT_ONCE = 256
"""Tokens of one run through the layers: their widest table, 1.6 MB, stays in a core's cache."""
EXAMPLES = (
    "Rain fell on the courtyard all night, and the keeper of the light wrote in his book that nobody had come.",
    'She said: "Why did you burn the letters?" He did not answer; 14 of them were still in the stove.',
    "The quarterly report of 2019 shows that prices rose by 3.5 % (see table).",
    "O hollow bell, O winter of the gulls,\nthe tide counts out its coins upon the stone",
    "秋雨落在院子里，她把信烧了。灯还亮着，没有人来。",
    "what is love",
    "The",
)
"""Texts that show which columns of the states are large, when a model is put into 8 bits."""
_LEAST = 1e-5


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

    def __init__(self, folder: Path, *, small: bool) -> None:
        """`small`: in 8 bits."""
        from safetensors import safe_open
        from tokenizers import Tokenizer

        config = _json(folder / "config.json")
        self.dimension = int(config["hidden_size"])
        self._heads = int(config["num_attention_heads"])
        self._least = float(config["layer_norm_eps"])
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()
        self._mean = bool(_json(folder / "1_Pooling" / "config.json").get("pooling_mode_mean_tokens"))
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        longest = _json(folder / "sentence_bert_config.json").get("max_seq_length")
        most = int(config["max_position_embeddings"])
        self._tokenizer.enable_truncation(min(int(longest or most), most))
        self._tokenizer.no_padding()
        with safe_open(folder / "model.safetensors", framework="pt") as weights, torch.inference_mode():
            words = weights.get_tensor("embeddings.word_embeddings.weight")
            self._words = words.half() if small else words.float()
            self._places = (
                weights.get_tensor("embeddings.position_embeddings.weight").float()
                + weights.get_tensor("embeddings.token_type_embeddings.weight")[0].float()
            )
            layers = self._read(weights, int(config["num_hidden_layers"]), torch.float64 if small else torch.float32)
            self._layers = list(self._smoothed(layers) if small else layers)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimension), rows of L2 norm 1."""
        ids = self._ids(texts)
        batches = list(_batches([len(one) for one in ids]))
        found = torch.empty((len(ids), self.dimension))
        for places, vectors in zip(
            batches, self._each(batches)([ids[at] for at in some] for some in batches), strict=True
        ):
            found[places] = vectors
        return found.numpy()

    def _each(self, batches: list[list[int]]) -> Callable[[Iterable[list[list[int]]]], Iterable[Tensor]]:
        """`_encode` of each, side by side: a layer of 256 tokens is too small for two threads."""
        if len(batches) < 2:
            return partial(map, self._encode)
        with self._lock:
            self._pool = self._pool or single_threads("embed")
        return partial(self._pool.map, self._encode)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [made.ids for made in self._tokenizer.encode_batch(list(texts))]

    def _read(self, weights: Any, count: int, kind: torch.dtype) -> Iterator[_Layer]:
        before = _norm(weights, "embeddings.LayerNorm", kind)
        for at in range(count):
            layer = _Layer(weights, f"encoder.layer.{at}.", before, kind)
            before = layer.second
            yield layer
        self._last = before[0].float(), before[1].float()

    def _smoothed(self, layers: Iterator[_Layer]) -> Iterator[_Layer]:
        """Each layer in 8 bits, its inputs made even by what EXAMPLES put into it.

        In float64, where the number of threads moves no scale by a float32's last bit.
        """
        ids = sorted(self._ids(EXAMPLES), key=len)
        states, groups = self._embedded(ids)
        states = states.double()
        for layer in layers:
            even = self._evened(states, None)
            middle = self._evened(self._hear(layer, even, groups), None)
            states = self._think(layer, middle)
            layer.shrink(even, middle)
            yield layer

    def _embedded(self, ids: list[list[int]]) -> tuple[Tensor, list[tuple[int, int]]]:
        """States (T, d) of the T tokens of texts that are sorted by length, and (length, count) of those of one."""
        groups = [(size, len(list(some))) for size, some in groupby(len(one) for one in ids)]
        words = self._words[torch.tensor([word for one in ids for word in one])].float()
        return words.add_(torch.cat([self._places[:size].repeat(count, 1) for size, count in groups])), groups

    @torch.inference_mode()
    def _encode(self, ids: list[list[int]]) -> Tensor:
        """Vectors of texts that are sorted by length."""
        states, groups = self._embedded(ids)
        for layer in self._layers:
            states = self._hear(layer, self._evened(states, layer.enter), groups)
            states = self._think(layer, self._evened(states, layer.middle))
        states = functional.layer_norm(states, (self.dimension,), *self._last, self._least)
        cut = torch.split(states, [size * count for size, count in groups])
        shaped = [rows.view(count, size, -1) for rows, (size, count) in zip(cut, groups, strict=True)]
        pooled = torch.cat([rows.mean(dim=1) if self._mean else rows[:, 0] for rows in shaped])
        return functional.normalize(pooled, dim=1)

    def _evened(self, states: Tensor, scales: Tensor | None) -> Tensor:
        """A norm without its weight and bias, which are in the layers behind it, and with scales of its own."""
        return functional.layer_norm(states, (self.dimension,), scales, None, self._least)

    def _hear(self, layer: _Layer, even: Tensor, groups: list[tuple[int, int]]) -> Tensor:
        """Attention and what it is added to: (T, d) to (T, d)."""
        three = layer.three(even)  # queries, keys, values
        parts = torch.split(three, [length * count for length, count in groups])
        heard = [
            self._attend(part.view(count, length, 3, self._heads, -1))
            for part, (length, count) in zip(parts, groups, strict=True)
        ]
        return torch.addcmul(layer.out(torch.cat(heard)), even, layer.past_hearing)

    def _think(self, layer: _Layer, even: Tensor) -> Tensor:
        """The layers between two attentions: (T, d) to (T, d)."""
        return torch.addcmul(layer.narrow(functional.gelu(layer.wide(even))), even, layer.past_thinking)

    def _attend(self, three: Tensor) -> Tensor:
        """(n, L, 3, heads, d/heads) of n texts of L tokens to (n L, d)."""
        queries, keys, values = three.permute(2, 0, 3, 1, 4)  # (n, heads, L, d/heads) each
        heard = functional.scaled_dot_product_attention(queries, keys, values)
        return heard.transpose(1, 2).reshape(-1, self.dimension)


class _Layer:
    """The weights and biases of both norms stand in the linear layers, so that what these read is even."""

    def __init__(self, weights: Any, prefix: str, before: tuple[Tensor, Tensor], kind: torch.dtype) -> None:
        first = _norm(weights, f"{prefix}attention.output.LayerNorm", kind)
        self.second = _norm(weights, f"{prefix}output.LayerNorm", kind)
        names = [f"{prefix}attention.self.{name}" for name in ("query", "key", "value")]
        self.three: _Floats | Int8Linear = _Floats(weights, names, kind).behind(before)
        self.out: _Floats | Int8Linear = _Floats(weights, [f"{prefix}attention.output.dense"], kind, before[1])
        self.wide: _Floats | Int8Linear = _Floats(weights, [f"{prefix}intermediate.dense"], kind).behind(first)
        self.narrow: _Floats | Int8Linear = _Floats(weights, [f"{prefix}output.dense"], kind, first[1])
        self.past_hearing, self.past_thinking = before[0], first[0]
        self.enter: Tensor | None = None
        """(d,), scales of the states before attention; None for 1."""
        self.middle: Tensor | None = None
        """As `enter`, before the wide layer."""

    def shrink(self, even: Tensor, middle: Tensor) -> None:
        """Go over to 8 bits. (T, d) of examples each: what comes to `three` and to `wide`."""
        assert isinstance(self.three, _Floats) and isinstance(self.wide, _Floats)  # noqa: S101 - once a layer
        assert isinstance(self.out, _Floats) and isinstance(self.narrow, _Floats)  # noqa: S101
        enter, between = self.three.shared(even), self.wide.shared(middle)
        self.three, self.wide = self.three.small(enter), self.wide.small(between)
        self.out, self.narrow = self.out.small(), self.narrow.small()
        self.past_hearing = (self.past_hearing * enter).float()
        self.past_thinking = (self.past_thinking * between).float()
        self.enter, self.middle = (1 / enter).float(), (1 / between).float()


class _Floats:
    """Linear layers of one input, as one."""

    def __init__(self, weights: Any, names: Sequence[str], kind: torch.dtype, more: Tensor | None = None) -> None:
        """`more`: added to the bias."""
        self.rows = torch.cat([weights.get_tensor(f"{name}.weight").to(kind) for name in names])
        self.bias = torch.cat([weights.get_tensor(f"{name}.bias").to(kind) for name in names])
        if more is not None:
            self.bias = self.bias + more

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.rows, self.bias)

    def behind(self, norm: tuple[Tensor, Tensor]) -> _Floats:
        """With the weight and bias of the norm before it."""
        self.bias = self.bias + self.rows @ norm[1]
        self.rows = self.rows * norm[0]
        return self

    def shared(self, inputs: Tensor) -> Tensor:
        """(d,), by which inputs are divided and weights multiplied, so that neither is all in a few columns.

        SmoothQuant (Xiao et al. 2023, arXiv 2211.10438) with a strength of one half.
        """
        most = inputs.abs().amax(dim=0).clamp_(min=_LEAST)
        return (most / self.rows.abs().amax(dim=0).clamp_(min=_LEAST)).sqrt_()

    def small(self, scales: Tensor | None = None) -> Int8Linear:
        """In 8 bits, for inputs that are divided by `scales`."""
        return Int8Linear(self.rows if scales is None else self.rows * scales, self.bias)


def _norm(weights: Any, name: str, kind: torch.dtype) -> tuple[Tensor, Tensor]:
    return weights.get_tensor(f"{name}.weight").to(kind).clone(), weights.get_tensor(f"{name}.bias").to(kind).clone()


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
