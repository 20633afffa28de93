"""Which of four places a setting comes from, and what it refuses."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from cocreate.errors import SettingsRefused
from cocreate.settings import Settings, descriptions, keys, resolve


@pytest.mark.parametrize(
    ("overrides", "environ", "file", "value", "origin"),
    [
        ({"engine": "torch"}, {"COCREATE_ENGINE": "llamacpp"}, 'engine = "scripted"', "torch", "command line"),
        ({}, {"COCREATE_ENGINE": "llamacpp"}, 'engine = "scripted"', "llamacpp", "COCREATE_ENGINE"),
        ({}, {"COCREATE_ENGINE": ""}, 'engine = "scripted"', "scripted", "FILE"),
        ({}, {}, "", "auto", "default"),
    ],
)
def test_command_line_beats_environment_beats_file_beats_default(
    tmp_path: Path, overrides, environ, file, value, origin
):
    (tmp_path / "config.toml").write_text(file)
    resolved = resolve(tmp_path, None, environ, overrides)
    expected = str(tmp_path / "config.toml") if origin == "FILE" else origin
    assert (resolved.settings.engine, resolved.origins["engine"]) == (value, expected)


def test_folders_come_from_the_environment_and_asking_for_them_makes_nothing(tmp_path: Path):
    environ = {"COCREATE_HOME": str(tmp_path / "h"), "COCREATE_CACHE": str(tmp_path / "c")}
    settings = Settings.load(environ=environ)
    assert (settings.home, settings.cache) == (tmp_path / "h", tmp_path / "c")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "sentence", "step"),
    [
        ("drafs = 3", "knows no setting 'drafs'.", "Did you mean drafts?"),
        (
            'drafts = "3"',
            "drafts must be a whole number from 1 to 32, or -1 (as the preset says), not '3'.",
            "The default is -1.",
        ),
        (
            "drafts = true",
            "drafts must be a whole number from 1 to 32, or -1 (as the preset says), not True.",
            "The default is -1.",
        ),
        ("enter_sends = 1", "enter_sends must be true or false, not 1.", "The default is true."),
        ('home = "/x"', "home cannot be set in ", "Set the variable COCREATE_HOME instead."),
        ("drafts =", "is not TOML: ", "Mend the line, or delete the file."),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_the_key_and_a_next_step(tmp_path: Path, file, sentence, step):
    (tmp_path / "config.toml").write_text(file)
    with pytest.raises(SettingsRefused) as refused:
        Settings.load(tmp_path)
    assert str(tmp_path / "config.toml") in refused.value.sentence
    assert sentence in refused.value.sentence
    assert refused.value.next_step == step


def test_a_wrong_variable_is_refused_with_its_name(tmp_path: Path):
    with pytest.raises(SettingsRefused) as refused:
        Settings.load(tmp_path, environ={"COCREATE_THREADS": "all"})
    assert refused.value.sentence == "COCREATE_THREADS: threads must be a whole number from 0 to 1024, not 'all'."


@pytest.mark.parametrize(("text", "value"), [("no", False), ("OFF", False), ("1", True), ("true", True)])
def test_a_switch_in_a_variable_may_be_said_in_several_ways(tmp_path: Path, text, value):
    assert Settings.load(tmp_path, environ={"COCREATE_ENTER_SENDS": text}).enter_sends is value


def test_a_file_in_place_of_the_data_directory_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsRefused):
        Settings.load(tmp_path / "file")


def test_every_setting_is_described_and_every_default_satisfies_its_own_rule(tmp_path: Path):
    assert set(descriptions()) == {field.name for field in fields(Settings)}
    settings = Settings.load(tmp_path)
    overrides = {key: getattr(settings, key) for key in keys()}
    assert resolve(tmp_path, None, {}, overrides).settings == settings
