"""What the screen or the command line asks of the studio. Frozen data, picklable, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.contracts import Brief
from cocreate.idea_commands import FindIdeas as FindIdeas
from cocreate.idea_commands import ForgetIdeas as ForgetIdeas
from cocreate.idea_commands import IdeaCommand as IdeaCommand
from cocreate.idea_commands import KeepIdeas as KeepIdeas
from cocreate.idea_commands import ListIdeas as ListIdeas
from cocreate.idea_commands import PushIdea as PushIdea
from memory.records import Filters


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """How much a turn does. None takes the value from the settings."""

    ideas: int | None = None
    """Directions to look for; 0 skips ideation."""
    drafts: int | None = None
    revisions: int | None = None
    seed: int | None = None
    """None draws one; it is kept with the turn."""
    ask: bool = True
    """Wait for the writer to choose a direction; False goes on without (headless runs)."""
    voice: str | None = None
    """From now on the voice of the piece ("" for none); None leaves it as it is."""
    strength: float | None = None
    """The dial of that voice."""
    preset: str | None = None
    """A name of cocreate.presets for this turn, before the settings; figures given here go before both."""


@dataclass(frozen=True, slots=True)
class Write:
    """A message from the composer: starts a turn (new text, or a change of `take_id`)."""

    text: str
    piece_id: str | None = None
    """None starts a new piece."""
    take_id: str | None = None
    """The take a change refers to; None means the piece's current take."""
    options: TurnOptions = TurnOptions()


@dataclass(frozen=True, slots=True)
class Choose:
    """The writer's answer to the directions of a waiting turn."""

    turn_id: str
    direction_ids: tuple[str, ...] = ()
    """Empty and no `own`: left to the studio (`Preset.directed`)."""
    own: str = ""
    """A direction in the writer's own words."""


@dataclass(frozen=True, slots=True)
class ReviseBrief:
    """The writer corrected the brief of a waiting turn; recall and ideation run again."""

    turn_id: str
    brief: Brief


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with a turn that a crash or a stop left unfinished."""

    turn_id: str


@dataclass(frozen=True, slots=True)
class Abandon:
    """End an unfinished turn; its partial texts are kept as takes."""

    turn_id: str


@dataclass(frozen=True, slots=True)
class KeepTake:
    """This take is the one (the piece's current take)."""

    take_id: str


@dataclass(frozen=True, slots=True)
class RejectTake:
    """Not this one. It stays in the tree, marked."""

    take_id: str


@dataclass(frozen=True, slots=True)
class EditTake:
    """The writer's own edit: saved as a child take; the original stays."""

    take_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ListPieces:
    """All pieces, newest first; with `query`, those whose title or text holds it."""

    query: str = ""


@dataclass(frozen=True, slots=True)
class OpenPiece:
    """Show a piece: its turns and takes."""

    piece_id: str
    most_turns: int = 50
    """The newest so many turns."""
    before: int | None = None
    """Only turns with a smaller number (for scrolling back)."""


@dataclass(frozen=True, slots=True)
class RenamePiece:
    """Give a piece a title."""

    piece_id: str
    title: str


@dataclass(frozen=True, slots=True)
class DeletePiece:
    """Delete a piece with all its turns and takes."""

    piece_id: str


@dataclass(frozen=True, slots=True)
class AddWorks:
    """Put files or folders into memory."""

    paths: tuple[str, ...]
    reference: bool = False
    """Only to be checked against, never recalled as the writer's voice."""
    collection: str = ""
    """Collection the new works go to."""


@dataclass(frozen=True, slots=True)
class ListWorks:
    """All works in memory."""


@dataclass(frozen=True, slots=True)
class MoveWork:
    """Put a work into another collection ("" for none)."""

    work_id: str
    collection: str


@dataclass(frozen=True, slots=True)
class MarkPassage:
    """Pin, exclude or correct a recalled passage."""

    passage_id: int
    mark: Literal["pinned", "excluded", "corrected", ""]
    """"" takes the marks back."""
    piece_id: str = ""
    """For this piece; "" for good."""
    text: str = ""
    """The passage as the writer wants it used, for "corrected"."""


@dataclass(frozen=True, slots=True)
class ShowWork:
    """One work with its text."""

    work_id: str


@dataclass(frozen=True, slots=True)
class SearchWorks:
    """Find passages."""

    query: str
    count: int = 8
    filters: Filters | None = None
    """None looks at all works."""


@dataclass(frozen=True, slots=True)
class RemoveWork:
    """Forget a work: text, passages, vectors."""

    work_id: str


@dataclass(frozen=True, slots=True)
class ListModels:
    """Writing models: those here, those recommended, how they fit this machine."""


@dataclass(frozen=True, slots=True)
class UseModel:
    """Take another writing model: the setting is written, and the screen starts the studio again."""

    name: str
    """A name of the list, "default", a path, or a hub id."""
    fetch: bool = False
    """Download it when it is not here; False asks first."""
    anyway: bool = False
    """Even when it cannot fit into memory."""


@dataclass(frozen=True, slots=True)
class ScoreText:
    """Score one text that belongs to no piece."""

    text: str
    theme: str = ""
    kind: str = "story"


@dataclass(frozen=True, slots=True)
class TuneTaste:
    """Show what was learnt from the writer's choices, forget it, take that back, or use it no more (or again)."""

    action: Literal["show", "reset", "undo", "on", "off"] = "show"


@dataclass(frozen=True, slots=True)
class TuneVoice:
    """Tune a voice on the writer's works, behind everything else; goes on from a checkpoint that was left."""

    name: str
    collection: str | None = None
    """None: all works."""
    minutes: int = 10
    """Most time it may take."""
    method: Literal["lora", "adalora", "ia3", "prefix"] = "lora"
    edits: bool = False
    """Learn also from the writer's edits that are marked for it."""


@dataclass(frozen=True, slots=True)
class StopTuning:
    """End the running tuning; the best checkpoint so far becomes the voice."""


@dataclass(frozen=True, slots=True)
class ListVoices:
    """All voices, and the one of a piece."""

    piece_id: str = ""


@dataclass(frozen=True, slots=True)
class UseVoice:
    """Choose the voice of a piece."""

    piece_id: str
    voice: str
    """"noir", a mix such as "noir*0.7+letters*0.3", or "" for none."""
    strength: float = 1.0
    """0 to 1.5; 1 is as tuned."""


@dataclass(frozen=True, slots=True)
class RollBackVoice:
    """Use an older (or newer) version of a voice."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class ForgetVoice:
    """Delete a voice with all its versions."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowVoiceCard:
    """What makes the works of a collection sound like one person."""

    collection: str | None = None
    """None: all works."""
    against: str | None = None
    """Another collection to compare with."""
    text: str = ""
    """A text to compare with, instead."""


@dataclass(frozen=True, slots=True)
class ListEdits:
    """The writer's own changes to takes: material for the next tuning."""


@dataclass(frozen=True, slots=True)
class UseEdit:
    """Whether the next tuning may learn from this edit."""

    edit_id: str
    use: bool


Command = (
    Write
    | Choose
    | ReviseBrief
    | Continue
    | Abandon
    | KeepTake
    | RejectTake
    | EditTake
    | ListPieces
    | OpenPiece
    | RenamePiece
    | DeletePiece
    | AddWorks
    | ListWorks
    | ShowWork
    | SearchWorks
    | RemoveWork
    | MoveWork
    | MarkPassage
    | TuneVoice
    | StopTuning
    | ListVoices
    | UseVoice
    | RollBackVoice
    | ForgetVoice
    | ShowVoiceCard
    | ListEdits
    | UseEdit
    | ListModels
    | UseModel
    | ScoreText
    | TuneTaste
    | IdeaCommand
)
