"""How much a turn does, from the composer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cocreate import commands as cmd
from cocreate.presets import DEFAULT, PRESETS

Open = Callable[..., Any]


def notice(there: Any) -> str:
    return str(there.app.studio.notice.text)


async def test_the_status_line_names_the_preset_and_a_message_leaves_it_to_the_settings(stage: Open) -> None:
    async with stage() as there:
        assert DEFAULT in str(there.app.studio.status.render())
        await there.type("a poem about rain")
        assert there.client.last(cmd.Write).options.preset is None


async def test_a_preset_that_was_picked_goes_with_every_message_from_then_on(stage: Open) -> None:
    async with stage() as there:
        await there.type("/preset quick")
        assert "quick" in str(there.app.studio.status.render())
        await there.type("a poem about rain")
        assert there.client.last(cmd.Write).options.preset == "quick"


async def test_a_preset_without_a_name_says_what_there_is_with_the_figures_of_the_settings(stage: Open) -> None:
    async with stage() as there:
        there.app.studio.settings = replace(there.app.studio.settings, drafts=7)
        await there.type("/preset")
        assert f"{PRESETS[DEFAULT].ideas} directions, 7 drafts" in notice(there)
        assert "/preset quick or /preset patient changes that." in notice(there)
        await there.type("/preset quick")
        assert f"{PRESETS['quick'].drafts} drafts" in notice(there)


async def test_a_preset_that_is_not_there_changes_nothing(stage: Open) -> None:
    async with stage() as there:
        await there.type("/preset quik")
        assert notice(there) == "There is no preset quik. Did you mean quick?"
        assert DEFAULT in str(there.app.studio.status.render())
