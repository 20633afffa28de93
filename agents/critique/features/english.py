"""Is this English? The heads know no other language."""

from __future__ import annotations

from agents.critique.features.words import split_words

_COMMON = frozenset(
    """the and of to that it with for as at by he she they you his her not but from this my are were had have be is was
    i we or if so when there what all who which their them him me your out up down into over like
    """.split()  # noqa: SIM905  a list of words reads better as words
)
LEAST = 0.12
"""Share of these words from which on a text counts as English: English verse and prose have .25 to .5."""
LETTERS = 0.97
"""Share of letters that must be of the plain Latin alphabet."""


def is_english(text: str) -> bool:
    """Whether a text of some length is English. Fewer than five words: plain letters are enough."""
    letters = [character for character in text if character.isalpha()]
    if not letters or sum(character.isascii() for character in letters) < LETTERS * len(letters):
        return False
    words = split_words(text)
    return len(words) < 5 or sum(word in _COMMON for word in words) >= LEAST * len(words)
