"""The command line as a process, with the real studio on the scripted engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start `cocreate ARGUMENTS` on an empty data directory."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("COCREATE_")}
    surroundings |= {"COCREATE_HOME": str(tmp_path / "home"), "COCREATE_ENGINE": "scripted"}

    def run(*argv: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "cocreate", *argv]
        ends = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE) | {"stdin": subprocess.DEVNULL}
        return subprocess.Popen(command, text=True, env=surroundings, **ends)

    return run


def test_a_piece_written_by_one_process_is_found_by_the_next(start: Start):
    out, err = start("write", "一首关于秋雨的绝句", "--drafts", "2", "--revisions", "0", "--seed", "3").communicate()
    assert err.splitlines()[-1].startswith("finished ")
    rows, _ = start("pieces", "list").communicate()
    shown, _ = start("pieces", "show", rows.split()[0]).communicate()
    assert out.strip()
    assert shown == out


def test_one_plain_draft_is_a_turn_of_one_take(start: Start):
    process = start(
        "write", "a poem of 4 lines about rain", "--ideas", "0", "--drafts", "1", "--revisions", "0", "--json"
    )
    events = [json.loads(line) for line in process.communicate()[0].splitlines()]
    assert process.returncode == 0
    assert events[-1]["event"] == "turn_finished"
    assert len(events[-1]["takes"]) == 1
    assert "directions_found" not in {event["event"] for event in events}


def test_takes_come_best_first(start: Start):
    process = start("write", "a poem of 4 lines about rain", "--drafts", "4", "--revisions", "1", "--json")
    takes = json.loads(process.communicate()[0].splitlines()[-1])["takes"]
    overall = [take["scores"]["overall"] for take in takes]
    assert len(takes) >= 4
    front, behind = overall[:4], overall[4:]  # as many as there were to be drafts; what is near to them stands behind
    assert front == sorted(front, reverse=True)
    assert behind == sorted(behind, reverse=True)
    assert overall[0] == max(overall)


def test_an_interrupted_turn_keeps_and_prints_its_partial_text(start: Start):
    process = start("write", "a long story about rain", "--json")
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["event"] == "draft_grew":
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate()
    last = json.loads(rest.splitlines()[-1])
    assert process.returncode == 130
    assert (last["event"], last["status"]) == ("turn_finished", "stopped")
    assert any(take["text"].strip() for take in last["takes"])


def test_a_reader_that_leaves_early_meets_no_traceback(start: Start):
    process = start("write", "a poem of 4 lines about rain", "--json")
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == 1
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_data_directory_that_cannot_be_made_is_one_sentence(start: Start, tmp_path: Path):
    (tmp_path / "file").write_text("")
    process = start("works", "list", "--home", str(tmp_path / "file" / "below"))
    out, err = process.communicate()
    assert process.returncode in (1, 2)
    assert (out, len(err.splitlines())) == ("", 2)
