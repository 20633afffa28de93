"""One window of a text, read once: log-probabilities, and where they are wanted entropies, ranks and states.

The body of the model runs over the window, its head over 64 positions at a time: the whole table of a window for a
vocabulary of 49,152 would take 50 MB, and its softmax in float32 three times that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocreate.engines.torch_model import TorchModel

LONGEST = 400
"""Tokens of a text over which the states are averaged; the heads were trained on texts of up to about 300."""
LAYERS = (0.4, 0.6)
"""Depths of the layers whose states are kept, as shares of all layers (12 and 18 of SmolLM2-135M's 30)."""
POSITIONS = 64
_PLAIN_HEADS = frozenset({"llama", "qwen2", "qwen3", "mistral", "smollm3"})
"""Families whose logits are nothing but head x state; others scale or cap them, so they run whole."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one window gave; T is the number of its measured tokens."""

    logprobs: NDArray[np.float64]
    """(T,)."""
    entropies: NDArray[np.float64]
    """(T,), or (0,) where they were not wanted."""
    ranks: NDArray[np.float64]
    """(T,), log(1 + rank); or (0,)."""
    states: NDArray[np.float64]
    """(layers, d), or (0, 0)."""


def read_window(model: TorchModel, tokens: list[int], first: int, *, deep: bool, states: bool) -> Part:
    """Measure tokens[first:], each given all before it. `deep`: entropies and ranks too."""
    import torch

    none = np.zeros(0)
    if first >= len(tokens):
        return Part(none, none, none, np.zeros((0, 0)))
    with torch.inference_mode():
        ids = torch.tensor([tokens], device=model.device)  # (1, T)
        blocks, kept = _forward(model, ids, first, states)
        rows = [_measure(*block, deep=deep) for block in blocks]
        columns = [torch.cat(column).cpu().numpy().astype(np.float64) for column in zip(*rows, strict=True)]
    logs, doubts, ranks = columns if deep else (columns[0], none, none)
    return Part(logs, doubts, ranks, kept)


def _forward(model: TorchModel, ids: Any, first: int, states: bool) -> tuple[Any, NDArray[np.float64]]:
    """Pairs of ((P, V) logits, (P,) targets), P <= POSITIONS, made one by one; and the states."""
    whole: Any = model.model
    inner = whole.get_base_model() if hasattr(whole, "get_base_model") else whole
    targets = ids[0, first:]
    apart = inner.config.model_type in _PLAIN_HEADS
    if apart:
        out = inner.base_model(input_ids=ids, use_cache=False, output_hidden_states=states)
        rows, head = out.last_hidden_state[0, first - 1 : -1], inner.get_output_embeddings()
    else:
        keep = len(targets) + 1
        out = whole(input_ids=ids, use_cache=False, output_hidden_states=states, logits_to_keep=keep)
        rows, head = out.logits[0, :-1], None
    cuts = range(0, len(targets), POSITIONS)
    made = ((rows[at : at + POSITIONS], targets[at : at + POSITIONS]) for at in cuts)
    return ((head(some) if head is not None else some, wanted) for some, wanted in made), _states(
        model, out, inner, first, states
    )


def _states(model: TorchModel, out: Any, inner: Any, first: int, wanted: bool) -> NDArray[np.float64]:
    import torch

    if not wanted:
        return np.zeros((0, 0))
    depth = int(inner.config.get_text_config().num_hidden_layers)
    kept = [out.hidden_states[round(depth * share)][0, first : first + LONGEST].float().mean(dim=0) for share in LAYERS]
    kept = [model.straight(state) for state in kept]
    return np.asarray(torch.stack(kept).cpu().numpy(), dtype=np.float64)


def _measure(logits: Any, targets: Any, *, deep: bool) -> tuple[Any, ...]:
    """(P, V) logits and (P,) targets to rows of P: log-probability, and if `deep` entropy and log(1 + rank)."""
    some = logits.float()
    chosen = some.gather(1, targets[:, None])
    if not deep:
        return ((chosen - some.logsumexp(dim=1, keepdim=True))[:, 0],)
    ranks = _larger(some, chosen).log1p()
    top = some.amax(dim=1, keepdim=True)
    some = some - top
    weights = some.exp()
    total = weights.sum(dim=1)
    expected = weights.mul_(some).sum(dim=1) / total
    return chosen[:, 0] - top[:, 0] - total.log(), total.log() - expected, ranks


def _larger(some: Any, chosen: Any) -> Any:
    """(P, V) and (P, 1) to (P,): how many numbers of a row are larger than the chosen one."""
    import torch

    if some.device.type != "cpu":
        return (some > chosen).sum(dim=1).float()
    # PyTorch widens every yes and no to 64 bits before it adds them: half of all the time spent on a table.
    rows = zip(some.numpy(), chosen[:, 0].numpy(), strict=True)
    return torch.tensor([float(np.count_nonzero(row > least)) for row, least in rows])
