"""Which model the settings mean, and which are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import EngineFailed
from cocreate.engines.choose import can_score, open_engine, open_scorer
from cocreate.models import (
    WRITER,
    ModelRefused,
    ModelUnavailable,
    configured,
    languages_of,
    list_models,
    resolve,
    resolve_embedder,
)
from cocreate.models import resolve as resolve_function
from cocreate.models.fetch import NotThere
from cocreate.settings import Settings

resolve_module = __import__("sys").modules[resolve_function.__module__]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "Qwen2.5-0.5B-Instruct.Q4_K_M.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    return path


def hf_folder(path: Path, weights: str = "model.safetensors", **config: object) -> Path:
    path.mkdir()
    (path / weights).write_bytes(b"x")
    (path / "config.json").write_text(json.dumps(config))
    return path


def test_a_gguf_file_is_taken_with_the_name_and_languages_of_its_family(settings: Settings, gguf: Path) -> None:
    model = resolve(replace(settings, model=str(gguf)))
    assert (model.path, model.format, model.spec) == (gguf, "gguf", None)
    assert model.name == "Qwen2.5-0.5B-Instruct Q4_K_M"
    assert model.languages == ("en", "zh")


def test_a_folder_with_one_gguf_file_means_that_file(settings: Settings, gguf: Path) -> None:
    assert resolve(replace(settings, model=str(gguf.parent))).path == gguf


def test_a_hugging_face_folder_is_taken(settings: Settings, tmp_path: Path) -> None:
    folder = hf_folder(tmp_path / "my-model", model_type="llama")
    model = resolve(replace(settings, model=str(folder)))
    assert (model.path, model.format, model.name, model.languages) == (folder, "hf", "my-model", ("en",))


@pytest.mark.parametrize("setting", ["/no/such/model.gguf", "./nothing", "~/nothing-there-at-all", "nothing.gguf"])
def test_a_path_that_does_not_exist_is_a_sentence_with_a_next_step(settings: Settings, setting: str) -> None:
    with pytest.raises(ModelUnavailable, match="There is no model at") as failure:
        resolve(replace(settings, model=setting))
    assert "cocreate config set model" in failure.value.next_step


def test_pickles_code_and_things_that_are_no_models_are_refused(settings: Settings, tmp_path: Path) -> None:
    text = tmp_path / "poem.txt"
    text.write_text("not a model")
    fake = tmp_path / "fake.gguf"
    fake.write_text("not a model")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, why in (
        (hf_folder(tmp_path / "pickled", "pytorch_model.bin"), "pickled"),
        (hf_folder(tmp_path / "coded", auto_map={"AutoModel": "x.Y"}), "code of its own"),
        (text, "neither"),
        (fake, "does not hold"),
        (empty, "no model"),
    ):
        with pytest.raises(ModelRefused, match=why):
            resolve(replace(settings, model=str(path)))


def test_a_hub_name_that_cannot_be_fetched_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*args: object) -> Path:
        raise NotThere("no answer")

    monkeypatch.setattr(resolve_module, "hub_folder", no_answer)
    with pytest.raises(ModelUnavailable, match="someone/some-model") as failure:
        resolve(replace(settings, model="someone/some-model"))
    assert "scripted" in failure.value.next_step
    assert [path.name for path in (settings.cache / "hub").iterdir()] == []


def test_a_hub_file_is_fetched_once_and_then_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def hub_file(repo: str, name: str, into: Path, progress: object, stop: object) -> Path:
        asked.append((repo, name))
        (into / name).write_bytes(b"GGUF" + bytes(10))
        return into / name

    monkeypatch.setattr(resolve_module, "hub_file", hub_file)
    chosen = replace(settings, model="Qwen/Qwen2.5-GGUF/q4.gguf")
    first, second = resolve(chosen), resolve(chosen)
    assert first == second
    assert first.path.is_file()
    assert first.languages == ("en", "zh")
    assert asked == [("Qwen/Qwen2.5-GGUF", "q4.gguf")]
    assert configured(chosen)[0].present
    assert str(first.path) in [row.path for row in list_models(settings)]


def test_the_model_card_says_the_languages_when_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlanguage:\n- en\n- zh\n- de\n---\n# x\n")
    assert languages_of("whatever", tmp_path) == ("en", "zh", "de")
    assert languages_of("Qwen2.5-0.5B") == ("en", "zh")
    assert languages_of("SmolLM2") == ("en",)


def test_an_embedder_without_safetensors_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="sentence-transformers"):
        resolve_embedder(replace(settings, embedder=str(hf_folder(tmp_path / "e", "pytorch_model.bin"))))


def test_the_list_names_what_is_not_there_without_fetching_it(settings: Settings) -> None:
    rows = list_models(settings)
    assert rows[0].name == WRITER.name
    assert [row.role for row in rows[:2]] == ["writing", "recall"]
    assert not any(row.present for row in rows)
    assert any("zh" in row.languages for row in rows)
    assert not settings.cache.exists()


def test_the_scripted_engine_needs_no_model_and_scores_itself(settings: Settings) -> None:
    chosen = replace(settings, engine="scripted")
    engine = open_engine(chosen, None)
    assert can_score(engine)
    assert open_scorer(chosen, None, engine) is engine


def test_llamacpp_refuses_a_hugging_face_folder(settings: Settings, tmp_path: Path) -> None:
    chosen = replace(settings, engine="llamacpp", model=str(hf_folder(tmp_path / "m")))
    with pytest.raises(EngineFailed, match="GGUF") as failure:
        open_engine(chosen, resolve(chosen))
    assert "torch" in failure.value.next_step


def test_a_damaged_gguf_file_is_a_sentence(settings: Settings, gguf: Path) -> None:
    chosen = replace(settings, engine="llamacpp", model=str(gguf))
    with pytest.raises(EngineFailed, match="cannot load"):
        open_engine(chosen, resolve(chosen))
