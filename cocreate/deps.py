"""What the nodes of a turn use but do not change: passed in as LangGraph's run context, never stored."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.contracts import Embedder
from agents.critique.scorecard import Critic
from agents.drafting import Drafting
from agents.ideation import Ideation
from agents.style import Style
from cocreate.checks import Checks
from cocreate.desk import Desk
from cocreate.language_advice import LanguageAdvice
from cocreate.metering import MeteredEngine
from cocreate.taste import WriterTaste
from cocreate.voices.distance import VoiceDistance
from cocreate.voices.using import Voices
from memory.records import Filters, Hit


class Library(Protocol):
    """The part of `memory.works.Memory` that a turn reads."""

    def count(self) -> int:
        """Number of works."""

    def search(self, query: str, count: int = 8, filters: Filters | None = None, piece_id: str = "") -> list[Hit]:
        """Return the nearest passages of works that pass the filters, best first; the piece's marks count."""

    def usable(self, ranked: Sequence[tuple[int, float]], piece_id: str = "") -> list[Hit]:
        """Return the passages with these ids and scores; forgotten and excluded ones are left out."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything a turn needs."""

    desk: Desk
    library: Library
    engine: MeteredEngine
    ideation: Ideation
    drafting: Drafting
    critic: Critic
    style: Style
    stop: threading.Event
    taste: WriterTaste
    checks: Checks
    advice: LanguageAdvice
    """Speaks up, once, when the model does not write a language."""
    voices: Voices
    distance: VoiceDistance
    embedder: Embedder
