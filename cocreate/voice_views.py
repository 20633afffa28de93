"""What the studio tells of voices: adapters tuned on the writer's works. Frozen data, picklable, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from memory.voice_card import VoiceCard


@dataclass(frozen=True, slots=True)
class TunedOn:
    """One text a voice was tuned on."""

    work_id: str
    content_hash: str
    """SHA-256, hexadecimal."""
    title: str
    """"" once the work is forgotten."""
    forgotten: bool = False
    """The work is gone; the voice still knows it until it is tuned again."""


@dataclass(frozen=True, slots=True)
class VoiceView:
    """One tuned voice, in the version that is in use."""

    name: str
    version: int
    """From 1; each tuning makes the next one."""
    versions: tuple[int, ...]
    """Those kept, oldest first: one can go back to any."""
    collection: str | None
    """Collection it was tuned on; None for all works."""
    method: str
    """lora, adalora, ia3 or prefix."""
    base_model: str
    """Name of the model it was tuned for."""
    base_hash: str
    """SHA-256 of that model's weights, hexadecimal."""
    usable: bool
    """Whether the model in use is that model and the engine can run the method."""
    why_not: str
    """One sentence when not usable, else ""."""
    bytes: int
    created_at: float
    tokens: int
    """Tokens it was tuned on."""
    perplexity_before: float
    """Of the base model on works held out from tuning."""
    perplexity_after: float
    works: tuple[TunedOn, ...] = ()


@dataclass(frozen=True, slots=True)
class EditPair:
    """What the writer changed in a take: material for the next tuning."""

    id: str
    """Id of the take that holds the edit."""
    piece_title: str
    before: str
    after: str
    created_at: float
    use: bool
    """Whether the next tuning may learn from it; the writer decides."""
    changes: tuple[tuple[str, str], ...] = ()
    """The lines or sentences that differ, (before, after); "" where one was added or taken away."""


@dataclass(frozen=True, slots=True)
class TuningStarted:
    """A voice is being tuned."""

    name: str
    works: int
    tokens: int
    """Tokens to learn from; those held out are not counted."""
    held_out: int
    """Tokens of works kept for validation and test."""
    method: str
    rank: int
    steps: int
    continued: bool = False
    """Goes on from a checkpoint."""


@dataclass(frozen=True, slots=True)
class TuningProgressed:
    """One step further."""

    name: str
    step: int
    steps: int
    loss: float
    """Mean cross-entropy in nats a token, of the last steps."""
    validation: float | None
    """The same on the works kept for validation, when it was just measured."""
    best: float | None
    """Lowest validation loss so far."""
    seconds: float
    left: float
    """Seconds it will take from here, as far as the speed so far shows."""
    waiting: bool = False
    """Stands still while the writer's turn runs."""


@dataclass(frozen=True, slots=True)
class TuningFinished:
    """The best checkpoint is the voice's newest version, ready to use."""

    voice: VoiceView
    stopped: bool = False
    """The writer ended it early: the best so far was kept."""


@dataclass(frozen=True, slots=True)
class TuningFailed:
    """No voice was made. What was there before is untouched."""

    name: str
    sentence: str
    next_step: str
    bad_input: bool = False
    """What was asked cannot be done, such as tuning on too little text."""


@dataclass(frozen=True, slots=True)
class VoicesListed:
    """All voices; and the one the piece uses."""

    voices: tuple[VoiceView, ...]
    piece_id: str = ""
    chosen: str = ""
    """Of that piece: "noir", "noir*0.7+letters*0.3", or "" for none."""
    strength: float = 1.0
    """The dial of that piece."""
    tuning: str = ""
    """Name of the voice that is being tuned now, or ""."""


@dataclass(frozen=True, slots=True)
class VoiceChosen:
    """From now on this piece is written in this voice."""

    piece_id: str
    voice: str
    """"noir", a mix such as "noir*0.7+letters*0.3", or "" for none."""
    strength: float
    """0 is not at all, 1 as tuned, up to 1.5: the dial "less like me, more like me"."""


@dataclass(frozen=True, slots=True)
class VoiceForgotten:
    """A voice and all its versions are gone."""

    name: str


@dataclass(frozen=True, slots=True)
class VoiceCardShown:
    """What makes some works sound like one person; beside another collection or a text when one was named."""

    card: VoiceCard
    other: VoiceCard | None = None
    differences: tuple[str, ...] = ()
    """Plain sentences, largest difference first, such as "Your lines are half as long"."""


@dataclass(frozen=True, slots=True)
class EditsListed:
    """The writer's own changes, newest first."""

    edits: tuple[EditPair, ...]


VoiceEvent = (
    TuningStarted
    | TuningProgressed
    | TuningFinished
    | TuningFailed
    | VoicesListed
    | VoiceChosen
    | VoiceForgotten
    | VoiceCardShown
    | EditsListed
)
