"""The studio: the whole application without a screen. Commands in, events out.

Commands that need no model may run beside a turn (the desk has its own lock); all others come one at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from agents.contracts import Engine
from cocreate import commands as c
from cocreate import events as e
from cocreate.card_desk import CardDesk
from cocreate.config_file import write_setting
from cocreate.desk import Desk, Recalled
from cocreate.engines.allocator import keep_memory_low
from cocreate.engines.threads import wait_politely
from cocreate.errors import BAD_INPUT, to_user
from cocreate.ideas_desk import IdeasDesk
from cocreate.logs import log_bug
from cocreate.model_desk import models_listed, use_model
from cocreate.owner import Owner
from cocreate.recall_desk import RecallDesk
from cocreate.resources import Resources, while_working
from cocreate.settings import Settings
from cocreate.taste import WriterTaste
from cocreate.turns import Turns
from cocreate.voices.commands import VoiceDesk
from cocreate.works_desk import WorksDesk
from memory.database import Database
from memory.records import Hit
from memory.sanitise import sanitise
from memory.works import Memory

LIGHT = (
    c.KeepTake, c.RejectTake, c.EditTake, c.ListPieces, c.OpenPiece, c.RenamePiece, c.DeletePiece, c.ListWorks,
    c.ShowWork, c.MoveWork, c.RemoveWork, c.ListModels, c.TuneTaste,
    c.StopTuning, c.ShowVoiceCard, c.ListVoices, c.UseVoice, c.RollBackVoice, c.ListEdits, c.UseEdit,
    c.ForgetIdeas,
)  # fmt: skip
"""Commands that need no model: a host may run them while a turn is running."""
BEHIND = (c.AddWorks,)
"""Commands whose model work waits behind the writer's: a host may run them, one after another, beside a turn."""
APART = (c.TuneVoice,)
"""Commands that run for minutes in a process of their own: a host gives each a thread; stop does not end them."""
LONGEST_MESSAGE = 20_000
"""Characters of one message; a longer text belongs into memory as a work."""


class Studio:
    """One writer's studio on one data directory."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        """Open the data directory; loads no model. Raises memory.errors.StoreUnusable.

        `engine` takes the place of the one that the settings name.
        """
        wait_politely()
        keep_memory_low()
        self._settings = settings
        self._database = Database.open(settings.home / "cocreate.db")
        self._owner = Owner(settings.home / "run")
        self._resources = Resources(settings, engine)
        self._memory = Memory(self._database, self._resources.embedder, settings.home / "index")
        self._desk = Desk(self._database, self._resolve, self._owner.id)
        self._stop = threading.Event()
        self._stop_behind = threading.Event()
        self._writing = threading.Event()
        """Set while a command runs that the writer waits for."""
        self._works = WorksDesk(self._memory, self._resources, self._stop_behind)
        self._taste = WriterTaste(self._database, on=settings.learn_taste)
        self._voices = VoiceDesk(settings, self._database, self._memory, self._desk, self._resources)
        self._turns = Turns(
            settings, self._desk, self._memory, self._resources, self._taste, self._voices.voices, self._stop
        )
        self._handlers: dict[type, Callable[..., Iterator[e.Event]]] = {
            c.Write: self._write,
            c.Choose: self._turns.choose,
            c.ReviseBrief: self._turns.revise_brief,
            c.Continue: self._turns.resume,
            c.Abandon: self._turns.abandon,
            c.KeepTake: self._keep,
            c.RejectTake: self._reject,
            c.EditTake: self._edit,
            c.ListPieces: self._list_pieces,
            c.OpenPiece: self._open_piece,
            c.RenamePiece: self._rename_piece,
            c.DeletePiece: self._delete_piece,
            c.ScoreText: self._score_text,
            c.ListModels: self._list_models,
            c.UseModel: self._use_model,
            c.TuneTaste: self._tune_taste,
            **self._works.handlers(),
            **self._voices.handlers(),
            **CardDesk(self._memory).handlers(),
            **IdeasDesk(settings, self._database, self._memory, self._resources, self._stop).handlers(),
            **RecallDesk(self._memory, self._database, self._resources, self._voices.registry.forget_work).handlers(),
        }

    def start(self) -> Iterator[e.Event]:
        """Load everything a turn needs, then offer turns that a crash left."""
        started = time.perf_counter()
        try:
            yield from self._resources.prepare(engine=True, embedder=True, scorer=True)
            yield e.StudioReady(
                engine=self._resources.engine().name,
                device=self._resources.device,
                languages=self._resources.languages,
                works=self._memory.count(),
                seconds=time.perf_counter() - started,
            )
        except Exception as error:  # noqa: BLE001 - process boundary: any failure to start becomes an event
            sentence, next_step = self._explain(error)
            yield e.StudioFailed(sentence, next_step)
        yield from self._left_behind()

    def _left_behind(self) -> Iterator[e.Event]:
        for turn_id, owner, step in self._desk.unfinished():
            if self._owner.is_gone(owner):
                yield self._turns.recover(turn_id, step)

    def send(self, command: c.Command, *, stopped: bool = False) -> Iterator[e.Event]:
        """Carry a command out and yield its events. Never raises: errors become CommandRefused.

        `stopped` says that stop was pressed while the command waited in a queue.
        """
        waited_for = not isinstance(command, (*LIGHT, *BEHIND, *APART))
        flag = self._stop_behind if isinstance(command, BEHIND) else self._stop
        if not isinstance(command, (*LIGHT, *APART)):
            flag.clear()
            if stopped:
                flag.set()
        try:
            if waited_for:
                self._writing.set()
                self._voices.writer_waits(True)
            yield from self._handlers[type(command)](command)
        except Exception as error:  # noqa: BLE001 - process boundary: any failure becomes an event
            sentence, next_step = self._explain(error)
            known = to_user(error)
            theirs = known is not None and known.exit_code == BAD_INPUT
            yield e.CommandRefused(sentence, next_step, type(command).__name__, bad_input=theirs)
        finally:
            if waited_for:
                self._writing.clear()
                self._voices.writer_waits(False)

    def stop(self) -> None:
        """End the running generation within a token; when none runs, what is being read into memory."""
        (self._stop if self._writing.is_set() or not self._works.adding else self._stop_behind).set()

    def close(self) -> None:
        """Free models and files. Turns in flight stay as they are and are offered at the next start."""
        self._stop.set()
        self._voices.close()
        self._turns.close()
        self._resources.close()
        self._owner.close()
        self._database.close()

    # --- helpers --------------------------------------------------------------------------------------------

    def _explain(self, error: Exception) -> tuple[str, str]:
        known = to_user(error)
        if known is not None:
            return known.sentence, known.next_step
        path = log_bug(self._settings.home, error)
        return f"That went wrong inside cocreate: {sanitise(str(error))[:200]}", f"The details are in {path}."

    def _resolve(self, recalled: Recalled, piece_id: str) -> tuple[Hit, ...]:
        return tuple(self._memory.hits(recalled, piece_id))

    # --- commands -------------------------------------------------------------------------------------------

    def _write(self, command: c.Write) -> Iterator[e.Event]:
        if not command.text.strip():
            yield e.CommandRefused("The message is empty.", "Say what you would like to write.", "Write")
            return
        if len(command.text) > LONGEST_MESSAGE:
            yield e.CommandRefused(
                f"A message can have up to {LONGEST_MESSAGE:,} characters; this one has {len(command.text):,}.",
                "Save a longer text as a file and bring it into memory with: cocreate works add FILE",
                "Write",
            )
            return
        yield from self._turns.write(command)

    def _keep(self, command: c.KeepTake) -> Iterator[e.Event]:
        take = self._desk.keep(command.take_id)
        yield e.TakeSaved(take)
        yield e.PieceChanged(self._desk.piece(take.piece_id))

    def _reject(self, command: c.RejectTake) -> Iterator[e.Event]:
        take = self._desk.reject(command.take_id)
        yield e.TakeSaved(take)
        yield e.PieceChanged(self._desk.piece(take.piece_id))

    def _edit(self, command: c.EditTake) -> Iterator[e.Event]:
        if not command.text.strip():
            yield e.CommandRefused("The edited text is empty.", "Reject the take instead to put it away.", "EditTake")
            return
        take = self._desk.edit(command.take_id, sanitise(command.text))
        yield e.TakeSaved(take)
        yield e.PieceChanged(self._desk.piece(take.piece_id))

    def _list_pieces(self, command: c.ListPieces) -> Iterator[e.Event]:
        yield e.PiecesListed(self._desk.pieces(command.query), command.query)

    def _open_piece(self, command: c.OpenPiece) -> Iterator[e.Event]:
        piece = self._desk.piece(command.piece_id)
        turns, more = self._desk.turns(piece.id, command.most_turns, command.before)
        yield e.PieceOpened(piece, turns, more, command.before)

    def _rename_piece(self, command: c.RenamePiece) -> Iterator[e.Event]:
        title = " ".join(sanitise(command.title).split())
        if not title:
            yield e.CommandRefused("A title needs at least one character.", "Type a title.", "RenamePiece")
            return
        yield e.PieceChanged(self._desk.rename_piece(command.piece_id, title[:200]))

    def _delete_piece(self, command: c.DeletePiece) -> Iterator[e.Event]:
        self._turns.refuse_while_running(self._desk.piece(command.piece_id).id)
        yield e.PieceDeleted(self._desk.delete_piece(command.piece_id))

    def _list_models(self, command: c.ListModels) -> Iterator[e.Event]:
        yield models_listed(self._settings)

    def _use_model(self, command: c.UseModel) -> Iterator[e.Event]:
        yield from use_model(self._settings, command, self._stop)

    def _tune_taste(self, command: c.TuneTaste) -> Iterator[e.Event]:
        match command.action:
            case "reset":
                self._taste.reset()
            case "undo":
                self._taste.undo()
            case "on" | "off":
                self._taste.on = command.action == "on"
                write_setting(self._settings.config_path, "learn_taste", self._taste.on)
            case "show":
                pass
        yield self._taste.shown()

    def _score_text(self, command: c.ScoreText) -> Iterator[e.Event]:
        yield from self._resources.prepare(embedder=True, scorer=True)
        yield from while_working(lambda emit: self._turns.score(command, emit), "score")
