"""The command line as such: help, versions, config, doctor, and errors told in a sentence."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from agents.errors import BadBrief, EngineFailed
from cocreate import __version__
from cocreate.doctor import packages
from cocreate.errors import to_user
from memory.errors import NoSuchWork, StoreUnusable


def test_version_is_one_line(cocreate):
    ran = cocreate("--version")
    assert (ran.code, ran.out) == (0, f"cocreate {__version__}\n")


def test_the_app_needs_a_terminal(cocreate):
    ran = cocreate()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "cocreate: The app needs a terminal, and this is none."


@pytest.mark.parametrize("line", ["sing", "works", "works sing", "write", "--engine steam write x"])
def test_bad_arguments_are_two_lines_and_exit_code_two(cocreate, line):
    ran = cocreate(*line.split())
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 2)


def test_options_are_not_guessed_from_their_beginning(cocreate):
    """A script that says --draft would change its meaning the day another option begins like it."""
    assert cocreate("write", "x", "--draft", "3").code == 2


def test_config_set_keeps_comments_and_get_says_where_a_value_is_from(cocreate, tmp_path: Path):
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir()
    config.write_text("# mine\ndrafts = 2  # quick\n")
    assert cocreate("config", "set", "drafts", "6").code == 0
    assert config.read_text() == "# mine\ndrafts = 6  # quick\n"
    assert config.stat().st_mode & 0o777 == 0o600
    assert cocreate("config", "get", "drafts").out == "6\n"
    assert f"drafts = 6  # {config}\n" in cocreate("config", "get").out
    overruled = cocreate("config", "get", environ={"COCREATE_DRAFTS": "3"})
    assert "drafts = 3  # COCREATE_DRAFTS\n" in overruled.out


def test_a_figure_can_be_given_back_to_the_preset(cocreate):
    assert cocreate("config", "set", "drafts", "6").code == 0
    assert cocreate("config", "set", "drafts", "-1").code == 0
    assert cocreate("config", "get", "drafts").out == "-1\n"


def test_config_set_warns_when_a_variable_wins_over_the_file(cocreate):
    ran = cocreate("config", "set", "drafts", "6", environ={"COCREATE_DRAFTS": "3"})
    assert "  The variable COCREATE_DRAFTS is set too, and wins over the file.\n" in ran.err


@pytest.mark.parametrize(
    ("key", "value", "sentence", "step"),
    [
        ("draft", "3", "config.toml knows no setting 'draft'.", "Did you mean drafts?"),
        (
            "drafts",
            "many",
            "drafts must be a whole number from 1 to 32, or -1 (as the preset says), not 'many'.",
            "The default is -1.",
        ),
        (
            "drafts",
            "0",
            "drafts must be a whole number from 1 to 32, or -1 (as the preset says), not 0.",
            "The default is -1.",
        ),
        ("engine", "steam", "auto, llamacpp, torch, server or scripted, not 'steam'.", "The default is 'auto'."),
        ("enter_sends", "perhaps", "enter_sends must be true or false, not 'perhaps'.", "The default is true."),
        ("home", "/x", "home cannot be set in config.toml.", "Set the variable COCREATE_HOME instead."),
    ],
)
def test_config_set_refuses_with_a_sentence_and_changes_nothing(cocreate, tmp_path, key, value, sentence, step):
    ran = cocreate("config", "set", key, value)
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.endswith(f"  {step}\n")
    assert not (tmp_path / "home").exists()


def test_config_path_is_told_even_when_the_file_is_broken(cocreate, tmp_path):
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir()
    config.write_text("drafts = = 3")
    assert cocreate("config", "path").out == f"{config}\n"
    ran = cocreate("config", "get")
    assert ran.code == 2
    assert str(config) in ran.err


def test_home_may_be_given_on_the_command_line_at_either_place(cocreate, tmp_path):
    wanted = f"{tmp_path / 'other' / 'config.toml'}\n"
    assert cocreate("--home", str(tmp_path / "other"), "config", "path").out == wanted
    assert cocreate("config", "path", "--home", str(tmp_path / "other")).out == wanted


def test_doctor_reports_as_json_and_says_broken_settings_instead_of_failing(cocreate, tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "config.toml").write_text("drafts = 99")
    (tmp_path / "home" / "old.db").write_bytes(b"SQLite format 3\x00" + b"garbage" * 100)
    ran = cocreate("doctor", "--json")
    findings = {(one["section"], one["name"]): one for one in json.loads(ran.out)}
    assert ran.code == 1
    assert findings["settings", "config"]["level"] == "broken"
    assert findings["data", "old.db"]["level"] == "broken"
    assert findings["packages", "agents"]["value"] == str(Path(__file__).parents[3] / "agents")
    assert findings["packages", "agents"]["level"] == "fine"


def test_doctor_warns_when_another_distribution_claims_one_of_our_names():
    found = {one.name: one for one in packages({"agents": ["openai-agents", "cocreate"], "memory": ["cocreate"]})}
    assert found["agents"].level == "warning"
    assert "openai-agents" in found["agents"].value
    assert found["memory"].level == "fine"


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (BadBrief("Nothing to do.", "Say more."), "Nothing to do.", 2),
        (NoSuchWork("No work x.", "List them."), "No work x.", 2),
        (EngineFailed("It died.", "Again."), "It died.", 1),
        (StoreUnusable("Not ours.", "Move it."), "Not ours.", 2),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "The disk is full (/data/x).", 1),
        (OSError(errno.EROFS, "Read-only", "/data/x"), "The file system is read-only (/data/x).", 1),
        (PermissionError(errno.EACCES, "Permission denied", "/data/x"), "Permission was denied (/data/x).", 1),
        (TimeoutError(), "The network did not answer.", 1),
        (MemoryError(), "There is not enough memory.", 1),
    ],
)
def test_every_expected_error_is_a_sentence_with_a_next_step(error, sentence, code):
    told = to_user(error)
    assert told is not None
    assert (told.sentence, told.exit_code) == (sentence, code)
    assert told.next_step


def test_a_bug_is_not_dressed_up_as_something_expected():
    assert to_user(KeyError("x")) is None
