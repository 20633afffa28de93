"""An engine that counts what it does, for the status line, the JSON events and the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agents.contracts import Chunk, Engine, Request, StopFlag
from cocreate.engines.queue import ModelQueue, Priority


@dataclass(frozen=True, slots=True)
class Batch:
    """One finished call of `generate`."""

    size: int
    tokens: int
    seconds: float
    first_token_seconds: float
    """From its turn in the queue to the first piece of text; 0 when there was none."""
    prompt_tokens: int = 0
    """Tokens of all prompts, as far as the engine says; a stopped request says nothing."""
    cached_tokens: int = 0
    """Of those, tokens that were not read again."""
    memory: int = 0
    """Bytes of main memory this process holds at the end (resident set size)."""


class MeteredEngine:
    """Wraps an engine; `on_batch` hears of every batch."""

    def __init__(self, engine: Engine, queue: ModelQueue | None = None) -> None:
        self._engine = engine
        self._queue = queue or ModelQueue()
        self.tokens = 0
        """Tokens generated since the wrapper was made."""
        self.on_batch: Callable[[Batch], None] | None = None

    @property
    def wrapped(self) -> Engine:
        """The engine itself."""
        return self._engine

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """As Engine.generate, when its turn in the queue has come."""
        with self._queue.turn(Priority.WRITER):
            started = time.perf_counter()
            first, tokens, prompt, cached = 0.0, 0, 0, 0
            try:
                for chunk in self._engine.generate(requests, stop):
                    if chunk.text and not first:
                        first = time.perf_counter() - started
                    tokens += len(chunk.logprobs) or bool(chunk.text)
                    prompt, cached = prompt + chunk.prompt_tokens, cached + chunk.cached_tokens
                    yield chunk
            finally:
                self.tokens += tokens
                if self.on_batch:
                    seconds = time.perf_counter() - started
                    self.on_batch(Batch(len(requests), tokens, seconds, first, prompt, cached, memory()))

    @property
    def name(self) -> str:
        """As Engine.name."""
        return self._engine.name

    @property
    def context_length(self) -> int:
        """As Engine.context_length."""
        return self._engine.context_length

    @property
    def adapters(self) -> tuple[str, ...]:
        """As Engine.adapters."""
        return self._engine.adapters

    def count_tokens(self, text: str) -> int:
        """As Engine.count_tokens."""
        return self._engine.count_tokens(text)

    def add_adapter(self, name: str, path: str) -> None:
        """As Engine.add_adapter."""
        self._engine.add_adapter(name, path)

    def remove_adapter(self, name: str) -> None:
        """As Engine.remove_adapter."""
        self._engine.remove_adapter(name)

    def close(self) -> None:
        """As Engine.close."""
        self._engine.close()


def memory() -> int:
    """Bytes of main memory this process holds (resident set size)."""
    import psutil

    return int(psutil.Process().memory_info().rss)
