"""`cocreate models`: what is here, what this machine can run, and taking another one. No network."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from cocreate.models import choosing
from cocreate.models.fetch import NotThere
from cocreate.models.measure import Measured, keep


def model_file(folder: Path, name: str = "Qwen-mine.gguf") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"GGUF" + bytes(1000))
    return folder / name


def setting_in(home: Path) -> object:
    file = home / "config.toml"
    return tomllib.loads(file.read_text()).get("model") if file.exists() else None


def test_an_empty_cache_lists_the_defaults_as_not_here_and_says_how_to_bring_them(cocreate):
    ran = cocreate("models")
    machine, speed, first, _, second = ran.out.splitlines()[:5]
    assert ran.code == 0
    assert machine.startswith("machine   ")
    assert " of memory, " in machine
    assert "GPU: " in machine
    assert "cocreate models --measure" in speed
    assert first.startswith("not here  writing  SmolLM2-135M-Instruct Q4_1, ")
    assert second.startswith("not here  recall   all-MiniLM-L6-v2, ")
    assert "cocreate models fetch" in ran.err


def test_listing_fetches_and_writes_nothing(cocreate, tmp_path: Path):
    cocreate("models")
    assert list(tmp_path.iterdir()) == []


def test_json_gives_machine_measurement_and_every_field_of_every_model(cocreate):
    found = cocreate("models", "--json").events[0]
    assert set(found) == {"machine", "measured", "rows", "best", "date", "roles"}
    assert set(found["machine"]) == {"memory", "free", "cores", "physical", "gpus"}
    assert [row["role"] for row in found["rows"][:2]] == ["writing", "recall"]
    assert set(found["rows"][0]) >= {"name", "path", "size", "present", "languages", "need", "fit", "speed", "licence"}
    assert found["measured"] is None


def test_a_model_of_the_writers_own_is_listed_first(cocreate, tmp_path: Path):
    model = model_file(tmp_path / "mine")
    ran = cocreate("models", "--model", str(model))
    assert ran.out.splitlines()[2:4] == [
        "here      writing  Qwen-mine.gguf, 1.0 kB, English, Chinese, llamacpp",
        f"  {model}",
    ]


def test_the_last_measurement_is_shown_with_its_date_and_gives_the_others_about_a_speed(cocreate, tmp_path: Path):
    model = model_file(tmp_path / "mine")
    keep(tmp_path / "cache", model, Measured(300.0, 60.0, 110.0, 1_278_893_376, 3, "2026-01-31", "llamacpp mine"))
    ran = cocreate("models", "--model", str(model), environ={"COCREATE_THREADS": "3"})
    assert ran.out.splitlines()[1] == (
        "speed     60 tokens a second for one text, 110 for four at once, reads 300 (3 threads, measured 2026-01-31)"
    )
    half_as_large = next(line for line in ran.out.splitlines() if " qwen3-0.6b " in line)
    assert "about 120 tokens/s" in half_as_large
    other_threads = cocreate("models", "--model", str(model), environ={"COCREATE_THREADS": "2"})
    assert "not measured yet" in other_threads.out


def test_using_a_file_writes_its_whole_path_and_says_the_way_back(cocreate, tmp_path: Path, monkeypatch):
    model = model_file(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    ran = cocreate("models", "use", "mine/Qwen-mine.gguf")
    assert (ran.code, ran.out) == (0, "The writing model is now Qwen-mine.\n")
    assert ran.err == "Back to the one before: cocreate models use default\n"
    assert setting_in(tmp_path / "home") == str(model)


def test_a_variable_that_wins_over_the_file_is_said(cocreate, tmp_path: Path):
    model = model_file(tmp_path / "mine")
    ran = cocreate("models", "use", str(model), environ={"COCREATE_MODEL": "/elsewhere.gguf"})
    assert "COCREATE_MODEL names another model, and wins over the file." in ran.err
    assert setting_in(tmp_path / "home") == str(model)


@pytest.mark.parametrize(
    ("name", "said"),
    [("qwen3-1,7b", "Did you mean qwen3-1.7b?"), ("/nowhere/model.gguf", "no such path"), ("", "no such path")],
)
def test_a_model_that_is_not_there_is_refused_with_a_way_out_and_nothing_is_written(
    cocreate, tmp_path: Path, name: str, said: str
):
    ran = cocreate("models", "use", name)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert setting_in(tmp_path / "home") is None


def test_a_hub_that_does_not_answer_leaves_the_setting_as_it_was(cocreate, tmp_path: Path, monkeypatch):
    def no_answer(setting: str) -> tuple[str, int]:
        raise NotThere("no answer")

    monkeypatch.setattr(choosing, "hub_offer", no_answer)
    ran = cocreate("models", "use", "Somebody/Something-GGUF")
    assert (ran.code, ran.out) == (2, "")
    assert "the hub cannot be asked about it (no answer)" in ran.err
    assert setting_in(tmp_path / "home") is None


def test_measuring_needs_a_model(cocreate):
    ran = cocreate("models", "--measure", "--engine", "scripted")
    assert (ran.code, ran.out) == (2, "")
    assert "--engine auto" in ran.err


def test_fetching_a_model_that_is_not_there_fails_with_a_way_out(cocreate, tmp_path: Path):
    ran = cocreate("models", "fetch", "--model", str(tmp_path / "missing.gguf"))
    assert (ran.code, ran.out) == (2, "")
    sentence, step = ran.err.splitlines()
    assert sentence == f"cocreate: There is no model at {tmp_path / 'missing.gguf'}."
    assert step.startswith("  Check the path")


def test_the_roles_in_use_are_listed_and_a_broken_adapter_is_told_of(cocreate, tmp_path: Path):
    model = tmp_path / "tiny.gguf"
    model.write_bytes(b"GGUF")
    folder = tmp_path / "home" / "roles" / hashlib.sha256(b"GGUF").hexdigest()[:16] / "drafting"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{")
    ran = cocreate("models", "--model", str(model))
    assert ran.code == 0
    assert "roles     none for this model" in ran.out
    assert "The adapter for drafting is left out" in ran.err
    found = cocreate("doctor", "--model", str(model), "--json")
    said = [one for one in json.loads(found.out) if one["name"] == "roles"]
    assert [one["level"] for one in said if one["section"] == "models"] == ["fine", "warning"]
    assert json.loads(cocreate("models", "--model", str(model), "--json").out)["roles"] == []
