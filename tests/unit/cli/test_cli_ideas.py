"""`cocreate ideas`: what it asks of the studio, what it prints, what it refuses."""

from __future__ import annotations

import io
import sys

import pytest

from cocreate.commands import FindIdeas, ForgetIdeas, ListIdeas, PushIdea
from cocreate.events import CommandRefused, Event, IdeasFound
from cocreate.idea_views import IdeasForgotten, IdeasProgressed, IdeaView

BOWL = "A bowl fills under the gutter."
ONE = IdeaView(1, BOWL, "It came from the angle “an object”.", "an object", "", (), 5.1, 7.2, 2.5)
TWO = IdeaView(2, "屋檐下的碗满了。", "由第1条换一种感官而来（一种气味）。", "一种气味", "sense", (1,), 4.0, 6.0, None)
FOUND = IdeasFound("rain", "en", (ONE, TWO), (2, 1), False, 3.2, 120)


def test_ideas_are_printed_by_number_with_the_reason_below(cocreate):
    progress = [IdeasProgressed("rain", 20, 20, 0), IdeasProgressed("rain", 20, 20, 9)]
    ran = cocreate("ideas", "rain", answers=[*progress, FOUND])
    assert (ran.code, ran.studio.sent) == (0, [FindIdeas("rain", 10, "", None)])
    assert ran.out.splitlines() == [
        " 1. A bowl fills under the gutter.",
        "    fit 5.1, novelty 7.2. It came from the angle “an object”.",
        " 2. 屋檐下的碗满了。",
        "    fit 4.0, novelty 6.0. 由第1条换一种感官而来（一种气味）。",
    ]
    assert "20 of 20 replies\n" in ran.err  # which differ is known when a round is over
    assert "20 of 20 replies, 9 differ so far" in ran.err and "2 ideas after 3.2 s, 120 tokens" in ran.err


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("end", [FOUND, CommandRefused("Nothing came for “rain”.", "Ask again.", "FindIdeas")])
def test_on_a_terminal_the_line_of_progress_ends_before_what_comes_next(
    cocreate, monkeypatch: pytest.MonkeyPatch, end: Event
):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    cocreate("ideas", "rain", answers=[IdeasProgressed("rain", 7, 20, 0), IdeasProgressed("rain", 20, 20, 9), end])
    progress, after = screen.getvalue().split("\n", 1)
    assert progress.split("\r")[-1].split() == ["ideas", "20", "of", "20", "replies,", "9", "differ", "so", "far"]
    assert ("Nothing came" in after) is (end is not FOUND)


def test_every_option_reaches_the_studio(cocreate):
    asked = cocreate("ideas", "雨", "-n", "4", "--language", "zh", "--seed", "7", answers=[FOUND]).studio.sent
    assert asked == [FindIdeas("雨", 4, "zh", 7)]
    pushed = cocreate("ideas", "rain", "--push", "combine", "--of", "1", "4", "--seed", "7", answers=[FOUND])
    assert pushed.studio.sent == [PushIdea("rain", "combine", (1, 4), 3, 7)]
    assert cocreate("ideas", "rain", "--list", answers=[FOUND]).studio.sent == [ListIdeas("rain")]
    assert cocreate("ideas", "-", stdin="雨".encode(), answers=[FOUND]).studio.sent[0].theme == "雨"


def test_a_push_prints_only_what_is_new(cocreate):
    pushed = IdeasFound("rain", "en", (ONE, TWO), (2,), False, 1.0, 20)
    assert cocreate("ideas", "rain", "--push", "sense", answers=[pushed]).out.startswith(" 2. 屋檐下的碗满了。")


def test_json_is_one_line_an_idea(cocreate):
    first, second = cocreate("ideas", "rain", "--json", answers=[FOUND]).events
    assert first == {
        "theme": "rain", "language": "en", "number": 1, "text": ONE.text, "why": ONE.why, "angle": "an object",
        "how": "", "parents": [], "fit": 5.1, "novelty": 7.2, "original": 2.5,
    }  # fmt: skip
    assert (second["how"], second["parents"], second["original"]) == ("sense", [1], None)


def test_what_came_before_a_stop_is_printed_and_the_exit_code_says_so(cocreate):
    ran = cocreate("ideas", "rain", answers=[IdeasFound("rain", "en", (ONE,), (1,), True, 1.0, 20)])
    assert (ran.code, "A bowl fills" in ran.out, "stopped" in ran.err) == (130, True, True)


@pytest.mark.parametrize(
    "argv",
    [
        ["rain", "-n", "0"], ["rain", "-n", "65"], ["rain", "--push", "louder"], ["rain", "--language", "fr"],
        ["rain", "--of", "2"], ["rain", "--push", "combine", "--of", "2"], ["rain", "--list", "--push", "form"], [],
        ["rain", "--push", "combine", "--of", "2", "2"],
    ],
)  # fmt: skip
def test_bad_arguments_end_with_2_and_one_sentence(cocreate, argv):
    ran = cocreate("ideas", *argv, answers=[FOUND])
    assert (ran.code, ran.out) == (2, "") and "Traceback" not in ran.err and ran.err.startswith("cocreate: ")
    assert ran.studio is None or not ran.studio.sent


def test_what_the_studio_refuses_ends_with_2(cocreate):
    refused = CommandRefused("There are no ideas for “rain” yet.", "Find some first.", "PushIdea")
    ran = cocreate("ideas", "rain", "--push", "form", answers=[refused])
    assert (ran.code, ran.out) == (2, "") and "There are no ideas for “rain” yet." in ran.err


def test_a_list_is_forgotten(cocreate):
    ran = cocreate("ideas", "rain", "--forget", answers=[IdeasForgotten("rain", 7)])
    assert (ran.code, ran.studio.sent) == (0, [ForgetIdeas("rain")])
    assert ran.out == "forgotten  7 ideas for “rain”\n"
