"""Presets: one table, and where the figures of a turn come from."""

from __future__ import annotations

import pytest

from agents.contracts import Length
from cocreate.commands import TurnOptions
from cocreate.errors import SettingsRefused
from cocreate.presets import DEFAULT, FEW, KEPT_OF_BEST, LEAST, OPENING, PRESETS, drafts_of, plan_of, preset
from cocreate.settings import Settings, bounds, check
from cocreate.turns import figures


def settings(tmp_path, file: str = "") -> Settings:
    (tmp_path / "config.toml").write_text(file)
    return Settings.load(tmp_path)


@pytest.mark.parametrize(
    ("file", "options", "figure"),
    [
        ("", TurnOptions(), (DEFAULT, "preset", "preset", "preset")),
        ('preset = "quick"', TurnOptions(), ("quick", "preset", "preset", "preset")),
        ("drafts = 5", TurnOptions(), (DEFAULT, "preset", 5, "preset")),
        ("ideas = 0\nrevisions = 0", TurnOptions(), (DEFAULT, 0, "preset", 0)),
        ("drafts = 5", TurnOptions(preset="patient"), ("patient", "preset", "preset", "preset")),
        ("drafts = 5", TurnOptions(preset="patient", drafts=2), ("patient", "preset", 2, "preset")),
        ("drafts = -1\nideas = -1", TurnOptions(ideas=0), (DEFAULT, 0, "preset", "preset")),
    ],
)
def test_a_figure_is_the_messages_else_the_named_presets_else_the_files_else_the_presets(
    tmp_path, file, options, figure
):
    settled = figures(settings(tmp_path, file), options)
    name, *wanted = figure
    of = preset(name)
    theirs = (of.ideas, None, of.revisions)  # drafts: by the length of the piece
    expected = [own if one == "preset" else one for one, own in zip(wanted, theirs, strict=True)]
    assert [settled.preset, settled.ideas, settled.drafts, settled.revisions] == [name, *expected]


def test_a_turn_begun_before_there_were_presets_goes_on_with_the_default() -> None:
    assert preset("") is PRESETS[DEFAULT]


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_may_be_set_by_hand_too_and_shows_no_more_than_there_is(name: str) -> None:
    of = PRESETS[name]
    for key, value in (("ideas", of.ideas), ("drafts", of.drafts), ("revisions", of.revisions)):
        assert bounds(key).least <= value <= bounds(key).most
    assert 1 <= of.shown <= of.drafts
    assert of.temperatures
    assert 0 <= of.directed <= 1
    assert of.parents >= 1 and of.tried >= 1, "a writer may ask for revisions of any preset"


@pytest.mark.parametrize(
    ("length", "drafts"),
    [
        (None, 8),
        (Length(3, "lines"), 8),
        (Length(14, "lines"), 8),
        (Length(150, "words"), 8),
        (Length(250, "words"), 5),
        (Length(5000, "words"), LEAST),
        (Length(60, "lines"), LEAST),
        (Length(400, "characters"), 5),
    ],
)
def test_a_long_piece_gets_fewer_drafts_and_never_fewer_than_three(length, drafts) -> None:
    assert drafts_of(PRESETS["balanced"], length) == drafts


def test_quick_writes_its_two_drafts_of_a_piece_of_any_length() -> None:
    assert {drafts_of(PRESETS["quick"], Length(count, "words")) for count in (10, 180, 5000)} == {2}


@pytest.mark.parametrize(("key", "value"), [("drafts", 0), ("drafts", -2), ("ideas", 65), ("revisions", -2)])
def test_a_figure_out_of_range_is_refused_and_told_that_the_preset_may_choose(key: str, value: int) -> None:
    with pytest.raises(SettingsRefused, match=r"or -1 \(as the preset says\)"):
        check(key, value, "config.toml")


@pytest.mark.parametrize("drafts", range(FEW, 33))
def test_openings_and_the_best_of_them_cost_what_so_many_whole_drafts_cost(drafts: int) -> None:
    plan = plan_of(drafts, None)
    assert plan is not None
    spent = plan.openings * OPENING + plan.drafts * (1 - OPENING) + plan.ends * (1 - KEPT_OF_BEST)
    assert spent == pytest.approx(drafts)
    assert plan.openings > drafts, "else there is nothing to choose among that there was not before"
    assert 2 <= plan.kept < plan.drafts, "the best opening goes on in more than one way"


def test_few_drafts_and_those_of_a_short_piece_are_all_written_to_their_end() -> None:
    assert [plan_of(drafts, None) for drafts in range(FEW)] == [None] * FEW
    assert plan_of(8, Length(40, "words")) is None
    assert plan_of(8, Length(150, "words")) is not None
