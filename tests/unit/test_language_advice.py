"""A language the model cannot write is spoken of once, in that language where it is Chinese, and never stops a turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cocreate.commands import TurnOptions, Write
from cocreate.events import Noticed, TurnFinished
from cocreate.language_advice import LanguageAdvice
from cocreate.machine import Machine
from cocreate.resources import Resources
from cocreate.settings import Settings
from cocreate.studio import Studio

GB = 1_000_000_000


def advice(tmp_path: Path, memory: int, engine: str = "auto") -> LanguageAdvice:
    settings = replace(Settings(home=tmp_path, cache=tmp_path), engine=engine)
    return LanguageAdvice(settings, "SmolLM2-135M", ("en",), lambda: Machine(memory, memory, 2, 2))


def test_a_language_the_model_writes_is_not_spoken_of(tmp_path: Path) -> None:
    assert advice(tmp_path, 16 * GB).about("en") is None


def test_chinese_is_answered_in_chinese_with_the_command_that_helps(tmp_path: Path) -> None:
    notice = advice(tmp_path, 20 * GB).about("zh")
    assert notice == Noticed(
        "SmolLM2-135M 只会写英文，写出的中文不会好。",
        "Qwen3 1.7B Q4_K_M（1.3 GB）会写中文，这台机器装得下："
        "cocreate models use qwen3-1.7b，在应用里：/model qwen3-1.7b",
    )


def test_another_language_is_answered_in_english_once(tmp_path: Path) -> None:
    speaking = advice(tmp_path, 12 * GB)
    notice = speaking.about("fr")
    assert notice == Noticed(
        "SmolLM2-135M writes English; what it makes of French will be poor.",
        "Qwen3 0.6B Q8_0 (639.4 MB) writes French and fits this machine: cocreate models use qwen3-0.6b, "
        "in the app: /model qwen3-0.6b",
    )
    assert speaking.about("fr") is None
    assert speaking.about("de") is not None


def test_where_no_model_fits_nothing_is_promised(tmp_path: Path) -> None:
    notice = advice(tmp_path, 2 * GB).about("zh")
    assert notice is not None
    assert "models use" not in notice.next_step
    assert "cocreate models" in notice.next_step


def test_a_server_is_not_told_to_take_a_local_file(tmp_path: Path) -> None:
    notice = advice(tmp_path, 64 * GB, "server").about("zh")
    assert notice is not None
    assert "models use" not in notice.next_step


def test_the_studio_says_it_once_a_session_and_writes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Resources, "languages", ("en",))
    studio = Studio(Settings(home=tmp_path / "home", cache=tmp_path / "cache", engine="scripted"))
    options = TurnOptions(ideas=0, drafts=1, revisions=0, ask=False)
    try:
        first = list(studio.send(Write("写一首关于秋雨的诗", options=options)))
        second = list(studio.send(Write("写一首关于春风的诗", options=options)))
    finally:
        studio.close()
    assert [sum(isinstance(event, Noticed) for event in events) for events in (first, second)] == [1, 0]
    assert all(any(isinstance(event, TurnFinished) for event in events) for events in (first, second))
