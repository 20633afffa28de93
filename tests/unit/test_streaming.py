"""Replies in shape: what a reply that is sent on may begin with."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from agents.cleaning import Cleaner
from agents.contracts import Chunk, Engine, Length, Message, Request, StopFlag
from agents.streaming import Stream, in_shape


class Replies:
    """An engine that gives the next of its replies to each request, a word a piece."""

    def __init__(self, *replies: str) -> None:
        self._replies = list(replies)
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        for index, request in enumerate(requests):
            self.asked.append(request)
            words = self._replies.pop(0).split(" ")
            for place, word in enumerate(words):
                yield Chunk(index, word if place == 0 else f" {word}")
            yield Chunk(index, "", finish="stop")

    def __getattr__(self, name: str) -> object:
        raise AttributeError(name)


def written(*replies: str, words: int = 12) -> tuple[str, Replies]:
    engine = Replies(*replies)
    length = Length(words, "words")
    stream = Stream(Request((Message("user", "a story"),), max_tokens=99), Cleaner(length), "")
    asked: Engine = engine  # type: ignore[assignment]
    in_shape(asked, [stream], threading.Event(), lambda index, piece: None)
    return stream.cleaner.shown, engine


def test_a_paragraph_that_was_asked_for_does_not_begin_with_a_date_or_a_page_number() -> None:
    text, engine = written(
        "The rain fell.", "1929. Page 12 of it.", "He went home and he slept until the morning came."
    )
    assert text == "The rain fell.\n\nHe went home and he slept until the morning came."
    assert len(engine.asked) == 3


def test_a_text_with_figures_at_its_lines_goes_on_with_them() -> None:
    text, _ = written("1914 was cold.", "1915 was worse than that and the old dog died in it.")
    assert "\n\n1915 was worse" in text


def test_a_later_figure_in_a_sentence_stays() -> None:
    text, _ = written("The rain fell.", "He had 3 dogs and they slept in one basket by the door.")
    assert "3 dogs" in text
