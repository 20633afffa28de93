"""The studio's side of a tuning: starts the child, passes its news on, pauses it while the writer waits, stops it."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import IO, cast

from cocreate.training.job import TuneJob
from cocreate.voices.tuner import BROKEN, PAUSE, RESUME, STOP, Ended, Message

COMMAND = (sys.executable, "-P", "-m", "cocreate.voices.tuner")
"""-P: a folder called `cocreate` where the writer happens to stand must not answer to our import."""
GRACE_SECONDS = 5.0
"""How long a tuner that has said its last word may take to end."""


class Tuner:
    """One tuning under way."""

    def __init__(self, job: TuneJob, *, paused: bool = False, command: Sequence[str] = COMMAND) -> None:
        """Start the child. Raises OSError."""
        self._outbox: queue.SimpleQueue[TuneJob | str | None] = queue.SimpleQueue()
        # Our own interpreter and module; no shell line.
        self._process = subprocess.Popen(  # noqa: S603
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
        )
        self._outbox.put(job)
        if paused:
            self.pause()
        threading.Thread(
            target=_write, args=(cast(IO[bytes], self._process.stdin), self._outbox), name="tuner outbox", daemon=True
        ).start()

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    def pause(self) -> None:
        """Stand still before the next step: the writer's turn runs."""
        self._outbox.put(PAUSE)

    def resume(self) -> None:
        """Go on."""
        self._outbox.put(RESUME)

    def stop(self) -> None:
        """End before the next step and keep the best so far."""
        self._outbox.put(STOP)

    def messages(self) -> Iterator[Message]:
        """What the child tells, to the end; the last message is Ended, also when the child was killed."""
        ended: Ended | None = None
        with contextlib.suppress(*BROKEN), cast(IO[bytes], self._process.stdout) as pipe:
            while ended is None:
                message: Message = pickle.load(pipe)  # noqa: S301 - from our own child, over its own pipe
                ended = message if isinstance(message, Ended) else None
                yield message
        self._end()
        if ended is None:
            yield Ended(
                None,
                f"The tuning {_fate(self._process.returncode)}.",
                "What was learned so far is kept: tune it again to go on.",
            )

    def close(self) -> None:
        """Kill the child if it still runs; its checkpoints stay."""
        if self._process.poll() is None:
            self._process.kill()
        self._end()

    def _end(self) -> None:
        self._outbox.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _fate(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended unexpectedly (exit code {code})"


def _write(pipe: IO[bytes], outbox: queue.SimpleQueue[TuneJob | str | None]) -> None:
    """Send what is queued: a full pipe must not make the writer's turn wait."""
    with contextlib.suppress(*BROKEN), pipe:
        while (message := outbox.get()) is not None:
            pipe.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
            pipe.flush()
