"""How a voice is tuned: rank, steps and learning rate from the amount of text. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from cocreate.training.job import Method


@dataclass(frozen=True, slots=True)
class Recipe:
    """All choices of a tuning; they stand in its card."""

    method: Method
    rank: int
    """Of LoRA and AdaLoRA; virtual tokens of a prefix; 0 for IA3."""
    alpha: int
    layers: float
    """Share of the model's layers that LoRA changes, from the last one down: those below are read without gradients."""
    learning_rate: float
    epochs: float
    step_tokens: int
    """Tokens read before the weights move once."""
    window: int
    """Most tokens of a passage."""
    warm_up: float
    """Share of the steps in which the rate rises; after them it falls along a cosine."""
    last_rate: float
    """Of the learning rate, at the end."""
    decay: float
    """Weight decay of AdamW."""
    plain: float
    """Share of examples that are bare text."""
    recall: float
    """Share of examples with recalled passages in the prompt; the rest are prompts without."""
    theme_weight: float
    """How much the words of a request's theme count in its reply: a voice that is learned alone forgets the theme."""
    looks: int
    """Measurements on the validation works."""
    patience: int
    """Measurements without a new best after which it ends."""
    strength: float = 1.0
    """How much of what a LoRA learned is kept: its B is multiplied by it at the end."""

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of plain, chat and recall examples."""
        return self.plain, round(1 - self.plain - self.recall, 3), self.recall

    def as_dict(self) -> dict[str, float | int | str]:
        """For the card."""
        return asdict(self)


_RATES: dict[Method, float] = {"lora": 2e-3, "adalora": 5e-3, "ia3": 1.5e-2, "prefix": 1e-2}
OVERHEAD = 1.55
"""Tokens read for each token learned: the prompts, and what padding a batch takes."""


def recipe(tokens: int, minutes: float, method: Method) -> Recipe:
    """Choose.

    Args:
        tokens: to learn from.
        minutes: most time; on a machine too slow for all epochs the schedule is shortened while it runs.
        method: of the adapter.
    """
    rank = {"ia3": 0, "prefix": 16}.get(method, 4 if tokens < 8_000 else 8 if tokens < 80_000 else 16)
    epochs = 1.6 if tokens < 8_000 else 1.3 if tokens < 80_000 else 1.0
    return Recipe(
        method=method,
        rank=rank,
        alpha=2 * rank,
        layers=1.0,
        learning_rate=_RATES[method],
        epochs=epochs,
        step_tokens=512,
        window=256,
        warm_up=0.06,
        last_rate=0.05,
        decay=0.01,
        plain=0.25,
        recall=0.45,
        theme_weight=4.0,
        looks=6,
        patience=3,
    )


def role_recipe(role: str) -> Recipe:
    """For the adapter of an agent's job: wide literature, read once; time bounds it (the rate falls with the clock).

    Ideas have lessons of their own, a few thousand short ones.
    """
    ideas = role == "ideation"
    return Recipe(
        method="lora",
        rank=8,
        alpha=16,
        layers=1.0,
        learning_rate=2e-3 if not ideas else 1.5e-3,
        epochs=1.0 if not ideas else 1.5,
        step_tokens=768 if not ideas else 1536,
        window=300 if not ideas else 0,
        warm_up=0.04,
        last_rate=0.05,
        decay=0.01,
        plain=0.0,
        recall=0.0,
        theme_weight=2.5 if role == "drafting" else 1.0,
        looks=60 if not ideas else 12,
        patience=60,
        # In full it writes like its literature and forgets the brief; by half it does both (docs/log.md).
        strength=0.5 if role == "drafting" else 1.0,
    )


def steps(tokens: int, chosen: Recipe) -> int:
    """Steps of the whole schedule."""
    return max(8, round(tokens * OVERHEAD * chosen.epochs / chosen.step_tokens))
