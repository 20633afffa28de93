"""Reading with everything the critic's heads need: log-probabilities, entropies, ranks, states; one pass a text.

As in `torch_score`: texts are read one by one, never padded together, so a text has the same numbers in any company.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.critique.features.reading import Reading
from cocreate.engines.torch_model import TorchModel

LONGEST = 400
"""Tokens of a text that are read; the heads were trained on texts of up to about 300."""
LAYERS = (0.4, 0.6)
"""Depths of the layers whose states are kept, as shares of all layers (12 and 18 of SmolLM2-135M's 30)."""


class TorchReader:
    """Reads with an already loaded model. Safe for several threads."""

    def __init__(self, model: TorchModel) -> None:
        self._model = model
        self._lock = threading.Lock()

    def read(self, texts: Sequence[str], before: str = "") -> list[Reading]:
        """Read the beginning (LONGEST tokens) of each text, after `before`, which is not measured."""
        start = self._model.encode(before) if before else []
        with self._lock:
            return [_read(self._model, text, [self._model.first_token, *start]) for text in texts]


def _read(model: TorchModel, text: str, context: list[int]) -> Reading:
    import torch

    encoded = model.tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False
    )
    tokens = list(encoded.input_ids)[:LONGEST]
    count = len(tokens)
    depth = int(model.model.config.num_hidden_layers)
    layers = [round(depth * share) for share in LAYERS]
    if not count:
        empty = np.zeros(0)
        return Reading(np.zeros((0, 2), dtype=np.int64), empty, empty, empty, np.zeros((len(layers), 1)))
    ids = torch.tensor([[*context, *tokens]], device=model.device)  # (1, C + T)
    with torch.inference_mode():
        out = model.model(input_ids=ids, use_cache=False, output_hidden_states=True, logits_to_keep=count + 1)
        measured = _measure(out.logits[0, :-1], ids[0, len(context) :])
        states = [out.hidden_states[layer][0, len(context) :].float().mean(dim=0) for layer in layers]
    offsets = np.array(encoded.offset_mapping[:LONGEST], dtype=np.int64).reshape(-1, 2)
    # three decimals: beyond what bfloat16 holds anyway, and the last bits differ between machines
    logs, doubts, ranks = (np.round(row.cpu().numpy().astype(float), 3) for row in measured)
    kept = np.round(torch.stack(states).cpu().numpy().astype(float), 3)
    return Reading(offsets, logs, doubts, ranks, kept)


def _measure(logits: Any, targets: Any) -> tuple[Any, Any, Any]:
    """(T, V) logits and (T,) targets to three rows of T: log-probability, entropy, log(1 + rank); 64 at a time."""
    import torch

    rows: list[tuple[Any, Any, Any]] = []
    for at in range(0, len(targets), 64):
        some = logits[at : at + 64].float()
        total = some.logsumexp(dim=1)
        chosen = some.gather(1, targets[at : at + 64, None])[:, 0]
        expected = (some.softmax(dim=1) * some).sum(dim=1)
        ranks = (some > chosen[:, None]).sum(dim=1).float().log1p()
        rows.append((chosen - total, total - expected, ranks))
    logs, doubts, ranks = (torch.cat(parts) for parts in zip(*rows, strict=True))
    return logs, doubts, ranks
