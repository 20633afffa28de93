"""`cocreate write`: what goes to stdout, what to stderr, and every way it can end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cocreate.commands import Command, TurnOptions, Write
from cocreate.events import CommandRefused, DraftGrew, Event, StudioFailed, TurnFailed, TurnFinished

NARRATION = """\
starting             loading the language model
ready                scripted, writes en, zh (0.5 s)
understood           poem; 12 lines; theme: rain; en
recalled             nothing: no works yet (cocreate works add PATH)
directions           1. an empty house
draft 1              overall 6.5  novelty 5.0  fluency 7.2  theme fit 8.0
draft 1              set aside: It scores 5.9, the draft 6.5.
finished             after 12.5 s, 340 tokens
"""


def test_the_best_take_is_all_that_stdout_holds_and_stderr_tells_the_turn(cocreate, turn_events):
    ran = cocreate("write", "a poem about rain", answers=turn_events)
    assert (ran.code, ran.out, ran.err) == (0, "Rain on slate.\nNobody home.\n", NARRATION)
    assert ran.studio.closed


def test_options_reach_the_studio_and_it_is_never_asked_to_wait_for_the_writer(cocreate, turn_events):
    ran = cocreate(
        "write", "rain", "--ideas", "0", "--drafts", "2", "--revisions", "0", "--seed", "7", answers=turn_events
    )
    assert ran.studio.sent == [Write("rain", options=TurnOptions(0, 2, 0, 7, ask=False))]


def test_a_preset_reaches_the_studio_and_an_unknown_one_is_refused(cocreate, turn_events):
    ran = cocreate("write", "rain", "--preset", "quick", answers=turn_events)
    assert ran.studio.sent == [Write("rain", options=TurnOptions(ask=False, preset="quick"))]
    refused = cocreate("write", "rain", "--preset", "swift")
    assert (refused.code, refused.studio) == (2, None)
    assert "quick" in refused.err


@pytest.mark.parametrize("argv", [("--engine", "scripted", "write", "rain"), ("write", "rain", "--engine", "scripted")])
def test_engine_may_stand_before_or_after_the_command(cocreate, turn_events, argv):
    assert cocreate(*argv, answers=turn_events).studio.settings.engine == "scripted"


def test_json_prints_one_event_a_line_and_the_end_of_the_turn_last(cocreate, turn_events):
    ran = cocreate("write", "rain", "--json", answers=turn_events)
    names = [event["event"] for event in ran.events]
    assert ran.code == 0
    assert names[0] == "studio_starting"
    assert names[-2:] == ["piece_changed", "turn_finished"]
    assert names.count("turn_finished") == 1
    assert ran.events[-1] == {
        "event": "turn_finished",
        "takes": [
            {
                "id": "t1",
                "text": "Rain on slate.\nNobody home.",
                "agent": "drafting",
                "scores": {"novelty": 5.0, "fluency": 7.25, "theme_fit": 8.0, "overall": 6.5},
                "status": "offered",
                "direction": "an empty house",
                "parent": "",
            },
            {
                "id": "t2",
                "text": "Another.",
                "agent": "drafting",
                "scores": {"novelty": 5.0, "fluency": 7.25, "theme_fit": 8.0, "overall": 5.0},
                "status": "offered",
                "direction": "an empty house",
                "parent": "",
            },
        ],
        "turn_id": "u1",
        "piece_id": "p1",
        "status": "finished",
        "seconds": 12.5,
        "tokens": 340,
    }


def test_chinese_is_written_as_itself_in_json(cocreate, turn_events, make_take):
    ending = TurnFinished("u1", "p1", (make_take("秋雨落在青石上"),), "finished", 1.0, 10)
    ran = cocreate("write", "秋雨", "--json", answers=[ending])
    assert "秋雨落在青石上" in ran.out


def test_a_number_that_json_cannot_hold_becomes_null(cocreate, make_take):
    ending = TurnFinished("u1", "p1", (make_take(overall=float("nan")),), "finished", 1.0, 10)
    ran = cocreate("write", "rain", "--json", answers=[ending])
    assert ran.events[-1]["takes"][0]["scores"]["overall"] is None


def test_the_brief_may_come_from_stdin(cocreate, turn_events):
    ran = cocreate("write", "-", answers=turn_events, stdin="一首关于秋雨的诗\n".encode())
    assert ran.studio.sent[0].text == "一首关于秋雨的诗\n"


def test_a_brief_that_is_not_text_is_refused(cocreate):
    ran = cocreate("write", "-", stdin=b"\xff\xfe\x00")
    assert (ran.code, ran.studio) == (2, None)
    assert ran.err == "cocreate: The brief is not UTF-8 text.\n  Save it as UTF-8 and try again.\n"


@pytest.mark.parametrize(
    ("option", "value", "least"),
    [("--drafts", "0", 1), ("--drafts", "-3", 1), ("--ideas", "-1", 0), ("--revisions", "x", 0), ("--seed", "-1", 0)],
)
def test_a_number_out_of_range_is_one_sentence_and_a_next_step(cocreate, option, value, least):
    ran = cocreate("write", "rain", option, value)
    assert (ran.code, ran.out, ran.studio) == (2, "", None)
    first, second = ran.err.splitlines()
    assert first.startswith(f"cocreate: {option}: must be a whole number from {least} to ")
    assert first.endswith(f", not {value!r}.")
    assert second == "  cocreate write --help shows the options."


def test_a_refused_brief_ends_with_two(cocreate):
    refused = CommandRefused("There is nothing to work on.", "Say what you want.", "Write")
    ran = cocreate("write", " ", answers=[refused])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "cocreate: There is nothing to work on.\n  Say what you want.\n"


def test_a_command_that_was_fine_and_still_failed_ends_with_one(cocreate):
    refused = CommandRefused("The model is not here.", "Fetch it.", "Write", bad_input=False)
    assert cocreate("write", "rain", answers=[refused]).code == 1


@pytest.mark.parametrize("as_json", [False, True])
def test_a_failed_turn_ends_with_one_and_gives_what_was_written(cocreate, make_take, as_json):
    failed = TurnFailed("u1", "p1", "The model died.", "Try again.", (make_take("Half a li"),))
    ran = cocreate("write", "rain", *(["--json"] if as_json else []), answers=[failed])
    assert ran.code == 1
    assert ran.err == "cocreate: The model died.\n  Try again.\n"
    if as_json:
        assert ran.events[-1]["event"] == "turn_failed"
        assert ran.events[-1]["takes"][0]["text"] == "Half a li"
    else:
        assert ran.out == "Half a li\n"


def test_a_studio_that_cannot_start_ends_with_one(cocreate):
    ran = cocreate("write", "rain", "--json", answers=[StudioFailed("No network.", "Copy the file by hand.")])
    assert ran.code == 1
    assert ran.events == [{"event": "studio_failed", "sentence": "No network.", "next_step": "Copy the file by hand."}]


def test_ctrl_c_stops_the_turn_gently_and_prints_what_there_is(cocreate, turn_events, make_take):
    """The first signal only asks the studio to stop; the events go on until the partial take is saved."""

    def answer(_: Command) -> Iterator[Event]:
        yield from turn_events[:8]
        os.kill(os.getpid(), signal.SIGINT)
        yield DraftGrew("u1", "x1", "")
        yield TurnFinished("u1", "p1", (make_take("Rain on sl"),), "stopped", 1.0, 5)

    ran = cocreate("write", "rain", answers=answer)
    assert (ran.code, ran.out) == (130, "Rain on sl\n")
    assert ran.studio.closed


def test_a_second_ctrl_c_breaks_off_and_still_prints_what_has_streamed(cocreate, turn_events):
    def answer(_: Command) -> Iterator[Event]:
        yield from turn_events[:8]
        os.kill(os.getpid(), signal.SIGINT)
        yield DraftGrew("u1", "x1", "")
        os.kill(os.getpid(), signal.SIGINT)
        yield DraftGrew("u1", "x1", "never seen")

    ran = cocreate("write", "rain", answers=answer)
    assert (ran.code, ran.out) == (130, "Rain on slate.\nNobody home.\n")
    assert ran.studio.closed


def test_ctrl_c_while_models_load_ends_at_once(cocreate, turn_events):
    def answer(_: Command) -> Iterator[Event]:
        yield turn_events[0]
        os.kill(os.getpid(), signal.SIGINT)
        yield turn_events[1]

    ran = cocreate("write", "rain", answers=answer)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.endswith("cocreate: Stopped.\n")


def test_a_bug_is_a_sentence_for_the_writer_and_a_traceback_in_a_private_file(cocreate, tmp_path: Path):
    def answer(_: Command) -> Iterator[Event]:
        raise ZeroDivisionError("secret detail")
        yield

    ran = cocreate("write", "rain", answers=answer)
    log = tmp_path / "home" / "logs" / "errors.log"
    assert ran.code == 1
    assert ran.err == (
        f"cocreate: Something in cocreate broke: ZeroDivisionError.\n  The details are in {log}; your texts are kept.\n"
    )
    assert "secret detail" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700


def test_terminal_control_in_an_error_does_not_reach_the_terminal(cocreate):
    def answer(_: Command) -> Iterator[Event]:
        raise FileNotFoundError(2, "No such file", "evil\x1b]0;title\x07\x1b[31m\nname")
        yield

    ran = cocreate("write", "rain", answers=answer)
    assert ran.err.splitlines()[0] == "cocreate: There is no such file or folder (evil name)."


def test_a_reader_that_goes_away_ends_the_turn_quietly(
    cocreate: Callable[..., Any], turn_events: list[Event], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cocreate.cli._forget_stdout", lambda: None)

    def gone(_self: object, _line: str = "") -> None:
        raise BrokenPipeError

    monkeypatch.setattr("cocreate.cli.context.Context.print", gone)
    ran = cocreate("write", "rain", "--json", answers=turn_events)
    assert (ran.code, ran.err) == (1, "")
    assert ran.studio.stopped
    assert ran.studio.closed
