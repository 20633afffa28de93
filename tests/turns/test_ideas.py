"""Ideas through the whole studio on the scripted engine: kept by theme, pushed, joined, listed, forgotten, stopped."""

import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Direction
from cocreate.commands import (
    AddWorks,
    Command,
    FindIdeas,
    ForgetIdeas,
    KeepIdeas,
    ListIdeas,
    PushIdea,
    RemoveWork,
)
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import CommandDone, CommandRefused, Event, IdeasFound, WorkAdded
from cocreate.host import HostClient
from cocreate.idea_store import MOST_LISTS, IdeaStore
from cocreate.idea_views import IdeasForgotten, IdeasProgressed
from cocreate.studio import Studio
from memory.database import Database

Send = Callable[[Studio, Command], list[Event]]
GOOD = (
    "A ledger of tides lies open on the counter.", "The dog digs up somebody's wedding shoe.",
    "Two hands mend a net by the radio.", "Nobody rings the bell at the ferry house.",
    "The salt has eaten the name off her gate.", "A child sells jars of fog by the road.",
)  # fmt: skip


def found(events: list[Event]) -> IdeasFound:
    assert isinstance(events[-1], IdeasFound), events[-1]
    return events[-1]


def test_ideas_are_numbered_with_a_reason_and_kept_for_the_theme(open_studio: Any, send: Send) -> None:
    studio = open_studio(ScriptedEngine(GOOD))
    events = send(studio, FindIdeas("the  sea", 3, seed=1))
    list_ = found(events)
    assert [one.number for one in list_.ideas] == [1, 2, 3] and list_.new == (1, 2, 3)
    assert (list_.theme, list_.language, list_.stopped) == ("the sea", "en", False)
    assert all("t came from the angle “" in one.why for one in list_.ideas) and list_.tokens > 0
    assert any(isinstance(event, IdeasProgressed) and event.come == event.asked for event in events)
    again = found(send(open_studio(), ListIdeas("The Sea ")))
    assert (again.ideas, again.new) == (list_.ideas, ())
    assert found(send(studio, ListIdeas())).theme == "the sea"


def test_a_push_adds_children_and_numbers_stay(open_studio: Any, send: Send) -> None:
    studio = open_studio(ScriptedEngine(GOOD))
    before = found(send(studio, FindIdeas("the sea", 2, seed=1))).ideas
    after = found(send(studio, PushIdea("the sea", "form", (2,), 1, seed=2)))
    assert after.ideas[:2] == before and after.new == (3,)
    assert (after.ideas[2].how, after.ideas[2].parents) == ("form", (2,))
    assert "idea 2, by another form" in after.ideas[2].why
    joined = found(send(studio, PushIdea("the sea", "combine", (1, 3), 1, seed=3)))
    assert joined.ideas[3].parents == (1, 3)
    texts = [one.text for one in joined.ideas]
    assert len(set(texts)) == 4


def test_without_numbers_the_first_is_pushed_and_the_first_two_are_joined(open_studio: Any, send: Send) -> None:
    studio = open_studio()
    send(studio, FindIdeas("the sea", 3, seed=1))
    assert found(send(studio, PushIdea("the sea", "opposite", count=1, seed=1))).ideas[3].parents == (1,)
    assert found(send(studio, PushIdea("the sea", "combine", count=1, seed=1))).ideas[4].parents == (1, 2)


def test_a_new_search_replaces_the_list_and_more_adds_to_it(open_studio: Any, send: Send) -> None:
    studio = open_studio(ScriptedEngine(GOOD))
    first = found(send(studio, FindIdeas("the sea", 1, seed=1))).ideas
    more = found(send(studio, FindIdeas("the sea", 1, seed=2, more=True)))
    assert more.ideas[0] == first[0] and more.new == (2,)
    assert len(found(send(studio, FindIdeas("the sea", 1, seed=3))).ideas) == 1


def test_directions_of_a_turn_are_taken_in_once(studio: Studio, send: Send) -> None:
    two = (Direction("1", GOOD[0], 5.0, 6.0), Direction("2", GOOD[1], 4.0, 7.0))
    first = found(send(studio, KeepIdeas("the sea", two)))
    assert [(one.text, one.fit, one.novelty) for one in first.ideas] == [(GOOD[0], 5.0, 6.0), (GOOD[1], 4.0, 7.0)]
    third = Direction("3", GOOD[2])
    again = found(send(studio, KeepIdeas("the sea", (*two, third))))
    assert [one.text for one in again.ideas] == list(GOOD[:3]) and again.new == (1, 2, 3)


def test_chinese_themes_get_chinese_ideas_and_reasons(studio: Studio, send: Send) -> None:
    list_ = found(send(studio, FindIdeas("秋雨里的院子", 3, seed=1)))
    assert list_.language == "zh" and list_.ideas
    assert all("这个角度来" in one.why and one.why.endswith("。") for one in list_.ideas)
    pushed = found(send(studio, PushIdea("秋雨里的院子", "sense", count=1, seed=1))).ideas[-1]
    assert "由第1条换一种感官而来" in pushed.why


@pytest.mark.parametrize(
    "command",
    [
        FindIdeas("  "), FindIdeas("x" * 301), FindIdeas("the sea", 0), FindIdeas("the sea", 65),
        FindIdeas("the sea", language="fr"), PushIdea("never seen", "form"), PushIdea("the sea", "louder"),  # type: ignore[arg-type]
        PushIdea("the sea", "form", (9,)), PushIdea("the sea", "combine", (1,)), ForgetIdeas("never seen"),
        KeepIdeas("the rain", ()),
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_is_one_sentence_and_the_list_stays(studio: Studio, send: Send, command: Command) -> None:
    before = found(send(studio, FindIdeas("the sea", 2, seed=1))).ideas
    refused = send(studio, command)[-1]
    assert isinstance(refused, CommandRefused) and refused.sentence.endswith(".")
    assert refused.bad_input or isinstance(command, KeepIdeas)
    assert found(send(studio, ListIdeas("the sea"))).ideas == before


def test_replies_that_are_all_the_same_are_said_to_be_and_the_old_list_stays(open_studio: Any, send: Send) -> None:
    studio = open_studio(ScriptedEngine([*GOOD[:2], *["The sea."] * 60]))
    before = found(send(studio, FindIdeas("the sea", 1, seed=1))).ideas
    refused = send(studio, FindIdeas("the sea", 2, seed=1))[-1]
    assert isinstance(refused, CommandRefused) and not refused.bad_input and "Nothing came" in refused.sentence
    assert found(send(studio, ListIdeas("the sea"))).ideas == before


def test_a_stop_before_the_first_reply_keeps_the_old_list(open_studio: Any, send: Send) -> None:
    studio = open_studio()
    before = found(send(studio, FindIdeas("the sea", 2, seed=1))).ideas
    stopped = list(studio.send(FindIdeas("the sea", 5, seed=2), stopped=True))
    assert found(stopped).stopped and found(stopped).new == () and found(stopped).ideas == before


def test_a_passage_is_quoted_while_its_work_is_there_and_nowhere_afterwards(
    open_studio: Any, send: Send, tmp_path: Path, settings: Any
) -> None:
    work = tmp_path / "ledger.txt"
    work.write_text("A ledger of tides lies open on the vermeltine counter.\n" * 3, encoding="utf-8")
    studio = open_studio(ScriptedEngine([GOOD[0]] * 9))
    [added] = [event for event in send(studio, AddWorks((str(work),))) if isinstance(event, WorkAdded)]
    assert added.report.work is not None
    [one] = found(send(studio, FindIdeas("the sea", 1, seed=1))).ideas
    assert one.why.startswith("It comes near your “ledger”") and "vermeltine" in one.why
    send(studio, RemoveWork(added.report.work.id))
    [one] = found(send(studio, ListIdeas("the sea"))).ideas
    assert "ledger”: “" not in one.why and "vermeltine" not in one.why
    studio.close()
    assert b"vermeltine" not in b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())


def test_ideas_cross_to_the_studio_process_and_back(settings: Any) -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    client = HostClient(settings)
    client.start(events.put)
    try:
        client.send(FindIdeas("the sea", 2, seed=1))
        client.send(PushIdea("the sea", "form", (1,), 1, seed=1))
        answers = [event for event in iter(lambda: events.get(timeout=60), CommandDone("PushIdea"))]
    finally:
        client.close()
    lists = [event for event in answers if isinstance(event, IdeasFound)]
    assert [len(one.ideas) for one in lists] == [2, 3] and lists[1].ideas[2].parents == (1,)


def test_a_list_is_forgotten_on_request(studio: Studio, send: Send) -> None:
    send(studio, FindIdeas("the sea", 2, seed=1))
    assert send(studio, ForgetIdeas("The sea"))[-1] == IdeasForgotten("The sea", 2)
    assert found(send(studio, ListIdeas("the sea"))).ideas == ()


def test_only_the_newest_lists_are_kept(tmp_path: Path) -> None:
    from agents.ideas import Idea

    store = IdeaStore(Database.open(tmp_path / "x.db"))
    for number in range(MOST_LISTS + 2):
        store.replace(f"theme {number}", "en", [Idea(GOOD[0])])
    assert store.find("theme 0") is None and store.find("theme 2") is not None
