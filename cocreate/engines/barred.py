"""Tokens that are never drawn, so that words which are to be left out cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Encode = Callable[[str], Sequence[int]]
SHORTEST = 2
"""Letters of the last piece of a word of several tokens, from which on it may be barred: a shorter one ends too many
other words."""


def barred_tokens(words: Sequence[str], encode: Encode) -> tuple[int, ...]:
    """Tokens without which none of `words` is written in its usual spellings: small, capitalised, in capitals.

    A word that is one token is barred as such. Of a word of several tokens the last one is, which seldom stands
    elsewhere, with the tokens that begin it: a model that may not write "house" after "light" writes "h", "ouse". It
    could still begin the word with other pieces than usual; so who promises that a word is left out looks again.
    Words with a space inside are not barred at all. `encode`: tokens of a text, with nothing added.
    """
    found: dict[int, None] = {}
    for word in words:
        if len(word.split()) == 1:
            for spelling in dict.fromkeys((word, word.lower(), word.capitalize(), word.upper())):
                found |= dict.fromkeys([*_ends(spelling, encode), *_ends(f" {spelling}", encode)])
    return tuple(found)


def _ends(written: str, encode: Encode) -> Iterator[int]:
    tokens = list(encode(written))
    if len(tokens) == 1:
        yield tokens[0]
        return
    least = SHORTEST if written.isascii() else 1
    for size in range(least, len(written)):
        if list(encode(written[:-size])) == tokens[:-1]:
            last = written[-size:]
            begun = (list(encode(last[:count])) for count in range(1, size + 1))
            yield from (found[0] for found in begun if len(found) == 1)
            return
