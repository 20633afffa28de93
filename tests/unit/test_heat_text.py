"""A text as a heat map: levels, pieces, rows; and that the shades can be read on both papers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from textual.color import Color

from agents.contracts import LineHeat
from tui import themes
from tui.widgets import heat

POEM = "Rain on the step.\n\n  The cat waits,\nand waits."
ZH = "秋雨落在安静的院子里。石头记得夏天的热。“谁在听？”没有人。"


def units(text: str, *pieces: str) -> list[LineHeat]:
    """The pieces as measured spans, ever hotter in surprise, ever colder in theme."""
    last = max(1, len(pieces) - 1)
    spans = [(text.index(piece), text.index(piece) + len(piece)) for piece in pieces]
    return [LineHeat(a, b, n / last, 1 - n / last, 0.5) for n, (a, b) in enumerate(spans)]


def plain(text: str, measured: list[LineHeat], mode: heat.Mode, width: int) -> list[str]:
    return [row.plain for row in heat.rows(text, measured, mode, width)]


@pytest.mark.parametrize(("value", "hot"), [
    (0.0, 0), (0.19, 0), (0.2, 1), (0.5, 2), (0.6, 3), (0.8, 4), (1.0, 4), (7.0, 4), (-1.0, 0), (float("nan"), 0),
])  # fmt: skip
def test_a_value_falls_on_one_of_five_levels_whatever_it_is(value: float, hot: int) -> None:
    assert heat.level(value) == hot
    assert heat.mark(hot) == "▰" * hot + "▱" * (4 - hot)


def test_the_key_goes_round_through_all_modes() -> None:
    seen, mode = [], heat.MODES[0]
    for _ in range(4):
        mode = heat.after(mode)
        seen.append(mode)
    assert seen == ["surprise", "theme", "echo", "off"]


def test_the_parts_of_a_text_hold_all_of_it_in_order() -> None:
    for text in (POEM, ZH, "", "\n\n", "one", "a. b. c."):
        measured = units(text, *[piece for piece in text.split(".") if piece.strip()])
        kept = [text[part.start : part.end] for part in heat.parts(text, measured, "echo")]
        assert "".join(kept) == text.replace("\n", "")


def test_each_verse_ends_in_its_mark_and_an_empty_line_has_none() -> None:
    rows = plain(POEM, units(POEM, "Rain on the step.", "The cat waits,", "and waits."), "surprise", 40)
    assert rows == ["Rain on the step.  ▱▱▱▱", "", "  The cat waits,   ▰▰▱▱", "and waits.         ▰▰▰▰"]


def test_theme_reads_another_value_of_the_same_line() -> None:
    measured = units(POEM, "Rain on the step.", "The cat waits,", "and waits.")
    assert plain(POEM, measured, "theme", 40)[0].endswith("▰▰▰▰")


def test_sentences_of_a_paragraph_stand_on_rows_of_their_own_with_their_closing_quotes() -> None:
    text = "It rained. “Stay,” she said. “No.” He went."
    measured = units(text, "It rained.", "“Stay,” she said.", "“No.", "He went.")
    rows = plain(text, measured, "surprise", 60)
    assert [row.split("  ")[0] for row in rows] == ["It rained.", "“Stay,” she said.", "“No.”", "He went."]


def test_chinese_rows_keep_to_the_width_and_their_marks_stand_in_one_column() -> None:
    measured = units(ZH, "秋雨落在安静的院子里。", "石头记得夏天的热。", "“谁在听？", "没有人。")
    for width in (24, 80):
        rows = heat.rows(ZH, measured, "surprise", width)
        marked = [row for row in rows if row.plain[-1] in "▰▱"]
        assert len(marked) == 4
        assert {row.cell_length for row in rows if row in marked} == {marked[0].cell_length}
        assert all(row.cell_length <= width for row in rows)


def test_a_wrapped_line_has_its_mark_behind_its_last_row_and_is_shaded_in_all_of_them() -> None:
    line = "the long slow rain comes over the hill and down into the yard"
    rows = heat.rows(line, [LineHeat(0, len(line), 1.0, 0.0, 0.0)], "surprise", 30)
    assert len(rows) > 2
    assert [row.plain[-1] == "▰" for row in rows] == [False] * (len(rows) - 1) + [True]
    assert all(any("on $primary 40%" in str(span.style) for span in row.spans) for row in rows)


def test_spans_that_lie_outside_the_text_or_cross_lines_do_no_harm() -> None:
    wild = [LineHeat(-5, 3, 1, 1, 1), LineHeat(900, 950, 1, 1, 1), LineHeat(5, 5, 1, 1, 1), LineHeat(20, 44, 1, 1, 1)]
    rows = plain(POEM, wild, "echo", 40)
    assert rows[0] == "Rain on the step."
    assert rows[2].endswith("▰▰▰▰") and rows[3].endswith("▰▰▰▰")


def test_every_mode_says_in_plain_words_what_hot_means() -> None:
    for mode in heat.MODES[1:]:
        said = " ".join(line.plain.strip() for line in heat.legend(mode, 36)).strip()
        assert said.startswith(f"{mode} ▱▱▱▱ to ▰▰▰▰: hot lines ")
        assert all(line.cell_length <= 36 for line in heat.legend(mode, 36))
    for width in (36, 54, 84):  # the text below must not jump when the key is pressed again
        assert len({len(heat.legend(mode, width)) for mode in heat.MODES[1:]}) == 1
    assert heat.legend("off", 36) == []


def luminance(colour: Color) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [v / 255 for v in (colour.r, colour.g, colour.b)]
    red, green, blue = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [themes.DARK, themes.LIGHT])
@pytest.mark.parametrize("colour", heat.COLOURS.values())
def test_text_stays_readable_on_every_shade_and_the_shades_can_be_told_apart(theme: themes.Theme, colour: str) -> None:
    over = Color.parse(getattr(theme, colour.removeprefix("$")))
    for ground in (theme.surface, theme.panel):
        grounds = [Color.parse(str(ground)).blend(over, shade / 100) for shade in heat.SHADES]
        lights = [luminance(g) for g in grounds]
        text = luminance(Color.parse(str(theme.foreground)))
        contrast = [(max(text, light) + 0.05) / (min(text, light) + 0.05) for light in lights]
        assert min(contrast) >= 4.5
        assert all(abs(a - b) > 0.3 for a, b in pairwise(contrast))
