"""The private folder of the embedded server, and the prompt several requests share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cocreate.engines.llama_batch import Job, shared_prefixes
from cocreate.engines.llama_socket import sweep


def test_folders_of_processes_that_died_are_removed_and_others_stay(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    dead = tmp_path / f"cocreate-engine-{child.pid}-abc"
    ours = tmp_path / f"cocreate-engine-{os.getpid()}-abc"
    strange = tmp_path / "cocreate-engine-notes-abc"
    for folder in (dead, ours, strange):
        folder.mkdir()
        (folder / "prefix").write_text("the writer's text")
    sweep(tmp_path)
    assert not dead.exists()
    assert ours.exists()
    assert strange.exists()


def job(index: int, *tokens: int, adapter: str = "") -> Job:
    return Job(index, tokens, {}, adapter)


def test_a_shared_beginning_is_found_when_it_is_worth_reading_once() -> None:
    common = tuple(range(40))
    assert shared_prefixes([job(0, *common, 7), job(1, *common, 8), job(2, *common)]) == {"": common}
    assert shared_prefixes([job(0, *common), job(1, *common)]) == {"": common}
    assert shared_prefixes([job(0, 1, 2, 3), job(1, 1, 2, 4)]) == {}
    assert shared_prefixes([job(0, *common)]) == {}


def test_a_beginning_is_shared_only_under_one_adapter() -> None:
    common = tuple(range(40))
    ann = [job(at, *common, adapter="voice/ann") for at in (1, 2)]
    assert shared_prefixes([job(0, *common), ann[0]]) == {}
    assert shared_prefixes([job(0, *common), *ann]) == {"voice/ann": common}
