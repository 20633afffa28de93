"""Runs the app on a terminal with a canned client, for the tests beside it: `python terminal_app.py HOME [plain]`."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.settings import Settings
from tui.app import run

HOSTILE = "rain [/] \x1b]0;owned\x07\x1b[31mred\x1b[0m\u202egnirts\u202c\x9b2J end"


def load_canned() -> type:
    """The canned client of the screen's tests."""
    path = Path(__file__).parents[1] / "screens" / "canned.py"
    spec = spec_from_file_location("canned", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["canned"] = module
    spec.loader.exec_module(module)
    return module  # type: ignore[return-value]


canned = load_canned()


class Answering(canned.CannedClient):  # type: ignore[misc,name-defined]
    """Says that it is ready, and answers every message with a turn; drafts are sanitised, as the studio does it.

    What is sent before the start is answered after it: a writer may type before the studio process is there.
    """

    def start(self, on_event: object) -> None:
        super().start(on_event)
        self.say(canned.READY)
        for command in self.sent:
            self.answer(command)

    def send(self, command: cmd.Command) -> None:
        super().send(command)
        if self.started:
            self.answer(command)

    def answer(self, command: cmd.Command) -> None:
        from memory.sanitise import sanitise

        if isinstance(command, cmd.Write):
            self.say(*canned.opening(request=command.text))
        elif isinstance(command, cmd.Choose):
            self.say(*canned.drafting(), ev.DraftGrew("t1", "draft1", sanitise(HOSTILE)), *canned.finishing())


if __name__ == "__main__":
    home = Path(sys.argv[1])
    sys.exit(run(Answering(), Settings(home=home, cache=home)))
