"""Whether a model fits into memory. Arithmetic only; the figures it starts from are measured (see docs/log.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cocreate.machine import Machine
from cocreate.models.shape import Shape
from cocreate.wording import size

SLOTS = 8
"""Requests the embedded llama.cpp holds at once, each with a context of its own (`LlamaCppEngine`, `parallel`)."""
SCORER = 2
"""Bytes a parameter takes once more: the critic reads the same weights de-quantised to 16 bits (`TorchScorer`)."""
PROGRAM = 850_000_000
"""Bytes of everything else in the studio process: Python, torch, llama.cpp, the embedder, a turn's own data."""

Fit = Literal["fits", "tight", "too big", "unknown"]
"""fits: there is room now; tight: only when other programs give memory up; too big: not even then."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes a model takes while the studio runs."""

    weights: int
    cache: int
    """Keys and values of the whole context, all requests of a batch together."""
    scorer: int
    program: int = PROGRAM

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.scorer + self.program


def need(weights: int, shape: Shape | None, context: int, *, embedded: bool) -> Need:
    """What a model of so many bytes needs.

    Args:
        weights: bytes of its files.
        shape: parameters and cache per token; None when unknown: then only the weights count, and their copy is
            taken to be four times as large (4 bits a parameter against 16).
        context: tokens of prompt and reply together, per request.
        embedded: llama.cpp runs it, with a second copy for the critic; else torch does, which scores by itself.
    """
    cache = (shape.cache_per_token if shape else 0) * context * SLOTS
    copy = shape.parameters * SCORER if shape else weights * 4
    return Need(weights, cache, copy if embedded else 0)


def fit(needed: Need, machine: Machine, given_back: int = 0) -> Fit:
    """Compare with the machine; `given_back` bytes are what the model in use now will free."""
    if not machine.memory:
        return "unknown"
    if needed.total > machine.memory:
        return "too big"
    return "fits" if needed.total <= machine.free + given_back else "tight"


def sentence(title: str, needed: Need, machine: Machine) -> str:
    """Why a model is too big, with the parts of the sum."""
    parts = f"weights {size(needed.weights)}"
    parts += f", context {size(needed.cache)}" if needed.cache else ""
    parts += f", the critic's copy {size(needed.scorer)}" if needed.scorer else ""
    return (
        f"{title} needs about {size(needed.total)} of memory ({parts}, the studio {size(needed.program)}); "
        f"this machine has {size(machine.memory)}."
    )
