"""What is on the screen, as plain data: events in, state out. No Textual, no clock, no disk.

`reduce` changes the state in place and raises `version` of what changed, so a widget redraws only when its own
number moved. Time comes in as an argument (seconds, any epoch), so tests need no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cocreate import events as ev
from tui import ideas_state, memory_state, voice_state
from tui.draft_state import merge, reduce_drafts, settle, take_saved, turn_from_view
from tui.ideas_state import IdeasState, reduce_ideas
from tui.memory_state import MemoryState, reduce_memory
from tui.turn_state import ENDED, StepState
from tui.turn_state import DraftState as DraftState
from tui.turn_state import TurnState as TurnState
from tui.voice_state import Chosen, VoiceState, reduce_voices


@dataclass(slots=True)
class NoteState:
    """A sentence between the turns."""

    sentence: str
    next_step: str
    after: str
    """Id of the turn it stands under, or ""."""
    forgotten: int = 0
    """How many works it says are forgotten: many at once make one sentence."""


TELLING = 40
"""Tokens from which on a batch says something of the speed."""


@dataclass(slots=True)
class StudioState:
    """Everything the main screen shows."""

    stage: str = "starting the studio"
    ready: ev.StudioReady | None = None
    failed: ev.StudioFailed | None = None
    died: bool = False
    downloads: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name -> bytes done, bytes in all (0: unknown)."""
    changing: str = ""
    """The model that is being looked at or fetched; "" when none is."""
    works: int = 0
    """Works of the writer's own in memory, without references."""
    memory: MemoryState = field(default_factory=MemoryState)
    voice: VoiceState = field(default_factory=VoiceState)
    ideas: IdeasState = field(default_factory=IdeasState)
    preset: str = ""
    """How much a turn does: that of the settings, or what was picked here."""
    preset_picked: bool = False
    """It goes with each message, before the figures of the settings."""
    measured: ev.EngineMeasured | None = None
    """How the last batch of some length ran."""
    pieces: tuple[ev.PieceView, ...] = ()
    piece: ev.PieceView | None = None
    piece_id: str | None = None
    """None: the next message starts a new piece."""
    turns: list[TurnState] = field(default_factory=list)
    more_before: bool = False
    elsewhere: dict[str, TurnState] = field(default_factory=dict)
    """Turns that run in a piece that is not shown."""
    notes: list[NoteState] = field(default_factory=list)
    engaged: bool = False
    """The writer types or looks at a sheet: nothing may take the page from them."""
    view: int = 0
    """Grows when the transcript shows something else."""
    version: int = 0

    def turn(self, turn_id: str) -> TurnState | None:
        """The turn with this id, shown or elsewhere."""
        return next((t for t in self.turns if t.id == turn_id), self.elsewhere.get(turn_id))

    def active(self) -> TurnState | None:
        """The shown turn that runs or waits, newest first."""
        return next((t for t in reversed(self.turns) if t.phase in ("running", "waiting")), None)

    def busy(self) -> TurnState | None:
        """A turn in which models work now, wherever it is."""
        everywhere = [*reversed(self.turns), *self.elsewhere.values()]
        return next((t for t in everywhere if t.phase == "running"), None)

    def chosen_voice(self) -> Chosen:
        """The voice of the piece that is shown."""
        return self.voice.of(self.piece_id)


# --- what the writer did ---------------------------------------------------------------------------------------


def queue_message(state: StudioState, text: str, serial: int) -> TurnState:
    """Show a message at once, before the studio has answered."""
    turn = TurnState(id=f"queued-{serial}", request=text, piece_id=state.piece_id or "", phase="queued")
    state.turns.append(turn)
    state.version += 1
    return turn


def take_back(state: StudioState) -> str:
    """Remove the oldest unanswered message and return its text ("" when there is none)."""
    turn = next((t for t in state.turns if t.phase == "queued"), None)
    if turn is None:
        return ""
    state.turns.remove(turn)
    state.version += 1
    return turn.request


def show_new_piece(state: StudioState) -> None:
    """Empty the transcript; a running turn goes on elsewhere."""
    for turn in state.turns:
        if turn.phase in ("running", "waiting"):
            state.elsewhere[turn.id] = turn
    state.piece, state.piece_id, state.turns, state.notes = None, None, [], []
    state.more_before = False
    state.view += 1
    state.version += 1


def add_note(state: StudioState, sentence: str, next_step: str = "") -> None:
    """Put a sentence under the newest turn; the oldest of many are dropped."""
    after = state.turns[-1].id if state.turns else ""
    state.notes.append(NoteState(sentence, next_step, after))
    del state.notes[:-30]
    state.version += 1


def started_again(state: StudioState) -> None:
    """The writer had the studio started again: what it read or learnt beside the page is cut off."""
    memory_state.cut_off(state.memory)
    voice_state.cut_off(state.voice)
    ideas_state.cut_off(state.ideas)
    state.version += 1


def model_changed(state: StudioState) -> None:
    """The studio starts again with another model; the page stays as it is."""
    started_again(state)
    state.ready, state.failed, state.measured = None, None, None
    state.stage = "loading the language model"
    state.version += 1


def pick_preset(state: StudioState, name: str) -> None:
    """From the next message on a turn does as much as this preset says."""
    state.preset, state.preset_picked = name, True
    state.version += 1


def mark_stopping(state: StudioState) -> bool:
    """Say at once that the stop was heard. False when nothing runs."""
    turn = state.busy() or state.active()
    if turn is None:
        return False
    turn.stopping = True
    turn.version += 1
    state.version += 1
    return True


# --- what the studio said --------------------------------------------------------------------------------------


def reduce(state: StudioState, event: ev.Event, now: float) -> None:
    """Take one event into the state. Unknown turns and events without news change nothing."""
    _reduce_studio(state, event)
    _reduce_desk(state, event)
    told = (*reduce_memory(state.memory, event), *reduce_voices(state.voice, event), *reduce_ideas(state.ideas, event))
    for sentence in told:
        add_note(state, sentence)
    turn_id = getattr(event, "turn_id", None)
    if isinstance(event, ev.TurnStarted):
        _turn_started(state, event, now)
    elif isinstance(turn_id, str) and (turn := state.turn(turn_id)) is not None:
        _reduce_turn(turn, event, now)
        reduce_drafts(turn, event)
        turn.version += 1
        if turn.phase in ENDED and turn.id in state.elsewhere:
            del state.elsewhere[turn.id]
    state.version += 1


def _reduce_studio(state: StudioState, event: ev.Event) -> None:
    match event:
        case ev.StudioStarting(stage):
            state.stage, state.died, state.failed = stage, False, None
        case ev.DownloadProgressed(name, done, total):
            state.downloads[name] = (done, total)
        case ev.StudioReady():
            state.ready, state.failed, state.died, state.works = event, None, False, event.works
            state.downloads.clear()
        case ev.StudioFailed():
            state.failed, state.ready = event, None
            state.downloads.clear()
            add_note(state, event.sentence, event.next_step)
        case ev.StudioDied(sentence):
            _died(state, sentence)
        case ev.EngineMeasured():
            state.measured = _telling(state.measured, event)
        case ev.WorksListed(works):
            state.works = sum(not work.reference for work in works)
        case ev.WorkRemoved(_, title, reference):
            state.works = max(0, state.works - (not reference))
            _forgotten(state, title)
        case ev.WorkAdded(report):
            new = report.outcome == "added" and report.work is not None and not report.work.reference
            state.works += new
        case ev.ModelMissing() | ev.ModelChosen() | ev.CommandRefused(command="UseModel"):
            state.changing = ""
            state.downloads.clear()
        case ev.Noticed() | ev.TasteShown():
            _told(state, event)
        case _:
            pass


def _forgotten(state: StudioState, title: str) -> None:
    before = state.notes.pop().forgotten if state.notes and state.notes[-1].forgotten else 0
    add_note(state, f"{before + 1} works are forgotten." if before else f"“{title}” is forgotten.")
    state.notes[-1].forgotten = before + 1


def _told(state: StudioState, event: ev.Noticed | ev.TasteShown) -> None:
    if isinstance(event, ev.Noticed):
        add_note(state, event.sentence, event.next_step)
    else:
        for line in event.lines():
            add_note(state, line)


def _telling(before: ev.EngineMeasured | None, now: ev.EngineMeasured) -> ev.EngineMeasured:
    """A few words mended in a line say little of the speed: most of their time is the prompt."""
    return now if before is None or now.tokens >= TELLING else before


def _died(state: StudioState, sentence: str) -> None:
    state.ready, state.died = None, True
    for turn in [*state.turns, *state.elsewhere.values()]:
        if turn.phase == "running":
            turn.phase, turn.stopping = "unfinished", False
            _close_step(turn, None)
            for draft in turn.drafts.values():
                draft.status = "partial" if draft.status == "writing" else draft.status
                draft.version += 1
            turn.version += 1
    add_note(state, f"{sentence} It is started again; what was on the screen is kept.")


def _reduce_desk(state: StudioState, event: ev.Event) -> None:
    match event:
        case ev.PiecesListed(pieces):
            state.pieces = pieces
        case ev.PieceOpened():
            _piece_opened(state, event)
        case ev.PieceChanged(piece):
            _piece_changed(state, piece)
        case ev.PieceDeleted(piece_id):
            state.pieces = tuple(p for p in state.pieces if p.id != piece_id)
            if state.piece_id == piece_id:
                show_new_piece(state)
                for gone in [t.id for t in state.elsewhere.values() if t.piece_id == piece_id]:
                    del state.elsewhere[gone]
        case ev.TakeSaved(take):
            if (turn := state.turn(take.turn_id)) is not None:
                take_saved(turn, take)
        case ev.TurnFoundUnfinished():
            _found_unfinished(state, event)
        case _:
            pass


def _piece_opened(state: StudioState, event: ev.PieceOpened) -> None:
    live = {t.id: t for t in [*state.turns, *state.elsewhere.values()] if t.phase in ("running", "waiting")}
    turns = [live.pop(v.id) if v.id in live else turn_from_view(v) for v in event.turns]
    if event.before is not None:
        if event.piece.id == state.piece_id:
            known = {t.id for t in state.turns}
            state.turns[:0] = [t for t in turns if t.id not in known]
            state.more_before = event.more_before
        return
    stayed = [t for t in live.values() if t.piece_id == event.piece.id]
    state.elsewhere = {t.id: t for t in live.values() if t.piece_id != event.piece.id}
    queued = [t for t in state.turns if t.phase == "queued" and state.piece_id == event.piece.id]
    state.turns = turns + stayed + queued
    state.piece, state.piece_id, state.notes = event.piece, event.piece.id, []
    state.more_before = event.more_before
    state.view += 1


def _piece_changed(state: StudioState, piece: ev.PieceView) -> None:
    if state.piece_id == piece.id:
        state.piece = piece
    state.pieces = (piece, *(p for p in state.pieces if p.id != piece.id))


def _found_unfinished(state: StudioState, event: ev.TurnFoundUnfinished) -> None:
    turn = state.turn(event.turn.id)
    if turn is not None:
        merge(turn, turn_from_view(event.turn))
    elif state.piece_id in (None, event.piece.id) and not state.turns and not (state.engaged and not state.piece_id):
        turn = turn_from_view(event.turn)
        state.piece, state.piece_id, state.turns = event.piece, event.piece.id, [turn]
        state.more_before = event.turn.number > 1
        state.view += 1
    else:
        turn = turn_from_view(event.turn)
        state.elsewhere[turn.id] = turn
        title = event.piece.title or event.piece.first_line or "another piece"
        add_note(state, f"A turn in “{title}” was left unfinished.", "Open it with Ctrl+O to go on.")
    waits = event.turn.status == "waiting"
    turn.phase = "waiting" if waits else "unfinished"
    turn.version += 1


def _turn_started(state: StudioState, event: ev.TurnStarted, now: float) -> None:
    turn = state.turn(event.turn_id)
    if turn is None:
        queued = next((t for t in state.turns if t.phase == "queued" and t.request == event.request), None)
        if queued is None and event.piece_id != state.piece_id:
            turn = TurnState(id=event.turn_id, request=event.request, piece_id=event.piece_id)
            state.elsewhere[turn.id] = turn
        elif queued is None:
            turn = TurnState(id=event.turn_id, request=event.request, piece_id=event.piece_id)
            state.turns.append(turn)
        else:
            turn = queued
            if state.piece_id is None:
                state.voice.chosen.pop("", None)  # the new piece has taken it along
            state.piece_id = event.piece_id
            for note in state.notes:
                note.after = event.turn_id if note.after == turn.id else note.after
    turn.id, turn.piece_id, turn.phase = event.turn_id, event.piece_id, "running"
    turn.stopping, turn.note, turn.next_step, turn.fresh = False, "", "", True
    if not turn.steps:
        turn.steps.append(StepState("understand", "", now))
    turn.version += 1


def _reduce_turn(turn: TurnState, event: ev.Event, now: float) -> None:
    match event:
        case ev.StepStarted():
            _close_step(turn, now)
            turn.steps.append(StepState(event.step, event.note, now))
            turn.phase = "running"
        case ev.BriefUnderstood():
            turn.brief, turn.edit = event.brief, event.edit
        case ev.PassagesRecalled():
            turn.hits, turn.works = event.hits, event.works
        case ev.DirectionsFound():
            turn.directions = event.directions
            if event.waiting:
                _close_step(turn, now)
                turn.phase = "waiting"
        case ev.DirectionsChosen():
            turn.chosen, turn.chosen_by, turn.phase = event.directions, event.by, "running"
        case ev.DraftsCompared():
            turn.diversity = event.diversity.value
        case ev.TurnFinished():
            _close_step(turn, now)
            turn.phase = "stopped" if event.status == "stopped" else "finished"
            turn.seconds, turn.tokens, turn.stopping = event.seconds, event.tokens, False
            settle(turn, event.takes)
        case ev.TurnFailed():
            _close_step(turn, now)
            turn.phase, turn.stopping = "failed", False
            turn.note, turn.next_step = event.sentence, event.next_step
            settle(turn, event.takes)
        case _:
            pass


def _close_step(turn: TurnState, now: float | None) -> None:
    if turn.steps and turn.steps[-1].ended is None:
        turn.steps[-1].ended = turn.steps[-1].began if now is None else now
