"""Taste and references on the screen: one command, plain sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cocreate import commands as cmd
from cocreate import events as ev
from memory.records import AddReport, Work
from tui.view_model import StudioState, reduce

Open = Callable[..., Any]
SHIPPED = (("fluency", 0.6), ("novelty", 0.4))
LEARNT = ev.TasteShown(True, SHIPPED, (("fluency", 0.55), ("novelty", 0.45)), 7)
OWN = Work("abc123", "The Ferry", "poem", "en", "/x/ferry.txt", 420, 1, 1.0)
REFERENCE = Work("def456", "An old poem", "poem", "en", "/x/old.txt", 420, 0, 1.0, reference=True)


@pytest.mark.parametrize("action", ["", "reset", "undo", "on", "off"])
async def test_taste_asks_the_studio(stage: Open, action: str) -> None:
    async with stage() as there:
        await there.type(f"/taste {action}".strip())
        assert there.client.sent[-1] == cmd.TuneTaste(action or "show")


async def test_a_studio_that_is_started_again_keeps_what_was_switched(stage: Open) -> None:
    async with stage() as there:
        await there.say(replace(LEARNT, on=False))
        await there.type("/restart")
        assert there.client.settings.learn_taste is False


async def test_what_cannot_be_done_with_taste_is_answered_by_what_can(stage: Open) -> None:
    async with stage() as there:
        before = len(there.client.sent)
        await there.type("/taste more")
        assert len(there.client.sent) == before


async def test_a_reference_is_added_from_the_composer(stage: Open) -> None:
    async with stage() as there:
        await there.type("/works add --reference '/x/an old poem.txt'")
        assert there.client.sent[-1] == cmd.AddWorks(("/x/an old poem.txt",), reference=True)


def test_the_studio_shows_taste_in_the_same_lines_as_the_command_line() -> None:
    state = StudioState()
    reduce(state, LEARNT, 0.0)
    assert tuple(note.sentence for note in state.notes) == LEARNT.lines()


def test_references_are_not_counted_as_works_of_the_writer() -> None:
    state = StudioState()
    for work in (OWN, REFERENCE):
        reduce(state, ev.WorkAdded(AddReport(work.source, "added", work, "")), 0.0)
    assert state.works == 1
    assert "checked against “An old poem”" in state.notes[-1].sentence
    reduce(state, ev.WorkRemoved(REFERENCE.id, REFERENCE.title, True), 0.0)
    reduce(state, ev.WorksListed((OWN, REFERENCE)), 0.0)
    assert state.works == 1
