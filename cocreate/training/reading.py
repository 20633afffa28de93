"""Batches, and what the model makes of them: losses and perplexity.

- The vocabulary dominates a small model: logits are computed only where a token is learned, a few positions at a time,
  and their gradient with them (the head itself is frozen), so that no (tokens, vocabulary) matrix is ever kept.
- Batches are padded on the right; causal attention never looks there, so no mask is needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from cocreate.training.corpus import Example

CHUNK = 128
"""Positions whose logits are computed at once: 25 MB for a vocabulary of 49,000."""
MICRO = {"cpu": 512, "cuda": 8192}
"""Padded tokens read at once; a step of more accumulates gradients."""


def micro_batches(examples: Sequence[Example], most: int) -> Iterator[list[Example]]:
    """Group examples of like length, at most `most` padded tokens together (a longer one alone)."""
    group: list[Example] = []
    for example in sorted(examples, key=lambda example: len(example.tokens)):
        if group and len(example.tokens) * (len(group) + 1) > most:
            yield group
            group = []
        group.append(example)
    if group:
        yield group


def steps_of(examples: Sequence[Example], tokens: int) -> list[list[Example]]:
    """Cut a pass over the texts into steps of about `tokens` tokens each."""
    steps: list[list[Example]] = [[]]
    size = 0
    for example in examples:
        if size >= tokens:
            steps.append([])
            size = 0
        steps[-1].append(example)
        size += len(example.tokens)
    return steps


def learned(examples: Sequence[Example]) -> int:
    """Tokens the loss is the mean of."""
    return sum(len(example.tokens) - example.learned for example in examples)


def loss_sum(runner: Any, examples: Sequence[Example], theme_weight: float = 1.0) -> Any:
    """Summed cross-entropy (nats) of the learned tokens of one micro batch; a tensor that can be differentiated.

    `theme_weight`: how much the tokens of an example's theme count, against 1 for all others.
    """
    import torch

    device = runner.device
    width = max(len(example.tokens) for example in examples)
    ids = torch.zeros((len(examples), width), dtype=torch.long)
    places: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    for row, example in enumerate(examples):
        ids[row, : len(example.tokens)] = torch.tensor(example.tokens)
        places += [row * width + at - 1 for at in range(example.learned, len(example.tokens))]
        targets += example.tokens[example.learned :]
        weights += [theme_weight if at in example.theme else 1.0 for at in range(example.learned, len(example.tokens))]
    out = runner(input_ids=ids.to(device), output_hidden_states=True, logits_to_keep=1, use_cache=False)
    states = out.hidden_states[-1].flatten(0, 1)[torch.tensor(places, device=device)]  # (learned, width of the model)
    head = runner.get_output_embeddings().weight.detach()
    return _cross_entropy().apply(
        states, head, torch.tensor(targets, device=device), torch.tensor(weights, device=device)
    )


def mean_loss(runner: Any, examples: Sequence[Example], most: int) -> float:
    """Mean cross-entropy of the learned tokens, in nats, without gradients."""
    import torch

    if not examples:
        return math.nan
    training = runner.training
    runner.eval()
    try:
        with torch.no_grad():
            total = sum(float(loss_sum(runner, batch)) for batch in micro_batches(examples, most))
    finally:
        runner.train(training)
    return total / learned(examples)


def _cross_entropy() -> Any:
    """Summed cross-entropy behind a frozen head, as an autograd function (torch is imported only here)."""
    import torch

    class CrossEntropy(torch.autograd.Function):
        """forward(states (n, d), head (vocabulary, d), targets (n,), weights (n,)) -> (): with its gradient."""

        @staticmethod
        def forward(ctx: Any, states: Any, head: Any, targets: Any, weights: Any) -> Any:
            wanted = ctx.needs_input_grad[0]
            total = torch.zeros((), dtype=torch.float32, device=states.device)
            gradient = torch.empty_like(states) if wanted else None
            for at in range(0, len(states), CHUNK):
                rows, aims = states[at : at + CHUNK].to(head.dtype), targets[at : at + CHUNK, None]
                counts = weights[at : at + CHUNK, None]
                logits = (rows @ head.T).float()  # (CHUNK, vocabulary)
                norm = logits.logsumexp(1, keepdim=True)
                total += (counts * (norm - logits.gather(1, aims))).sum()
                if gradient is not None:
                    share = logits.sub_(norm).exp_()
                    share.scatter_add_(1, aims, torch.full_like(aims, -1, dtype=share.dtype)).mul_(counts)
                    gradient[at : at + CHUNK] = share.to(head.dtype) @ head
            ctx.save_for_backward(gradient)
            return total

        @staticmethod
        def backward(ctx: Any, *above: Any) -> Any:
            (gradient,) = ctx.saved_tensors
            return gradient * above[0].to(gradient.dtype), None, None, None

    return CrossEntropy
