"""The studio's answers about voices: tuning one, choosing one for a piece, going back, forgetting; and the edits."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agents.contracts import Engine
from cocreate import commands as c
from cocreate import events as e
from cocreate.desk import Desk
from cocreate.desk_errors import NotNow
from cocreate.logs import log_bug
from cocreate.models import resolve
from cocreate.resources import Resources
from cocreate.settings import Settings
from cocreate.training.job import METHODS, Started, Stepped, TrainingText, TuneJob
from cocreate.voices.base import SCRIPTED, Bases
from cocreate.voices.edits import Edits
from cocreate.voices.errors import VoiceRefused
from cocreate.voices.names import check_strength, parse, written
from cocreate.voices.registry import Registry
from cocreate.voices.tuner import Ended
from cocreate.voices.tuning import COMMAND, Tuner
from cocreate.voices.using import Voices, uses
from memory.database import Database
from memory.records import Work

Answer = Iterator[e.Event]
MOST_MINUTES = 24 * 60


class Library(Protocol):
    """The part of `memory.works.Memory` that a tuning reads."""

    def works(self) -> list[Work]:
        """All works and references."""

    def work(self, work_id: str) -> tuple[Work, str]:
        """One work with its text."""


@dataclass(slots=True)
class _Running:
    """The tuning under way."""

    name: str
    tuner: Tuner | None = None
    stop: bool = False


class VoiceDesk:
    """Commands about voices. `handlers()` names them; TuneVoice runs for minutes, in a thread of its own."""

    def __init__(
        self, settings: Settings, database: Database, library: Library, desk: Desk, resources: Resources,
        *, tuner: Sequence[str] = COMMAND,
    ) -> None:  # fmt: skip
        """`tuner` takes the place of the program that tunes."""
        self._settings = settings
        self._library = library
        self._desk = desk
        self._command = tuner
        self._bases = Bases(settings)
        self._edits = Edits(database)
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._writing = False
        engine: Callable[[], Engine] = resources.engine
        self.registry = Registry(database, settings.home)
        self.voices = Voices(self.registry, self._bases, settings.cache, engine)

    def handlers(self) -> dict[type, Callable[..., Answer]]:
        """What each command is answered by."""
        return {
            c.TuneVoice: self._tune,
            c.StopTuning: self._stop_tuning,
            c.ListVoices: self._list,
            c.UseVoice: self._use,
            c.RollBackVoice: self._roll_back,
            c.ForgetVoice: self._forget,
            c.ListEdits: self._list_edits,
            c.UseEdit: self._use_edit,
        }

    def writer_waits(self, waits: bool) -> None:
        """A command runs that the writer waits for, or has ended: the tuning stands still meanwhile."""
        with self._lock:
            self._writing = waits
            tuner = self._running.tuner if self._running else None
        if tuner is not None:
            (tuner.pause if waits else tuner.resume)()

    def close(self) -> None:
        """Break a tuning off; its checkpoints stay."""
        with self._lock:
            tuner = self._running.tuner if self._running else None
        if tuner is not None:
            tuner.close()

    # --- tuning ---------------------------------------------------------------------------------------------

    def _tune(self, command: c.TuneVoice) -> Answer:
        name = self._asked(command)
        running = self._claim(name)
        try:
            with self.registry.tuning(name) as version:
                texts = self._texts(command)
                last = yield from self._follow(command, running, version, texts)
        finally:
            with self._lock:
                self._running = None
            if running.tuner is not None:
                running.tuner.close()
        # Told when nothing runs any more: whoever hears it may tune the next one at once.
        yield last

    def _asked(self, command: c.TuneVoice) -> str:
        """The voice's name, once the command makes sense. Raises VoiceRefused."""
        name = self.registry.known(command.name)
        if command.method not in METHODS:
            raise VoiceRefused(f"{command.method!r} is no way to tune.", f"Use one of: {', '.join(METHODS)}.")
        if not 1 <= command.minutes <= MOST_MINUTES:
            raise VoiceRefused(
                f"A tuning takes from 1 to {MOST_MINUTES} minutes, not {command.minutes}.", "10 is usual."
            )
        if self._settings.engine == "server":
            raise VoiceRefused(
                "The model in use is a server's, and cannot be tuned from here.",
                "Tune with a model of this machine: cocreate config set engine auto",
            )
        if self._settings.engine == SCRIPTED and self._command is COMMAND:
            raise VoiceRefused(
                "The scripted engine has no model to tune.", "Choose another: cocreate config set engine auto"
            )
        return name

    def _claim(self, name: str) -> _Running:
        with self._lock:
            if self._running is not None:
                raise NotNow(f"The voice {self._running.name} is being tuned.", "Stop that first, or wait for it.")
            self._running = _Running(name)
            return self._running

    def _texts(self, command: c.TuneVoice) -> list[TrainingText]:
        """The writer's works of the collection, references left out, and the marked edits. Raises VoiceRefused."""
        works = [work for work in self._library.works() if not work.reference]
        if command.collection is not None:
            there = sorted({work.collection for work in works if work.collection})
            works = [work for work in works if work.collection == command.collection]
            if not works:
                raise VoiceRefused(
                    f"There are no works in the collection {command.collection!r}.",
                    f"Collections: {', '.join(there) or 'none'}. "
                    "Put works there: cocreate works add PATH --collection NAME",
                )
        texts = [self._text(work) for work in works]
        if command.edits:
            texts += self._edits.material()
        if not texts:
            raise VoiceRefused("There are no works to tune on.", "Add some: cocreate works add PATH")
        return texts

    def _text(self, work: Work) -> TrainingText:
        _, text = self._library.work(work.id)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return TrainingText(work.id, work.title, text, work.kind, work.language, digest)

    def _job(self, command: c.TuneVoice, name: str, version: int, texts: Sequence[TrainingText]) -> TuneJob:
        base = Path() if self._settings.engine == SCRIPTED else resolve(self._settings).path
        return TuneJob(
            name=name,
            base=base,
            out=self.registry.folder(name, version),
            work_dir=self.registry.work_folder(name),
            cache=self._settings.cache,
            texts=texts,
            method=command.method,
            minutes=float(command.minutes),
            threads=self._settings.threads,
        )

    def _follow(
        self, command: c.TuneVoice, running: _Running, version: int, texts: Sequence[TrainingText]
    ) -> Generator[e.Event, None, e.Event]:
        """Yield the news of the tuner; return the last."""
        job = self._job(command, running.name, version, texts)
        with self._lock:
            running.tuner = tuner = Tuner(job, paused=self._writing, command=self._command)
            if running.stop:
                tuner.stop()
        ended = Ended(None, "The tuning said nothing.", "Try again.")
        for message in tuner.messages():
            match message:
                case Started():
                    yield from self._started(command, running.name, message)
                case Stepped():
                    yield _progress(running.name, message)
                case Ended():
                    ended = message
        return self._ended(command, running.name, version, ended)

    def _started(self, command: c.TuneVoice, name: str, message: Started) -> Answer:
        yield e.TuningStarted(
            name, message.works, message.tokens, message.held_out, command.method, message.rank, message.steps,
            message.continued,
        )  # fmt: skip
        if message.note:
            yield e.Noticed(message.note)

    def _ended(self, command: c.TuneVoice, name: str, version: int, message: Ended) -> e.Event:
        result = message.result
        if result is None:
            if message.trace:
                log_bug(self._settings.home, RuntimeError(f"in the tuner:\n{message.trace}"))
            return e.TuningFailed(name, message.sentence, message.next_step, message.bad_input)
        here = [work.id for work in self._library.works()]
        edits = [item.work_id for item in result.data if item.work_id.startswith("edit-")]
        self.registry.add(name, version, command.collection, result, [*here, *edits])
        return e.TuningFinished(self.registry.view(name, self._bases.now()), result.stopped)

    def _stop_tuning(self, command: c.StopTuning) -> Answer:
        with self._lock:
            running = self._running
            if running is not None:
                running.stop = True
        if running is None:
            raise NotNow("No voice is being tuned.", "Tune one: cocreate tune voice NAME")
        if running.tuner is not None:
            running.tuner.stop()
        yield e.Noticed(f"The tuning of {running.name} ends after this step; the best so far is kept.")

    # --- choosing -------------------------------------------------------------------------------------------

    def _list(self, command: c.ListVoices) -> Answer:
        chosen, strength = "", 1.0
        if command.piece_id:
            piece = self._desk.piece(command.piece_id)
            chosen, strength = piece.voice, piece.strength
        with self._lock:
            tuning = self._running.name if self._running else ""
        voices = self.registry.views(self._bases.now())
        yield e.VoicesListed(voices, command.piece_id, chosen, strength, tuning)

    def _use(self, command: c.UseVoice) -> Answer:
        piece = self._desk.piece(command.piece_id)
        strength = check_strength(command.strength)
        voice = self.voices.canonical(command.voice, strength)
        changed = self._desk.set_voice(piece.id, voice, strength)
        yield e.VoiceChosen(piece.id, voice, strength)
        yield e.PieceChanged(changed)

    def _roll_back(self, command: c.RollBackVoice) -> Answer:
        self.registry.roll_back(command.name, command.version, self._bases.now())
        yield e.VoicesListed(self.registry.views(self._bases.now()))

    def _forget(self, command: c.ForgetVoice) -> Answer:
        with self._lock:
            tuning = self._running.name if self._running else ""
        if tuning and uses(command.name, tuning):
            raise NotNow(f"The voice {tuning} is being tuned.", "Stop that first.")
        name = self.voices.forget(command.name)
        yield e.VoiceForgotten(name)
        for piece in self._desk.pieces():
            with suppress(VoiceRefused):
                if piece.voice and uses(piece.voice, name):
                    left = written(part for part in parse(piece.voice) if not uses(part.name, name))
                    yield e.PieceChanged(self._desk.set_voice(piece.id, left, piece.strength))

    # --- edits ----------------------------------------------------------------------------------------------

    def _list_edits(self, command: c.ListEdits) -> Answer:
        yield e.EditsListed(self._edits.listed())

    def _use_edit(self, command: c.UseEdit) -> Answer:
        self._edits.use(command.edit_id, command.use)
        yield e.EditsListed(self._edits.listed())


def _progress(name: str, step: Stepped) -> e.TuningProgressed:
    return e.TuningProgressed(
        name, step.step, step.steps, step.loss, step.validation, step.best, step.seconds, step.left, step.waiting
    )
