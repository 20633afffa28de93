"""Which adapters are handed to an engine, and which are left out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cocreate.models.hashes import model_hash
from cocreate.roles.library import in_words, own_folder, roles_for, roles_of
from cocreate.settings import Settings

BASE, OTHER = "ab" * 32, "cd" * 32
Make = Callable[..., Path]


class Told:
    """Keeps what a writer would be told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.steps: list[str] = []

    def __call__(self, sentence: str, next_step: str) -> None:
        self.sentences.append(sentence)
        self.steps.append(next_step)


@pytest.fixture
def told() -> Told:
    return Told()


def test_adapters_of_ones_own_go_before_those_that_ship(make_role: Make, shipped: Path, tmp_path: Path):
    make_role(shipped, "drafting")
    style = make_role(shipped, "style")
    own = make_role(own_folder(tmp_path, BASE), "drafting")
    found = roles_for(BASE, tmp_path)
    assert found == {"role/drafting": own, "role/style": style}
    assert in_words(found) == "drafting (your own), style"


def test_an_adapter_for_another_base_is_left_out_without_a_word(
    make_role: Make, shipped: Path, tmp_path: Path, told: Told
):
    make_role(shipped, "drafting", OTHER)
    # A folder is named by a part of the hash only: the card decides.
    make_role(own_folder(tmp_path, BASE), "style", BASE[:20] + OTHER[:44])
    assert roles_for(BASE, tmp_path, told) == {}
    assert told.sentences == []


def test_without_a_hash_there_is_no_adapter(make_role: Make, shipped: Path, tmp_path: Path):
    make_role(shipped, "drafting", "")
    assert roles_for("", tmp_path) == {}


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("card.json", "{", "card"),
        ("card.json", '{"data": [7]}', "card"),
        ("card.json", "[]", "card"),
        ("card.json", None, "card"),
        ("adapter_config.json", "nonsense", "adapter_config.json"),
        ("adapter_config.json", '{"peft_type": "IA3"}', "IA3"),
        ("adapter_model.safetensors", None, "adapter_model.safetensors is missing"),
    ],
)
def test_a_broken_adapter_is_told_of_once_and_the_shipped_one_takes_its_place(
    make_role: Make, shipped: Path, tmp_path: Path, told: Told, file: str, content: str | None, why: str
):
    ship = make_role(shipped, "drafting")
    own = make_role(own_folder(tmp_path, BASE), "drafting")
    (own / file).unlink()
    if content is not None:
        (own / file).write_text(content)
    assert roles_for(BASE, tmp_path, told) == {"role/drafting": ship}
    assert len(told.sentences) == 1
    assert "drafting" in told.sentences[0] and why in told.sentences[0]
    assert "cocreate tune role drafting" in told.steps[0] and str(own) in told.steps[0]


def test_the_card_of_another_job_is_not_taken(make_role: Make, shipped: Path, tmp_path: Path, told: Told):
    make_role(shipped, "style").rename(shipped / "drafting")
    assert roles_for(BASE, tmp_path, told) == {}
    assert "style" in told.sentences[0]
    assert told.steps == ["Install cocreate again: pip install ."]


def test_a_card_of_a_later_version_is_read(make_role: Make, shipped: Path, tmp_path: Path):
    place = make_role(shipped, "drafting", colour="blue")
    card = json.loads((place / "card.json").read_text())
    card["data"][0]["isbn"] = "1"
    (place / "card.json").write_text(json.dumps(card))
    assert list(roles_for(BASE, tmp_path)) == ["role/drafting"]


def test_a_model_that_no_adapter_can_be_for_is_not_read(
    make_role: Make, shipped: Path, settings: Settings, tmp_path: Path
):
    make_role(shipped, "drafting")
    model = tmp_path / "large.gguf"
    model.write_bytes(b"GGUF")
    assert roles_of(settings, model) == {}
    assert not (settings.cache / "hashes.json").exists()


def test_the_adapters_of_a_model_are_found_by_its_weights(make_role: Make, shipped: Path, settings: Settings):
    model = settings.home / "m.gguf"
    model.parent.mkdir()
    model.write_bytes(b"GGUF")
    base = hashlib.sha256(b"GGUF").hexdigest()
    own = make_role(own_folder(settings.home, base), "ideation", base)
    assert roles_of(settings, model) == {"role/ideation": own}
    assert roles_of(replace(settings, roles=False), model) == {}
    model.write_bytes(b"GGUF changed")
    assert roles_of(settings, model) == {}


def test_a_model_that_is_not_there_has_none(make_role: Make, shipped: Path, settings: Settings, told: Told):
    make_role(own_folder(settings.home, BASE), "drafting")
    assert roles_of(settings, settings.home / "gone.gguf", told) == {}
    assert told.sentences == []


def test_a_hash_that_cannot_be_remembered_is_taken_all_the_same(tmp_path: Path):
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert model_hash(model, tmp_path / "cache") == hashlib.sha256(b"GGUF").hexdigest()
