"""Whole turns on a server that dies in the middle: the real graph, desk and sockets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from agents.contracts import TokenScores
from cocreate.commands import Continue, TurnOptions, Write
from cocreate.engines.scripted import ScriptedEngine
from cocreate.engines.server import ServerEngine
from cocreate.events import DraftGrew, Event, TurnFailed, TurnFinished, TurnFoundUnfinished
from cocreate.settings import Settings
from cocreate.studio import Studio

CHAT = "/v1/chat/completions"
PLAIN = TurnOptions(ideas=0, drafts=2, revisions=0, seed=1, ask=False)
E = TypeVar("E")


class Scoring:
    """The server's engine with the scripted engine's scores, so that no critic's weights are needed."""

    def __init__(self, engine: ServerEngine) -> None:
        self._engine = engine
        self._scores = ScriptedEngine()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        return self._scores.score(texts)


def of(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def test_a_server_that_dies_in_the_middle_of_the_drafts_leaves_partial_takes_and_the_turn_goes_on(
    scripted, connect, steps, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", engine="scripted")
    half = [steps.word(piece) for piece in ("Rain on slate,\n", "the gutter hums,\n", "a door")]
    scripted.on(CHAT, steps.stream(*half, end=""))

    studio = Studio(settings, Scoring(connect()))
    events = list(studio.send(Write("a poem about rain", options=PLAIN)))
    studio.close()

    failed = of(events, TurnFailed)[0]
    assert "ended in the middle of the text. What was written is kept." in failed.sentence
    partial = [take for take in failed.takes if take.text]
    assert partial
    for take in partial:
        shown = "".join(event.text for event in of(events, DraftGrew) if event.draft_id == take.id)
        assert take.status == "partial"
        assert take.text.strip() == shown.strip()

    whole = [steps.word(piece) for piece in ("stands open\n", "and nobody comes.\n")] + [steps.word("", "stop")]
    scripted.on(CHAT, steps.stream(*whole))
    mended = Studio(settings, Scoring(connect()))
    left = of(list(mended.start()), TurnFoundUnfinished)[0]
    again = list(mended.send(Continue(left.turn.id)))
    mended.close()

    takes = of(again, TurnFinished)[0].takes
    assert all(any(take.text.startswith(one.text) for take in takes) for one in partial)
