"""One embedded llama.cpp server with its slots: what each slot has read, and the beginnings of prompts kept for later.

A slot keeps the key-value cache of the last prompt it ran; llama.cpp reads only what follows the common beginning. A
beginning that several requests share is read on one slot, saved to the private folder (in memory where there is such a
place) and restored into the others: on two cores reading 200 tokens takes 0.8 s, restoring them 2 ms. The saved
beginnings outlive their batch, so the next round of drafts, and the revision after it, find theirs.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.errors import AgentError, EngineFailed, PromptTooLong
from cocreate.engines.llama_socket import LlamaSocket

Tokens = tuple[int, ...]
Receive = Callable[[dict[str, Any]], bool]
"""Hears each piece of a reply; True ends it."""

WORTH_KEEPING = 24
"""Tokens below which saving and restoring a slot gains nothing."""
_KEPT_TOKENS = 6000
"""Tokens of saved beginnings at most: about 140 MB for SmolLM2-135M. The oldest go first."""


@dataclass(slots=True)
class _Slot:
    """What a slot's cache holds."""

    adapter: str | None = None
    """Name of the adapter it was read with, "" for none; None before the slot's first request."""
    tokens: Tokens = ()
    """The last prompt."""
    used: int = 0
    """When it was used last, counted in requests."""


@dataclass(slots=True)
class _Saved:
    """One saved beginning."""

    adapter: str
    tokens: Tokens
    file: str


@dataclass(slots=True)
class _Shelf:
    """Saved beginnings, the one used last at the end."""

    items: list[_Saved] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: itertools.count[int] = field(default_factory=itertools.count)


class LlamaServer:
    """A GGUF model in this process, with `parallel` slots of `context` tokens each.

    `exact`: attention in float32 throughout, as in transformers: slower, twice the cache; for comparisons. Else
    (float16 cache, flash attention) log-probabilities are off by up to 0.01, and a near tie can fall the other way.

    Raises:
        EngineFailed: the file is not a model llama.cpp can load.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int,
        context: int,
        parallel: int,
        adapters: Mapping[str, str],
        exact: bool = False,
    ) -> None:
        self.parallel = parallel
        self._names = tuple(adapters)
        self._slots = [_Slot() for _ in range(parallel)]
        self._shelf = _Shelf()
        self._requests = itertools.count(1)
        self.door = LlamaSocket()
        self._server: Any = None
        import xllamacpp

        try:
            params = _params(xllamacpp, path, threads, context, parallel)
            if exact:
                params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
                params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
            params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(file, 1.0) for file in adapters.values()]
            self.door.prepare(params)
            self._server = xllamacpp.Server(params)
            self.door.opened(str(self._server.listening_address))
        except (RuntimeError, ValueError, OSError) as error:
            self.close()
            raise EngineFailed(
                f"llama.cpp cannot load {path.name}: the file is damaged or of a kind it does not know.",
                "Fetch it again, or set another with: cocreate config set model PATH",
            ) from error

    def close(self) -> None:
        """Free the model. No request may run."""
        if self._server is not None and not any(slot.used for slot in self._slots):
            # llama.cpp's loop begins in a thread of its own; an end that is told before it began is never heard, and
            # the destructor waits forever (server_queue::terminate before start_loop). A request shows that it began.
            with contextlib.suppress(AgentError):
                self._raw(0, (1,), "", {"max_tokens": 0, "temperature": 0.0, "stream": True}, lambda _: False)
        self._server = None  # its destructor ends llama.cpp's own threads
        self.door.close()

    def complete(self, slot: int, tokens: Tokens, adapter: str, fields: dict[str, Any], receive: Receive) -> None:
        """Run one request on `slot`, from what is already read of it. Blocks; a slot has one caller at a time.

        Raises:
            PromptTooLong: the context is too small. EngineFailed: llama.cpp refused or failed.
        """
        self._ready(slot, tokens, adapter)
        self._raw(slot, tokens, adapter, fields, receive)
        self._slots[slot].tokens = tokens

    def held(self, slot: int, tokens: Tokens, adapter: str) -> int:
        """How many of `tokens` the slot has read already, from their beginning."""
        state = self._slots[slot]
        return common(state.tokens, tokens) if state.adapter == adapter else 0

    def last_used(self, slot: int) -> int:
        """When the slot was used last, counted in requests; 0 for never."""
        return self._slots[slot].used

    def keep(self, slots: Sequence[int], tokens: Tokens, adapter: str, cancelled: Callable[[], bool]) -> int:
        """Have `tokens` read once and saved. Returns how many had to be read for it.

        Uses the slot of `slots` that holds the most of them. Raises as `complete`.
        """
        if len(tokens) < WORTH_KEEPING or self._saved(tokens, adapter)[1] == len(tokens):
            return 0
        slot = max(slots, key=lambda s: self.held(s, tokens, adapter))
        read = 0

        def receive(chunk: dict[str, Any]) -> bool:
            nonlocal read
            prompt, cached = prompt_counts(chunk)
            read += prompt - cached
            return False

        self.complete(slot, tokens, adapter, {"max_tokens": 1, "temperature": 0.0, "stream": True}, receive)
        if not cancelled():
            self._save(slot, tokens, adapter)
        return max(0, read)

    def _ready(self, slot: int, tokens: Tokens, adapter: str) -> None:
        """Bring the longest known beginning of `tokens` into the slot."""
        state = self._slots[slot]
        saved, length = self._saved(tokens, adapter)
        if saved is None or length < self.held(slot, tokens, adapter) + WORTH_KEEPING:
            return
        if self._names and state.adapter != adapter:
            # llama.cpp empties a slot whose adapter changes, also when it was filled from a file a moment ago
            self._raw(slot, tokens[:1], adapter, {"max_tokens": 0, "temperature": 0.0, "stream": True}, lambda _: False)
        self.door.restore_slot(slot, saved.file)
        state.adapter, state.tokens = adapter, saved.tokens

    def _raw(self, slot: int, tokens: Tokens, adapter: str, fields: dict[str, Any], receive: Receive) -> None:
        failures: list[AgentError] = []

        def hear(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                failures.append(_failure(chunk["error"]))
                return True
            return receive(chunk)

        about: dict[str, Any] = {"prompt": list(tokens), "id_slot": slot, "cache_prompt": True}
        if self._names:
            about["lora"] = [{"id": at, "scale": float(name == adapter)} for at, name in enumerate(self._names)]
        state = self._slots[slot]
        state.tokens = ()  # unknown until the call is over
        state.adapter, state.used = adapter, next(self._requests)
        self._server.handle_completions(about | fields, hear)
        if failures:
            raise failures[0]

    def _saved(self, tokens: Tokens, adapter: str) -> tuple[_Saved | None, int]:
        """The saved beginning that has most in common with `tokens`, and how much that is."""
        with self._shelf.lock:
            best: tuple[_Saved | None, int] = None, 0
            for item in self._shelf.items:
                length = common(item.tokens, tokens) if item.adapter == adapter else 0
                if length > best[1]:
                    best = item, length
            if best[0] is not None:
                self._shelf.items.remove(best[0])
                self._shelf.items.append(best[0])
            return best

    def _save(self, slot: int, tokens: Tokens, adapter: str) -> None:
        with self._shelf.lock:
            item = _Saved(adapter, tokens, f"prefix-{next(self._shelf.numbers)}")
            self.door.save_slot(slot, item.file)
            self._shelf.items.append(item)
            total = sum(len(kept.tokens) for kept in self._shelf.items)
            while total > _KEPT_TOKENS and len(self._shelf.items) > 1:
                oldest = self._shelf.items.pop(0)
                total -= len(oldest.tokens)
                self.door.forget(oldest.file)


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the common beginning."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def prompt_counts(chunk: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of the prompt, and how many of them were not read again; (0, 0) in a chunk that does not say."""
    usage = chunk.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return int(usage.get("prompt_tokens", 0)), int(details.get("cached_tokens", 0))


def _params(xllamacpp: Any, path: Path, threads: int, context: int, parallel: int) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context * parallel  # llama.cpp divides it among the slots
    params.n_parallel = parallel
    params.kv_unified = False  # one cache per slot: a little faster, and steadier numbers for one seed
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_threads_http = 2
    params.cache_ram_mib = 0  # no second prompt cache (8 GB by default); slots and saved prefixes are ours
    params.fit_params = False
    params.warmup = False
    params.ui = False
    params.verbosity = 0
    params.lora_init_without_apply = True
    return params


def _failure(error: Any) -> AgentError:
    about = error if isinstance(error, dict) else {"message": str(error)}
    if about.get("type") == "exceed_context_size_error":
        return PromptTooLong(
            f"The prompt has {about.get('n_prompt_tokens')} tokens; the model reads {about.get('n_ctx')}.",
            "Shorten the text, or raise the context setting.",
        )
    return EngineFailed(f"The language model refused the request: {str(about.get('message', ''))[:200]}")
