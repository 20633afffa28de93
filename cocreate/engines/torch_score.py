"""How surprising a text is: token log-probabilities from a transformers model.

- Texts are scored one by one, never padded together: a text has the same numbers alone and in any company, to the last
  bit. On two cores four texts of 120 words take as long one by one as in one padded batch, and need less memory.
- A text stands after the model's document separator (`TorchModel.first_token`), so its first token is scored too.
- A text longer than the window is read in windows that overlap by half; each token is scored in the first window that
  holds it, with at least half a window of context before it (except in the very first).
- Log-probability = logit - logsumexp, in float32 and for 128 positions at a time: the full table of a window for a
  vocabulary of 49,152 would take 100 MB, its softmax as much again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.contracts import TokenScores
from cocreate.engines.torch_model import TorchModel

WINDOW = 512
"""Most tokens read at once."""
_POSITIONS = 128


class TorchScorer:
    """Scores texts with the model at `path` (a Hugging Face folder, or a GGUF file). Safe for several threads.

    Raises EngineFailed when the model cannot be loaded.
    """

    def __init__(self, path: Path, *, cache: Path, threads: int = 0, device: str = "") -> None:
        self._model = TorchModel(path, cache=cache, threads=threads, device=device)
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        """Where it runs and how it counts, such as "CPU, bfloat16, 2 threads"."""
        return self._model.described

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Return the log-probabilities (natural) and character spans of each text's tokens, in order."""
        with self._lock:
            return [score_text(self._model, text) for text in texts]


def score_text(model: TorchModel, text: str, window: int = WINDOW) -> TokenScores:
    """Score one text. Special tokens in it, such as <|im_end|>, are read as the plain characters they are."""
    import torch

    if not text:
        return TokenScores((), ())
    encoded = model.tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False
    )
    tokens = [model.first_token, *encoded.input_ids]
    size = min(window, model.limit)
    logprobs: list[float] = []
    with torch.inference_mode():
        for start, first in windows(len(tokens), size):
            logprobs += _window(model, tokens[start : start + size], first - start)
    offsets = tuple((int(a), int(b)) for a, b in encoded.offset_mapping)
    return TokenScores(offsets, tuple(logprobs))


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

    ids = torch.tensor([tokens], device=model.device)  # (1, T)
    # The whole model, not body and head apart: some families scale or cap their logits after the head.
    logits = model.model(input_ids=ids, use_cache=False, logits_to_keep=len(tokens) - first + 1).logits[0, :-1]
    targets = ids[0, first:]  # (T - first,), and logits are (T - first, V)
    parts: list[Any] = []
    for at in range(0, len(targets), _POSITIONS):
        some = logits[at : at + _POSITIONS].float()  # (<= 128, V)
        chosen = some.gather(1, targets[at : at + _POSITIONS, None])[:, 0]
        parts.append(chosen - some.logsumexp(dim=1))
    return [float(value) for value in torch.cat(parts).tolist()] if parts else []
