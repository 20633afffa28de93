"""What agents, engines and the application say to each other.

Only frozen data and protocols. This module imports nothing heavy: the screen's process loads it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["poem", "story", "lyric", "script", "ad", "idea"]
KINDS: tuple[Kind, ...] = ("poem", "story", "lyric", "script", "ad", "idea")
Role = Literal["system", "user", "assistant"]
Finish = Literal["", "stop", "length", "stopped"]
"""Why a generation ended: "" while it runs, "stop" by itself, "length" at max_tokens, "stopped" by the writer."""
Unit = Literal["lines", "words", "characters"]
Agent = Literal["ideation", "drafting", "critique", "style", "writer"]


# --- engines -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. Defaults: found by measurement, see docs/log.md."""

    temperature: float = 1.0
    top_k: int = 0
    """0 switches it off."""
    top_p: float = 1.0
    min_p: float = 0.05
    """Nguyen et al. 2024, arXiv 2407.01082."""
    repeat_penalty: float = 1.08
    repeat_last_n: int = 256
    """Tokens the repeat penalty and DRY look back on."""
    dry_multiplier: float = 0.8
    """DRY (p-e-w, text-generation-webui PR 5677); 0 switches it off."""
    dry_base: float = 1.75
    dry_allowed_length: int = 2


@dataclass(frozen=True, slots=True)
class Request:
    """One generation. Requests given together run as one batch."""

    messages: tuple[Message, ...]
    """Chat prompt; the engine applies the model's own chat template. Empty: `prefill` is a plain prompt."""
    prefill: str = ""
    """Text the reply already begins with; not repeated in the chunks."""
    max_tokens: int = 200
    sampling: Sampling = Sampling()
    seed: int = 0
    stop: tuple[str, ...] = ()
    """The reply ends before the first of these strings; the string itself is not returned."""
    without: tuple[str, ...] = ()
    """Words the reply must not hold. llama.cpp and torch in this process do not draw the tokens that usually spell them
    (`cocreate.engines.barred`); a server is only asked not to, by the prompt."""
    adapter: str | None = None
    """Name of a LoRA adapter given to `Engine.add_adapter`, or None for the base model."""
    grammar: str = ""
    """GBNF grammar the reply must obey (llama.cpp's notation), or "". An engine without grammars refuses it."""
    cancel: StopFlag | None = field(default=None, compare=False)
    """Ends this request alone within a token; the rest of the batch goes on. Not part of what is asked."""
    logprobs: bool = False
    """Whether the pieces are to carry log-probabilities, which cost llama.cpp 7 % of the speed of eight replies
    (docs/log.md). An engine that has them anyway gives them unasked."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next piece of one reply of the batch."""

    index: int
    """Which request of the batch."""
    text: str
    logprobs: tuple[float, ...] = ()
    """Natural log-probability of each sampled token in this piece, where they were asked for and the engine
    knows them."""
    finish: Finish = ""
    prompt_tokens: int = 0
    """On the last piece of a reply: tokens of its prompt; 0 where the engine does not say."""
    cached_tokens: int = 0
    """On the last piece of a reply: tokens of its prompt that were not read again, being kept from another."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """How surprising each token of a text is to the model."""

    offsets: tuple[tuple[int, int], ...]
    """Character span [start, end) of each token in the text."""
    logprobs: tuple[float, ...]
    """Natural log-probability of each token given those before it; same length as `offsets`."""


class Scorer(Protocol):
    """Anything that can say how probable a text is."""

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Return token log-probabilities of each text, in order. An empty text gives empty scores."""


class Engine(Protocol):
    """A language model. One engine serves all agents; one thread at a time may call it."""

    @property
    def name(self) -> str:
        """Short name for the status line, such as "llamacpp SmolLM2-135M-Instruct Q4_1"."""

    @property
    def context_length(self) -> int:
        """Most tokens of prompt and reply together, per request."""

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """Run the requests as one batch and yield pieces as they come.

        Each request's pieces come in order and end with exactly one chunk whose `finish` is not "".
        After `stop` is set no further text is yielded: each unfinished request ends with finish "stopped"; so does
        a request whose own `cancel` is set.

        Raises:
            agents.errors.EngineFailed: the model cannot run (the message is one sentence for the writer).
            agents.errors.PromptTooLong: a prompt does not fit the context.
        """

    def count_tokens(self, text: str) -> int:
        """Number of tokens of `text`, without special tokens."""

    def add_adapter(self, name: str, path: str) -> None:
        """Make a LoRA adapter available under `name`. Raises agents.errors.AdapterRefused."""

    def remove_adapter(self, name: str) -> None:
        """Forget an adapter; unknown names are ignored."""

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names of the adapters a request may use."""

    def close(self) -> None:
        """Free the model."""


class StopFlag(Protocol):
    """The part of threading.Event that an engine looks at."""

    def is_set(self) -> bool:
        """Whether the writer pressed stop."""


class Embedder(Protocol):
    """Text to unit vectors."""

    @property
    def name(self) -> str:
        """Identity of model and version; vectors of different names are never compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimension), rows of L2 norm 1."""


# --- craft --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Length:
    """How long the text is to be."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Brief:
    """What is wanted."""

    request: str
    """The writer's own words."""
    kind: Kind = "poem"
    theme: str = ""
    form: str = ""
    """sonnet, haiku, free verse, 五言绝句, monologue, ...; "" leaves it open."""
    mood: str = ""
    language: str = "en"
    """ISO 639-1."""
    length: Length | None = Length(12, "lines")
    """None: no length was asked for, and none is judged (`cocreate score`)."""
    audience: str = ""
    must: tuple[str, ...] = ()
    """Words or things that must occur."""
    must_not: tuple[str, ...] = ()
    stanzas: int = 0
    """Stanzas asked for; 0 leaves it open."""
    view: str = ""
    """Point of view: "first person", "third person", 第一人称; "" leaves it open."""
    opening: str = ""
    """Words the text begins with, byte for byte."""
    voice: str = ""
    """Name of a voice ("noir") or a mix ("noir*0.7+letters*0.3"), or "" for none."""
    voice_strength: float = 1.0
    """The dial: 0 is the base model, 1 the voice as tuned, up to 1.5."""


@dataclass(frozen=True, slots=True)
class EditRequest:
    """A change the writer asks of an existing take."""

    instruction: str
    start: int
    end: int
    """Character span [start, end) of the take that may change; all else stays byte for byte."""
    target: str
    """How the span is called to the writer: "the second stanza", "line 3", "the whole text"."""
    continues: bool = False
    """True when new text is to be added at `end` and nothing is replaced."""
    fills: bool = False
    """True when the span is a gap to be filled so that both ends hold: a mark of the writer's, a part, or nothing."""
    adapts: Literal["", "more", "less"] = ""
    """"more": the text is bent to the brief's voice and nothing else is asked; "less": away from it."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One short idea of where the text could go."""

    id: str
    text: str
    theme_fit: float = 0.0
    """0-10."""
    novelty: float = 0.0
    """0-10, against the other directions and stock phrases."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of a text, on its way to become a take."""

    id: str
    text: str
    agent: Agent = "drafting"
    direction: str = ""
    """Text of the direction it follows, or ""."""
    parent: str = ""
    """Id of the draft or take it was made from, or ""."""
    finish: Finish = "stop"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in the text a score comes from."""

    start: int
    end: int
    """Character span [start, end) in the judged text; 0, 0 when it concerns the whole."""
    reason: str
    """One plain sentence for the writer."""
    quote: str = ""
    """The span itself, shortened, or the passage it resembles."""
    source: str = ""
    """Where the resembling passage is from, or ""."""
    weight: float = 0.0
    """How much it counts, 0 to 1; a reviser takes the heaviest first."""


@dataclass(frozen=True, slots=True)
class Score:
    """One measured quality."""

    value: float
    """0-10."""
    evidence: tuple[Evidence, ...] = ()
    """Heaviest first."""
    advice: str = ""
    """One sentence that says what to try, quoting the text."""
    measures: tuple[tuple[str, float], ...] = ()
    """The raw numbers behind the value: (name, number)."""


@dataclass(frozen=True, slots=True)
class LineHeat:
    """One line or sentence of a judged text, for the heat view. Values from 0 (cold) to 1 (hot)."""

    start: int
    end: int
    """Character span [start, end)."""
    surprise: float
    """How unlikely its words are; 0.5 is the middle of published writing of that kind."""
    theme: float
    """How near it stands to what was asked."""
    echo: float
    """How much of it was said before: in the text, in another draft, or in the writer's works."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A run of words that also stands in a work or a reference of the writer."""

    start: int
    end: int
    """Character span [start, end) of the judged text."""
    length: int
    """Words, or characters in Chinese."""
    source: str
    """Title of the work."""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What the critic measured of one text."""

    novelty: Score
    fluency: Score
    theme_fit: Score
    overall: float
    """0-10."""
    note: str = ""
    """Stated when something could not be scored: "not scored, because ..."."""
    emotion: Score | None = None
    """Which feeling, how strong, and whether it is the mood that was asked for; None where it cannot be measured."""
    craft: Score | None = None
    """Concrete against abstract, variety of rhythm, images; None where it cannot be measured."""
    heat: tuple[LineHeat, ...] = ()
    why: tuple[tuple[str, float], ...] = ()
    """What made the overall: (plain words, points it added or took), largest effect first."""
    low: float | None = None
    high: float | None = None
    """Where readers would put it in 9 cases of 10, on the scale of `overall`; None where that is not known."""
    limits: tuple[str, ...] = ()
    """Sentences on what these scores cannot know of this text."""
    copied: tuple[Copied, ...] = ()
    """Runs taken from the writer's works or references, longest first."""
    shared: Copied | None = None
    """The longest run in common with them that is too short to be called copied; None when nothing is in common."""
    flagged: tuple[Evidence, ...] = ()
    """Words that the filter chosen by the writer does not let pass."""


Progress = Callable[[int, str], None]
"""Called with (index of the draft in the batch, next piece of its text) while drafts stream."""
