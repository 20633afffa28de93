"""Runs of words of an adapter's literature: how they are kept, and how a reply is held to write none of them."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.contracts import Chunk
from agents.errors import AdapterRefused
from agents.spans import words
from cocreate.engines.checked_reply import MOST, CheckedReply
from cocreate.engines.known_runs import FILE, KnownRuns, known_runs
from cocreate.engines.llama_batch import SPREAD, Batch, Job
from cocreate.engines.llama_server import Tokens

OLD = "It was the best of times,\nit was the worst of times, and “nobody’s” fault."
KNOWN = KnownRuns.of([OLD])


def feed(reply: CheckedReply, pieces: str, finish: str = "") -> str:
    """Add pieces parted by |, until the reply is cut; return what was told of them."""
    told = []
    for piece in pieces.split("|"):
        told += reply.add(Chunk(0, piece))
        if reply.barred:
            return "".join(one.text for one in told)
    if finish:
        told += reply.add(Chunk(0, "", (), "stop"))
    return "".join(one.text for one in told)


def test_a_run_is_known_whatever_its_case_signs_and_line_breaks() -> None:
    assert KNOWN.holds(words("It was the best of times"))
    assert KNOWN.holds(words("TIMES—it was; the worst of"))
    assert not KNOWN.holds(words("of times and nobody’s wife it"))
    assert KNOWN.holds(words("worst of times and nobody’s fault"))


def test_no_run_is_shorter_or_goes_from_one_text_into_the_next() -> None:
    two = KnownRuns.of(["one two three four", "five six seven eight nine ten"])
    assert len(two) == 1
    assert not two.holds(words("two three four five six seven"))
    assert not two.holds(words("five six seven"))
    assert len(KnownRuns.of([])) == 0


def test_what_is_written_down_is_read_again(tmp_path: Path) -> None:
    rng = random.Random(1)
    texts = [" ".join(f"w{rng.randrange(300)}" for _ in range(4000)) for _ in range(3)]
    made = KnownRuns.of(texts)
    made.save(tmp_path / FILE)
    again = known_runs(tmp_path)
    assert again is not None
    assert len(again) == len(made) > 10_000
    row = words(texts[1])
    assert all(again.holds(row[at : at + 6]) for at in range(500))
    assert not any(again.holds([f"v{rng.randrange(300)}" for _ in range(6)]) for _ in range(500))
    assert (tmp_path / FILE).stat().st_size < 3 * len(made)


def test_a_file_with_hashes_of_all_their_bits_still_holds_the_same_runs(tmp_path: Path) -> None:
    row = words(OLD)[:6]
    digest = hashlib.blake2b(" ".join(row).encode(), digest_size=4).digest()
    KnownRuns(np.array([int.from_bytes(digest, "little"), 2**32 - 1], dtype=np.uint32)).save(tmp_path / FILE)
    again = known_runs(tmp_path)
    assert again is not None
    assert again.holds(row)
    assert not again.holds(words(OLD)[1:7])


def test_of_very_much_text_the_first_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocreate.engines.known_runs.MOST", 3)
    known = KnownRuns.of(["a b c d e f g h i j", "k l m n o p"])
    assert known.holds(list("abcdef"))
    assert not known.holds(list("klmnop"))


def test_nothing_learned_is_written_and_read_too(tmp_path: Path) -> None:
    KnownRuns.of([]).save(tmp_path / FILE)
    assert len(KnownRuns.load(tmp_path / FILE)) == 0


def test_an_adapter_without_them_has_none_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    assert known_runs(tmp_path) is None
    (tmp_path / FILE).write_bytes(b"no such thing")
    with pytest.raises(AdapterRefused, match="cannot be read"):
        known_runs(tmp_path)


def test_a_word_is_told_when_it_is_whole() -> None:
    reply = CheckedReply(KNOWN)
    assert feed(reply, "The sea| is| qui") == "The sea is"
    assert feed(reply, "et|.") == " quiet"
    assert feed(reply, "", "stop") == "."


def test_the_word_that_ends_a_known_run_is_taken_back_before_it_is_told() -> None:
    reply = CheckedReply(KNOWN)
    assert feed(reply, "So| it| was| the| best| of| ti|mes|,") == "So it was the best of"
    assert reply.text == "So it was the best of"
    assert reply.barred == (" ti",)
    assert feed(reply, " all|.", "stop") == " all."
    assert reply.barred == ()
    assert reply.count == 9


def test_a_known_word_at_the_very_end_does_not_end_the_reply() -> None:
    reply = CheckedReply(KNOWN)
    assert feed(reply, "it| was| the| worst| of| times", "stop") == "it was the worst of"
    assert reply.barred == (" times",)
    assert feed(reply, " days", "stop") == " days"


def test_where_there_is_no_other_word_the_known_one_stands() -> None:
    reply = CheckedReply(KNOWN)
    feed(reply, "it| was| the| best| of")
    for tried in range(MOST):
        feed(reply, " times|,")
        assert len(reply.barred) == tried + 1
    assert feed(reply, " times|,| then|.", "stop") == " times, then."


def test_a_word_that_may_go_on_is_not_looked_at_yet() -> None:
    reply = CheckedReply(KNOWN)
    feed(reply, "worst| of| times| and| nobody|’")
    assert feed(reply, "s| fault|s|.", "stop").endswith("faults.")
    assert reply.barred == ()


def test_what_was_told_is_never_taken_back_and_nothing_is_told_twice() -> None:
    rng = random.Random(4)
    text = f"And {OLD} {OLD} The end"
    for _ in range(200):
        reply, told, at = CheckedReply(KNOWN), "", 0
        while at < len(text):
            size = rng.randint(1, 6)
            told += "".join(one.text for one in reply.add(Chunk(0, text[at : at + size])))
            assert reply.text.startswith(told)
            if reply.barred:
                told += "".join(one.text for one in reply.add(Chunk(0, " other ")))
            at += size
        told += "".join(one.text for one in reply.rest())
        assert told == reply.text


def test_a_word_that_was_told_and_goes_on_stands() -> None:
    reply = CheckedReply(KnownRuns.of(["it was the best of times", "x it was the best often"]))
    told = feed(reply, "x| it| was| the| best| of| times|,")
    assert (told, reply.barred) == ("x it was the best of", (" times",))
    for piece, finish in (("ten", ""), (" near", ""), (".", "stop")):
        told += "".join(one.text for one in reply.add(Chunk(0, piece, (), finish)))
    assert told == reply.text == "x it was the best often near."


def test_no_known_run_is_left_when_other_words_are_there() -> None:
    reply = CheckedReply(KNOWN)
    for piece in f"{OLD} {OLD}".split(" "):
        reply.add(Chunk(0, f" {piece}"))
        if reply.barred:
            reply.add(Chunk(0, " then"))
    row = words(reply.text)
    assert not any(KNOWN.holds(row[at : at + 6]) for at in range(len(row)))


MOST_TOKENS = 24


class ByteServer:
    """Stands for a llama.cpp server: what it would say instead of a barred word is a character of three tokens."""

    parallel = 1

    def __init__(self, *, speaks: bool) -> None:
        self.door, self.asked, self._speaks = self, [], speaks

    def tokens(self, text: str, *, special: bool) -> list[int]:
        return [ord(sign) for sign in text]

    def held(self, slot: int, tokens: Tokens, adapter: str) -> int:
        return 0

    def last_used(self, slot: int) -> int:
        return 0

    def complete(
        self, slot: int, tokens: Tokens, adapter: str, fields: dict[str, Any], receive: Callable[[dict[str, Any]], bool]
    ) -> None:
        few = fields["max_tokens"]
        self.asked.append(few)
        if "logit_bias" in fields:
            said = [(" 🌙" if self._speaks and few >= 3 else "", "length")]
        elif few == MOST_TOKENS:
            said = [(piece, "") for piece in ("it", " was", " the", " worst", " of", " times", ",", " it")]
        else:
            said = [(" times", "length" if few == 1 else ""), (".", "stop")]
        for text, finish in said:
            if receive({"choices": [{"text": text, "finish_reason": finish or None}]}):
                return


@pytest.mark.timeout(20)
@pytest.mark.parametrize("speaks", [True, False])
def test_what_is_drawn_instead_of_a_barred_word_does_not_go_on_for_ever(speaks: bool) -> None:
    """A byte of a character says nothing alone; and signs between two words do not part a run."""
    server = ByteServer(speaks=speaks)
    batch = Batch([(server, [Job(0, (1,), {"max_tokens": MOST_TOKENS, "seed": 5}, "", known=KNOWN)])])  # type: ignore[list-item]
    told = list(batch.chunks(threading.Event()))
    text = "".join(one.text for one in told)
    assert text.startswith("it was the worst of 🌙 🌙" if speaks else "it was the worst of times.")
    assert text.endswith(" times" if speaks else " times.")
    assert told[-1].finish in ("stop", "length")
    assert len(told) <= MOST_TOKENS + 2
    silent = list(range(1, 2 + SPREAD))
    assert (server.asked[1 : 1 + len(silent)] == silent) is not speaks
