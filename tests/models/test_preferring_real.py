"""Learning from choosing on the default model: what was chosen gains on what was not, and a part of the way is kept."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from agents.contracts import Message
from cocreate.engines.torch_model import TorchModel
from cocreate.training import methods
from cocreate.training.corpus import Example
from cocreate.training.preferring import Preference, Preferred, Preferring, prefer
from cocreate.training.reading import loss_sum
from cocreate.training.recipe import role_recipe

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")]

ASKED = (Message("user", "Write a short poem about a boat."),)
KEPT, LEFT = "The boat lies low upon the evening tide.", "The man went up the hill to see the king."


def log_odds(runner: object, model: TorchModel) -> float:
    """Log-probability of what was chosen less that of the other."""
    import torch

    prompt = model.prompt(ASKED, "")
    told = [Example((*prompt, *model.encode(text)), len(prompt)) for text in (KEPT, LEFT)]
    with torch.no_grad():
        chosen, other = (float(loss_sum(runner, [one])) for one in told)
    return other - chosen


@pytest.fixture(scope="module")
def model(writer_path: Path, model_cache: Path) -> TorchModel:
    return TorchModel(writer_path, cache=model_cache, threads=1, device="cpu", dtype="float32")


def test_what_was_chosen_gains_and_a_part_of_the_way_is_kept(model: TorchModel) -> None:
    import torch

    runner = methods.attach(model.model, role_recipe("drafting"), 1, 0)
    try:
        begun = {name: value.detach().clone() for name, value in methods.trained(runner).items()}
        before = log_odds(runner, model)
        told: list[Preferred] = []
        how = Preferring(learning_rate=1e-3, pairs=1, epochs=5, kept=0.5)
        steps, kept = prefer(runner, model, [Preference(ASKED, KEPT, LEFT)], how, told.append)
        assert steps == len(told) == 5
        assert told[-1].loss < told[0].loss
        assert told[-1].told == 1.0
        assert told[0].loss > how.likely > 0
        assert log_odds(runner, model) > before + 1
        ends = methods.trained(runner)
        assert kept.keys() == begun.keys() == ends.keys()
        for name, value in kept.items():
            assert torch.allclose(value, (begun[name] + ends[name]) / 2, atol=1e-6)
        assert any(bool((ends[name] != begun[name]).any()) for name in begun)
    finally:
        runner.unload()


def test_without_time_nothing_is_learned(model: TorchModel) -> None:
    runner = methods.attach(model.model, role_recipe("drafting"), 1, 0)
    try:
        begun = {name: value.detach().clone() for name, value in methods.trained(runner).items()}
        steps, kept = prefer(runner, model, [Preference(ASKED, KEPT, LEFT)] * 4, Preferring(pairs=1), print, 0.0)
        assert steps == 0
        assert all(math.isclose(float((value - begun[name]).abs().max()), 0.0) for name, value in kept.items())
    finally:
        runner.unload()
