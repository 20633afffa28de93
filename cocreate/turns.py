"""Turns in flight: start, wait for the writer, resume after a crash, end. Owns the graph and its checkpoints."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agents.contracts import KINDS, Brief, Kind
from agents.errors import BadBrief
from agents.voicing import dial
from cocreate import codec
from cocreate import commands as c
from cocreate import events as e
from cocreate.desk import Desk, TurnRecord, first_line
from cocreate.desk_errors import NotNow
from cocreate.errors import BAD_INPUT, to_user
from cocreate.logs import log_bug
from cocreate.presets import AS_PRESET, PRESETS, preset
from cocreate.resources import Resources
from cocreate.settings import Settings
from cocreate.state import ChoiceAnswer, TurnState
from cocreate.taste import WriterTaste
from cocreate.voices.names import STRONGEST, check_strength
from cocreate.voices.using import Voices
from memory.errors import MemoryFailed
from memory.sanitise import sanitise
from memory.works import Memory

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agents.critique.scorecard import Critic
    from cocreate.checks import Checks
    from cocreate.deps import Deps
    from cocreate.graph import Turn

LONG_TEXT = 16
"""Windows of about 300 words from which on a text that is scored tells how far it is."""
IN_FLIGHT = ("running", "waiting", "unfinished")


class Turns:
    """Runs one turn at a time on the graph."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        memory: Memory,
        resources: Resources,
        taste: WriterTaste,
        voices: Voices,
        stop: threading.Event,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._memory = memory
        self._resources = resources
        self._taste = taste
        self._voices = voices
        self._stop = stop
        self._running = ""
        """Piece the running turn works on, or ""."""
        self._checkpoints: sqlite3.Connection | None = None

    # --- what the writer asks -------------------------------------------------------------------------------

    def write(self, command: c.Write) -> Iterator[e.Event]:
        """Journal the message, then run the turn."""
        piece = self._desk.piece(command.piece_id) if command.piece_id else None
        request = sanitise(command.text).strip()
        voice, strength = self._voice(piece, command, request)
        if piece:
            self._leave_waiting(piece.id)
        if piece is None:
            piece = self._desk.new_piece(first_line(request)[:60], "poem")
        if (voice, strength) != (piece.voice, piece.strength):
            piece = self._desk.set_voice(piece.id, voice, strength)
            yield e.VoiceChosen(piece.id, voice, strength)
        take_id = command.take_id or piece.current_take
        options = figures(self._settings, command.options)
        from cocreate.nodes import new_seed

        seed = command.options.seed if command.options.seed is not None else new_seed()
        turn = self._desk.start_turn(piece.id, request, take_id, options, seed)
        yield e.TurnStarted(turn.id, piece.id, request)
        yield from self._run(turn, _initial(turn))

    def _voice(self, piece: e.PieceView | None, command: c.Write, request: str) -> tuple[str, float]:
        """Voice and strength of the piece from this message on: as asked, or one turn of the dial.

        Raises VoiceRefused and AdapterRefused, before anything is written down.
        """
        voice, strength = (piece.voice, piece.strength) if piece else ("", 1.0)
        options, turned = command.options, dial(request)
        if turned and voice:
            strength = min(STRONGEST, max(0.0, strength + turned))
        voice = voice if options.voice is None else options.voice
        strength = check_strength(strength if options.strength is None else options.strength)
        return (self._voices.canonical(voice, strength) if voice and strength else voice), strength

    def _leave_waiting(self, piece_id: str) -> None:
        """A new message ends a turn of the same piece that still waits for a choice."""
        for turn_id, _, _ in self._desk.unfinished():
            turn = self._desk.turn(turn_id)
            if turn.piece_id == piece_id and turn.status == "waiting":
                self._desk.set_turn(turn_id, status="stopped", note="Left for a new message.")
                self._saver.delete_thread(turn_id)

    def choose(self, command: c.Choose) -> Iterator[e.Event]:
        """The writer's answer to the directions."""
        answer = ChoiceAnswer(directions=list(command.direction_ids), own=command.own.strip())
        yield from self._answer(command.turn_id, answer)

    def revise_brief(self, command: c.ReviseBrief) -> Iterator[e.Event]:
        """The writer corrected the brief."""
        brief = command.brief
        if brief.voice:
            check_strength(brief.voice_strength)
            brief = replace(brief, voice=self._voices.canonical(brief.voice, brief.voice_strength))
        yield from self._answer(command.turn_id, ChoiceAnswer(brief=codec.dump(brief)))
        if notice := self._deps.advice.about(command.brief.language):
            yield notice

    def _answer(self, turn_id: str, answer: ChoiceAnswer) -> Iterator[e.Event]:
        from langgraph.types import Command

        turn = self._desk.turn(turn_id)
        if turn.status != "waiting":
            raise NotNow("That turn is not waiting for a choice.", "Send a new message to go on.")
        yield from self._run(turn, Command(resume=answer))

    def resume(self, command: c.Continue) -> Iterator[e.Event]:
        """Go on with a turn that a crash left, from the last node that had ended."""
        turn = self._desk.turn(command.turn_id)
        if turn.status not in IN_FLIGHT:
            raise NotNow("That turn has already ended.", "Send a new message to go on.")
        self._desk.fold_journal(turn.id)
        yield e.TurnStarted(turn.id, turn.piece_id, turn.request, continued=True)
        yield from self._resources.prepare(engine=True, embedder=True, scorer=True)
        state = self._graph.get_state(_config(turn))
        if state.interrupts:
            self._desk.set_turn(turn.id, status="waiting")
            if turn.brief:
                yield e.BriefUnderstood(turn.id, turn.brief)
            yield e.DirectionsFound(turn.id, turn.directions, waiting=True)
            return
        self._desk.set_turn(turn.id, status="running", note="")
        yield from self._run(turn, None if state.values else _initial(turn))

    def abandon(self, command: c.Abandon) -> Iterator[e.Event]:
        """End an unfinished turn; what was written stays."""
        turn = self._desk.turn(command.turn_id)
        if turn.status not in IN_FLIGHT or turn.piece_id == self._running:
            raise NotNow("That turn has already ended, or is running.", "Press stop to end a running turn.")
        self._desk.fold_journal(turn.id)
        takes = self._desk.takes(turn.id)
        if takes and not self._desk.piece(turn.piece_id).current_take:
            self._desk.offer(turn.piece_id, takes[0].id)
        yield from self._finish(turn, "stopped", time.perf_counter(), 0)

    def recover(self, turn_id: str, step: str) -> e.TurnFoundUnfinished:
        """Take over a turn whose studio is gone, and say what there is."""
        self._desk.fold_journal(turn_id)
        turn = self._desk.turn(turn_id)
        self._desk.set_turn(turn_id, status="waiting" if turn.status == "waiting" else "unfinished")
        return e.TurnFoundUnfinished(self._desk.turn_view(turn_id), self._desk.piece(turn.piece_id), step)

    def refuse_while_running(self, piece_id: str) -> None:
        """Raise NotNow while a turn works on the piece."""
        if self._running == piece_id:
            raise NotNow("The studio is writing in this piece.", "Press stop first.")

    def score(self, command: c.ScoreText, emit: Callable[[e.Event], None]) -> None:
        """Score one text that belongs to no piece and emit TextScored; a long one tells how far it is.

        Raises BadBrief for an unknown kind.
        """
        text, theme = command.text, command.theme
        if command.kind not in KINDS:
            raise BadBrief(f"{command.kind!r} is not a kind of text.", f"Use one of: {', '.join(KINDS)}.")
        known: Kind = command.kind
        brief = Brief(theme, kind=known, theme=theme, length=None)
        similar = (lambda own: self._memory.search(own, 3)) if self._memory.count() else None

        def progress(done: int, whole: int) -> None:
            if whole > LONG_TEXT:
                emit(e.Noticed(f"{done} of {whole} parts are read."))

        card = self._critic.judge([text], brief, similar=similar, weights=self._taste.weights(), progress=progress)[0]
        emit(e.TextScored(self._checks.add(card, text)))

    def close(self) -> None:
        """Close the checkpoints."""
        if self._checkpoints is not None:
            self._checkpoints.close()

    # --- running --------------------------------------------------------------------------------------------

    def _run(self, turn: TurnRecord, given: Any) -> Iterator[e.Event]:
        """Drive the graph until it ends, waits for the writer, or fails."""
        started, self._running = time.perf_counter(), turn.piece_id
        try:
            yield from self._resources.prepare(engine=True, embedder=True, scorer=True)
            tokens = self._resources.engine().tokens
            stream = self._graph.stream(
                given, _config(turn), context=self._deps, stream_mode="custom", durability="sync"
            )
            yield from cast(Iterator[e.Event], stream)
            if self._graph.get_state(_config(turn)).next:
                return
            status: e.TurnStatus = "stopped" if self._stop.is_set() else "finished"
            yield from self._finish(turn, status, started, self._resources.engine().tokens - tokens)
        except Exception as error:  # noqa: BLE001 - boundary of a turn: whatever fails, what was written is kept
            yield self._failed(turn, error)
        finally:
            self._running = ""

    def _finish(self, turn: TurnRecord, status: e.TurnStatus, started: float, tokens: int) -> Iterator[e.Event]:
        self._desk.set_turn(turn.id, status=status)
        self._saver.delete_thread(turn.id)
        takes = self._desk.takes(turn.id)
        seconds = time.perf_counter() - started
        yield e.PieceChanged(self._desk.piece(turn.piece_id))
        yield e.TurnFinished(turn.id, turn.piece_id, takes, status, seconds, tokens)

    def _failed(self, turn: TurnRecord, error: Exception) -> e.Event:
        known = to_user(error)
        if known is None:
            path = log_bug(self._settings.home, error)
            sentence = f"That went wrong inside cocreate: {sanitise(str(error))[:200]}"
            next_step = f"The details are in {path}."
        else:
            sentence, next_step = known.sentence, known.next_step
        for_good = isinstance(error, BadBrief)
        takes: tuple[e.TakeView, ...] = ()
        # A full disk is one way to get here: then this cannot be written down either, and the sentence still comes.
        with contextlib.suppress(MemoryFailed):
            self._desk.fold_journal(turn.id)
            self._desk.set_turn(turn.id, status="failed" if for_good else "unfinished", note=sentence)
            takes = self._desk.takes(turn.id)
            if for_good:
                self._saver.delete_thread(turn.id)
        theirs = known is not None and known.exit_code == BAD_INPUT
        return e.TurnFailed(turn.id, turn.piece_id, sentence, next_step, takes, theirs)

    # --- parts, made when first needed (langgraph takes a second and a half to import) --------------------------

    @cached_property
    def _saver(self) -> SqliteSaver:
        from langgraph.checkpoint.sqlite import SqliteSaver

        path = self._settings.home / "turns.db"
        self._checkpoints = _open_private(path)
        return SqliteSaver(self._checkpoints)

    @cached_property
    def _graph(self) -> Turn:
        from cocreate.graph import build_graph

        return build_graph(self._saver)

    @cached_property
    def _critic(self) -> Critic:
        from agents.critique.scorecard import Critic

        return Critic(self._resources.scorer(), self._resources.embedder)

    @cached_property
    def _checks(self) -> Checks:
        from cocreate.checks import Checks

        return Checks(self._memory, word_filter=self._settings.word_filter)

    @cached_property
    def _deps(self) -> Deps:
        from agents.drafting import Drafting
        from agents.idea_judge import IdeaJudge
        from agents.ideation import Ideation
        from agents.infill import joins_by
        from agents.style import Style
        from cocreate.deps import Deps
        from cocreate.language_advice import LanguageAdvice
        from cocreate.voices.distance import VoiceDistance

        engine, embedder = self._resources.engine(), self._resources.embedder
        judge = IdeaJudge(self._resources.scorer(), embedder, self._critic)
        return Deps(
            desk=self._desk,
            library=self._memory,
            engine=engine,
            ideation=Ideation(engine, embedder, judge, self._resources.taught()),
            drafting=Drafting(engine, joins_by(self._resources.scorer())),
            critic=self._critic,
            style=Style(engine, embedder),
            stop=self._stop,
            taste=self._taste,
            checks=self._checks,
            advice=LanguageAdvice(self._settings, self._resources.model_name, self._resources.languages),
            voices=self._voices,
            distance=VoiceDistance(self._memory, self._voices),
            embedder=embedder,
        )


def figures(settings: Settings, options: c.TurnOptions) -> c.TurnOptions:
    """Every figure of a turn: what the message says, else the preset it names, else the settings, else their preset.

    Drafts that only the preset speaks of stay None: how many it gives depends on the length of the piece.

    Raises BadBrief for a preset that is not there.
    """
    name = options.preset or settings.preset
    if name not in PRESETS:
        raise BadBrief(f"There is no preset {name!r}.", f"Use one of: {', '.join(PRESETS)}.")
    of = PRESETS[name]
    # A preset named for this turn goes before the file's figures.
    own = (AS_PRESET,) * 3 if options.preset else (settings.ideas, settings.drafts, settings.revisions)
    given = (options.ideas, options.drafts, options.revisions)
    ideas, drafts, revisions = (
        said if said is not None else mine if mine != AS_PRESET else theirs
        for said, mine, theirs in zip(given, own, (of.ideas, None, of.revisions), strict=True)
    )
    if not options.ask and options.ideas is None and own[0] == AS_PRESET and not of.directed:
        ideas = 0  # nobody would choose among them, and no draft would follow one
    return c.TurnOptions(ideas, drafts, revisions, options.seed, options.ask, preset=name)


def _config(turn: TurnRecord) -> Any:
    return {"configurable": {"thread_id": turn.id}}


def _initial(turn: TurnRecord) -> TurnState:
    options = turn.options
    return TurnState(
        turn_id=turn.id,
        piece_id=turn.piece_id,
        ideas=options.ideas or 0,
        drafts=preset(options.preset or "").drafts if options.drafts is None else max(1, options.drafts),
        fitted=options.drafts is None,
        revisions=options.revisions or 0,
        seed=turn.seed,
        ask=options.ask,
        preset=options.preset or "",
    )


def _open_private(path: Path) -> sqlite3.Connection:
    """Open the checkpoints of turns in flight: ids and small values only, gone when the turn ends."""
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA secure_delete = ON")
    return connection
