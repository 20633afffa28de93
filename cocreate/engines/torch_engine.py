"""transformers and peft: the engine on a CUDA GPU, and for Hugging Face folders anywhere.

- One decode loop for the whole batch, left-padded, with one key-value cache; rows leave it as they finish.
- The stop flag is looked at before every step (and every 128 tokens of a long prompt).
- Tokens are drawn by `torch_sampling`, row by row, so that sampling means the same as in llama.cpp.
- LoRA adapters by peft, chosen per row (`adapter_names`), never by its global `set_adapter`.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.contracts import Chunk, Finish, Request, StopFlag, TokenScores
from agents.errors import AdapterRefused, EngineFailed, PromptTooLong
from cocreate.engines.text_out import Detokeniser, StopStrings
from cocreate.engines.torch_model import TorchModel
from cocreate.engines.torch_sampling import DRY_BREAKERS, draw
from cocreate.engines.torch_score import TorchScorer, score_text

__all__ = ["TorchEngine", "TorchScorer"]

_PREFILL = 128
"""Prompt tokens read between two looks at the stop flag."""
_BASE = "__base__"
"""What peft calls the model without any adapter."""


@dataclass(slots=True)
class _Row:
    """One request on its way."""

    index: int
    request: Request
    tokens: list[int]
    """Prompt and reply."""
    left: int
    """Tokens it may still draw."""
    text: Detokeniser
    stops: StopStrings
    generator: Any
    waiting: list[float] = field(default_factory=list)
    """Log-probabilities of tokens whose text is still held back."""


class TorchEngine:
    """A transformers model: a Hugging Face folder, or a GGUF file (de-quantised once into the cache).

    Args:
        path: the folder or file.
        cache: the model cache.
        device: "cuda", "cpu", or "" to choose.
        dtype: number format, such as "float32"; "" to choose. In bfloat16 a request's company can change its text
            (greedy too): matrix shapes round differently. In float32 that is rare.
        threads: CPU threads; 0 leaves PyTorch's choice.
        context: tokens of prompt and reply together, per request; never more than the model was made for.
        name: of the model, for the status line.

    Raises:
        EngineFailed: it cannot be loaded.
    """

    def __init__(
        self,
        path: Path,
        *,
        cache: Path,
        device: str = "",
        dtype: str = "",
        threads: int = 0,
        context: int = 2048,
        name: str = "",
    ) -> None:
        self._model = TorchModel(path, cache=cache, threads=threads, device=device, dtype=dtype)
        self._runner: Any = self._model.model  # becomes a PeftModel with the first adapter
        self._context = min(context, self._model.limit)
        self._name = name or path.stem
        self._adapters: dict[str, str] = {}
        self._breakers: dict[int, bool] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Such as "torch SmolLM2-135M-Instruct"."""
        return f"torch {self._name}"

    @property
    def device(self) -> str:
        """cpu or cuda."""
        return self._model.device

    @property
    def context_length(self) -> int:
        """Tokens of prompt and reply together, per request."""
        return self._context

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names a request may use."""
        return tuple(self._adapters)

    def count_tokens(self, text: str) -> int:
        """Number of tokens, without special ones."""
        return len(self._model.encode(text))

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Token log-probabilities by the base model, without adapters. See `torch_score`."""
        with self._lock, self._without_adapters():
            return [score_text(self._model, text) for text in texts]

    def add_adapter(self, name: str, path: str) -> None:
        """Load a peft LoRA folder (safetensors) under `name`.

        Raises:
            AdapterRefused: it is not there, is pickled, or was made for another model.
        """
        from peft import PeftModel

        if not (Path(path) / "adapter_model.safetensors").is_file():
            raise AdapterRefused(f"There is no adapter in {path}.", "Tune the voice again, or choose another.")
        inner = name.replace(".", "_")  # peft makes module names of it
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that will go
            try:
                if isinstance(self._runner, PeftModel):
                    self._runner.load_adapter(path, adapter_name=inner)
                else:
                    self._runner = PeftModel.from_pretrained(self._runner, path, adapter_name=inner)
            except (RuntimeError, ValueError, OSError, KeyError) as error:
                raise AdapterRefused(
                    f"The adapter {name} does not fit the model {self._name}.",
                    "Choose the model it was tuned on, or tune the voice again.",
                ) from error
            self._runner.requires_grad_(False).eval()
            self._adapters[name] = inner

    def remove_adapter(self, name: str) -> None:
        """Forget an adapter; unknown names are ignored."""
        with self._lock:
            inner = self._adapters.pop(name, None)
            if inner is not None and self._adapters:
                self._runner.delete_adapter(inner)
            elif inner is not None:
                self._runner = self._runner.unload()

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            self._runner = None
            self._model.model = None

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """Run the requests as one batch. See `agents.contracts.Engine.generate`."""
        rows = [self._row(index, request) for index, request in enumerate(requests)]
        unfinished = set(range(len(rows)))
        with self._lock:
            try:
                for chunk in self._decode(rows, stop):
                    if chunk.finish:
                        unfinished.discard(chunk.index)
                    yield chunk
            except RuntimeError as error:  # how PyTorch says out of memory, on any device
                raise EngineFailed(
                    f"The language model failed: {str(error).splitlines()[0][:200]}",
                    "Write fewer drafts at once, or take a smaller model.",
                ) from error
        for index in sorted(unfinished):
            yield Chunk(index, "", finish="stopped")

    def _row(self, index: int, request: Request) -> _Row:
        import torch

        if request.adapter is not None and request.adapter not in self._adapters:
            raise EngineFailed(f"There is no adapter called {request.adapter}.", "Choose another voice.")
        tokens = self._model.prompt(request.messages, request.prefill)
        if len(tokens) >= self._context:
            raise PromptTooLong(
                f"The prompt has {len(tokens)} tokens; the model reads {self._context}.",
                "Shorten the text, or raise the context setting.",
            )

        def decode(ids: list[int]) -> str:
            return str(self._model.tokenizer.decode(ids, skip_special_tokens=True))

        generator = torch.Generator().manual_seed(request.seed & 0x7FFFFFFF)
        left = min(request.max_tokens, self._context - len(tokens))
        return _Row(index, request, tokens, left, Detokeniser(decode), StopStrings(request.stop), generator)

    def _decode(self, rows: list[_Row], stop: StopFlag) -> Iterator[Chunk]:
        """The decode loop. Ends early, saying nothing, when `stop` is set."""
        import torch
        from transformers import DynamicCache

        cache = DynamicCache()
        width = max((len(row.tokens) for row in rows), default=0)
        pads = [width - len(row.tokens) for row in rows]
        # B rows, T columns; the padding stands on the left, so that all rows end in the same column
        mask = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads], device=self.device)
        ids = torch.tensor([[0] * pad + row.tokens for pad, row in zip(pads, rows, strict=True)], device=self.device)
        new = width
        while rows:
            logits = None
            for start in range(ids.shape[1] - new, ids.shape[1], _PREFILL):
                if stop.is_set():
                    return
                logits = self._forward(rows, ids[:, start : start + _PREFILL], mask[:, : start + _PREFILL], cache)
            drawn = [self._draw(row, logits[at]) for at, row in enumerate(rows)]  # type: ignore[index]
            going: list[int] = []
            for at, (chunk, goes_on) in enumerate(drawn):
                if stop.is_set():
                    return
                if chunk.text or chunk.finish:
                    yield chunk
                if goes_on:
                    going.append(at)
            if len(going) < len(rows):
                rows = [rows[at] for at in going]
                keep = torch.tensor(going, dtype=torch.long, device=self.device)
                if rows:
                    cache.batch_select_indices(keep)
                mask, ids = mask[keep], ids[keep]
            if rows:
                column = torch.tensor([[row.tokens[-1]] for row in rows], device=self.device)
                ids = torch.cat([ids, column], dim=1)
                mask = torch.cat([mask, torch.ones_like(column)], dim=1)
                new = 1

    def _forward(self, rows: Sequence[_Row], ids: Any, mask: Any, cache: Any) -> Any:
        """Read columns `ids` (B, t) after what is in the cache; return the last column's logits, float32 (B, V)."""
        import torch

        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        named: dict[str, Any] = {}
        if self._adapters:
            named["adapter_names"] = [self._adapters.get(row.request.adapter or "", _BASE) for row in rows]
        with torch.inference_mode():
            output = self._runner(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
                **named,
            )
        return output.logits[:, -1].float().cpu()

    def _draw(self, row: _Row, logits: Any) -> tuple[Chunk, bool]:
        """Draw the next token of one row; return its chunk and whether the row goes on."""
        token, logprob = draw(logits.clone(), row.tokens, row.request.sampling, row.generator, self._breaks)
        if token in self._model.end_tokens:
            return self._last(row, "stop"), False
        row.tokens.append(token)
        row.left -= 1
        row.waiting.append(logprob)
        text, met = row.stops.add(row.text.add(token))
        if met:
            return self._chunk(row, text, "stop"), False
        if row.left <= 0:
            last = self._last(row, "length")
            return Chunk(row.index, text + last.text, last.logprobs, "length"), False
        return (self._chunk(row, text, "") if text else Chunk(row.index, "")), True

    def _last(self, row: _Row, finish: Finish) -> Chunk:
        """The chunk that ends a row: what was held back for a character or a stop string that did not come."""
        text, met = row.stops.add(row.text.rest())
        return self._chunk(row, text if met else text + row.stops.rest(), finish)

    def _chunk(self, row: _Row, text: str, finish: Finish) -> Chunk:
        logprobs, row.waiting = tuple(row.waiting), []
        return Chunk(row.index, text, logprobs, finish)

    def _breaks(self, token: int) -> bool:
        """Whether a token ends a repetition for DRY (looked up once per token)."""
        if token not in self._breakers:
            text = self._model.tokenizer.decode([token])
            self._breakers[token] = any(mark in text for mark in DRY_BREAKERS)
        return self._breakers[token]

    def _without_adapters(self) -> Any:
        import contextlib

        return self._runner.disable_adapter() if self._adapters else contextlib.nullcontext()
