"""How the adapters reach the engine, and that nothing but their own setting takes them away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import cocreate.engines.choose as choose
import cocreate.engines.llamacpp as llamacpp
import cocreate.training.gguf_lora as gguf_lora
from agents.contracts import Brief
from agents.errors import AdapterRefused, EngineFailed
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import Event, Noticed
from cocreate.models import ResolvedModel
from cocreate.models.hashes import model_hash
from cocreate.resources import Resources
from cocreate.roles.library import own_folder
from cocreate.roles.using import in_use, said
from cocreate.settings import Settings
from cocreate.voices.base import Base
from cocreate.voices.using import KEPT, Voices

Make = Callable[..., Path]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF")
    return path


class Told(list[tuple[str, str]]):
    def __call__(self, sentence: str, next_step: str) -> None:
        self.append((sentence, next_step))


class Llama:
    """Stands for llama.cpp; refuses the files it is told to."""

    damaged: tuple[str, ...] = ()

    def __init__(self, path: Path, *, adapters: Mapping[str, str], **rest: Any) -> None:
        if set(adapters.values()) & set(self.damaged) or "no model" in str(path):
            raise EngineFailed("llama.cpp cannot load it.")
        self.adapters = tuple(adapters)


@pytest.fixture
def llama(monkeypatch: pytest.MonkeyPatch) -> type[Llama]:
    monkeypatch.setattr(llamacpp, "LlamaCppEngine", Llama)
    monkeypatch.setattr(Llama, "damaged", ())

    def converted(folder: Path, base: Path, cache: Path) -> Path:
        if folder.name == "ideation":
            raise AdapterRefused("The adapter was made for a model of 9 layers; tiny.gguf has 2.", "Tune it again.")
        if folder.name == "style":
            raise PermissionError(13, "Permission denied")
        return cache / f"{folder.name}.gguf"

    monkeypatch.setattr(gguf_lora, "gguf_of", converted)
    return Llama


def opened(settings: Settings, model: Path, folders: dict[str, Path], told: Told) -> Any:
    return choose.open_engine(settings, ResolvedModel(model, "gguf", "tiny", ("en",)), folders, told)


def test_an_adapter_that_does_not_fit_is_left_out_with_a_sentence_and_the_others_are_loaded(
    settings: Settings, model: Path, llama: type[Llama]
):
    told = Told()
    names = ("drafting", "ideation", "style")
    engine = opened(settings, model, {f"role/{name}": Path("x") / name for name in names}, told)
    assert engine.adapters == ("role/drafting",)
    assert "9 layers" in told[0][0] and "cocreate tune role ideation" in told[0][1]
    assert "Permission denied" in told[1][0]
    assert len(told) == 2


def test_an_adapter_that_llama_cpp_cannot_load_does_not_keep_the_studio_from_starting(
    settings: Settings, model: Path, llama: type[Llama], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(llama, "damaged", (str(settings.cache / "drafting.gguf"),))
    told = Told()
    assert opened(settings, model, {"role/drafting": Path("x/drafting")}, told).adapters == ()
    assert len(told) == 1 and "drafting" in told[0][0]


def test_a_model_that_cannot_be_loaded_is_not_blamed_on_its_adapters(settings: Settings, llama: type[Llama]):
    told = Told()
    with pytest.raises(EngineFailed):
        opened(settings, Path("no model.gguf"), {"role/drafting": Path("x/drafting")}, told)
    assert told == []


@pytest.mark.parametrize("on", [True, False])
def test_the_studio_loads_the_adapters_of_its_model_and_tells_of_broken_ones(
    make_role: Make, settings: Settings, model: Path, llama: type[Llama], on: bool
):
    folder = own_folder(settings.home, model_hash(model, settings.cache))
    base = model_hash(model, settings.cache)
    make_role(folder, "drafting", base)
    (make_role(folder, "style", base) / "card.json").write_text("{")
    resources = Resources(replace(settings, model=str(model), roles=on))
    events: list[Event] = []
    resources.load(events.append, engine=True)
    assert resources.engine().adapters == (("role/drafting",) if on else ())
    noticed = [event for event in events if isinstance(event, Noticed)]
    assert len(noticed) == (1 if on else 0)
    assert all("style" in event.sentence and event.next_step for event in noticed)


class Registry:
    def adapter(self, name: str, base: Base) -> Path:
        return Path("voices") / name

    def method(self, name: str) -> str:
        return "lora"


class Bases:
    def now(self) -> Base:
        return Base("scripted", "scripted", "")


def test_voices_that_come_and_go_leave_the_adapters_of_the_agents(tmp_path: Path):
    engine = ScriptedEngine()
    roles = ("role/drafting", "role/ideation", "role/style")
    for name in roles:
        engine.add_adapter(name, "x")
    voices = Voices(Registry(), Bases(), tmp_path, lambda: engine)  # type: ignore[arg-type]
    for number in range(KEPT + 3):
        voices.ready(Brief("a poem", voice=f"v{number}"))
        assert set(roles) <= set(engine.adapters)
    assert len(engine.adapters) == len(roles) + KEPT


def test_what_is_in_use_is_said_in_words(make_role: Make, shipped: Path, settings: Settings, model: Path):
    own = replace(settings, model=str(model))
    assert in_use(own) == {}
    assert "cocreate tune role" in said(own, {})
    base = model_hash(model, settings.cache)
    make_role(shipped, "style", base)
    make_role(own_folder(settings.home, base), "drafting", base)
    assert said(own, in_use(own)) == "adapters for drafting (your own), style"
    assert said(replace(own, roles=False), in_use(replace(own, roles=False))).startswith("off")
    server = replace(own, engine="server")
    assert in_use(server) == {} and "server" in said(server, {})
