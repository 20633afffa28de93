"""What the studio tells the screen or the command line. Frozen data, picklable, no behaviour.

Past-tense facts. All text in events has passed the sanitiser: it can be shown as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.contracts import Agent, Brief, Direction, Finish, Score, Scorecard
from cocreate.idea_views import IdeaEvent as IdeaEvent
from cocreate.idea_views import IdeasFound as IdeasFound
from cocreate.model_views import ModelChosen as ModelChosen
from cocreate.model_views import ModelMissing as ModelMissing
from cocreate.model_views import ModelsListed as ModelsListed
from cocreate.taste_views import TasteShown as TasteShown
from cocreate.views import PieceView as PieceView
from cocreate.views import TakeStatus as TakeStatus
from cocreate.views import TakeView as TakeView
from cocreate.views import TurnStatus as TurnStatus
from cocreate.views import TurnView as TurnView
from cocreate.voice_views import EditsListed as EditsListed
from cocreate.voice_views import TuningFailed as TuningFailed
from cocreate.voice_views import TuningFinished as TuningFinished
from cocreate.voice_views import TuningProgressed as TuningProgressed
from cocreate.voice_views import TuningStarted as TuningStarted
from cocreate.voice_views import VoiceCardShown as VoiceCardShown
from cocreate.voice_views import VoiceChosen as VoiceChosen
from cocreate.voice_views import VoiceEvent as VoiceEvent
from cocreate.voice_views import VoiceForgotten as VoiceForgotten
from cocreate.voice_views import VoicesListed as VoicesListed
from cocreate.work_views import AddingFinished as AddingFinished
from cocreate.work_views import AddingProgressed as AddingProgressed
from cocreate.work_views import PassageMarked as PassageMarked
from cocreate.work_views import PassagesFound as PassagesFound
from cocreate.work_views import WorkAdded as WorkAdded
from cocreate.work_views import WorkEvent as WorkEvent
from cocreate.work_views import WorkMoved as WorkMoved
from cocreate.work_views import WorkRemoved as WorkRemoved
from cocreate.work_views import WorkShown as WorkShown
from cocreate.work_views import WorksListed as WorksListed
from memory.records import Hit

Step = Literal["understand", "recall", "ideate", "choose", "draft", "critique", "revise", "adapt", "present", "learn"]


# --- the studio itself ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StudioStarting:
    """A stage of the start, such as "loading the language model"."""

    stage: str


@dataclass(frozen=True, slots=True)
class DownloadProgressed:
    """A default model is on its way."""

    name: str
    done: int
    """Bytes."""
    total: int
    """Bytes; 0 when unknown."""


@dataclass(frozen=True, slots=True)
class StudioReady:
    """Turns can run."""

    engine: str
    device: str
    languages: tuple[str, ...]
    """ISO 639-1 codes the model writes."""
    works: int
    seconds: float
    """Start-up time of the studio process."""


@dataclass(frozen=True, slots=True)
class StudioFailed:
    """The studio cannot start, or cannot run models."""

    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class StudioDied:
    """The studio process ended without being asked to (made by the host, not by the studio)."""

    sentence: str


# --- a turn --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The message is journalled and the turn runs (again, when `continued`)."""

    turn_id: str
    piece_id: str
    request: str
    continued: bool = False


@dataclass(frozen=True, slots=True)
class StepStarted:
    """The turn reached a node of the graph."""

    turn_id: str
    step: Step
    note: str = ""
    """What this step does here, a few words: "4 drafts", "round 1 of 2"."""


@dataclass(frozen=True, slots=True)
class BriefUnderstood:
    """What the studio understood."""

    turn_id: str
    brief: Brief
    edit: str = ""
    """For a change of an existing take: what will change, such as "the second stanza"; else ""."""


@dataclass(frozen=True, slots=True)
class PassagesRecalled:
    """Passages of the writer's works that the drafts may lean on."""

    turn_id: str
    hits: tuple[Hit, ...]
    works: int
    """How many works memory holds; 0 means there is nothing to recall yet."""


@dataclass(frozen=True, slots=True)
class DirectionsFound:
    """Directions to choose from."""

    turn_id: str
    directions: tuple[Direction, ...]
    waiting: bool
    """True: the turn waits for `Choose` or `ReviseBrief`."""


@dataclass(frozen=True, slots=True)
class DirectionsChosen:
    """Which directions the drafts follow."""

    turn_id: str
    directions: tuple[Direction, ...]
    by: Literal["writer", "studio"]


@dataclass(frozen=True, slots=True)
class DraftStarted:
    """A draft begins to stream."""

    turn_id: str
    draft_id: str
    agent: Agent
    label: str
    """Such as "draft 2", "revision of draft 1"."""
    parent: str = ""
    text: str = ""
    """Text it begins with (a revision keeps what stays)."""


@dataclass(frozen=True, slots=True)
class DraftGrew:
    """More text of a streaming draft. Already in the journal when it is sent."""

    turn_id: str
    draft_id: str
    text: str


@dataclass(frozen=True, slots=True)
class DraftFinished:
    """A draft is complete; `text` is all of it and replaces what was streamed."""

    turn_id: str
    draft_id: str
    text: str
    finish: Finish


@dataclass(frozen=True, slots=True)
class DraftScored:
    """The critic's measurement of a draft."""

    turn_id: str
    draft_id: str
    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class RevisionJudged:
    """Whether a revision (or an adaptation to the voice) was better than what it came from; with no parent: an opening
    that does not go on."""

    turn_id: str
    draft_id: str
    parent: str
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DraftsCompared:
    """The first drafts of a turn were held against each other."""

    turn_id: str
    diversity: Score
    """How different they are: 10 where no two say the same."""


@dataclass(frozen=True, slots=True)
class EngineMeasured:
    """Speed of the batch that just ran."""

    turn_id: str
    step: Step
    batch: int
    """Requests in the batch."""
    tokens: int
    seconds: float
    first_token_seconds: float
    """Time to the first token; 0 when none came."""
    prompt_tokens: int = 0
    """Tokens of all prompts of the batch; 0 where the engine does not say."""
    cached_tokens: int = 0
    """Of those, tokens that had been read before and were not read again (prefix reuse)."""
    memory: int = 0
    """Bytes of main memory the studio process holds (resident set size)."""


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The turn ended; its takes are saved."""

    turn_id: str
    piece_id: str
    takes: tuple[TakeView, ...]
    """Best first."""
    status: TurnStatus
    """finished or stopped."""
    seconds: float
    tokens: int
    """Tokens generated in all."""


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn could not go on. What was written is kept."""

    turn_id: str
    piece_id: str
    sentence: str
    next_step: str
    takes: tuple[TakeView, ...] = ()
    bad_input: bool = False
    """True when what the writer gave cannot be used (a model path that is not there, ...)."""


@dataclass(frozen=True, slots=True)
class TurnFoundUnfinished:
    """A crash left this turn unfinished; sent after the start. Answer with Continue or Abandon."""

    turn: TurnView
    piece: PieceView
    step: str
    """The step it had reached."""


# --- answers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PiecesListed:
    """Newest first."""

    pieces: tuple[PieceView, ...]
    query: str = ""


@dataclass(frozen=True, slots=True)
class PieceOpened:
    """A piece with its newest turns, oldest of them first."""

    piece: PieceView
    turns: tuple[TurnView, ...]
    more_before: bool
    before: int | None = None
    """Echo of OpenPiece.before: set when these are older turns to put above."""


@dataclass(frozen=True, slots=True)
class PieceChanged:
    """Title, current take or counts of a piece are new."""

    piece: PieceView


@dataclass(frozen=True, slots=True)
class PieceDeleted:
    """A piece is gone."""

    piece_id: str


@dataclass(frozen=True, slots=True)
class TakeSaved:
    """A take is new (the writer's edit) or has a new status."""

    take: TakeView


@dataclass(frozen=True, slots=True)
class TextScored:
    """Answer to ScoreText."""

    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something worth a sentence that stops nothing."""

    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """Bad input; nothing was changed."""

    sentence: str
    next_step: str
    command: str
    """Class name of the command."""
    bad_input: bool = True
    """False when the command was fine and something else failed (a model, the disk)."""


@dataclass(frozen=True, slots=True)
class CommandDone:
    """The last event of every command (made by the host; carries no news)."""

    command: str


Event = (
    StudioStarting
    | DownloadProgressed
    | StudioReady
    | StudioFailed
    | StudioDied
    | TurnStarted
    | StepStarted
    | BriefUnderstood
    | PassagesRecalled
    | DirectionsFound
    | DirectionsChosen
    | DraftStarted
    | DraftGrew
    | DraftFinished
    | DraftScored
    | RevisionJudged
    | DraftsCompared
    | EngineMeasured
    | TurnFinished
    | TurnFailed
    | TurnFoundUnfinished
    | PiecesListed
    | PieceOpened
    | PieceChanged
    | PieceDeleted
    | TakeSaved
    | WorkEvent
    | VoiceEvent
    | IdeaEvent
    | TextScored
    | TasteShown
    | ModelsListed
    | ModelMissing
    | ModelChosen
    | Noticed
    | CommandRefused
    | CommandDone
)
