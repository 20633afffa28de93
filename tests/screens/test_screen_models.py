"""Changing the model from the screen: nothing is decided here, and nothing on the page is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import canned

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.model_views import ModelRow
from cocreate.settings import Settings

Open = Callable[..., Any]

ROWS = (
    ModelRow("SmolLM2-135M", "writing", "/m/smol.gguf", 98_000_000, True, ("en",), "llamacpp", use="default",
             in_use=True, need=1_600_000_000, fit="fits", speed=88.0, measured=True, licence="Apache-2.0", tried=True),
    ModelRow("Qwen3 1.7B", "writing", "Qwen/x.gguf", 1_282_000_000, False, ("en", "zh", "fr", "de"), "llamacpp",
             use="qwen3-1.7b", need=8_100_000_000, fit="tight", speed=6.9, licence="Apache-2.0", listed="2026-11-22"),
    ModelRow("all-MiniLM", "recall", "/m/mini", 90_000_000, True, ("en",), "sentence-transformers"),
)  # fmt: skip
LISTED = ev.ModelsListed(ROWS, "25.3 GB of memory", (("en", "qwen3-1.7b"), ("zh", "qwen3-1.7b")))
CHOSEN = ev.ModelChosen("Qwen/x.gguf", "The writing model is now Qwen3 1.7B.", "default")


def text_of(there: Any) -> str:
    from textual.widgets import OptionList

    options = there.app.screen.query_one(OptionList)
    return "\n".join(str(options.get_option_at_index(n).prompt) for n in range(options.option_count))


async def test_the_list_says_for_each_model_whether_it_is_here_fits_and_how_fast_it_is(stage: Open) -> None:
    async with stage() as there:
        await there.type("/model")
        assert there.client.sent[-1] == cmd.ListModels()
        await there.say(LISTED)
        assert text_of(there).splitlines() == [
            "SmolLM2-135M   in use",
            "fits, 1.6 GB of memory, 88 tokens/s, English, Apache-2.0",
            "Qwen3 1.7B   1.3 GB to download   best here for English and Chinese",
            "fits when other programs are closed, 8.1 GB of memory, about 7 tokens/s, "
            "English Chinese and 2 more, Apache-2.0, not run by us",
        ]


async def test_a_model_that_is_not_here_is_fetched_only_after_a_yes(stage: Open) -> None:
    async with stage() as there:
        await there.type("/model")
        await there.say(LISTED)
        await there.pilot.press("down", "enter")
        assert there.client.sent[-1] == cmd.UseModel("qwen3-1.7b")
        missing = ev.ModelMissing("qwen3-1.7b", "Qwen3 1.7B is not on this machine: 1.3 GB to download.")
        await there.say(missing)
        await there.pilot.press("n")
        assert there.client.sent[-1] == cmd.UseModel("qwen3-1.7b")
        await there.type("/model qwen3-1.7b")
        await there.say(missing)
        await there.pilot.press("y")
        await there.settle()
        assert there.client.sent[-1] == cmd.UseModel("qwen3-1.7b", fetch=True)
        assert there.client.restarts == 0


async def test_the_studio_starts_again_with_the_new_model_and_the_page_stays(
    stage: Open, at_end: Any, settings: Settings
) -> None:
    async with stage() as there:
        await at_end(there)
        await there.type("/model qwen3-1.7b")
        await there.say(CHOSEN)
        assert there.client.settings == replace(settings, model="Qwen/x.gguf")
        assert there.client.restarts == 1
        assert canned.POEMS[2].splitlines()[0] in there.page()
        assert there.app.studio.notice.text == (
            "The writing model is now Qwen3 1.7B. The studio starts again with it; your piece stays as it is. "
            "/model default goes back."
        )
        assert "loading the language model" in str(there.app.studio.status.render())
        await there.say(canned.READY)
        assert "ready" in str(there.app.studio.status.render())


async def test_a_model_is_not_changed_under_a_running_turn(stage: Open, at_directions: Any) -> None:
    async with stage() as there:
        await at_directions(there)
        await there.say(*canned.drafting(upto=24))
        sent = len(there.client.sent)
        await there.type("/model qwen3-1.7b")
        assert "A turn is running." in there.app.studio.notice.text
        assert len(there.client.sent) == sent


async def test_a_message_waits_in_the_composer_while_a_model_is_fetched_and_escape_stops_that(stage: Open) -> None:
    async with stage() as there:
        await there.type("/model qwen3-1.7b")
        await there.say(ev.DownloadProgressed("Qwen3 1.7B", 10, 100))
        await there.type("a poem")
        assert there.app.studio.composer.text == "a poem"
        assert not any(isinstance(command, cmd.Write) for command in there.client.sent)
        await there.pilot.press("escape")
        assert there.client.stops == 1
        await there.say(ev.CommandRefused("The download was stopped.", "Start again to fetch it.", "UseModel"))
        assert not there.app.studio.downloads.display
        await there.type("a poem")
        assert isinstance(there.client.sent[-1], cmd.Write)


async def test_the_model_in_use_already_needs_no_restart(stage: Open, settings: Settings) -> None:
    async with stage() as there:
        await there.type("/model default --anyway")
        assert there.client.sent[-1] == cmd.UseModel("default", anyway=True)
        await there.say(ev.ModelChosen(settings.model, "It is the writing model already.", ""))
        assert there.client.restarts == 0
        assert there.app.studio.notice.text == "It is the writing model already."
