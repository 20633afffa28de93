"""What reaches the screen: whole characters, nothing of a stop string, nothing lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cocreate.engines.text_out import Detokeniser, StopStrings


def by_bytes(ids: list[int]) -> str:
    """A tokenizer whose tokens are bytes: the hardest case there is."""
    return bytes(ids).decode("utf-8", "replace")


def test_a_character_of_several_tokens_comes_out_whole() -> None:
    text = Detokeniser(by_bytes)
    pieces = [text.add(byte) for byte in "秋雨😀é".encode()]
    assert [piece for piece in pieces if piece] == ["秋", "雨", "😀", "é"]
    assert text.rest() == ""


def test_a_reply_cut_in_the_middle_of_a_character_shows_none_of_it() -> None:
    text = Detokeniser(by_bytes)
    assert "".join(text.add(byte) for byte in "ab秋".encode()[:-1]) + text.rest() == "ab"


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"), max_size=60))
def test_pieces_joined_are_the_text(whole: str) -> None:
    text = Detokeniser(by_bytes)
    assert "".join(text.add(byte) for byte in whole.encode()) + text.rest() == whole


@settings(max_examples=200, deadline=None)
@given(st.text("abc\n", max_size=40), st.lists(st.text("abc\n", min_size=1, max_size=4), max_size=3), st.integers(1, 5))
def test_text_ends_before_the_first_stop_string_however_it_is_cut(whole: str, stops: list[str], size: int) -> None:
    guard, shown, met = StopStrings(stops), "", False
    for at in range(0, len(whole), size):
        piece, met = guard.add(whole[at : at + size])
        shown += piece
        assert not any(stop in shown for stop in stops)
        if met:
            break
    if not met:
        shown += guard.rest()
    assert met == any(stop in whole for stop in stops)
    if met:
        # pieces of several characters may hold two stops at once; the text then ends before the one that begins first
        assert whole.startswith(shown)
        assert any(whole.startswith(stop, len(shown)) for stop in stops)
    else:
        assert shown == whole
