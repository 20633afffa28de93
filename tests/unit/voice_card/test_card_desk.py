import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cocreate import commands as c
from cocreate import events as e
from cocreate.card_desk import CardDesk
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory

SHORT = (
    "The boats are in\nand all the gulls\nhave gone away\nbefore the night\n\nthe lamp is out\nthe tide is low\n" * 4
)
LONG = ("And over all the harbour lay a light that none of us who saw it could forget or tell,\n"
        "So slowly did it leave the masts, the roofs, the water and the windows of the town,\n"
        "Until the watchman, walking by the wall, took up his lantern and went down,\n") * 4  # fmt: skip


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with closing(Database.open(tmp_path / "cocreate.db")) as database:
        yield Memory(database, HashEmbedder(), tmp_path / "index")


def add(memory: Memory, folder: Path, name: str, text: str, collection: str, *, reference: bool = False) -> None:
    path = folder / f"{name}.txt"
    path.write_text(text, encoding="utf-8")
    assert [r.outcome for r in memory.add([path], collection=collection, reference=reference)] == ["added"]


def only(desk: CardDesk, command: c.ShowVoiceCard) -> e.Event:
    (event,) = desk.handlers()[c.ShowVoiceCard](command)
    return event


def test_without_works_one_sentence_says_so(memory: Memory) -> None:
    desk = CardDesk(memory)
    for command in (c.ShowVoiceCard(), c.ShowVoiceCard("noir"), c.ShowVoiceCard(None, "noir", "A text.")):
        found = only(desk, command)
        assert isinstance(found, e.CommandRefused)
        assert found.bad_input
        assert "works add" in found.next_step


def test_a_collection_has_a_card_of_its_own_works_and_not_of_references(memory: Memory, tmp_path: Path) -> None:
    add(memory, tmp_path, "one", SHORT, "noir")
    add(memory, tmp_path, "two", LONG, "letters")
    add(memory, tmp_path, "three", LONG.upper(), "noir", reference=True)
    found = only(CardDesk(memory), c.ShowVoiceCard("noir"))
    assert isinstance(found, e.VoiceCardShown)
    assert (found.card.title, found.card.works, found.other, found.differences) == ("noir", 1, None, ())
    assert next(t for t in found.card.traits if t.name == "line length").value == pytest.approx(3.67, abs=0.1)


def test_two_collections_and_a_draft_are_compared(memory: Memory, tmp_path: Path) -> None:
    add(memory, tmp_path, "one", SHORT, "noir")
    add(memory, tmp_path, "two", LONG, "letters")
    desk = CardDesk(memory)
    beside = only(desk, c.ShowVoiceCard("noir", against="letters"))
    draft = only(desk, c.ShowVoiceCard("noir", text=LONG))
    own = only(desk, c.ShowVoiceCard("noir", text=SHORT))
    assert isinstance(beside, e.VoiceCardShown)
    assert isinstance(draft, e.VoiceCardShown)
    assert isinstance(own, e.VoiceCardShown)
    assert beside.other is not None
    assert draft.other is not None
    assert own.other is not None
    assert (beside.other.title, draft.other.title) == ("letters", "this draft")
    assert any(re.search(r"Your lines are .* as long as those of letters", one) for one in beside.differences)
    assert own.other.distance is not None
    assert draft.other.distance is not None
    assert own.other.distance < draft.other.distance
    assert own.differences == ()


def test_a_text_of_three_words_is_too_little_to_compare(memory: Memory, tmp_path: Path) -> None:
    add(memory, tmp_path, "one", SHORT, "")
    found = only(CardDesk(memory), c.ShowVoiceCard(text="Only three words."))
    assert isinstance(found, e.CommandRefused)
    assert "too little" in found.sentence


def test_a_card_is_kept_until_the_works_change(memory: Memory, tmp_path: Path) -> None:
    add(memory, tmp_path, "one", SHORT, "noir")
    desk = CardDesk(memory)
    first, again = (only(desk, c.ShowVoiceCard("noir")) for _ in range(2))
    assert isinstance(first, e.VoiceCardShown)
    assert isinstance(again, e.VoiceCardShown)
    assert again.card is first.card
    add(memory, tmp_path, "two", LONG, "noir")
    changed = only(desk, c.ShowVoiceCard("noir"))
    assert isinstance(changed, e.VoiceCardShown)
    assert changed.card.works == 2
