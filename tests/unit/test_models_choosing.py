"""What a name means, whether it fits, what is changed and how to change it back. No network, no real model."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from inspect import signature
from pathlib import Path

import pytest

from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.machine import Gpu, Machine, memory_free, memory_total, parse_smi, physical_cores, usable_cores
from cocreate.models import RECOMMENDED, ModelRefused, ModelUnavailable
from cocreate.models import choosing as choosing_module
from cocreate.models.choosing import apply, choose
from cocreate.models.fit import PROGRAM, SLOTS, fit, need
from cocreate.models.listing import machine_words
from cocreate.models.recommended import READABLE, named, recommend
from cocreate.models.shape import Shape, read_shape
from cocreate.settings import Settings

GB = 1_000_000_000
LARGE = Machine(32 * GB, 24 * GB, 8, 4)
SMALL = Machine(4 * GB, 2 * GB, 2, 2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF" + bytes(1000))
    return path


def no_hub(setting: str) -> tuple[str, int]:
    raise AssertionError("the hub was asked")


def test_memory_is_weights_and_every_requests_context_and_the_critics_copy_and_the_program() -> None:
    found = need(100, Shape(1000, 7), 2048, embedded=True)
    assert (found.weights, found.cache, found.scorer) == (100, 7 * 2048 * SLOTS, 2000)
    assert found.total == 100 + 7 * 2048 * SLOTS + 2000 + PROGRAM
    assert need(100, Shape(1000, 7), 2048, embedded=False).scorer == 0


def test_the_arithmetic_counts_as_many_requests_as_the_engine_holds() -> None:
    assert signature(LlamaCppEngine).parameters["parallel"].default == SLOTS


def test_a_model_fits_now_or_after_closing_programs_or_never() -> None:
    assert fit(need(1 * GB, None, 2048, embedded=False), SMALL) == "fits"
    assert fit(need(2 * GB, None, 2048, embedded=False), SMALL) == "tight"
    assert fit(need(4 * GB, None, 2048, embedded=False), SMALL) == "too big"
    assert fit(need(2 * GB, None, 2048, embedded=False), SMALL, given_back=1 * GB) == "fits"


def test_the_best_that_writes_the_language_fits_and_is_not_too_slow_is_recommended() -> None:
    best = recommend("zh", lambda item: True)
    assert best is not None
    assert "zh" in best.languages
    quick = recommend("zh", lambda item: True, lambda size: READABLE if size < 700_000_000 else READABLE / 2)
    assert quick is named("qwen3-0.6b")
    assert recommend("zh", lambda item: item.size < 100_000_000) is None
    assert recommend("xx", lambda item: True) is None


def test_a_model_made_for_code_is_never_recommended_for_writing() -> None:
    only = named("qwen2.5-coder-0.5b")
    assert only is not None
    assert recommend("zh", lambda item: item is only) is None


def test_the_list_has_english_and_chinese_and_claims_only_what_was_run() -> None:
    assert {one.name for one in RECOMMENDED if one.tried} == {"smollm2-135m", "qwen2.5-coder-0.5b"}
    assert len({one.name for one in RECOMMENDED}) == len(RECOMMENDED)
    assert any("zh" in one.languages for one in RECOMMENDED)
    assert all(one.licence for one in RECOMMENDED)


def test_a_name_of_the_list_is_chosen_without_asking_the_hub(settings: Settings) -> None:
    choice = choose(settings, "Qwen3-1.7B", LARGE, offer=no_hub)
    assert choice.setting == "ggml-org/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q4_K_M.gguf"
    assert choice.path is None
    assert choice.question == "Qwen3 1.7B Q4_K_M is not on this machine: 1.3 GB to download. Licence: Apache-2.0."


def test_what_cannot_fit_is_refused_with_the_sum_and_taken_anyway(settings: Settings) -> None:
    with pytest.raises(ModelRefused, match=r"Qwen3 4B Q4_K_M needs about 13\.8 GB") as refused:
        choose(settings, "qwen3-4b", SMALL, offer=no_hub)
    assert "this machine has 4.0 GB" in refused.value.sentence
    assert "--anyway" in refused.value.next_step
    assert choose(settings, "qwen3-4b", SMALL, anyway=True, offer=no_hub).tight


def test_the_hub_is_asked_for_what_is_not_in_the_list(settings: Settings) -> None:
    choice = choose(settings, "Org/Some-GGUF", LARGE, offer=lambda setting: (f"{setting}/some-q4_k_m.gguf", 10**9))
    assert (choice.setting, choice.size, choice.path) == ("Org/Some-GGUF/some-q4_k_m.gguf", 10**9, None)


def test_a_folder_does_not_go_with_an_engine_that_needs_a_gguf_file(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "hf"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(10))
    assert choose(settings, str(folder), LARGE).setting == str(folder)
    with pytest.raises(ModelRefused, match="needs a GGUF file"):
        choose(replace(settings, engine="llamacpp"), str(folder), LARGE)


def test_a_server_has_models_of_its_own(settings: Settings) -> None:
    with pytest.raises(ModelRefused, match="a server has models of its own"):
        choose(replace(settings, engine="server"), "qwen3-1.7b", LARGE)


def test_a_disk_without_room_is_said_before_the_download(settings: Settings) -> None:
    with pytest.raises(ModelRefused, match="are free at"):
        choose(settings, "Org/Huge/huge.gguf", LARGE, anyway=True, offer=lambda setting: (setting, 10**18))


def test_choosing_and_going_back_leaves_the_file_as_it_was(settings: Settings, mine: Path) -> None:
    settings.home.mkdir()
    settings.config_path.write_text("# mine\ndrafts = 3  # three\n")
    changed = apply(settings, choose(settings, str(mine), LARGE))
    assert tomllib.loads(settings.config_path.read_text()) == {"drafts": 3, "model": str(mine)}
    assert (changed.settings.model, changed.back) == (str(mine), "default")
    again = apply(changed.settings, choose(changed.settings, str(mine), LARGE))
    assert again.back == ""
    assert "already" in again.sentence


def test_the_default_comes_back_by_its_name(settings: Settings, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        choosing_module, "resolve", lambda settings, progress, stop: choosing_module.check_model(mine, "")
    )
    settings.home.mkdir()
    settings.config_path.write_text(f'# mine\nmodel = "{mine}"\ndrafts = 3\n')
    before = replace(settings, model=str(mine))
    changed = apply(before, choose(before, "default", LARGE))
    assert settings.config_path.read_text() == "# mine\ndrafts = 3\n"
    assert (changed.settings.model, changed.back) == ("", str(mine))


def test_a_download_that_fails_changes_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object) -> None:
        raise ModelUnavailable("No network.", "")

    monkeypatch.setattr(choosing_module, "resolve", fails)
    with pytest.raises(ModelUnavailable):
        apply(settings, choose(settings, "qwen3-0.6b", LARGE))
    assert not settings.config_path.exists()


def test_a_file_that_is_cut_off_has_no_shape(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.gguf").write_bytes(b"")
    mine.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + (2**40).to_bytes(8, "little") * 2)
    assert read_shape(mine) is None
    assert read_shape(tmp_path / "empty.gguf") is None
    assert read_shape(tmp_path / "missing.gguf") is None


def test_the_head_that_the_gguf_package_writes_is_read(tmp_path: Path) -> None:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(tmp_path / "tiny.gguf", "llama")
    writer.add_block_count(3)
    writer.add_embedding_length(64)
    writer.add_head_count(8)
    writer.add_head_count_kv(2)
    writer.add_token_list(["a", "旅", "ccc"])
    writer.add_tensor("token_embd.weight", np.zeros((5, 64), dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.zeros(64, dtype=np.float32))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        step()
    writer.close()
    assert read_shape(tmp_path / "tiny.gguf") == Shape(5 * 64 + 64, 3 * 2 * (8 + 8) * 2)


def test_cards_are_read_from_the_drivers_lines_and_a_message_is_no_card() -> None:
    assert parse_smi("NVIDIA H100 80GB HBM3, 81559\nNVIDIA A10, [N/A]\n") == (
        Gpu("NVIDIA H100 80GB HBM3", 81559 * 2**20),
        Gpu("NVIDIA A10", 0),
    )
    assert parse_smi("No devices were found\n") == ()


def test_this_machine_has_memory_and_cores_and_says_none_where_there_is_no_card() -> None:
    assert 0 < memory_free() <= memory_total()
    assert usable_cores() >= 1
    assert physical_cores() >= 0
    assert machine_words(SMALL) == "4.0 GB of memory, 2.0 GB free; 2 cores; GPU: none found"
    assert machine_words(replace(LARGE, gpus=(Gpu("H100", 80 * GB),))).endswith(
        "8 cores to use (4 physical); GPU: H100 (80.0 GB)"
    )
