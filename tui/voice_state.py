"""Voices, a running tuning, the writer's edits and the voice card as the screen knows them. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.voice_views import EditPair, VoiceView

STRONGEST = 1.5
"""End of the dial; 1 is as tuned."""
STEP = 0.1
"""One turn of the dial."""


@dataclass(slots=True)
class Tuning:
    """One tuning, running or ended."""

    name: str
    started: ev.TuningStarted | None = None
    last: ev.TuningProgressed | None = None
    training: list[tuple[int, float]] = field(default_factory=list)
    """(step, loss)"""
    validation: list[tuple[int, float]] = field(default_factory=list)
    finished: ev.TuningFinished | None = None
    sentence: str = ""
    """Why no voice was made."""
    next_step: str = ""
    stopping: bool = False

    @property
    def running(self) -> bool:
        """Whether it still learns, or waits for its turn."""
        return self.finished is None and not self.sentence

    @property
    def share(self) -> float:
        """How far it is, 0 to 1: by steps, or by the clock where that ends it sooner."""
        if self.last is None or not self.last.steps:
            return 0.0
        whole = self.last.seconds + self.last.left
        return max(self.last.step / self.last.steps, self.last.seconds / whole if whole > 0 else 0.0)

    @property
    def end(self) -> float:
        """The step at which it will end, or has ended: the clock may end it before the last one."""
        if self.last is None:
            return 1.0
        share = self.share if self.running else 1.0
        return max(1.0, self.last.step / share if share > 0 else self.last.steps)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The voice of a piece."""

    voice: str = ""
    strength: float = 1.0


@dataclass(slots=True)
class VoiceState:
    """What the screen knows of voices."""

    voices: tuple[VoiceView, ...] | None = None
    """None until they were listed."""
    chosen: dict[str, Chosen] = field(default_factory=dict)
    """By piece id; "" is the piece that comes next."""
    tuning: Tuning | None = None
    edits: tuple[EditPair, ...] | None = None
    card: ev.VoiceCardShown | None = None

    def of(self, piece_id: str | None) -> Chosen:
        """The voice of a piece."""
        return self.chosen.get(piece_id or "", Chosen())

    def tuned_on(self, work_id: str) -> list[str]:
        """Names of the voices that were tuned on a work."""
        return [voice.name for voice in self.voices or () if any(work.work_id == work_id for work in voice.works)]


def choose(state: VoiceState, piece_id: str | None, voice: str, strength: float) -> cmd.UseVoice | None:
    """The command that gives a piece this voice; None for a piece that comes only with its first message.

    That one keeps the choice here, and takes it along (`TurnOptions.voice`).
    """
    if piece_id:
        return cmd.UseVoice(piece_id, voice, strength)
    state.chosen[""] = Chosen(voice, strength)
    return None


def unknown(state: VoiceState, voice: str) -> str:
    """The first name of a mix that no voice has, or ""; as long as none were listed, nothing is unknown."""
    known = {view.name.casefold() for view in state.voices or ()}
    names = [part.split("*")[0].strip() for part in voice.split("+")] if state.voices is not None else []
    return next((name for name in names if name and name.casefold() not in known), "")


def turned(strength: float, by: int) -> float:
    """The dial `by` steps further, within its ends."""
    return round(min(STRONGEST, max(0.0, strength + by * STEP)), 2)


def cut_off(state: VoiceState) -> None:
    """The studio is gone, and the tuning with it; its checkpoint stays."""
    if state.tuning is not None and state.tuning.running:
        state.tuning.sentence = f"The tuning of {state.tuning.name} was cut off."
        state.tuning.next_step = f"/tune {state.tuning.name} goes on from where it was."


def reduce_voices(state: VoiceState, event: ev.Event) -> tuple[str, ...]:
    """Take one event in; returns sentences worth a note on the page."""
    match event:
        case ev.VoicesListed():
            state.voices = event.voices
            if event.piece_id:
                state.chosen[event.piece_id] = Chosen(event.chosen, event.strength)
            if event.tuning and (state.tuning is None or not state.tuning.running):
                state.tuning = Tuning(event.tuning)
        case ev.VoiceChosen(piece_id, voice, strength):
            state.chosen[piece_id] = Chosen(voice, strength)
        case ev.PieceOpened(piece) | ev.PieceChanged(piece) | ev.TurnFoundUnfinished(piece=piece):
            state.chosen[piece.id] = Chosen(piece.voice, piece.strength)
        case ev.VoiceForgotten(name):
            state.voices = tuple(voice for voice in state.voices or () if voice.name != name)
            return (f"The voice {name} is forgotten.",)
        case ev.EditsListed(edits):
            state.edits = edits
        case ev.VoiceCardShown():
            state.card = event
        case _:
            return _reduce_tuning(state, event)
    return ()


def _reduce_tuning(state: VoiceState, event: ev.Event) -> tuple[str, ...]:
    match event:
        case ev.TuningStarted(name):
            state.tuning = Tuning(name, event)
        case ev.TuningProgressed(name):
            _further(_of_name(state, name), event)
        case ev.TuningFinished(voice):
            tuning = _of_name(state, voice.name)
            tuning.finished = event
            others = tuple(known for known in state.voices or () if known.name != voice.name)
            state.voices = (*others, voice)
            return (finished(event),)
        case ev.TuningFailed(name, sentence, next_step):
            tuning = _of_name(state, name)
            tuning.sentence, tuning.next_step = sentence, next_step
            return (f"{sentence} {next_step}".strip(),)
        case ev.CommandRefused(command="TuneVoice") if state.tuning is not None and state.tuning.running:
            state.tuning.sentence, state.tuning.next_step = event.sentence, event.next_step
        case ev.StudioDied():
            cut_off(state)
        case _:
            pass
    return ()


def _of_name(state: VoiceState, name: str) -> Tuning:
    if state.tuning is None or state.tuning.name != name or not state.tuning.running:
        state.tuning = Tuning(name)
    return state.tuning


def _further(tuning: Tuning, event: ev.TuningProgressed) -> None:
    tuning.last = event
    if event.validation is not None:
        tuning.validation.append((event.step, event.validation))
    if not event.waiting and (not tuning.training or tuning.training[-1][0] != event.step):
        tuning.training.append((event.step, event.loss))


def finished(event: ev.TuningFinished) -> str:
    """The end of a tuning in one sentence."""
    voice = event.voice
    begun = "Stopped early, the best was kept: " if event.stopped else ""
    return (f"{begun}{'the' if begun else 'The'} voice {voice.name} is ready: perplexity on works it has not seen "
            f"{voice.perplexity_before:.1f}, now {voice.perplexity_after:.1f}. F3 chooses it.")  # fmt: skip


def use_edit(state: VoiceState, edit_id: str, use: bool) -> None:
    """Show at once what was asked for."""
    state.edits = tuple(replace(edit, use=use) if edit.id == edit_id else edit for edit in state.edits or ())
