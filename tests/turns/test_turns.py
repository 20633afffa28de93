"""What a writer sees of a turn, path by path."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from cocreate.commands import (
    AddWorks,
    Choose,
    Command,
    EditTake,
    KeepTake,
    ListPieces,
    OpenPiece,
    RejectTake,
    ReviseBrief,
    ScoreText,
    TurnOptions,
    Write,
)
from cocreate.events import (
    BriefUnderstood,
    CommandRefused,
    DirectionsChosen,
    DirectionsFound,
    DraftFinished,
    DraftGrew,
    DraftScored,
    DraftStarted,
    EngineMeasured,
    Event,
    PassagesRecalled,
    PiecesListed,
    RevisionJudged,
    StepStarted,
    TakeSaved,
    TextScored,
    TurnFinished,
    TurnStarted,
)
from cocreate.studio import LONGEST_MESSAGE, Studio

BRIEF = "a poem about autumn rain in a quiet courtyard"
PLAIN = TurnOptions(ideas=0, drafts=2, revisions=0, seed=1, ask=False)
Send = Callable[[Studio, Command], list[Event]]
E = TypeVar("E")


def of(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def steps(events: list[Event]) -> list[str]:
    names = [event.step for event in of(events, StepStarted)]
    return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]


def test_a_turn_goes_through_all_its_steps_and_ends_with_takes_best_first(
    studio: Studio, send: Send, headless: TurnOptions
) -> None:
    events = send(studio, Write(BRIEF, options=headless))

    assert isinstance(events[0], TurnStarted)
    assert steps(events)[:5] == ["understand", "recall", "ideate", "draft", "critique"]
    assert steps(events)[-2:] == ["present", "learn"]
    finished = of(events, TurnFinished)[0]
    assert finished.status == "finished"
    overall = [take.scorecard.overall for take in finished.takes if take.scorecard]
    assert len(overall) == len(finished.takes) >= 2
    assert overall[0] == max(overall)
    assert overall[: headless.drafts] == sorted(overall[: headless.drafts], reverse=True)
    assert of(events, EngineMeasured)
    assert finished.tokens > 0


def test_the_turn_understands_kind_and_theme_and_says_that_memory_is_empty(
    studio: Studio, send: Send, headless: TurnOptions
) -> None:
    events = send(studio, Write(BRIEF, options=headless))

    brief = of(events, BriefUnderstood)[0].brief
    assert (brief.kind, brief.language) == ("poem", "en")
    assert "autumn rain" in brief.theme
    recalled = of(events, PassagesRecalled)[0]
    assert (recalled.hits, recalled.works) == ((), 0)


def test_what_streamed_is_what_the_finished_draft_says(studio: Studio, send: Send, headless: TurnOptions) -> None:
    events = send(studio, Write(BRIEF, options=headless))

    for started in of(events, DraftStarted):
        if started.agent != "drafting" or started.parent:
            continue
        streamed = "".join(event.text for event in of(events, DraftGrew) if event.draft_id == started.draft_id)
        finished = next(event.text for event in of(events, DraftFinished) if event.draft_id == started.draft_id)
        assert streamed.strip().startswith(finished.strip()[:20])
        assert finished.strip()


def test_the_same_seed_gives_the_same_takes(
    open_studio: Callable[[], Studio], send: Send, headless: TurnOptions
) -> None:
    first, second = (of(send(open_studio(), Write(BRIEF, options=headless)), TurnFinished)[0].takes for _ in range(2))
    assert [take.text for take in first] == [take.text for take in second]


def test_a_turn_waits_for_the_writer_and_follows_the_direction_picked(studio: Studio, send: Send) -> None:
    waiting = of(send(studio, Write(BRIEF)), DirectionsFound)[0]
    assert waiting.waiting
    pick = waiting.directions[1]

    events = send(studio, Choose(waiting.turn_id, (pick.id,)))

    chosen = of(events, DirectionsChosen)[0]
    assert (chosen.directions, chosen.by) == ((pick,), "writer")
    assert {take.direction for take in of(events, TurnFinished)[0].takes} == {pick.text}


def test_a_direction_in_the_writers_own_words_is_followed(studio: Studio, send: Send) -> None:
    waiting = of(send(studio, Write(BRIEF)), DirectionsFound)[0]

    events = send(studio, Choose(waiting.turn_id, own="the rain as an old tenant"))

    assert [item.text for item in of(events, DirectionsChosen)[0].directions] == ["the rain as an old tenant"]


def test_a_corrected_brief_starts_over_from_recall(studio: Studio, send: Send) -> None:
    events = send(studio, Write(BRIEF))
    brief = of(events, BriefUnderstood)[0].brief
    turn_id = of(events, DirectionsFound)[0].turn_id

    again = send(studio, ReviseBrief(turn_id, replace(brief, theme="snow on a harbour")))

    assert steps(again)[:3] == ["choose", "recall", "ideate"]
    assert of(again, DirectionsFound)[0].waiting
    assert of(send(studio, Choose(turn_id)), TurnFinished)


def test_choosing_twice_is_refused_and_loses_nothing(studio: Studio, send: Send) -> None:
    turn_id = of(send(studio, Write(BRIEF)), DirectionsFound)[0].turn_id
    send(studio, Choose(turn_id))

    refused = of(send(studio, Choose(turn_id)), CommandRefused)[0]

    assert "not waiting" in refused.sentence


def test_a_revision_is_shown_as_better_only_if_the_critic_finds_it_so(
    studio: Studio, send: Send, headless: TurnOptions
) -> None:
    events = send(studio, Write(BRIEF, options=replace(headless, revisions=2)))

    scores = {event.draft_id: event.scorecard.overall for event in of(events, DraftScored)}
    takes = of(events, TurnFinished)[0].takes
    for verdict in of(events, RevisionJudged):
        assert verdict.accepted == (scores[verdict.draft_id] > scores[verdict.parent])
        assert verdict.accepted == (verdict.draft_id in {take.id for take in takes})
    firsts = [scores[event.draft_id] for event in of(events, DraftStarted) if not event.parent]
    best = takes[0].scorecard
    assert best is not None
    assert best.overall >= max(firsts)


def test_a_change_touches_only_the_span_it_names(studio: Studio, send: Send, headless: TurnOptions) -> None:
    first = of(send(studio, Write(BRIEF, options=headless)), TurnFinished)[0].takes[0]
    lines = first.text.split("\n")

    events = send(studio, Write("make the last line darker", piece_id=first.piece_id))

    assert of(events, BriefUnderstood)[0].edit
    assert "ideate" not in steps(events)
    for take in of(events, TurnFinished)[0].takes:
        assert take.parent == first.id
        assert take.text.split("\n")[: len(lines) - 1] == lines[:-1]


def test_removing_a_line_asks_no_model_and_gives_one_version(studio: Studio, send: Send, headless: TurnOptions) -> None:
    first = of(send(studio, Write(BRIEF, options=headless)), TurnFinished)[0].takes[0]
    lines = first.text.split("\n")

    events = send(studio, Write("remove the last line", piece_id=first.piece_id))

    finished = of(events, TurnFinished)[0]
    assert finished.tokens == 0
    assert [take.text.rstrip().split("\n") for take in finished.takes] == [lines[:-1]]


def test_own_works_are_recalled_and_the_voice_step_runs(
    studio: Studio, send: Send, headless: TurnOptions, tmp_path: Path
) -> None:
    own = tmp_path / "rain.txt"
    own.write_text("Rain in the courtyard\nThe gutters speak in vowels\n\nI count the lamps\nand the lamps count me\n")
    send(studio, AddWorks((str(own),)))

    events = send(studio, Write(BRIEF, options=headless))

    recalled = of(events, PassagesRecalled)[0]
    assert recalled.works == 1
    assert recalled.hits[0].source.endswith("rain.txt")
    assert "adapt" in steps(events)


def test_chinese_briefs_give_chinese_text(studio: Studio, send: Send, headless: TurnOptions) -> None:
    events = send(studio, Write("写一首关于秋雨的诗", options=headless))

    assert of(events, BriefUnderstood)[0].brief.language == "zh"
    assert any("\u4e00" <= character <= "\u9fff" for character in of(events, TurnFinished)[0].takes[0].text)


def test_the_writers_edit_and_verdicts_are_saved(studio: Studio, send: Send, headless: TurnOptions) -> None:
    takes = of(send(studio, Write(BRIEF, options=headless)), TurnFinished)[0].takes

    edited = of(send(studio, EditTake(takes[0].id, "My own words.\x1b[31m")), TakeSaved)[0].take
    rejected = of(send(studio, RejectTake(takes[1].id)), TakeSaved)[0].take

    assert (edited.text, edited.agent, edited.parent) == ("My own words.", "writer", takes[0].id)
    assert rejected.status == "rejected"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (Write("   \n"), "empty"),
        (Write("a" * (LONGEST_MESSAGE + 1)), "characters"),
        (Write("a poem", piece_id="nowhere"), "nowhere"),
        (OpenPiece("nowhere"), "nowhere"),
        (KeepTake("nowhere"), "nowhere"),
        (Choose("nowhere"), "nowhere"),
        (ScoreText("rain", kind="symphony"), "symphony"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_a_next_step(
    studio: Studio, send: Send, command: Command, says: str
) -> None:
    events = send(studio, command)

    refused = of(events, CommandRefused)
    assert len(refused) == 1
    assert says in refused[0].sentence
    assert refused[0].next_step
    assert not of(send(studio, ListPieces()), PiecesListed)[0].pieces


def test_a_text_can_be_scored_without_a_piece(studio: Studio, send: Send) -> None:
    text = "The courtyard keeps the rain\nin a bowl of moss and slate.\nNobody comes."

    scored = of(send(studio, ScoreText(text, "autumn rain", "poem")), TextScored)[0].scorecard

    for score in (scored.novelty, scored.fluency, scored.theme_fit):
        assert 0 <= score.value <= 10
        for evidence in score.evidence:
            assert 0 <= evidence.start <= evidence.end <= len(text)
