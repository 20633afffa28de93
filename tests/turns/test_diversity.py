"""The drafts of a turn are compared with each other."""

from __future__ import annotations

from pathlib import Path

from cocreate.commands import TurnOptions, Write
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import DraftsCompared, Event
from cocreate.settings import Settings
from cocreate.studio import Studio

RAIN = "Rain fills the yard and the gutters sing to the moss on the low brick wall beside the gate."
BREAD = "Flour settles on the sleeves of the man who bakes before the town has found its shoes again."


def compared(home: Path, *drafts: str) -> list[DraftsCompared]:
    settings = Settings(home=home, cache=home / "cache", engine="scripted")
    studio = Studio(settings, ScriptedEngine(drafts, delay=0))
    try:
        options = TurnOptions(ideas=0, drafts=len(drafts), revisions=0, seed=1, ask=False)
        events: list[Event] = list(studio.send(Write("a story about a yard, 18 words", options=options)))
        return [event for event in events if isinstance(event, DraftsCompared)]
    finally:
        studio.close()


def test_two_drafts_that_say_the_same_are_less_diverse_than_two_that_do_not(tmp_path: Path) -> None:
    (alike,) = compared(tmp_path / "one", RAIN, RAIN.replace("fills", "floods"))
    (apart,) = compared(tmp_path / "two", RAIN, BREAD)
    assert alike.diversity.value + 2 < apart.diversity.value
    assert "say nearly the same" in alike.diversity.advice


def test_a_single_draft_is_compared_with_nothing(tmp_path: Path) -> None:
    assert compared(tmp_path / "one", RAIN) == []
