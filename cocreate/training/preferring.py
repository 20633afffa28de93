"""Learning from choosing: an adapter goes on from itself towards drafts that were preferred to others of one brief.

Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290) with the likelihood of the preferred draft added
(Pang et al. 2024, 2404.19733), so that it does not become unlikely together with the other. The reference is the
adapter as it was at the beginning, read once.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.contracts import Message
from cocreate.training import methods
from cocreate.training.corpus import Coder, Example
from cocreate.training.reading import learned, loss_sum

CLIP = 1.0
"""Largest norm of a step's gradient."""
WARM_UP = 0.1
"""Share of the steps in which the rate rises; after them it falls along a cosine."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A request, a draft that was chosen and one that was not."""

    messages: tuple[Message, ...]
    chosen: str
    other: str
    ended: bool = False
    """Whether both are whole replies, whose end is learned with them."""


@dataclass(frozen=True, slots=True)
class Preferring:
    """How it is learned."""

    learning_rate: float = 3e-4
    beta: float = 0.1
    """How far it may go from the reference: the smaller the farther."""
    likely: float = 0.2
    """Weight of the mean negative log-likelihood of the chosen draft."""
    pairs: int = 8
    """Pairs read before the weights move once."""
    epochs: int = 1
    kept: float = 1.0
    """How much of the way from where it began is kept (Wortsman et al. 2022, 2109.01903): half of it keeps the better
    part of what was learned and less of what the measure cannot see."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Preferred:
    """One step further."""

    step: int
    steps: int
    loss: float
    told: float
    """Share of the step's pairs in which the chosen draft has gained on the other."""


def prefer(
    runner: Any, coder: Coder, pairs: Sequence[Preference], how: Preferring, tell: Callable[[Preferred], None],
    seconds: float = math.inf,
) -> tuple[int, dict[str, Any]]:  # fmt: skip
    """Train the adapter on `runner` (a peft model that holds the reference). Stops when `seconds` are over.

    Returns the steps made, and the weights to keep by name, `how.kept` of the way.
    """
    import torch

    began = time.monotonic()
    read = [(_example(coder, pair, pair.chosen), _example(coder, pair, pair.other)) for pair in pairs]
    runner.eval()
    with torch.no_grad():
        before = [float(loss_sum(runner, [other]) - loss_sum(runner, [chosen])) for chosen, other in read]
    begun = {name: value.detach().clone() for name, value in methods.trained(runner).items()}
    weights = list(methods.trained(runner).values())
    optimiser = torch.optim.AdamW(weights, lr=how.learning_rate, betas=(0.9, 0.98), weight_decay=0.0)
    rng = random.Random(how.seed)  # noqa: S311  reproducible, not secret
    order = [at for _ in range(how.epochs) for at in rng.sample(range(len(read)), len(read))]
    steps = max(1, len(order) // how.pairs)
    for step in range(steps):
        if time.monotonic() - began > seconds:
            steps = step
            break
        for group in optimiser.param_groups:
            group["lr"] = how.learning_rate * _rate(step, steps, (time.monotonic() - began) / seconds)
        picked = order[step * how.pairs : (step + 1) * how.pairs]
        loss, told = _step(runner, [(*read[at], before[at]) for at in picked], how)
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimiser.step()
        optimiser.zero_grad()
        tell(Preferred(step + 1, steps, loss, told))
    with torch.no_grad():
        return steps, {
            name: torch.lerp(begun[name], value.detach(), how.kept) for name, value in methods.trained(runner).items()
        }


def _step(runner: Any, pairs: Sequence[tuple[Example, Example, float]], how: Preferring) -> tuple[float, float]:
    """Gradients of the mean loss of some pairs; their mean loss, and the share told rightly."""
    import torch

    total, told = 0.0, 0
    for chosen, other, before in pairs:
        best = loss_sum(runner, [chosen])
        gained = loss_sum(runner, [other]) - best - before
        loss = -torch.nn.functional.logsigmoid(how.beta * gained) + how.likely * best / learned([chosen])
        (loss / len(pairs)).backward()
        total, told = total + float(loss.detach()), told + int(gained > 0)
    return total / len(pairs), told / len(pairs)


def _rate(step: int, steps: int, used: float) -> float:
    """Share of the learning rate: up in a line, down along a cosine of the steps or the time, whichever goes faster."""
    if step < WARM_UP * steps:
        return (step + 1) / (WARM_UP * steps + 1)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, max(step / steps, used))))


def _example(coder: Coder, pair: Preference, reply: str) -> Example:
    prompt = coder.prompt(pair.messages, "")
    end = (coder.tokenizer.eos_token_id,) if pair.ended else ()
    return Example((*prompt, *coder.encode(reply), *end), len(prompt))
