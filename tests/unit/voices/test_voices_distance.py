"""How far a draft is from the voice: measured on the works as they are now."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from agents.contracts import Brief
from cocreate.voices.distance import VoiceDistance
from cocreate.voices.using import Voices
from memory.records import Work

SEA = "I do not know why the men went down to the sea, and I did not ask them, for it was not mine to ask. "
NEON = "Gleaming skyscrapers! Buzzing neon! Tokyo never sleeps; neither, darling, shall we! "


class Shelf:
    """One work that can change."""

    def __init__(self) -> None:
        self.item = Work("abc", "One", "story", "en", "", 0, 1, 0.0)
        self.text = SEA * 20

    def works(self) -> list[Work]:
        return [self.item]

    def work(self, work_id: str) -> tuple[Work, str]:
        return self.item, self.text


class AllWorks:
    """A voice tuned on every work."""

    def collections(self, voice: str) -> None:
        return None


def test_a_work_that_changed_changes_what_a_draft_is_held_against():
    shelf = Shelf()
    distances = VoiceDistance(shelf, cast(Voices, AllWorks()))
    brief = Brief("a story", kind="story", voice="mine")
    before = distances.of(brief, ())(NEON * 3)
    shelf.item, shelf.text = replace(shelf.item, version=2), NEON * 20
    assert distances.of(brief, ())(NEON * 3) < before
