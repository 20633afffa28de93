"""Rank, steps and rate follow from the amount of text."""

from __future__ import annotations

from cocreate.training.job import METHODS
from cocreate.training.methods import weakened
from cocreate.training.recipe import recipe, steps


def test_more_text_never_means_a_smaller_rank_or_fewer_steps() -> None:
    sizes = (2_000, 8_000, 24_000, 60_000, 200_000, 1_000_000)
    chosen = [recipe(size, 600, "lora") for size in sizes]
    assert [c.rank for c in chosen] == sorted(c.rank for c in chosen)
    counts = [steps(size, c) for size, c in zip(sizes, chosen, strict=True)]
    assert counts == sorted(counts)
    assert [c.epochs for c in chosen] == sorted((c.epochs for c in chosen), reverse=True)


def test_the_shares_of_examples_are_all_there_is() -> None:
    for method in METHODS:
        chosen = recipe(24_000, 10, method)
        assert abs(sum(chosen.shares) - 1) < 1e-9 and min(chosen.shares) > 0
        assert (chosen.rank == 0) == (method == "ia3")


def test_half_the_strength_is_half_the_change_of_the_model() -> None:
    weights = {"x.lora_A.default.weight": 3.0, "x.lora_B.default.weight": 4.0}
    kept = weakened(weights, 0.5)
    before = weights["x.lora_B.default.weight"] * weights["x.lora_A.default.weight"]
    assert kept["x.lora_B.default.weight"] * kept["x.lora_A.default.weight"] == before / 2
    assert recipe(24_000, 10, "lora").strength == 1.0
