"""What the second judge looks at: states of SmolLM2-135M at five depths, its surprise, and a sentence vector.

The product's critic judges paragraphs by counts and character n-grams (`critic_fits.fit_quality`); none of those is
here, so that what is chosen by the critic is not judged by the same numbers. A text is read once, alone, by one thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.critique.features.reading import Reading
from agents.critique.features.surprise import surprise
from cocreate.engines.torch_model import TorchModel
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from memory.embedder import Embedder, SentenceEmbedder

DEPTHS = (0.2, 0.4, 0.6, 0.8, 0.97)
"""Layers whose states are kept, as shares of all (6, 12, 18, 24 and 29 of 30)."""
LONGEST = 512
"""Tokens of a text that are read."""
POSITIONS = 64
"""Rows of logits held at once."""
PARTS = ("means", "spreads", "ends", "surprise", "meaning")


@dataclass(frozen=True)
class Views:
    """Reads texts into rows of numbers; what was read is kept in `folder`, one file a text, so that a rerun goes on."""

    model: TorchModel
    embedder: Embedder
    folder: Path

    def of(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Rows of the texts: "means", "spreads", "ends" (n, 5, 576), "surprise" (n, 26), "meaning" (n, 384)."""
        rows = [self._one(text) for text in texts]
        return {part: np.array([row[part] for row in rows]) for part in PARTS}

    def _one(self, text: str) -> dict[str, np.ndarray]:
        path = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return {part: kept[part].astype(np.float64) for part in PARTS}
        found = _read(self.model, text) | {"meaning": self.embedder.embed([text])[0]}
        self.folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{part: values.astype(np.float32) for part, values in found.items()})
        return found


def open_views(settings: Settings, folder: Path) -> Views:
    """The default models as the product reads with them on this machine."""
    model = resolve(settings, lambda done, total: None)
    vectors = resolve_embedder(settings, lambda done, total: None)
    return Views(
        TorchModel(model.path, cache=settings.cache, threads=settings.threads, small=True),
        SentenceEmbedder(vectors, threads=settings.threads),
        folder,
    )


def _read(model: TorchModel, text: str) -> dict[str, np.ndarray]:
    """One pass over one text."""
    import torch

    encoded = model.tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False
    )
    tokens = [model.first_token, *encoded.input_ids][: LONGEST + 1]
    spans = np.array(encoded.offset_mapping[:LONGEST], dtype=np.int64).reshape(-1, 2)
    inner: Any = model.model
    with torch.inference_mode():
        ids = torch.tensor([tokens], device=model.device)
        out = inner.base_model(input_ids=ids, use_cache=False, output_hidden_states=True)
        kept = [_straight(model, out.hidden_states[at][0, 1:].float()) for at in _layers(inner)]
        logs, doubts, ranks = _surprises(inner.get_output_embeddings(), out.last_hidden_state[0, :-1], ids[0, 1:])
    reading = Reading(spans, logs, doubts, ranks, np.zeros((0, 0)))
    return {
        "means": np.array([state.mean(axis=0) for state in kept]),
        "spreads": np.array([state.std(axis=0) for state in kept]),
        "ends": np.array([state[-1] for state in kept]),
        "surprise": np.array(list(surprise(text, reading).values())),
    }


def _layers(inner: Any) -> list[int]:
    return [round(inner.config.num_hidden_layers * depth) for depth in DEPTHS]


def _straight(model: TorchModel, states: Any) -> np.ndarray:
    """(T, d) states as they would be, had an 8-bit model not been turned."""
    turn = model._turn  # `straight` takes one state at a time: T calls a layer cost more than the reading itself
    return np.asarray((states if turn is None else turn.back(states)).numpy(), dtype=np.float64)


def _surprises(head: Any, rows: Any, targets: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-probability, entropy and log(1 + rank) of each token, (T,) each."""
    found = []
    for at in range(0, len(targets), POSITIONS):
        logs = head(rows[at : at + POSITIONS]).float().log_softmax(dim=1).numpy()  # (P, V)
        chosen = logs[np.arange(len(logs)), targets[at : at + POSITIONS].numpy()]
        entropy = -(np.exp(logs) * logs).sum(axis=1)
        found.append((chosen, entropy, np.log1p((logs > chosen[:, None]).sum(axis=1))))
    return tuple(np.concatenate(column).astype(np.float64) for column in zip(*found, strict=True))  # type: ignore[return-value]
