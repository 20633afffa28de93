"""How far a text is from the voice of a brief: what adaptation brings nearer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agents.contracts import Brief
from agents.style import Distance, distance_to
from cocreate.voices.using import Voices
from memory.records import Hit, Work
from memory.style import profile, style_distance

MOST = 60_000
"""Characters of the writer's works that make the voice here; frequencies hardly change with more."""


class Works(Protocol):
    """The part of `memory.works.Memory` that is read."""

    def works(self) -> list[Work]:
        """All works and references."""

    def work(self, work_id: str) -> tuple[Work, str]:
        """One work with its text."""


def _measure(texts: Sequence[str], language: str) -> Distance:
    """Distance in the style embedding; where there is too little text for it, by frequencies."""
    voice = profile(texts, language) if texts else None
    if voice is None:
        return distance_to(texts)
    return lambda text: style_distance(text, voice) if any(sign.isalnum() for sign in text) else 0.0


class VoiceDistance:
    """Distances from the works a voice was tuned on; without a voice, from what was recalled."""

    def __init__(self, library: Works, voices: Voices) -> None:
        self._library = library
        self._voices = voices
        self._known: dict[tuple[tuple[str, int], ...], Distance] = {}
        """By the ids and versions of the works: they change rarely, and a turn asks many times."""

    def of(self, brief: Brief, hits: Sequence[Hit]) -> Distance:
        """The distance for one brief and what was recalled for it: 0 the same, 1 nothing in common."""
        if not brief.voice:
            return distance_to([hit.corrected or hit.passage.text for hit in hits])
        kept = self._voices.collections(brief.voice)
        works = [
            work
            for work in self._library.works()
            if not work.reference
            and (kept is None or work.collection in kept)
            and work.language in (brief.language, "und")
        ]
        key = tuple((work.id, work.version) for work in works)
        if key not in self._known:
            self._known = {key: _measure(self._texts([work.id for work in works]), brief.language)}
        return self._known[key]

    def _texts(self, ids: Sequence[str]) -> list[str]:
        """The beginnings of the works, as much of each as fits."""
        share = max(2_000, MOST // max(1, len(ids)))
        texts: list[str] = []
        for work_id in ids:
            if sum(map(len, texts)) >= MOST:
                break
            texts.append(self._library.work(work_id)[1][:share])
        return texts
