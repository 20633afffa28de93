"""transformers and peft: the engine on a CUDA GPU, and for Hugging Face folders anywhere.

- One decode loop for the whole batch, left-padded, with one key-value cache; rows leave it as they finish.
- What all prompts of a batch begin with is read once (four drafts of one brief), then copied into every row.
- The stop flags are looked at before every step (and every 128 tokens of a long prompt).
- Tokens are drawn by `torch_sampling`, row by row, so that sampling means the same as in llama.cpp.
- LoRA adapters by peft, chosen per row (`adapter_names`), never by its global `set_adapter`; others by `torch_other`.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agents.contracts import Chunk, Request, StopFlag, TokenScores
from agents.critique.features.reading import Reading
from agents.errors import AdapterRefused, EngineFailed, PromptTooLong
from cocreate.engines.barred import barred_tokens
from cocreate.engines.known_runs import KnownRuns, known_runs
from cocreate.engines.text_out import Detokeniser, StopStrings
from cocreate.engines.torch_model import TorchModel
from cocreate.engines.torch_other import KINDS, OtherAdapters, kind_of
from cocreate.engines.torch_row import Row
from cocreate.engines.torch_sampling import DRY_BREAKERS
from cocreate.engines.torch_score import Readers, TorchScorer

__all__ = ["TorchEngine", "TorchScorer"]

_PREFILL = 128
"""Prompt tokens read between two looks at the stop flag."""
_WORTH_SHARING = 16
"""Tokens from which a common beginning is read apart; below, the extra step costs more than it saves."""
_BASE = "__base__"
"""What peft calls the model without any adapter."""


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
        self._others = OtherAdapters(self._model.model)
        self._readers = Readers(self._model)
        self._context = min(context, self._model.limit)
        self._name = name or path.stem
        self._adapters: dict[str, str] = {}
        self._known: dict[str, KnownRuns] = {}
        self._breakers: dict[int, bool] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Such as "torch SmolLM2-135M-Instruct"."""
        return f"torch {self._name}"

    @property
    def device(self) -> str:
        """Where it runs and how it counts, such as "CPU, bfloat16, 2 threads"."""
        return self._model.described

    @property
    def context_length(self) -> int:
        """Tokens of prompt and reply together, per request."""
        return self._context

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names a request may use."""
        return (*self._adapters, *self._others.names)

    def count_tokens(self, text: str) -> int:
        """Number of tokens, without special ones."""
        return len(self._model.encode(text))

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Token log-probabilities by the base model, without adapters. See `torch_score`."""
        with self._lock, self._without_adapters():
            return self._readers.score(texts)

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        """What the critic's heads need, by the base model. See `torch_score`."""
        with self._lock, self._without_adapters():
            return self._readers.read(texts, before)

    def add_adapter(self, name: str, path: str) -> None:
        """Load a peft folder (safetensors) under `name`: a LoRA, IA3, or a prefix.

        Raises:
            AdapterRefused: it is not there, is pickled, or was made for another model.
        """
        from peft import PeftModel

        if not (Path(path) / "adapter_model.safetensors").is_file():
            raise AdapterRefused(f"There is no adapter in {path}.", "Tune the voice again, or choose another.")
        if kind_of(Path(path)) in KINDS:
            with self._lock:
                self._others.add(name, Path(path))
            return
        known = known_runs(Path(path))
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
            if known is not None:
                self._known[name] = known

    def remove_adapter(self, name: str) -> None:
        """Forget an adapter; unknown names are ignored."""
        with self._lock:
            self._others.remove(name)
            self._known.pop(name, None)
            inner = self._adapters.pop(name, None)
            if inner is not None and self._adapters:
                self._runner.delete_adapter(inner)
            elif inner is not None:
                self._runner = self._runner.unload()

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            self._readers.close()
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
            finally:
                self._others.rows = ()
        for index in sorted(unfinished):
            yield rows[index].stopped()

    def _row(self, index: int, request: Request) -> Row:
        import torch

        if request.adapter is not None and request.adapter not in self.adapters:
            raise EngineFailed(f"There is no adapter called {request.adapter}.", "Choose another voice.")
        if request.grammar:
            raise EngineFailed(
                "The torch engine cannot hold a reply to a grammar.",
                "Use llama.cpp with a GGUF file: cocreate config set engine llamacpp",
            )
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
        stops = StopStrings(request.stop)
        barred = barred_tokens(request.without, self._model.encode)
        known = self._known.get(request.adapter or "")
        return Row(
            index, request, tokens, len(tokens), left, Detokeniser(decode), stops, generator, decode, barred, known
        )

    def _decode(self, rows: list[Row], stop: StopFlag) -> Iterator[Chunk]:
        """The decode loop. Ends early, saying nothing, when `stop` is set."""
        from transformers import DynamicCache

        cache = DynamicCache()
        begun = self._shared(rows)
        ids, mask = self._columns(rows, begun)
        mask = self._others.begin([row.request.adapter for row in rows], cache, mask, shared=begun > 0)
        if begun:
            until = mask.shape[1] - ids.shape[1] + begun
            if self._read(rows[:1], ids[:1, :begun], mask[:1, :until], cache, rows, stop) is None:
                return
            cache.batch_repeat_interleave(len(rows))
            for row in rows[1:]:
                row.cached = begun
        new = ids.shape[1] - begun
        while rows:
            logits = self._read(rows, ids[:, -new:], mask, cache, rows, stop)
            if logits is None:
                return
            drawn = [self._draw(row, logits[at]) for at, row in enumerate(rows)]
            going: list[int] = []
            for at, (chunk, goes_on) in enumerate(drawn):
                if stop.is_set():
                    return
                if rows[at].cancelled:
                    chunk, goes_on = rows[at].stopped(), False
                if chunk.text or chunk.finish:
                    yield chunk
                if goes_on:
                    going.append(at)
            rows, ids, mask = self._go_on(rows, going, ids, mask, cache)
            new = 1

    def _go_on(self, rows: list[Row], going: list[int], ids: Any, mask: Any, cache: Any) -> tuple[list[Row], Any, Any]:
        """Drop the rows that ended; give each of the others a column with the token it drew."""
        import torch

        if len(going) < len(rows):
            rows = [rows[at] for at in going]
            keep = torch.tensor(going, dtype=torch.long, device=ids.device)
            ids, mask = ids[keep], mask[keep]
            if rows:
                cache.batch_select_indices(keep)
        if rows:
            column = torch.tensor([[row.tokens[-1]] for row in rows], device=ids.device)
            ids = torch.cat([ids, column], dim=1)
            mask = torch.cat([mask, torch.ones_like(column)], dim=1)
        return rows, ids, mask

    def _shared(self, rows: Sequence[Row]) -> int:
        """Tokens all prompts begin with, less one (each row reads a token of its own), or 0 where it does not pay.

        An adapter changes keys and values, so rows of different adapters share nothing. A model that looks back on a
        window only counts columns: padding between beginning and rest would move its edge, so there the prompts must be
        of one length.
        """
        shortest = min((len(row.tokens) for row in rows), default=0)
        if len(rows) < 2 or len({row.request.adapter for row in rows}) > 1:
            return 0
        if self._model.windowed and any(len(row.tokens) != shortest for row in rows):
            return 0
        first, count = rows[0].tokens, 0
        while count < shortest - 1 and all(row.tokens[count] == first[count] for row in rows):
            count += 1
        return count if count >= _WORTH_SHARING else 0

    def _columns(self, rows: Sequence[Row], begun: int) -> tuple[Any, Any]:
        """Tokens and mask of the prompts, (B, T) each: the shared beginning, padding, the rest.

        The padding stands left of the rest, so that all rows end in the same column.
        """
        import torch

        width = max((len(row.tokens) for row in rows), default=0)
        ids, mask = [], []
        for row in rows:
            pad = width - len(row.tokens)
            ids.append(row.tokens[:begun] + [0] * pad + row.tokens[begun:])
            mask.append([1] * begun + [0] * pad + [1] * (len(row.tokens) - begun))
        device = self._model.device
        return torch.tensor(ids, device=device), torch.tensor(mask, device=device)

    def _read(
        self, rows: Sequence[Row], ids: Any, mask: Any, cache: Any, all_rows: Sequence[Row], stop: StopFlag
    ) -> Any | None:
        """Read columns `ids` (B, t), the last of `mask` (B, T), in parts; return the last column's logits, (B, V).

        None: `stop` was set, or every one of `all_rows`, for which this is read, was cancelled.
        """
        logits = None
        before = mask.shape[1] - ids.shape[1]
        for start in range(0, ids.shape[1], _PREFILL):
            if stop.is_set() or all(row.cancelled for row in all_rows):
                return None
            part = ids[:, start : start + _PREFILL]
            logits = self._forward(rows, part, mask[:, : before + start + part.shape[1]], cache)
        return logits

    def _forward(self, rows: Sequence[Row], ids: Any, mask: Any, cache: Any) -> Any:
        """Read columns `ids` (B, t) after what is in the cache; return the last column's logits, float32 (B, V)."""
        import torch

        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        named: dict[str, Any] = {}
        self._others.rows = [row.request.adapter for row in rows]
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

    def _draw(self, row: Row, logits: Any) -> tuple[Chunk, bool]:
        """Draw the next token of one row; return its chunk and whether the row goes on."""
        token, logprob = row.draw(logits, self._breaks)
        if token in self._model.end_tokens:
            return row.chunk(row.rest()[0], "stop"), False
        row.tokens.append(token)
        row.left -= 1
        row.waiting.append(logprob)
        text, met = row.stops.add(row.text.add(token))
        if met:
            return row.chunk(text, "stop"), False
        if row.left <= 0:
            held, met = row.rest()
            return row.chunk(text + held, "stop" if met else "length"), False
        return (row.chunk(text, "") if text else Chunk(row.index, "")), True

    def _breaks(self, token: int) -> bool:
        """Whether a token ends a repetition for DRY (looked up once per token)."""
        if token not in self._breakers:
            text = self._model.tokenizer.decode([token])
            self._breakers[token] = any(mark in text for mark in DRY_BREAKERS)
        return self._breakers[token]

    def _without_adapters(self) -> Any:
        import contextlib

        return self._runner.disable_adapter() if self._adapters else contextlib.nullcontext()
