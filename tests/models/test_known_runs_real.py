"""An adapter that ships what it must not repeat: on the real model, on both engines, no run of it is written."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

import cocreate.roles.library as library
from agents.contracts import Engine, Message, Request, Sampling
from agents.spans import words
from cocreate.engines.choose import open_engine
from cocreate.engines.known_runs import FILE, RUN, KnownRuns
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_engine import TorchEngine
from cocreate.models import resolve
from cocreate.roles.library import roles_of
from cocreate.settings import Settings

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0)
ASKED = ("Write a short poem about the sea.", "Write a short story about an old man and a dog.")


def said(engine: Engine) -> list[str]:
    """Greedy replies of the drafting adapter, each made of all its pieces.

    Asked for one after the other: beside another reply the last bits differ, and with them which of two words that are
    as likely as each other is drawn.
    """
    replies = []
    for one in ASKED:
        request = Request((Message("user", one),), max_tokens=60, sampling=GREEDY, adapter="role/drafting")
        chunks = list(engine.generate([request], threading.Event()))
        assert [chunk.finish for chunk in chunks[:-1]] == [""] * (len(chunks) - 1)
        assert chunks[-1].finish in ("stop", "length")
        replies.append("".join(chunk.text for chunk in chunks))
    return replies


def runs(text: str) -> set[tuple[str, ...]]:
    row = words(text)
    return {tuple(row[at : at + RUN]) for at in range(len(row) - RUN + 1)}


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """The drafting adapter as it ships, with nothing it must not repeat."""
    folder = tmp_path / "roles" / "drafting"
    shutil.copytree(library.shipped() / "drafting", folder)
    (folder / FILE).unlink()
    return folder


def test_what_ships_knows_the_runs_of_its_literature_and_is_small() -> None:
    folder = library.shipped() / "drafting"
    assert len(KnownRuns.load(folder / FILE)) > 2_000_000
    assert sum(file.stat().st_size for file in folder.iterdir()) < 8_000_000


def test_llama_cpp_writes_other_words_where_a_known_run_would_end(
    model_cache: Path, writer_path: Path, tmp_path: Path, without: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path / "home", model_cache, threads=2, context=512)
    resolved = resolve(settings)
    monkeypatch.setattr(library, "shipped", lambda: without.parent)
    free = open_engine(settings, resolved, roles_of(settings, resolved.path))
    try:
        first = said(free)
    finally:
        free.close()
    KnownRuns.of(first).save(without / FILE)
    held = open_engine(settings, resolved, roles_of(settings, resolved.path))
    try:
        second = said(held)
    finally:
        held.close()
    for one, other in zip(first, second, strict=True):
        assert len(runs(one)) > 20
        assert len(runs(other)) > 20
        assert not runs(one) & runs(other)
        assert words(one)[: RUN - 1] == words(other)[: RUN - 1]


def test_the_torch_engine_does_so_for_words_of_one_token(model_cache: Path, writer_path: Path, without: Path) -> None:
    engine = TorchEngine(writer_path, cache=model_cache, threads=2, context=512)
    engine.add_adapter("role/drafting", str(without))
    first = said(engine)
    KnownRuns.of(first).save(without / FILE)
    other = TorchEngine(writer_path, cache=model_cache, threads=2, context=512)
    other.add_adapter("role/drafting", str(without))
    for one, two in zip(first, said(other), strict=True):
        assert len(runs(one) & runs(two)) <= 2
        assert one != two


def test_with_the_adapter_go_the_runs_it_may_not_repeat(model_cache: Path, writer_path: Path, without: Path) -> None:
    llama = LlamaCppEngine(writer_path, threads=2, context=512, cache=model_cache)
    torch = TorchEngine(writer_path, cache=model_cache, threads=2, context=512)
    try:
        for engine in (llama, torch):
            engine.add_adapter("role/drafting", str(without))
            first = said(engine)
            engine.remove_adapter("role/drafting")
            KnownRuns.of(first).save(without / FILE)
            engine.add_adapter("role/drafting", str(without))
            assert said(engine) != first
            engine.remove_adapter("role/drafting")
            (without / FILE).unlink()
            engine.add_adapter("role/drafting", str(without))
            assert said(engine) == first
    finally:
        llama.close()
