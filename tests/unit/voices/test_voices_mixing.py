"""A mix of voices is one LoRA whose change is the weighted sum of theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agents.errors import AdapterRefused
from cocreate.training.adapter_files import read_adapter
from cocreate.voices.mixing import Share, forget_mixes, mixed

Make = Callable[..., Path]


def change(folder: Path) -> dict[tuple[int, str], np.ndarray]:
    """What the adapter adds to each layer."""
    return {(pair.layer, pair.module): pair.scale * pair.b @ pair.a for pair in read_adapter(folder).pairs}


def test_the_change_of_a_mix_is_the_weighted_sum_of_the_changes(make_adapter: Make, tmp_path: Path):
    one = make_adapter(tmp_path / "one", rank=2, alpha=4, seed=1)
    two = make_adapter(tmp_path / "two", rank=3, alpha=3, seed=2)
    mix = change(mixed([Share(one, 0.7), Share(two, 0.3)], tmp_path / "cache"))
    assert mix.keys() == change(one).keys()
    for place, found in mix.items():
        np.testing.assert_allclose(found, 0.7 * change(one)[place] + 0.3 * change(two)[place], rtol=2e-5, atol=1e-5)


def test_layers_that_only_one_voice_changes_keep_its_change(make_adapter: Make, tmp_path: Path):
    one = make_adapter(tmp_path / "one", rank=2, seed=1)
    two = make_adapter(tmp_path / "two", rank=4, seed=2, modules=("mlp.up_proj",))
    mix = change(mixed([Share(one, 0.5), Share(two, 1.0)], tmp_path / "cache"))
    assert mix.keys() == change(one).keys() | change(two).keys()
    for place, found in change(two).items():
        np.testing.assert_allclose(mix[place], found, rtol=2e-5, atol=1e-5)


def test_a_dial_scales_the_whole_change(make_adapter: Make, tmp_path: Path):
    one = make_adapter(tmp_path / "one", seed=1)
    for place, found in change(mixed([Share(one, 1.25)], tmp_path / "cache")).items():
        np.testing.assert_allclose(found, 1.25 * change(one)[place], rtol=2e-5, atol=1e-5)


def test_a_mix_is_made_once_and_only_its_owner_may_read_it(make_adapter: Make, tmp_path: Path):
    shares = [Share(make_adapter(tmp_path / "one", seed=1), 0.5), Share(make_adapter(tmp_path / "two", seed=2), 0.5)]
    first = mixed(shares, tmp_path / "cache")
    stamp = (first / "adapter_model.safetensors").stat().st_mtime_ns
    assert mixed(shares, tmp_path / "cache") == first
    assert (first / "adapter_model.safetensors").stat().st_mtime_ns == stamp
    assert mixed([Share(shares[0].folder, 0.6), shares[1]], tmp_path / "cache") != first
    assert first.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in first.iterdir()} == {0o600}
    assert [entry.name for entry in first.parent.iterdir() if entry.name.startswith(".")] == []


def test_voices_of_models_of_other_shapes_are_not_mixed(make_adapter: Make, tmp_path: Path):
    from safetensors.numpy import load_file, save_file

    one, two = make_adapter(tmp_path / "one", seed=1), make_adapter(tmp_path / "two", seed=2)
    wider = {
        key: np.concatenate([value, value], axis=1 if "lora_A" in key else 0)
        for key, value in load_file(two / "adapter_model.safetensors").items()
    }
    save_file(wider, two / "adapter_model.safetensors")
    with pytest.raises(AdapterRefused, match="different shapes"):
        mixed([Share(one, 0.5), Share(two, 0.5)], tmp_path / "cache")
    assert list((tmp_path / "cache" / "voices").iterdir()) == []


def test_a_missing_adapter_is_refused_with_a_sentence(tmp_path: Path):
    with pytest.raises(AdapterRefused, match="There is no adapter"):
        mixed([Share(tmp_path / "nowhere", 0.5)], tmp_path / "cache")


def test_forgetting_takes_every_mix_away(make_adapter: Make, tmp_path: Path):
    made = mixed([Share(make_adapter(tmp_path / "one", seed=1), 0.5)], tmp_path / "cache")
    forget_mixes(tmp_path / "cache")
    assert not made.exists()
    forget_mixes(tmp_path / "cache")
