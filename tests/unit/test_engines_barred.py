"""Which tokens are not drawn, so that a word is left out."""

from __future__ import annotations

from cocreate.engines.barred import barred_tokens

KNOWN = [" light", "light", "house", " moon", "moon", " Moon", "MO", "ON", "h", "o", "u", "s", "e", "ho", "月", "亮"]


def encode(text: str) -> list[int]:
    """The longest known piece first; a character that is no piece is a number of its own."""
    found = []
    while text:
        piece = next((one for one in sorted(KNOWN, key=len, reverse=True) if text.startswith(one)), text[0])
        found.append(KNOWN.index(piece) if piece in KNOWN else 1000 + ord(piece))
        text = text[len(piece) :]
    return found


def named(*words: str) -> set[str]:
    return {KNOWN[token] if token < 1000 else chr(token - 1000) for token in barred_tokens(words, encode)}


def test_a_word_that_is_one_token_is_barred_in_each_spelling_and_nothing_else() -> None:
    assert {" moon", "moon", " Moon"} <= named("moon")
    assert " light" not in named("moon")


def test_of_a_word_of_several_tokens_the_last_is_barred_and_what_begins_it() -> None:
    found = named("lighthouse")
    assert {"house", "ho", "h"} <= found
    assert "light" not in found
    assert " light" not in found


def test_one_character_may_be_the_last_token_of_a_chinese_word() -> None:
    assert named("月亮") == {"亮"}


def test_words_with_a_space_and_no_word_at_all_bar_nothing() -> None:
    assert barred_tokens(("old man", ""), encode) == ()
    assert barred_tokens((), encode) == ()
