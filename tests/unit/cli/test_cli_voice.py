"""cocreate tune voice, cocreate voice, cocreate write --voice: what is asked of the studio, what is printed."""

from __future__ import annotations

import json

import pytest

from cocreate.cli.tune import clock, progress_line, sparkline
from cocreate.commands import ForgetVoice, ListEdits, ListVoices, RollBackVoice, TuneVoice, UseEdit, UseVoice, Write
from cocreate.events import (
    CommandRefused,
    EditsListed,
    TuningFailed,
    TuningFinished,
    TuningProgressed,
    TuningStarted,
    VoiceChosen,
    VoiceForgotten,
    VoicesListed,
)
from cocreate.voice_views import EditPair, TunedOn, VoiceView

NOIR = VoiceView(
    "noir", 2, (1, 2), "my noir", "lora", "SmolLM2", "ab" * 32, True, "", 2_000_000, 0.0, 30_000, 39.7, 32.7,
    (TunedOn("w1", "cd" * 32, "The Lamp"), TunedOn("w2", "ef" * 32, "", forgotten=True)),
)  # fmt: skip
OTHER = VoiceView(
    "letters", 1, (1,), None, "ia3", "Qwen", "ef" * 32, False,
    "The voice letters was tuned for the model Qwen; the one "
    "in use is SmolLM2.", 900, 0.0, 9_000, 20.0, 19.0,
)  # fmt: skip
STARTED = TuningStarted("noir", 12, 26_000, 4_000, "lora", 8, 90)
STEP = TuningProgressed("noir", 30, 90, 3.412, 3.5, 3.45, 60.0, 125.0)


def test_a_tuning_is_told_and_ends_with_what_it_changed(cocreate):
    ran = cocreate("tune", "voice", "noir", "--collection", "my noir", "--minutes", "5", "--edits",
                   answers=[STARTED, STEP, TuningFinished(NOIR)])  # fmt: skip
    assert ran.code == 0
    assert ran.studio.sent == [TuneVoice("noir", "my noir", 5, "lora", True)]
    assert ran.out == (
        "noir version 2: tuned. Perplexity on held-out works 39.7 before, 32.7 after (-18%); 30,000 tokens.\n"
    )
    assert "26,000 tokens of 12 works to learn from, 4,000 held out (lora, rank 8, 90 steps)" in ran.err
    assert "step 30/90  ▁  loss 3.412  best on held-out works 3.450  2:05 left" in ran.err


def test_a_tuning_that_was_stopped_exits_as_interrupted_and_keeps_the_voice(cocreate):
    ran = cocreate("tune", "voice", "noir", answers=[STARTED, TuningFinished(NOIR, stopped=True)])
    assert ran.code == 130
    assert "stopped early; the best so far is kept" in ran.out


@pytest.mark.parametrize(("bad", "code"), [(True, 2), (False, 1)])
def test_a_tuning_that_cannot_be_says_why(cocreate, bad: bool, code: int):
    failed = TuningFailed("noir", "There is too little text: 900 tokens more are needed.", "Add works.", bad)
    ran = cocreate("tune", "voice", "noir", answers=[failed])
    assert ran.code == code
    assert ran.out == ""
    assert "900 tokens more" in ran.err
    assert "Add works." in ran.err


def test_a_tuning_as_json_is_one_event_a_line(cocreate):
    ran = cocreate("tune", "voice", "noir", "--json", answers=[STARTED, STEP, TuningFinished(NOIR)])
    assert [event["event"] for event in ran.events] == ["tuning_started", "tuning_progressed", "tuning_finished"]
    assert ran.events[-1]["voice"]["perplexity_after"] == 32.7


@pytest.mark.parametrize("wrong", [["--minutes", "0"], ["--method", "dora"], []])
def test_options_that_make_no_sense_are_refused(cocreate, wrong: list[str]):
    ran = cocreate("tune", "voice", *(["noir", *wrong] if wrong else []))
    assert ran.code == 2
    assert ran.studio is None


def test_voices_are_listed_and_an_unusable_one_says_why(cocreate):
    ran = cocreate("voice", "list", answers=[VoicesListed((NOIR, OTHER))])
    assert ran.studio.sent == [ListVoices()]
    assert ran.out.splitlines() == [
        "noir  version 2  (lora, “my noir”, 2.0 MB)",
        "letters  version 1  (ia3, all works, 900 B, not usable now)",
        f"    {OTHER.why_not}",
    ]
    assert json.loads(cocreate("voice", "list", "--json", answers=[VoicesListed((NOIR,))]).out)[0]["name"] == "noir"


def test_a_voice_is_shown_with_its_works_and_the_forgotten_one_without_a_title(cocreate):
    ran = cocreate("voice", "show", "NOIR", answers=[VoicesListed((NOIR, OTHER))])
    assert f"{'cd' * 6}  The Lamp" in ran.out
    assert f"{'ef' * 6}  (forgotten; tune again to be without it)" in ran.out
    assert "versions kept: 1, 2; in use: 2" in ran.out
    missing = cocreate("voice", "show", "nobody", answers=[VoicesListed((NOIR,))])
    assert missing.code == 2
    assert "no voice called nobody" in missing.err


def test_a_piece_is_given_a_voice(cocreate):
    ran = cocreate("voice", "use", "p1", "noir*0.7+letters*0.3", "--strength", "0.8",
                   answers=[VoiceChosen("p1", "noir*0.7+letters*0.3", 0.8)])  # fmt: skip
    assert ran.studio.sent == [UseVoice("p1", "noir*0.7+letters*0.3", 0.8)]
    assert ran.out == "p1 is written in noir*0.7+letters*0.3 at strength 0.8 from now on.\n"
    assert cocreate("voice", "use", "p1", "noir", "--strength", "1.6").code == 2
    refused = cocreate("voice", "use", "p1", "letters", answers=[CommandRefused(OTHER.why_not, "Tune it.", "UseVoice")])
    assert refused.code == 2
    assert OTHER.why_not in refused.err


def test_one_goes_back_and_forgets(cocreate):
    ran = cocreate("voice", "back", "noir", "2", answers=[VoicesListed((NOIR,))])
    assert ran.studio.sent[0] == RollBackVoice("noir", 2)
    assert ran.out == "noir is version 2 from now on.\n"
    ran = cocreate("voice", "remove", "noir", answers=[VoiceForgotten("noir")])
    assert ran.studio.sent == [ForgetVoice("noir")]
    assert ran.out == "forgotten  noir\n"


def test_edits_are_shown_before_they_are_learned_from(cocreate):
    pair = EditPair("u1-3", "autumn rain", "Old line.", "New line.", 0.0, False, (("Old line.", "New line."),))
    ran = cocreate("voice", "edits", answers=[EditsListed((pair,))])
    assert ran.studio.sent == [ListEdits()]
    assert ran.out.splitlines() == [
        "u1-3  autumn rain  (not used, 1 change)", "    - Old line.", "    + New line.",
    ]  # fmt: skip
    ran = cocreate("voice", "edits", "--learn", "u1-3", "u1-4", "--leave", "u1-5", answers=[EditsListed((pair,))])
    assert ran.studio.sent == [UseEdit("u1-3", True), UseEdit("u1-4", True), UseEdit("u1-5", False)]


def test_a_text_is_written_in_a_voice(cocreate, turn_events):
    ran = cocreate("write", "a poem about rain", "--voice", "noir", "--strength", "1.2", answers=turn_events)
    (command,) = ran.studio.sent
    assert isinstance(command, Write)
    assert (command.options.voice, command.options.strength) == ("noir", 1.2)


def test_losses_are_drawn_in_one_row_of_bars():
    assert sparkline([3.0, 2.0, 1.0]) == "█▅▁"
    assert sparkline([2.0]) == "▁"
    assert len(sparkline([float(n) for n in range(1000)])) <= 32
    assert sparkline([]) == ""


def test_time_left_is_a_clock_and_a_waiting_tuning_says_so():
    assert clock(125) == "2:05"
    assert clock(float("nan")) == "0:00"
    waiting = TuningProgressed("noir", 3, 9, 3.0, None, None, 1.0, 2.0, waiting=True)
    assert "waiting for your turn" in progress_line(waiting, [])
