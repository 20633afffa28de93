"""The command about the voice card: what makes some works sound like one person, beside others or a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cocreate import commands as c
from cocreate import events as e
from memory.sanitise import sanitise
from memory.voice import LEAST, compared, differences, voice_card
from memory.voice_card import VoiceCard
from memory.works import Memory

ALL = "all works"
DRAFT = "this draft"
MOST_CARDS = 16
"""Cards kept until the works change."""


class CardDesk:
    """Handler of ShowVoiceCard. A card is measured once and kept until a work is added, changed, moved or forgotten."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._revision = ""
        self._kept: dict[str | None, VoiceCard] = {}

    def handlers(self) -> dict[type, Callable[..., Iterator[e.Event]]]:
        """By command."""
        return {c.ShowVoiceCard: self._show}

    def _show(self, command: c.ShowVoiceCard) -> Iterator[e.Event]:
        texts = self._texts(command.collection)
        if not texts:
            yield _refused(_none(command.collection), "Add some: cocreate works add PATH")
            return
        card = self._card(command.collection, texts)
        if command.text.strip():
            against, title = [sanitise(command.text)], DRAFT
            other = voice_card(against, title, works=0)
        elif command.against is not None:
            against, title = self._texts(command.against), _title(command.against)
            if not against:
                yield _refused(_none(command.against), "See what there is: cocreate works list")
                return
            other = self._card(command.against, against)
        else:
            yield e.VoiceCardShown(card)
            return
        if not other.traits:
            said = f"There is too little text to compare with: {other.words}, at least {LEAST} are needed."
            yield _refused(said, "Take a longer text.")
            return
        other = compared(card, other, texts, against)
        yield e.VoiceCardShown(card, other, tuple(differences(card, other)))

    def _texts(self, collection: str | None) -> list[str]:
        works = [work for work in self._memory.works() if not work.reference]
        chosen = [work for work in works if collection is None or work.collection == collection]
        return [self._memory.work(work.id)[1] for work in chosen]

    def _card(self, collection: str | None, texts: list[str]) -> VoiceCard:
        revision = self._memory.revision()
        if revision != self._revision or len(self._kept) >= MOST_CARDS:
            self._revision = revision
            self._kept.clear()
        if collection not in self._kept:
            self._kept[collection] = voice_card(texts, _title(collection))
        return self._kept[collection]


def _title(collection: str | None) -> str:
    return ALL if collection is None else sanitise(collection) or "works in no collection"


def _none(collection: str | None) -> str:
    return f"There are no works in “{_title(collection)}”." if collection else "There are no works yet."


def _refused(sentence: str, next_step: str) -> e.CommandRefused:
    return e.CommandRefused(sentence, next_step, "ShowVoiceCard", bad_input=True)
