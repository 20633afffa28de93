"""kill -9 of a studio that tunes: its tuner ends, no version is half there, and the next tuning goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cocreate.commands import TuneVoice
from cocreate.events import TuningFinished
from cocreate.settings import Settings
from cocreate.studio import Studio
from cocreate.voices.base import SCRIPTED, Base
from cocreate.voices.registry import Registry
from memory.database import Database

STUDIO = """
import sys
from pathlib import Path
from cocreate.commands import TuneVoice
from cocreate.settings import Settings
from cocreate.studio import Studio
home, tuner = Path(sys.argv[1]), sys.argv[2]
studio = Studio(Settings(home=home, cache=home / "cache", engine="scripted"))
studio._voices._command = (sys.executable, "-P", tuner)
while True:
    for event in studio.send(TuneVoice("noir")):
        print(type(event).__name__, flush=True)
"""
ROUNDS = 3


def test_a_studio_killed_while_it_tunes_leaves_whole_versions_and_goes_on(
    settings_of: Callable[..., Settings], tuner: tuple[str, ...], tmp_path: Path
):
    home = tmp_path / "home"
    studio = Studio(settings_of(engine="scripted"))
    studio._memory.add_text("The Lamp", "The lamp went out before the rain began and nobody asked")
    studio.close()
    rng = random.Random(5)
    for _ in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", STUDIO, str(home), tuner[-1]], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(rng.randrange(1, 12)):  # so many events, then a moment more: anywhere in a tuning or its end
            assert process.stdout.readline()
        time.sleep(rng.random() * 0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        database = Database.open(home / "cocreate.db")
        registry = Registry(database, home)
        for view in registry.views(Base("scripted", SCRIPTED, "")):
            assert view.usable, view.why_not
            for version in view.versions:
                assert (registry.folder(view.name, version) / "adapter_model.safetensors").is_file()
        database.close()
    studio = Studio(settings_of(engine="scripted"))
    studio._voices._command = tuner
    try:
        finished = list(studio.send(TuneVoice("noir")))[-1]
    finally:
        studio.close()
    assert isinstance(finished, TuningFinished)
    folders = {path.name for path in (home / "voices" / "noir").iterdir()}
    assert folders == {f"v{version}" for version in finished.voice.versions}
