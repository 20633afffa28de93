"""What a writer could have asked for to get a piece of literature, read off the piece."""

from __future__ import annotations

import random

import pytest

from cocreate.training.job import TrainingText
from cocreate.training.role_drafting import direction_of, to_brief
from cocreate.training.role_premises import anchors, content_of, dangles, deed_of, premise_of
from cocreate.training.role_texts import Piece, World, nouns_of
from cocreate.training.split import Part

KEEPER = (
    "Tom climbed the narrow stairs of the lighthouse with a lantern in his hand. The wind beat at the glass. "
    "He had not slept, and the ledger lay open on the table where he had left it. Somebody had torn a page from it.\n\n"
    "At dawn the keeper counted the pages again, and the lighthouse trembled. He put the lantern down by the ledger."
)
TALK = (
    "“You are late,” she said. The lantern was out. “So is the boat.” They looked at the harbour, and at the lantern."
)
VERSE = (
    "The lantern swings above the pier,\nThe pier is white with salt;\n"
    "A gull comes near, and nearer here\nThe lantern comes to halt."
)
KNOWN = "the lighthouse. a lantern, the ledger. the pages of the keeper. an old keeper. the pier. a gull. a boat."


def piece(text: str, kind: str = "story") -> Piece:
    known = TrainingText("T", "T", text, kind, "en", "0" * 64, author="Anon")
    return Piece(Part(known, 0, len(text), len(text)), 0, len(text))


@pytest.fixture
def world() -> World:
    return World(lambda one: [], nouns_of([KEEPER, TALK, VERSE, KNOWN, KNOWN] * 2))


def test_an_anchor_is_named_soon_and_comes_back(world: World) -> None:
    found = anchors(piece(KEEPER), world)
    assert {"lighthouse", "lantern"} <= set(found)
    assert "glass" not in found and "table" not in found


def test_a_premise_tells_what_somebody_does_or_names_what_the_piece_keeps_to(world: World) -> None:
    premises = {premise_of(piece(KEEPER), world, random.Random(seed)) for seed in range(40)}
    assert any(
        one.startswith("a man who climbs the narrow stairs of the lighthouse with a lantern") for one in premises
    )
    assert any(" who " not in one and one in KEEPER for one in premises)
    assert (
        premise_of(piece("It rained. Nobody came. So it was all day, and then it was not."), world, random.Random(1))
        == ""
    )


def test_a_premise_of_verse_names_what_stands_in_its_first_lines(world: World) -> None:
    for seed in range(10):
        said = premise_of(piece(VERSE, "poem"), world, random.Random(seed))
        assert {"lantern", "pier", "gull"} & set(said.split())


def test_a_deed_is_a_sentence_in_the_present_and_none_of_the_text(world: World) -> None:
    deed = deed_of(piece(KEEPER), world)
    assert deed.startswith("A man climbs the narrow stairs")
    assert deed.endswith(".") and deed not in KEEPER


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        (
            "He tried the door of the lighthouse twice. He went off. The lighthouse was dark.",
            "a man who tries the door of",
        ),
        (
            "She stopped the boat by the pier at noon. The pier was white. She hid her boat.",
            "a woman who stops the boat by",
        ),
        (
            "They were mending the old boat on the pier. The boat was old. They left.",
            "people who are mending the old boat",
        ),
    ],
)
def test_past_forms_become_present_ones(sentence: str, clause: str, world: World) -> None:
    premises = {premise_of(piece(sentence), world, random.Random(seed)) for seed in range(30)}
    assert any(one.startswith(clause) for one in premises), premises


def test_prose_that_begins_with_speech_or_a_pronoun_dangles(world: World) -> None:
    assert dangles(piece(TALK)) and dangles(piece("They took it away. It was late."))
    assert not dangles(piece(KEEPER)) and not dangles(piece("Theodore took it away."))


def test_prose_that_dangles_is_no_answer_to_a_brief_and_verse_always_is_one(world: World) -> None:
    assert all(to_brief(piece(TALK), world, random.Random(seed)) is None for seed in range(8))
    assert all(to_brief(piece(VERSE, "poem"), world, random.Random(seed)) for seed in range(8))


def test_the_words_of_a_premise_are_weighed_and_its_small_words_are_not(world: World) -> None:
    assert content_of("an old man who sits under the tree") == "man, sits, tree"
    lesson = to_brief(piece(KEEPER), world, random.Random(2))
    assert lesson is not None
    assert "who" not in lesson.theme.split(", ")


def test_a_direction_does_not_say_again_what_the_theme_says(world: World) -> None:
    theme = deed_of(piece(KEEPER), world).rstrip(".")
    for seed in range(20):
        assert direction_of(piece(KEEPER), world, random.Random(seed), theme).rstrip(".") != theme
