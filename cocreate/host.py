"""The studio in a process of its own, so that the screen never waits for a model and a crash takes no text with it.

    screen  --commands, stop-->  studio process: a thread that listens, one for turns, one for the desk,
            <------events------                  one that reads works into memory behind them, one for each tuning

Pickled frozen dataclasses go through the child's stdin and stdout, nothing else. When either side dies the other sees
the end of its pipe. Not multiprocessing: that starts a third process, whose complaints reach the writer's terminal.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, cast

from cocreate.commands import Command
from cocreate.events import CommandDone, CommandRefused, Event, StudioDied, StudioFailed
from cocreate.settings import Settings

if TYPE_CHECKING:
    from cocreate.studio import Studio

STOP, CLOSE = "stop", "close"
Message = Command | str
"""To the child, after the settings: a command, STOP or CLOSE."""
GRACE_SECONDS = 0.6
"""How long a closing studio may take to put its files away before it is killed (all text is journalled by then)."""
NICENESS = 10
"""The screen's process comes first when both want the processor: a key must show while a model runs."""
BROKEN = (EOFError, OSError, pickle.UnpicklingError, ValueError)
"""What a pipe raises whose other end is gone, or was closed here."""


class HostClient:
    """The real `cocreate.client.StudioClient`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._on_event: Callable[[Event], None] = lambda event: None
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self, on_event: Callable[[Event], None]) -> None:
        """As StudioClient.start."""
        self._on_event = on_event
        self._spawn()

    def _spawn(self) -> None:
        self._thread = threading.Thread(target=self._run, name="studio host", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Start the process, pass its events on, and say so when it dies."""
        try:
            process = self._start_process()
        except OSError as error:
            self._on_event(StudioFailed(f"The studio process cannot start: {error}.", "Run: cocreate doctor"))
            return
        self._process = process
        outbox = self._outbox
        threading.Thread(
            target=_write, args=(process.stdin, self._settings, outbox), name="studio outbox", daemon=True
        ).start()
        with contextlib.suppress(*BROKEN), cast(IO[bytes], process.stdout) as events:
            while True:
                self._on_event(pickle.load(events))  # noqa: S301 - from our own child, over its own pipe
        self._outbox = queue.SimpleQueue()
        outbox.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        if not self._closing:
            self._on_event(StudioDied(_last_words(process.returncode)))

    def _start_process(self) -> subprocess.Popen[bytes]:
        # -P: a folder called `agents` where the writer happens to stand must not answer to our import.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cocreate.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
        )

    def send(self, command: Command) -> None:
        """As StudioClient.send."""
        self._outbox.put(command)

    def stop(self) -> None:
        """As StudioClient.stop."""
        self._outbox.put(STOP)

    def restart(self, settings: Settings | None = None) -> None:
        """As StudioClient.restart."""
        self._settings = settings or self._settings
        process = self._process
        if process is not None and process.poll() is None:
            self._closing = True
            self._end(process)
            self._closing = False
        self._spawn()

    def close(self) -> None:
        """As StudioClient.close."""
        self._closing = True
        process = self._process
        if process is not None:
            self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        self._outbox.put(CLOSE)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(GRACE_SECONDS)


def _write(pipe: IO[bytes], settings: Settings, outbox: queue.SimpleQueue[Message | None]) -> None:
    """Send what is queued: a full pipe must not make the screen wait."""
    with contextlib.suppress(*BROKEN), pipe:
        _put(pipe, settings)
        while (message := outbox.get()) is not None:
            _put(pipe, message)


def _put(pipe: IO[bytes], item: Message | Event | Settings) -> None:
    pipe.write(pickle.dumps(item, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def _last_words(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        with contextlib.suppress(ValueError):
            return f"The studio process was ended by {signal.Signals(-exit_code).name}."
    return f"The studio process ended unexpectedly (exit code {exit_code})."


# --- in the studio process --------------------------------------------------------------------------------------


def main() -> None:
    """Be the studio process: answer commands until the screen closes or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    settings = pickle.load(inbox)  # noqa: S301 - from the process that started us, over our own pipe
    _quiet(settings)
    serve(inbox, outbox, settings)


def serve(inbox: IO[bytes], outbox: IO[bytes], settings: Settings) -> None:
    """Open the studio and answer; when it cannot be opened, say why to every command."""
    from cocreate.errors import to_user
    from cocreate.studio import Studio

    try:
        studio = Studio(settings)
    except Exception as error:  # noqa: BLE001 - process boundary: the screen says it instead of us
        known = to_user(error)
        sentence = known.sentence if known else f"The studio cannot start: {type(error).__name__}: {error}"
        _put(outbox, StudioFailed(sentence, known.next_step if known else "Run: cocreate doctor"))
        _refuse_all(inbox, outbox, sentence)
        return
    Server(inbox, outbox, studio).run()


def _get(inbox: IO[bytes]) -> Message:
    message: Message = pickle.load(inbox)  # noqa: S301 - from the process that started us, over our own pipe
    return message


def _refuse_all(inbox: IO[bytes], outbox: IO[bytes], sentence: str) -> None:
    with contextlib.suppress(*BROKEN):
        while (message := _get(inbox)) != CLOSE:
            if message != STOP:
                _put(outbox, CommandRefused(sentence, "", type(message).__name__))
                _put(outbox, CommandDone(type(message).__name__))


def _quiet(settings: Settings) -> None:
    """Send everything libraries print to a log: the terminal belongs to the screen."""
    from cocreate.private import private_folder

    target = os.devnull
    with contextlib.suppress(OSError):
        target = str(private_folder(settings.home / "logs") / "studio.log")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdout = sys.stderr = os.fdopen(handle, "w", buffering=1)


class Server:
    """Listens to the screen; turns run in one thread, the desk answers in another, works are read in a third."""

    def __init__(self, inbox: IO[bytes], outbox: IO[bytes], studio: Studio) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._studio = studio
        self._sending = threading.Lock()
        self._stops = 0
        self._working = 0
        """How many of the threads that use models run a command."""
        self._model_work: queue.SimpleQueue[tuple[Command, int] | None] = queue.SimpleQueue()
        self._desk_work: queue.SimpleQueue[tuple[Command, int] | None] = queue.SimpleQueue()
        self._behind_work: queue.SimpleQueue[tuple[Command, int] | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Return when the screen closes the studio or is gone."""
        from cocreate.studio import APART, BEHIND, LIGHT

        workers = [
            threading.Thread(target=self._work_on_models, name="models", daemon=True),
            threading.Thread(target=self._work, args=(self._desk_work,), name="desk", daemon=True),
            threading.Thread(target=self._work, args=(self._behind_work,), name="works", daemon=True),
        ]
        for worker in workers:
            worker.start()
        with contextlib.suppress(*BROKEN):
            while (message := _get(self._inbox)) != CLOSE:
                if message == STOP:
                    self._stops += 1
                    self._studio.stop()
                elif isinstance(message, LIGHT):
                    self._desk_work.put((message, self._stops))
                elif isinstance(message, BEHIND):
                    self._behind_work.put((message, self._stops))
                elif isinstance(message, APART):
                    apart: queue.SimpleQueue[tuple[Command, int] | None] = queue.SimpleQueue()
                    apart.put((message, self._stops))
                    apart.put(None)
                    threading.Thread(target=self._work, args=(apart,), name="voices", daemon=True).start()
                elif not isinstance(message, str):
                    self._model_work.put((message, self._stops))
        if not self._working:
            self._model_work.put(None)
            self._desk_work.put(None)
            self._behind_work.put(None)
            for worker in workers:
                worker.join(GRACE_SECONDS / 4)
            if not any(worker.is_alive() for worker in workers):
                self._studio.close()
        # A turn that runs is left as a crash would leave it, not stopped: all its text is journalled, and the next
        # start offers to go on with it. Nor must a thread deep inside a model library hold up the end.
        os._exit(0)

    def _work_on_models(self) -> None:
        for event in self._studio.start():
            self._send(event)
        self._work(self._model_work)

    def _work(self, inbox: queue.SimpleQueue[tuple[Command, int] | None]) -> None:
        while (item := inbox.get()) is not None:
            command, stops = item
            self._working += inbox is not self._desk_work
            for event in self._studio.send(command, stopped=stops != self._stops):
                self._send(event)
            self._working -= inbox is not self._desk_work
            self._send(CommandDone(type(command).__name__))

    def _send(self, event: Event) -> None:
        with self._sending, contextlib.suppress(*BROKEN):
            _put(self._outbox, event)


if __name__ == "__main__":
    main()
