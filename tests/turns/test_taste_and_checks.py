"""Whole turns: what the writer keeps shifts the weights, copies and listed words are shown, nothing is held back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.contracts import Score, Scorecard
from cocreate.commands import AddWorks, Command, KeepTake, ListWorks, ScoreText, TuneTaste, TurnOptions, Write
from cocreate.desk import Desk
from cocreate.errors import InputRefused
from cocreate.events import CommandRefused, DraftScored, Event, TasteShown, TextScored, TurnFinished, WorksListed
from cocreate.settings import Settings
from cocreate.studio import Studio
from cocreate.taste import WriterTaste
from memory.database import Database

Send = Callable[[Studio, Command], list[Event]]
PASSAGE = "The lamp went out before the rain began and nobody in the long house asked who had carried it away"


def card(novelty: float, fluency: float, theme_fit: float) -> Scorecard:
    return Scorecard(Score(novelty), Score(fluency), Score(theme_fit), 5.0)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Database.open(tmp_path / "cocreate.db"), lambda recalled, piece_id: (), "owner-1")


@pytest.fixture
def taste(desk: Desk) -> WriterTaste:
    return WriterTaste(desk._database, on=True)


def turn(desk: Desk, *cards: Scorecard | None) -> list[str]:
    """A turn with a take for each card; None for one that was not scored."""
    piece = desk.new_piece("rain", "poem")
    turn_id = desk.start_turn(piece.id, "rain", "", TurnOptions(), 1).id
    takes = []
    for place, one in enumerate(cards):
        takes.append(desk.start_take(turn_id, agent="drafting", stage="draft", label=f"draft {place}"))
        desk.finish_take(takes[-1], "text", "stop")
        if one is not None:
            desk.set_scorecard(takes[-1], one)
    return takes


def weight(taste: WriterTaste, quality: str) -> float:
    return dict(taste.shown().yours)[quality]


def novel_kept(desk: Desk) -> None:
    new, _ = turn(desk, card(8, 5, 5), card(4, 6, 6))
    desk.keep(new)


def test_kept_drafts_shift_the_weights_and_a_reset_can_be_taken_back(desk: Desk, taste: WriterTaste):
    shipped = weight(taste, "novelty")
    assert taste.weights() is None
    for _ in range(12):
        novel_kept(desk)
    learnt = weight(taste, "novelty")
    assert learnt > shipped + 0.02
    assert (taste.shown().choices, taste.shown().forgotten) == (12, 0)
    taste.reset()
    assert taste.weights() is None
    assert taste.shown().forgotten == 12
    novel_kept(desk)
    assert shipped < weight(taste, "novelty") < learnt
    taste.undo()
    assert taste.shown().choices == 13
    with pytest.raises(InputRefused):
        taste.undo()


def test_a_rejected_draft_counts_against_what_was_left(desk: Desk, taste: WriterTaste):
    shipped = weight(taste, "fluency")
    _, rough = turn(desk, card(5, 8, 5), card(5, 3, 5))
    desk.reject(rough)
    assert weight(taste, "fluency") > shipped
    assert taste.shown().choices == 1


def test_the_last_word_of_a_turn_is_the_one_that_counts(desk: Desk, taste: WriterTaste):
    shipped = weight(taste, "novelty")
    new, plain = turn(desk, card(9, 5, 5), card(2, 5, 5))
    desk.keep(new)
    desk.keep(plain)
    assert weight(taste, "novelty") < shipped
    assert taste.shown().choices == 1


def test_a_version_edited_by_hand_stands_for_the_draft_it_was_made_from(desk: Desk, taste: WriterTaste):
    shipped = weight(taste, "novelty")
    new, _ = turn(desk, card(9, 5, 5), card(2, 5, 5))
    desk.edit(new, "my own words")
    assert weight(taste, "novelty") > shipped
    assert taste.shown().choices == 1


def test_takes_without_cards_and_the_critics_own_verdicts_teach_nothing(desk: Desk, taste: WriterTaste):
    kept, _ = turn(desk, None, None)
    desk.keep(kept)
    better, worse = turn(desk, card(9, 9, 9), card(1, 1, 1))
    desk.learn(desk.take(better).turn_id, "revision", better, [worse])
    assert taste.shown().choices == 0


def test_switched_off_the_shipped_weights_are_used_and_nothing_is_forgotten(desk: Desk, taste: WriterTaste):
    novel_kept(desk)
    assert taste.weights() is not None
    taste.on = False
    assert taste.weights() is None
    assert taste.shown().choices == 1
    assert "switched off" in " ".join(taste.shown().lines())


def test_the_studio_shows_forgets_and_switches_taste(studio: Studio, settings: Settings, send: Send):
    (shown,) = (one for one in send(studio, TuneTaste()) if isinstance(one, TasteShown))
    assert (shown.on, shown.choices, shown.yours) == (True, 0, shown.shipped)
    (off,) = (one for one in send(studio, TuneTaste("off")) if isinstance(one, TasteShown))
    assert off.on is False
    assert Settings.load(settings.home, settings.cache).learn_taste is False
    (refused,) = (one for one in send(studio, TuneTaste("undo")) if isinstance(one, CommandRefused))
    assert refused.bad_input


def test_a_turn_whose_draft_was_kept_is_a_choice(studio: Studio, headless: TurnOptions, send: Send):
    events = send(studio, Write("a poem about rain", options=headless))
    (finished,) = (one for one in events if isinstance(one, TurnFinished))
    send(studio, KeepTake(finished.takes[-1].id))
    (shown,) = (one for one in send(studio, TuneTaste()) if isinstance(one, TasteShown))
    assert shown.choices == 1


def test_a_draft_that_stands_in_a_reference_says_so(studio: Studio, headless: TurnOptions, send: Send, tmp_path: Path):
    events = send(studio, Write("a poem about rain", options=headless))
    draft = next(one for one in events if isinstance(one, TurnFinished)).takes[0]
    path = tmp_path / "An old poem.txt"
    path.write_text(draft.text)
    send(studio, AddWorks((str(path),), reference=True))
    (listed,) = (one for one in send(studio, ListWorks()) if isinstance(one, WorksListed))
    assert [work.reference for work in listed.works] == [True]
    (scored,) = (one for one in send(studio, ScoreText(f"He said: {draft.text}")) if isinstance(one, TextScored))
    assert [one.source for one in scored.scorecard.copied] == ["An old poem"]
    again = send(studio, Write("a poem about rain", options=headless))
    copied = [one for event in again if isinstance(event, DraftScored) for one in event.scorecard.copied]
    assert any(one.source == "An old poem" for one in copied)


def test_listed_words_are_marked_when_the_writer_asks_for_it_and_only_then(settings: Settings, send: Send):
    from dataclasses import replace

    for asked, marked in ((False, []), (True, ["bastard"])):
        studio = Studio(replace(settings, word_filter=asked))
        found = [one for one in send(studio, ScoreText(f"{PASSAGE}, the bastard.")) if isinstance(one, TextScored)]
        assert [one.quote for one in found[0].scorecard.flagged] == marked
        studio.close()
