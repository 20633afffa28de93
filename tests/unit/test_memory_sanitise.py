"""Nothing a terminal would obey leaves the sanitiser, however a text is cut."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.sanitise import MOST_HIDDEN, Sanitiser, sanitise

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
NASTY = st.text(
    st.one_of(
        st.sampled_from(list("\x1b\x9b\x9d\x90\x9c\x07\x18\r\n\t[]PX^_\\();?0m19 ab秋雨🌧\u200d\u202e\u2066\ud800")),
        st.characters(codec=None),
    ),
    max_size=60,
)
CLEAN = st.text(st.characters().filter(lambda c: not FORBIDDEN.match(c)))


@st.composite
def cut_texts(draw: st.DrawFn) -> list[str]:
    text = draw(NASTY)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edges = [0, *cuts, len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@given(cut_texts())
def test_no_forbidden_character_comes_out_of_any_split(pieces: list[str]) -> None:
    stream = Sanitiser()
    for piece in [*(stream.feed(piece) for piece in pieces), stream.flush()]:
        assert not FORBIDDEN.search(piece)


@given(cut_texts())
def test_feeding_in_pieces_equals_feeding_whole(pieces: list[str]) -> None:
    stream = Sanitiser()
    assert "".join([*map(stream.feed, pieces), stream.flush()]) == sanitise("".join(pieces))


@given(NASTY)
def test_every_character_fed_alone_gives_the_same_text(text: str) -> None:
    stream = Sanitiser()
    assert "".join([*map(stream.feed, text), stream.flush()]) == sanitise(text)


@given(CLEAN)
def test_clean_text_is_unchanged(text: str) -> None:
    assert sanitise(text) == text


@given(NASTY)
def test_sanitising_twice_changes_nothing_more(text: str) -> None:
    assert sanitise(sanitise(text)) == sanitise(text)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[31mred\x1b[0m rain", "red rain"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared\x9d52;c;aGk=\x9c!", "cleared!"),
        ("a\x1bPq#0;2\x1b\\b\x1b_app\x1b\\c\x1b^pm\x1b\\d\x1bXsos\x1b\\e", "abcde"),
        ("\x1b(Bplain", "plain"),
        ("lone \x1b", "lone "),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("tab\there\x00\x08\x7f\x85", "tab\there"),
        ("\u202eevil\u202c \u2066isolate\u2069", "evil isolate"),
        ("秋雨。👩\u200d🚀 naïve می\u200cخواهم", "秋雨。👩\u200d🚀 naïve می\u200cخواهم"),
        ("half \ud83d", "half "),
    ],
)
def test_known_sequences_disappear_and_text_stays(dirty: str, clean: str) -> None:
    assert sanitise(dirty) == clean


def test_an_unterminated_string_ends_at_the_line() -> None:
    assert sanitise("before\x1b]0;never ended\nthe next line") == "before\nthe next line"


def test_an_unterminated_string_swallows_four_thousand_characters_at_most() -> None:
    stream = Sanitiser()
    shown = "".join(stream.feed(piece) for piece in ["\x1b]", *["x" * 100] * 100])
    assert len(shown) == 100 * 100 - MOST_HIDDEN


def test_a_stream_holds_back_little_and_flush_makes_it_new() -> None:
    stream = Sanitiser()
    assert stream.feed("so far\x1b[3") == "so far"
    assert stream.flush() == ""
    assert stream.feed("1m") == "1m"
