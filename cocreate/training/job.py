"""What a tuning is asked for, what it tells while it runs, and what it leaves. Plain data; nothing heavy is imported.

`tune` itself is in `cocreate.training.tuning`; it runs in the process that calls it, and looks at `Control` before
every step.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agents.contracts import Message
from agents.errors import AgentError

Method = Literal["lora", "adalora", "ia3", "prefix"]
METHODS: tuple[Method, ...] = ("lora", "adalora", "ia3", "prefix")
CARD = "card.json"
"""In the adapter's folder: the card of the tuning, see `TuneResult`."""


class TooLittleText(AgentError):
    """There is too little text to tune on; `missing` says how many tokens more it takes."""

    def __init__(self, sentence: str, next_step: str, missing: int) -> None:
        super().__init__(sentence, next_step)
        self.missing = missing


class TuningStopped(AgentError):
    """The writer stopped before there was anything to keep. The checkpoint stays: the same job goes on from there."""


@dataclass(frozen=True, slots=True)
class TrainingText:
    """One text to learn from."""

    work_id: str
    title: str
    text: str
    kind: str
    """poem, story, lyric, script, ad or text."""
    language: str
    """ISO 639-1."""
    content_hash: str
    """SHA-256 of the text, hexadecimal; it decides which part of the split the work falls into."""
    weight: float = 1.0
    """How often it is read, against the others; for an edit of the writer's, 2 is usual."""
    author: str = ""
    """Who wrote it, for the card of a role."""
    before: str = ""
    """For an edit of the writer's: the text as it was; `text` is what the writer made of it."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A request and the reply that is learned. Without messages the reply stands as bare text."""

    messages: tuple[Message, ...]
    reply: str
    prefill: str = ""
    """What the reply begins with; read, not learned."""
    theme: str = ""
    """Whose words count for more in the reply."""


@dataclass(frozen=True, slots=True)
class TuneJob:
    """One tuning."""

    name: str
    base: Path
    """A Hugging Face folder, or a GGUF file (de-quantised once into `cache`)."""
    out: Path
    """Folder for the adapter; made in one step when the tuning is done, replaced when it is there."""
    work_dir: Path
    """Checkpoints; tensors and numbers only, nothing of the texts. Empty it to begin anew."""
    cache: Path
    """The model cache."""
    texts: Sequence[TrainingText]
    literature: Sequence[str] = ()
    """Further texts of which no run of words is to be written (`cocreate.engines.known_runs`)."""
    role: str = ""
    """"drafting", "ideation" or "style" for an adapter of that agent's job; "" for a voice."""
    method: Method = "lora"
    minutes: float = 10.0
    """Most time it may take, loading and measuring included."""
    seed: int = 0
    threads: int = 0
    """CPU threads; 0 leaves PyTorch's choice."""
    device: str = ""
    """"cuda", "cpu", or "" to choose."""


@dataclass(slots=True)
class Control:
    """How the owner of a tuning reaches it; both flags are looked at before every step."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Set: end now and keep the best."""
    pause: threading.Event = field(default_factory=threading.Event)
    """Set: stand still (a writer's turn runs) until it is cleared or `stop` is set."""


@dataclass(frozen=True, slots=True)
class Started:
    """The works are split, the recipe is chosen, the first step comes."""

    works: int
    tokens: int
    """To learn from."""
    held_out: int
    """Tokens kept for validation and test."""
    rank: int
    """0 for methods without one."""
    steps: int
    note: str = ""
    """One sentence about the split when it is not by work ("The only work was split into parts."), else ""."""
    continued: bool = False
    step: int = 0
    """Step it goes on from."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step further, or (waiting) standing still."""

    step: int
    steps: int
    loss: float
    """Mean cross-entropy in nats a token, of the last steps."""
    validation: float | None
    best: float | None
    seconds: float
    """Since the beginning, earlier runs included, pauses not."""
    left: float
    waiting: bool = False


Progress = Started | Stepped


@dataclass(frozen=True, slots=True)
class DataUsed:
    """One text of the card."""

    work_id: str
    title: str
    content_hash: str
    part: str
    """train, validation, test, unused (too short), or parts (one long work, split into all three)."""
    tokens: int
    author: str = ""


@dataclass(frozen=True, slots=True)
class TuneResult:
    """The card of a tuning, as it also lies in `CARD`."""

    name: str
    adapter: Path
    method: Method
    rank: int
    base_name: str
    base_sha256: str
    """Of the GGUF file, or of the safetensors files of a folder, joined in the order of their names."""
    bytes: int
    """Of the adapter's weights."""
    tokens: int
    held_out: int
    perplexity_before: float
    """Of the base model, on the test works."""
    perplexity_after: float
    steps: int
    """Made."""
    best_step: int
    seconds: float
    cpu_seconds: float
    seed: int
    recipe: dict[str, float | int | str]
    data: tuple[DataUsed, ...]
    note: str = ""
    stopped: bool = False
    """The writer ended it early; the best so far was kept."""
    role: str = ""
    engines: tuple[str, ...] = ("llamacpp", "torch", "server")
    """Which engines can run it: IA3 and prefixes need torch."""
    bad_at: str = ""
    """What it was found to be bad at, in words; of an adapter that ships."""
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    """What else was measured, by its name: without the adapter and with it; of an adapter that ships."""
