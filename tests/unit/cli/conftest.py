"""A studio that says what the test tells it to, and the command line run against it in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Brief, Direction, Evidence, Score, Scorecard
from cocreate.cli import main
from cocreate.commands import Command
from cocreate.events import (
    BriefUnderstood,
    CommandDone,
    DirectionsFound,
    DraftFinished,
    DraftGrew,
    DraftScored,
    DraftStarted,
    Event,
    PassagesRecalled,
    PieceChanged,
    PieceView,
    RevisionJudged,
    StudioReady,
    StudioStarting,
    TakeView,
    TurnFinished,
    TurnStarted,
)
from cocreate.settings import Settings


@dataclass
class FakeStudio:
    """Answers each command by the function of its class name; remembers what it was sent."""

    settings: Settings
    answer: Callable[[Command], Iterator[Event]]
    sent: list[Command] = field(default_factory=list)
    stopped: bool = False
    closed: bool = False

    def send(self, command: Command) -> Iterator[Event]:
        self.sent.append(command)
        yield from self.answer(command)
        yield CommandDone(type(command).__name__)

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        self.closed = True


@dataclass
class Ran:
    """What one run of the command line left behind."""

    code: int
    out: str
    err: str
    studio: FakeStudio | None

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def cocreate(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `cocreate ARGUMENTS` with a studio whose answers are a list of events, or a function of the command."""

    def run(*argv: str, answers: Any = (), stdin: bytes = b"", environ: dict[str, str] | None = None) -> Ran:
        made: list[FakeStudio] = []

        def factory(settings: Settings) -> FakeStudio:
            made.append(FakeStudio(settings, answers if callable(answers) else lambda _: iter(answers)))
            return made[-1]

        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        surroundings = {"COCREATE_HOME": str(tmp_path / "home"), "COCREATE_CACHE": str(tmp_path / "cache")}
        code = main(argv, studio_factory=factory, environ=surroundings | (environ or {}))
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err, made[-1] if made else None)

    return run


def card_of(overall: float = 6.5) -> Scorecard:
    evidence = (Evidence(0, 4, "It is heard often.", "Rain", weight=0.5),)
    return Scorecard(
        novelty=Score(5.0, evidence, "Try a rarer word than “rain”.", (("containment", 0.2),)),
        fluency=Score(7.25),
        theme_fit=Score(8.0),
        overall=overall,
    )


def take_of(text: str = "Rain on slate.\nNobody home.", name: str = "t1", overall: float = 6.5) -> TakeView:
    card = card_of(overall)
    return TakeView(name, "p1", "u1", "", text, "drafting", "offered", "an empty house", card, "stop", 1.0)


@pytest.fixture
def make_card() -> Callable[..., Scorecard]:
    return card_of


@pytest.fixture
def make_take() -> Callable[..., TakeView]:
    return take_of


@pytest.fixture
def piece() -> PieceView:
    return PieceView("p1", "autumn rain", "poem", "", "Rain on slate.", 1, 1, 1.0)


@pytest.fixture
def turn_events(piece: PieceView) -> list[Event]:
    """A whole turn, with an event after its end, as the studio may send them."""
    brief = Brief("a poem about rain", theme="rain")
    return [
        StudioStarting("loading the language model"),
        StudioReady("scripted", "cpu", ("en", "zh"), 0, 0.5),
        TurnStarted("u1", "p1", "a poem about rain"),
        BriefUnderstood("u1", brief),
        PassagesRecalled("u1", (), 0),
        DirectionsFound("u1", (Direction("d1", "an empty house"),), waiting=False),
        DraftStarted("u1", "x1", "drafting", "draft 1"),
        DraftGrew("u1", "x1", "Rain on slate.\nNobody home."),
        DraftFinished("u1", "x1", "Rain on slate.\nNobody home.", "stop"),
        DraftScored("u1", "x1", card_of()),
        RevisionJudged("u1", "x1", "x0", False, "It scores 5.9, the draft 6.5."),
        TurnFinished("u1", "p1", (take_of(), take_of("Another.", "t2", 5.0)), "finished", 12.5, 340),
        PieceChanged(piece),
    ]
