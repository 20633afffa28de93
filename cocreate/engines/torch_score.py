"""How surprising a text is: token log-probabilities from a transformers model.

- Texts are never padded together: a text has the same numbers alone and in any company, to the last bit. Packed by
  length, in bfloat16, a token's number moved by up to 0.10 with its company, and a tenth of the time was saved.
- On a CPU each text (or window of a long one) is read by one thread, as many at a time as there are threads: the
  numbers do not depend on how many (in float32 two threads on one text moved them by 0.00005).
- A text stands after the model's document separator (`TorchModel.first_token`), so its first token is scored too.
- A text longer than the window is read in windows that overlap by half; each token is scored in the first window that
  holds it, with at least half a window of context before it (except in the very first).
- Log-probability = logit - logsumexp, in float32 and for 32 positions at a time: the full table of a window for a
  vocabulary of 49,152 would take 100 MB, its softmax as much again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agents.contracts import TokenScores
from cocreate.engines.torch_model import TorchModel

WINDOW = 512
"""Most tokens read at once."""
_POSITIONS = 32
_MOST_READERS = 8
"""Windows read at the same time; each may hold 65 MB of logits (512 positions of 49,152 words, 32 in float32)."""


class TorchScorer:
    """Scores texts with the model at `path` (a Hugging Face folder, or a GGUF file). Safe for several threads.

    Raises EngineFailed when the model cannot be loaded.
    """

    def __init__(self, path: Path, *, cache: Path, threads: int = 0, device: str = "") -> None:
        self._model = TorchModel(path, cache=cache, threads=threads, device=device)
        self._readers = Readers(self._model)
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        """Where it runs and how it counts, such as "CPU, bfloat16, 2 threads"."""
        return self._model.described

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Return the log-probabilities (natural) and character spans of each text's tokens, in order."""
        with self._lock:
            return self._readers.score(texts)


class Readers:
    """Threads that each read one window at a time. One thread at a time may call `score`."""

    def __init__(self, model: TorchModel) -> None:
        self._model = model
        self._pool: ThreadPoolExecutor | None = None

    def score(self, texts: Sequence[str], window: int = WINDOW) -> list[TokenScores]:
        """Score texts, in order. Special tokens in them, such as <|im_end|>, are read as plain characters."""
        work, offsets = [], []
        size = min(window, self._model.limit)
        for at, text in enumerate(texts):
            tokens, spans = _tokens(self._model, text)
            offsets.append(spans)
            work += [(at, tokens[start : start + size], first - start) for start, first in windows(len(tokens), size)]
        logprobs: list[list[float]] = [[] for _ in texts]
        for (at, _, _), part in zip(work, self._map()(self._window, work), strict=True):
            logprobs[at] += part
        return [TokenScores(spans, tuple(values)) for spans, values in zip(offsets, logprobs, strict=True)]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _window(self, item: tuple[int, list[int], int]) -> list[float]:
        return _window(self._model, item[1], item[2])

    def _map(self) -> Callable[..., Iterable[list[float]]]:
        """`map` on a GPU, which is one reader; on a CPU that of the pool, made at the first call."""
        if self._model.device != "cpu":
            return map
        if self._pool is None:
            self._pool = _single_threads()
        return self._pool.map


def _single_threads() -> ThreadPoolExecutor:
    """A pool of as many threads as PyTorch uses, in each of which PyTorch itself uses one."""
    import torch

    threads = torch.get_num_threads()
    count = min(threads, _MOST_READERS)
    together = threading.Barrier(count)

    def alone(_: int) -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # makes it the thread's own; else its first sum takes the number of all again
        together.wait()  # so that every thread of the pool comes by, and none twice

    pool = ThreadPoolExecutor(count, "score")
    list(pool.map(alone, range(count)))
    torch.set_num_threads(threads)
    return pool


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


def _window(model: TorchModel, tokens: list[int], first: int) -> list[float]:
    """Log-probabilities of tokens[first:], each given all before it."""
    import torch

    if first >= len(tokens):
        return []
    ids = torch.tensor([tokens], device=model.device)  # (1, T)
    # The whole model, not body and head apart: some families scale or cap their logits after the head.
    with torch.inference_mode():
        logits = model.model(input_ids=ids, use_cache=False, logits_to_keep=len(tokens) - first + 1).logits[0, :-1]
    targets = ids[0, first:]  # (T - first,), and logits are (T - first, V)
    parts: list[Any] = []
    for at in range(0, len(targets), _POSITIONS):
        some = logits[at : at + _POSITIONS].float()  # (<= 32, V)
        chosen = some.gather(1, targets[at : at + _POSITIONS, None])[:, 0]
        parts.append(chosen - some.logsumexp(dim=1))
    return [float(value) for value in torch.cat(parts).tolist()] if parts else []
