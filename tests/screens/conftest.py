from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from sys import modules
from typing import Any

import pytest
from textual.pilot import Pilot

from cocreate.settings import Settings
from tui.app import CocreateApp


def _load() -> Any:
    """The canned client lies beside the tests, which are no package."""
    spec = spec_from_file_location("canned", Path(__file__).with_name("canned.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    modules["canned"] = module
    spec.loader.exec_module(module)
    return module


canned = _load()


class Clock:
    """Time that stands still until a test moves it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Stage:
    """A running app, its canned client and its clock."""

    app: CocreateApp
    client: Any
    pilot: Pilot[int]
    clock: Clock

    async def say(self, *events: Any) -> None:
        """Tell the screen something and wait until it shows."""
        self.client.say(*events)
        await self.settle()

    async def settle(self) -> None:
        self.app.pump.drain()
        await self.pilot.pause()

    async def until(self, true: Callable[[], object]) -> None:
        for _ in range(200):
            if true():
                return
            await self.pilot.pause(0.02)
        raise AssertionError("it did not come to that")

    async def type(self, text: str, *keys: str) -> None:
        self.app.studio.composer.put(text)
        self.app.studio.composer.focus()
        await self.pilot.press(*(keys or ("enter",)))
        await self.settle()

    def page(self) -> str:
        """All text of the transcript that is mounted."""
        from tui.widgets.flow import Flow

        flows = self.app.studio.transcript.query(Flow)
        return "\n".join(str(flow.render()) for flow in flows if flow.display and flow.size.width)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(settings: Settings, clock: Clock) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(size: tuple[int, int] = (120, 40), resume: str | None = None) -> AsyncIterator[Stage]:
        client = canned.CannedClient()
        app = CocreateApp(client, settings, resume=resume, clock=clock, wall=lambda: 1_007_200.0)
        async with app.run_test(size=size) as pilot:
            there = Stage(app, client, pilot, clock)
            await there.until(lambda: client.started)
            await there.say(canned.READY)
            yield there

    return opened


Waiting = Callable[[Stage], Awaitable[None]]


async def to_directions(stage: Stage) -> None:
    """A message is sent and directions wait."""
    stage.app.studio.send_message(canned.BRIEF.request)
    await stage.say(*canned.opening())


async def to_end(stage: Stage) -> None:
    """A whole turn."""
    stage.app.studio.send_message(canned.BRIEF.request)
    await stage.say(*canned.opening(), *canned.drafting(), *canned.finishing())


@pytest.fixture
def at_directions() -> Waiting:
    return to_directions


@pytest.fixture
def at_end() -> Waiting:
    return to_end
