"""Drawing one token, the way llama.cpp does it: penalties, DRY, top-k, top-p, min-p, temperature, in this order.

Everything works on one row of logits and one list of the tokens before it, so a request gets the same token alone and
in a batch. Sources: repetition penalty, Keskar et al. 2019 (arXiv 1909.05858); min-p, Nguyen et al. 2024 (arXiv
2407.01082); DRY, p-e-w, text-generation-webui pull request 5677.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agents.contracts import Sampling

if TYPE_CHECKING:
    from torch import Generator, Tensor

DRY_BREAKERS = ("\n", ":", '"', "*")
"""A token holding one of these ends a repetition for DRY: a refrain may begin again on a new line."""
_SLACK = 0.01
_LONGEST_REPEAT = 50
"""Tokens beyond which a repetition is not measured; the penalty is out of reach long before."""


def draw(
    logits: Tensor,
    before: Sequence[int],
    sampling: Sampling,
    generator: Generator,
    breaks: Callable[[int], bool],
    barred: Sequence[int] = (),
) -> tuple[int, float]:
    """Draw a token.

    Args:
        logits: float32 of shape (V,), on the CPU; changed in place.
        before: all tokens of prompt and reply so far.
        sampling: how to draw; temperature 0 takes the likeliest.
        generator: source of randomness of this request, on the CPU.
        breaks: whether a token ends a repetition for DRY.
        barred: tokens that are not drawn.

    Returns:
        (token, its natural log-probability before penalties and truncation).
    """
    import torch

    norm = torch.logsumexp(logits, dim=0)
    plain = logits.clone()
    recent = list(before[-sampling.repeat_last_n :]) if sampling.repeat_last_n > 0 else []
    if sampling.repeat_penalty != 1.0 and recent:
        seen = torch.tensor(sorted(set(recent)))
        values = logits[seen]
        logits[seen] = torch.where(values > 0, values / sampling.repeat_penalty, values * sampling.repeat_penalty)
    if sampling.dry_multiplier > 0:
        for token, length in repeats(recent, sampling.dry_allowed_length, breaks).items():
            logits[token] -= sampling.dry_multiplier * sampling.dry_base ** (length - sampling.dry_allowed_length)
    if barred:
        logits[torch.tensor(barred)] = -math.inf
    if sampling.temperature <= 0:
        token = int(logits.argmax())
    else:
        kept, order = _truncate(logits, sampling)
        chances = torch.softmax(kept / sampling.temperature, dim=0)
        token = int(order[torch.multinomial(chances, 1, generator=generator)])
    return token, float(plain[token] - norm)


def _truncate(logits: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """Return (logits kept, best first; their tokens)."""
    import torch

    candidates = None
    if sampling.min_p > 0 and sampling.top_p >= 1.0 and sampling.top_k <= 0:
        # Only what min-p can keep needs an order: sorting a vocabulary takes longer than all the rest. The slack leaves
        # the decision at the edge to the exact test below.
        candidates = (logits >= logits.max() + math.log(sampling.min_p) - _SLACK).nonzero()[:, 0]
    values, order = torch.sort(logits if candidates is None else logits[candidates], descending=True, stable=True)
    if candidates is not None:
        order = candidates[order]
    if 0 < sampling.top_k < len(values):
        values, order = values[: sampling.top_k], order[: sampling.top_k]
    if sampling.top_p < 1.0:
        chances = torch.softmax(values, dim=0)
        # Keep the token that crosses the line, as everybody does.
        keep = int((chances.cumsum(0) - chances < sampling.top_p).sum())
        values, order = values[: max(1, keep)], order[: max(1, keep)]
    if sampling.min_p > 0:
        chances = torch.softmax(values, dim=0)
        keep = int((chances >= sampling.min_p * chances[0]).sum())
        values, order = values[: max(1, keep)], order[: max(1, keep)]
    return values, order


def repeats(tokens: Sequence[int], allowed: int, breaks: Callable[[int], bool]) -> dict[int, int]:
    """Tokens that would lengthen a repetition, with the length it has now (at least `allowed`).

    >>> repeats([1, 2, 3, 9, 1, 2], 2, lambda token: False)
    {3: 2}
    """
    found: dict[int, int] = {}
    last = len(tokens) - 1
    if last < 0 or breaks(tokens[last]):
        return found
    for at in range(last):
        if tokens[at] != tokens[last] or breaks(tokens[at + 1]):
            continue
        length = 1
        while (
            length < _LONGEST_REPEAT
            and length <= at
            and tokens[at - length] == tokens[last - length]
            and not breaks(tokens[last - length])
        ):
            length += 1
        if length >= allowed:
            found[tokens[at + 1]] = max(length, found.get(tokens[at + 1], 0))
    return found
