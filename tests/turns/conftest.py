"""Whole turns on the scripted engine: real graph, real SQLite, real FAISS, no weights."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cocreate.commands import Command, TurnOptions
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import Event
from cocreate.settings import Settings
from cocreate.studio import Studio

OpenStudio = Callable[..., Studio]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache", engine="scripted", ideas=3, drafts=2, revisions=1)


@pytest.fixture
def open_studio(settings: Settings) -> Iterator[OpenStudio]:
    """Open studios on one data directory; all are closed at the end."""
    studios: list[Studio] = []

    def opened(engine: ScriptedEngine | None = None) -> Studio:
        studios.append(Studio(settings, engine or ScriptedEngine()))
        return studios[-1]

    yield opened
    for studio in studios:
        studio.close()


@pytest.fixture
def studio(open_studio: OpenStudio) -> Studio:
    return open_studio()


@pytest.fixture
def headless() -> TurnOptions:
    return TurnOptions(ideas=3, drafts=2, revisions=1, seed=1, ask=False)


@pytest.fixture
def send() -> Callable[[Studio, Command], list[Event]]:
    return lambda studio, command: list(studio.send(command))
