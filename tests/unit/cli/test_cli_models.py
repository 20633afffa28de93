"""`cocreate models`: what is here, what is not, and what to do about it. No network."""

from __future__ import annotations

from pathlib import Path

from cocreate.cli.models import advice
from cocreate.models import list_models
from cocreate.settings import Settings


def test_an_empty_cache_lists_the_defaults_as_not_here_and_says_how_to_bring_them(cocreate):
    ran = cocreate("models")
    first, second = (line for line in ran.out.splitlines()[:3] if not line.startswith("  "))
    assert ran.code == 0
    assert first.startswith("not here  writing  SmolLM2-135M-Instruct Q4_1, ")
    assert second.startswith("not here  recall   all-MiniLM-L6-v2, ")
    assert "cocreate models fetch" in ran.err


def test_json_gives_every_field_of_every_model(cocreate):
    rows = cocreate("models", "--json").events[0]
    assert [row["role"] for row in rows[:2]] == ["writing", "recall"]
    assert set(rows[0]) >= {"name", "role", "path", "size", "present", "languages", "engine", "note"}
    assert rows[0]["present"] is False


def test_a_model_of_the_writers_own_is_listed_first(cocreate, tmp_path: Path):
    model = tmp_path / "Qwen-mine.gguf"
    model.write_bytes(b"GGUF" + b"\0" * 1000)
    ran = cocreate("models", "--model", str(model))
    assert ran.out.splitlines()[:2] == [
        "here      writing  Qwen-mine.gguf, 1.0 kB, English, Chinese, llamacpp",
        f"  {model}",
    ]


def test_chinese_is_advised_where_the_model_in_force_does_not_write_it(tmp_path: Path):
    settings = Settings(home=tmp_path, cache=tmp_path)
    lines = advice(settings, list_models(settings), memory=16_000_000_000)
    assert any(line.startswith("Chinese needs another model; ") for line in lines)
    assert not any("config set" in line for line in advice(settings, list_models(settings), memory=1))


def test_fetching_a_model_that_is_not_there_fails_with_a_way_out(cocreate, tmp_path: Path):
    ran = cocreate("models", "fetch", "--model", str(tmp_path / "missing.gguf"))
    assert (ran.code, ran.out) == (2, "")
    sentence, step = ran.err.splitlines()
    assert sentence == f"cocreate: There is no model at {tmp_path / 'missing.gguf'}."
    assert step.startswith("  Check the path")
