"""Voices are kept in versions, belong to one base model, and forget what is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import AdapterRefused
from cocreate.training.job import TuneResult
from cocreate.voices.base import Base, Bases
from cocreate.voices.errors import NoSuchVoice, VoiceRefused
from cocreate.voices.registry import Registry
from memory.database import Database

Make = Callable[..., Path]
Result = Callable[..., TuneResult]
HERE = Base("tiny", "llamacpp", "b" * 64)
OTHER = Base("large", "llamacpp", "c" * 64)
WORKS = (("w1", "The Lamp"), ("w2", "雨夜"))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(tmp_path / "home" / "cocreate.db")


@pytest.fixture
def registry(database: Database, tmp_path: Path) -> Registry:
    return Registry(database, tmp_path / "home")


@pytest.fixture
def tuned(registry: Registry, make_adapter: Make, make_result: Result) -> Callable[..., int]:
    """Tune a voice (numbers only); returns the version."""

    def tune(
        name: str, collection: str | None = None, works: tuple = WORKS, here: tuple = ("w1", "w2"), **changed
    ) -> int:
        with registry.tuning(name) as version:
            folder = make_adapter(registry.folder(name, version), seed=version)
            registry.add(name, version, collection, make_result(name, folder, works, **changed), here)
        return version

    return tune


def test_each_tuning_makes_the_next_version_and_one_can_go_back(registry: Registry, tuned: Callable[..., int]):
    assert [tuned("noir"), tuned("noir"), tuned("noir")] == [1, 2, 3]
    view = registry.view("Noir", HERE)
    assert (view.name, view.version, view.versions, view.usable, view.why_not) == ("noir", 3, (1, 2, 3), True, "")
    assert registry.roll_back("noir", 1, HERE).version == 1
    assert registry.adapter("noir", HERE) == registry.folder("noir", 1)
    assert tuned("noir") == 4, "what was rolled back is never overwritten"
    with pytest.raises(NoSuchVoice, match="no version 9"):
        registry.roll_back("noir", 9, HERE)


def test_an_adapter_of_another_base_model_is_refused_with_one_sentence(registry: Registry, tuned: Callable[..., int]):
    tuned("noir")
    view = registry.view("noir", OTHER)
    assert not view.usable
    assert view.why_not == "The voice noir was tuned for the model tiny; the one in use is large."
    with pytest.raises(AdapterRefused, match="tuned for the model tiny") as refusal:
        registry.adapter("noir", OTHER)
    assert "cocreate tune voice noir" in refusal.value.next_step


@pytest.mark.parametrize("method", ["ia3", "prefix"])
def test_methods_of_torch_alone_are_refused_elsewhere(registry: Registry, tuned: Callable[..., int], method: str):
    tuned("noir", method=method, engines=("torch",))
    assert "the engine llamacpp cannot run" in registry.view("noir", HERE).why_not
    assert registry.view("noir", replace(HERE, engine="torch")).usable


def test_files_that_are_gone_make_a_voice_unusable(registry: Registry, tuned: Callable[..., int]):
    tuned("noir")
    (registry.folder("noir", 1) / "adapter_config.json").unlink()
    assert "are gone" in registry.view("noir", HERE).why_not


def test_only_the_owner_may_read_a_voice(registry: Registry, tuned: Callable[..., int]):
    tuned("noir")
    folder = registry.folder("noir", 1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_forgotten_work_leaves_its_hash_and_no_title_anywhere(
    registry: Registry, tuned: Callable[..., int], tmp_path: Path, database: Database
):
    tuned("noir")
    tuned("letters", "letters", (("w2", "雨夜"),))
    (registry.work_folder("noir") / "checkpoint").write_text("1")
    assert set(registry.forget_work("w2", "雨夜")) == {"noir", "letters"}
    works = {work.work_id: work for work in registry.view("noir", HERE).works}
    assert (works["w2"].title, works["w2"].forgotten, works["w2"].content_hash) == ("", True, "w2" * 4)
    assert works["w1"].title == "The Lamp"
    assert not (tmp_path / "home" / "voices" / "noir" / "work").exists(), "a checkpoint may have been made with it"
    database.scrub()
    data = b"".join(file.read_bytes() for file in (tmp_path / "home").rglob("*") if file.is_file())
    assert "雨夜".encode() not in data
    assert b"The Lamp" in data
    assert registry.forget_work("w9", "Nothing") == ()


def test_a_work_that_was_forgotten_while_it_was_learned_has_no_title(registry: Registry, tuned: Callable[..., int]):
    tuned("noir", here=("w1",))
    titles = {work.work_id: (work.title, work.forgotten) for work in registry.view("noir", HERE).works}
    assert titles == {"w1": ("The Lamp", False), "w2": ("", True)}


def test_a_forgotten_voice_is_gone_from_disk_and_list(registry: Registry, tuned: Callable[..., int], tmp_path: Path):
    tuned("noir")
    tuned("noir")
    assert registry.forget("NOIR") == "noir"
    assert registry.views(HERE) == ()
    assert not (tmp_path / "home" / "voices" / "noir").exists()
    with pytest.raises(NoSuchVoice) as refusal:
        registry.forget("noir")
    assert refusal.value.next_step


def test_what_a_crash_left_without_a_row_is_taken_away_at_the_next_tuning(
    registry: Registry, tuned: Callable[..., int], make_adapter: Make
):
    tuned("noir")
    left = make_adapter(registry.folder("noir", 2))
    work = registry.work_folder("noir") / "checkpoint"
    work.write_text("1")
    with registry.tuning("noir") as version:
        assert version == 2
        assert not left.exists()
        assert work.exists(), "checkpoints are what the tuning goes on from"


def test_two_studios_do_not_tune_at_once(registry: Registry, tmp_path: Path):
    other = Registry(Database.open(tmp_path / "home" / "cocreate.db"), tmp_path / "home")
    with registry.tuning("noir"), pytest.raises(VoiceRefused, match="Another cocreate"), other.tuning("letters"):
        pass
    with other.tuning("letters"):
        pass


def test_recall_keeps_to_the_collections_of_the_voice(registry: Registry, tuned: Callable[..., int]):
    tuned("noir", "my noir")
    tuned("letters", "letters")
    tuned("all", None)
    assert registry.collections(["noir", "letters"]) == ("my noir", "letters")
    assert registry.collections(["noir", "all"]) is None
    assert registry.collections(["nobody"]) is None


def test_a_model_is_hashed_once_and_again_when_it_changed(settings_of: Callable, tmp_path: Path):
    import hashlib

    model = tmp_path / "a.gguf"
    model.write_bytes(b"GGUF one")
    settings = settings_of(model=str(model))
    bases = Bases(settings)
    assert bases.now().sha256 == hashlib.sha256(b"GGUF one").hexdigest()
    kept = settings.cache / "hashes.json"
    # What is remembered is what is said: the file is not read again.
    kept.write_text(kept.read_text().replace(hashlib.sha256(b"GGUF one").hexdigest(), "remembered"))
    assert bases.now().sha256 == "remembered"
    assert str(tmp_path) not in kept.read_text()
    model.write_bytes(b"GGUF three")
    assert bases.now().sha256 == hashlib.sha256(b"GGUF three").hexdigest()


def test_the_hash_of_a_folder_is_that_of_its_weights_in_order(settings_of: Callable, tmp_path: Path):
    import hashlib

    for name, content in (("model-2.safetensors", b"two"), ("model-1.safetensors", b"one"), ("config.json", b"{}")):
        (tmp_path / name).write_bytes(content)
    assert Bases(settings_of(model=str(tmp_path))).now().sha256 == hashlib.sha256(b"onetwo").hexdigest()
