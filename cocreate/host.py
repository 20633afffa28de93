"""The studio in a process of its own, so that the screen never waits for a model and a crash takes no text with it.

    screen  --commands, stop-->  studio process: a thread that listens, one for models, one for the desk
            <------events------

Only pickled frozen dataclasses cross. When either side dies the other sees the end of its pipe.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from cocreate.commands import Command
from cocreate.events import CommandDone, CommandRefused, Event, StudioDied, StudioFailed
from cocreate.settings import Settings

if TYPE_CHECKING:
    from cocreate.studio import Studio

STOP, CLOSE = "stop", "close"
Message = Command | str
GRACE_SECONDS = 0.6
"""How long a closing studio may take to put its files away before it is killed (all text is journalled by then)."""


class HostClient:
    """The real `cocreate.client.StudioClient`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._on_event: Callable[[Event], None] = lambda event: None
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._process: BaseProcess | None = None
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
            process, ours = self._start_process()
        except OSError as error:
            self._on_event(StudioFailed(f"The studio process cannot start: {error}.", "Run: cocreate doctor"))
            return
        self._process = process
        outbox: queue.SimpleQueue[Message | None] = self._outbox
        threading.Thread(target=_write, args=(ours, outbox), name="studio outbox", daemon=True).start()
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._on_event(ours.recv())
        self._outbox = queue.SimpleQueue()
        outbox.put(None)
        process.join(GRACE_SECONDS)
        if not self._closing:
            self._on_event(StudioDied(_last_words(process.exitcode)))

    def _start_process(self) -> tuple[BaseProcess, Connection]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._settings), name="cocreate studio", daemon=True)
        # multiprocessing hands stderr's descriptor on; the screen's own stand-in for stderr has none.
        with contextlib.redirect_stderr(sys.__stderr__):
            process.start()
        theirs.close()
        return process, ours

    def send(self, command: Command) -> None:
        """As StudioClient.send."""
        self._outbox.put(command)

    def stop(self) -> None:
        """As StudioClient.stop."""
        self._outbox.put(STOP)

    def restart(self) -> None:
        """As StudioClient.restart."""
        process = self._process
        if process is not None and process.is_alive():
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

    def _end(self, process: BaseProcess) -> None:
        self._outbox.put(CLOSE)
        process.join(GRACE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join(GRACE_SECONDS)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(GRACE_SECONDS)


def _write(connection: Connection, outbox: queue.SimpleQueue[Message | None]) -> None:
    """Send what is queued: a full pipe must not make the screen wait."""
    with contextlib.suppress(OSError):
        while (message := outbox.get()) is not None:
            connection.send(message)


def _last_words(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        with contextlib.suppress(ValueError):
            return f"The studio process was ended by {signal.Signals(-exit_code).name}."
    return f"The studio process ended unexpectedly (exit code {exit_code})."


# --- in the studio process --------------------------------------------------------------------------------------


def serve(connection: Connection, settings: Settings) -> None:
    """Be the studio process: answer commands until the screen closes or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _quiet(settings)
    from cocreate.errors import to_user
    from cocreate.studio import Studio

    try:
        studio = Studio(settings)
    except Exception as error:  # noqa: BLE001 - process boundary: the screen says it instead of us
        known = to_user(error)
        sentence = known.sentence if known else f"The studio cannot start: {type(error).__name__}: {error}"
        connection.send(StudioFailed(sentence, known.next_step if known else "Run: cocreate doctor"))
        _refuse_all(connection, sentence)
        return
    Server(connection, studio).run()


def _refuse_all(connection: Connection, sentence: str) -> None:
    with contextlib.suppress(EOFError, OSError):
        while (message := connection.recv()) != CLOSE:
            if message != STOP:
                connection.send(CommandRefused(sentence, "", type(message).__name__))
                connection.send(CommandDone(type(message).__name__))


def _quiet(settings: Settings) -> None:
    """Send everything libraries print to a log: the terminal belongs to the screen."""
    from cocreate.private import private_folder

    target = os.devnull
    with contextlib.suppress(OSError):
        target = str(private_folder(settings.home / "logs") / "studio.log")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdout = sys.stderr = os.fdopen(handle, "w", buffering=1)


class Server:
    """Listens to the screen; models work in one thread, the desk answers in another."""

    def __init__(self, connection: Connection, studio: Studio) -> None:
        self._connection = connection
        self._studio = studio
        self._sending = threading.Lock()
        self._stops = 0
        self._model_work: queue.SimpleQueue[tuple[Command, int] | None] = queue.SimpleQueue()
        self._desk_work: queue.SimpleQueue[tuple[Command, int] | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Return when the screen closes the studio or is gone."""
        from cocreate.studio import LIGHT

        workers = [
            threading.Thread(target=self._work_on_models, name="models", daemon=True),
            threading.Thread(target=self._work, args=(self._desk_work,), name="desk", daemon=True),
        ]
        for worker in workers:
            worker.start()
        with contextlib.suppress(EOFError, OSError):
            while (message := self._connection.recv()) != CLOSE:
                if message == STOP:
                    self._stops += 1
                    self._studio.stop()
                elif isinstance(message, LIGHT):
                    self._desk_work.put((message, self._stops))
                else:
                    self._model_work.put((message, self._stops))
        self._studio.stop()
        self._model_work.put(None)
        self._desk_work.put(None)
        for worker in workers:
            worker.join(GRACE_SECONDS / 4)
        if not any(worker.is_alive() for worker in workers):
            self._studio.close()
        # A model thread deep inside a library must not hold up the end: all text is journalled.
        os._exit(0)

    def _work_on_models(self) -> None:
        for event in self._studio.start():
            self._send(event)
        self._work(self._model_work)

    def _work(self, inbox: queue.SimpleQueue[tuple[Command, int] | None]) -> None:
        while (item := inbox.get()) is not None:
            command, stops = item
            for event in self._studio.send(command, stopped=stops != self._stops):
                self._send(event)
            self._send(CommandDone(type(command).__name__))

    def _send(self, event: Event) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._connection.send(event)
