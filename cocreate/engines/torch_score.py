"""How surprising a text is: token log-probabilities from a transformers model.

- Texts are never padded together: a text has the same numbers alone and in any company, to the last bit. Packed by
  length, in bfloat16, a token's number moved by up to 0.10 with its company, and a tenth of the time was saved.
- On a CPU each text (or window of a long one) is read by one thread, as many at a time as there are threads: the
  numbers do not depend on how many (in float32 two threads on one text moved them by 0.00005).
- A text stands after the model's document separator (`TorchModel.first_token`), so its first token is scored too.
- A text longer than the window is read in windows that overlap by half; each token is scored in the first window that
  holds it, with at least half a window of context before it (except in the very first).
- Log-probability = logit - logsumexp, in float32 and for 64 positions at a time (`torch_read`).
- `read` gives what the critic's trained heads need from the same pass: entropies, ranks, states.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.contracts import TokenScores
from agents.critique.features.reading import Reading
from cocreate.engines.torch_model import TorchModel
from cocreate.engines.torch_read import Part, read_window
from memory.side_by_side import single_threads

WINDOW = 512
"""Most tokens read at once."""
_MOST_READERS = 8
"""Windows read at the same time."""
_MOST_BEFORE = 64
"""Tokens of what stands before a text."""
DIGITS = 3
"""Decimals of a reading: beyond what bfloat16 holds anyway, and the last bits differ between machines."""


class TorchScorer:
    """Scores texts with the model at `path` (a Hugging Face folder, or a GGUF file). Safe for several threads.

    On a CPU with the instructions for it, it reads in 8-bit whole numbers (`torch_int8`): SmolLM2-135M in 0.4 of the
    time and 0.6 of the memory of bfloat16, as near to float32 as that is. `exact` keeps the float model.

    Raises EngineFailed when the model cannot be loaded.
    """

    def __init__(self, path: Path, *, cache: Path, threads: int = 0, device: str = "", exact: bool = False) -> None:
        self._model = TorchModel(path, cache=cache, threads=threads, device=device, small=not exact)
        self._readers = Readers(self._model)
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        """Where it runs and how it counts, such as "CPU, int8, 2 threads"."""
        return self._model.described

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Return the log-probabilities (natural) and character spans of each text's tokens, in order."""
        with self._lock:
            return self._readers.score(texts)

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        """As agents.critique.features.reading.Reader.read."""
        with self._lock:
            return self._readers.read(texts, before)


@dataclass(frozen=True, slots=True)
class _Window:
    """One piece of work: which text, its tokens, the first that is measured, and whether the text begins here."""

    text: int
    tokens: list[int]
    first: int
    begins: bool


class Readers:
    """Threads that each read one window at a time. One thread at a time may call `score` or `read`."""

    def __init__(self, model: TorchModel) -> None:
        self._model = model
        self._pool: ThreadPoolExecutor | None = None

    def score(self, texts: Sequence[str], window: int = WINDOW) -> list[TokenScores]:
        """Score texts, in order. Special tokens in them, such as <|im_end|>, are read as plain characters."""
        offsets, work = self._cut(texts, [], window)
        parts = self._map()(lambda item: self._window(item, deep=False), work)
        logprobs: list[list[float]] = [[] for _ in texts]
        for item, part in zip(work, parts, strict=True):
            logprobs[item.text] += part.logprobs.tolist()
        return [TokenScores(spans, tuple(values)) for spans, values in zip(offsets, logprobs, strict=True)]

    def read(self, texts: Sequence[str], before: str = "", window: int = WINDOW) -> list[Reading]:
        """Read texts, in order, each after `before`, which is not measured. States are of a text's beginning."""
        context = self._model.encode(before)[-_MOST_BEFORE:] if before else []
        offsets, work = self._cut(texts, context, window)
        parts = self._map()(lambda item: self._window(item, deep=True), work)
        found: list[list[Part]] = [[] for _ in texts]
        for item, part in zip(work, parts, strict=True):
            found[item.text].append(part)
        return [_joined(spans, some) for spans, some in zip(offsets, found, strict=True)]

    def _cut(
        self, texts: Sequence[str], context: list[int], window: int
    ) -> tuple[list[tuple[tuple[int, int], ...]], list[_Window]]:
        """Character spans of each text's tokens, and the windows of all texts."""
        work, offsets = [], []
        size = min(window, self._model.limit)
        for at, text in enumerate(texts):
            tokens, spans = _tokens(self._model, text)
            tokens[1:1] = context
            offsets.append(spans)
            for start, first in windows(len(tokens), size):
                given = len(context) if start == 0 else 0
                work.append(_Window(at, tokens[start : start + size], first - start + given, start == 0))
        return offsets, work

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _window(self, item: _Window, *, deep: bool) -> Part:
        return read_window(self._model, item.tokens, item.first, deep=deep, states=deep and item.begins)

    def _map(self) -> Callable[..., Iterable[Part]]:
        """`map` on a GPU, which is one reader; on a CPU that of the pool, made at the first call."""
        if self._model.device != "cpu":
            return map
        if self._pool is None:
            self._pool = single_threads("score", _MOST_READERS)
        return self._pool.map


def _tokens(model: TorchModel, text: str) -> tuple[list[int], tuple[tuple[int, int], ...]]:
    """The separator and the tokens of a text, and the character span of each token but the separator."""
    if not text:
        return [model.first_token], ()
    encoded = model.tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False
    )
    return [model.first_token, *encoded.input_ids], tuple((int(a), int(b)) for a, b in encoded.offset_mapping)


def windows(count: int, size: int) -> list[tuple[int, int]]:
    """Cut `count` tokens into windows of `size`: (where a window starts, the first token it scores) of each.

    Token 0 (the separator) is never scored; every other one exactly once.
    """
    found = [(0, 1)]
    done = min(count, size)
    while done < count:
        start = done - size // 2
        found.append((start, done))
        done = min(count, start + size)
    return found


def _joined(spans: tuple[tuple[int, int], ...], parts: Sequence[Part]) -> Reading:
    logs, doubts, ranks = (
        np.round(np.concatenate([getattr(part, name) for part in parts]), DIGITS)
        for name in ("logprobs", "entropies", "ranks")
    )
    return Reading(
        np.array(spans, dtype=np.int64).reshape(-1, 2), logs, doubts, ranks, np.round(parts[0].states, DIGITS)
    )
