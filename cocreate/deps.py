"""What the nodes of a turn use but do not change: passed in as LangGraph's run context, never stored."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

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
from memory.records import Hit


class Library(Protocol):
    """The part of `memory.works.Memory` that a turn reads."""

    def count(self) -> int:
        """Number of works."""

    def search(self, query: str, count: int = 8) -> list[Hit]:
        """Return the nearest passages, best first."""


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
