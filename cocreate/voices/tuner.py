"""A tuning in a process of its own, behind everything else: `python -P -m cocreate.voices.tuner`.

    studio  --TuneJob, then PAUSE, RESUME, STOP-->  tuner
            <--Started, Stepped, ..., Ended---------

Pickled over the child's stdin and stdout. The texts come that way and no other: nothing of them is written to the disk.
When the studio dies its end of the pipe closes, and the tuner ends at once; its checkpoints stay.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import IO

from cocreate.errors import BAD_INPUT, to_user
from cocreate.training.job import Control, Progress, TuneJob, TuneResult
from memory.sanitise import sanitise

PAUSE, RESUME, STOP = "pause", "resume", "stop"
NICENESS = 15
"""Behind the writer's turns and behind the screen."""
BROKEN = (EOFError, OSError, pickle.UnpicklingError, ValueError)
"""What a pipe raises whose other end is gone."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message of a tuner."""

    result: TuneResult | None
    """None: it failed, for the reason that follows."""
    sentence: str = ""
    next_step: str = ""
    bad_input: bool = False
    """What was asked cannot be done, such as tuning on too little text."""
    trace: str = ""
    """Traceback of what nobody foresaw, for the log."""


Message = Progress | Ended


def main() -> None:
    """Read the job, tune, tell, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _silence()
    job: TuneJob = pickle.load(inbox)  # noqa: S301 - from the process that started us, over our own pipe
    control = Control()
    threading.Thread(target=_listen, args=(inbox, control), name="studio", daemon=True).start()
    with contextlib.suppress(*BROKEN):
        _put(outbox, _work(job, outbox, control))
    os._exit(0)  # no thread of a model library may hold up the end


def _work(job: TuneJob, outbox: IO[bytes], control: Control) -> Ended:
    try:
        from cocreate.training.tuning import tune

        return Ended(tune(job, lambda event: _put(outbox, event), control))
    except Exception as error:  # noqa: BLE001 - process boundary: the studio says it instead of us
        known = to_user(error)
        if known is not None:
            return Ended(None, known.sentence, known.next_step, known.exit_code == BAD_INPUT)
        sentence = f"The tuning broke: {type(error).__name__}: {sanitise(str(error))[:200]}"
        step = "What was learned so far is kept: tune it again to go on."
        return Ended(None, sentence, step, trace=traceback.format_exc())


def _listen(inbox: IO[bytes], control: Control) -> None:
    """Do what the studio says; end when it is gone."""
    with contextlib.suppress(*BROKEN):
        while True:
            match pickle.load(inbox):  # noqa: S301 - from the process that started us, over our own pipe
                case "pause":
                    control.pause.set()
                case "resume":
                    control.pause.clear()
                case "stop":
                    control.stop.set()
                    control.pause.clear()
    os._exit(1)


def _put(pipe: IO[bytes], message: Message) -> None:
    pipe.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def _silence() -> None:
    """What libraries print goes nowhere: it may quote the texts."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.stdout = sys.stderr = os.fdopen(nowhere, "w")


if __name__ == "__main__":
    # By its own name: what is pickled as __main__.Ended would mean nothing to the studio.
    from cocreate.voices.tuner import main as run

    run()
