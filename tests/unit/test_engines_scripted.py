"""The scripted engine keeps the promises every engine makes."""

from __future__ import annotations

import random
import threading
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.contracts import Chunk, Message, Request
from agents.errors import EngineFailed, PromptTooLong
from cocreate.engines.scripted import ScriptedEngine

ASK = (Message("user", "a poem about autumn rain in a quiet courtyard"),)


def ask(text: str = "a poem about autumn rain", **fields: object) -> Request:
    return Request((Message("user", text),), **fields)  # type: ignore[arg-type]


def collect(chunks: object) -> tuple[dict[int, str], dict[int, list[str]]]:
    """Texts, and the finishes, by request."""
    texts: dict[int, str] = defaultdict(str)
    finishes: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks:  # type: ignore[attr-defined]
        assert not finishes[chunk.index], "a chunk after the last one"
        texts[chunk.index] += chunk.text
        if chunk.finish:
            finishes[chunk.index].append(chunk.finish)
    return dict(texts), dict(finishes)


replies = st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(replies=replies, piece=st.integers(1, 9), limit=st.integers(1, 30), stop_at=st.integers(0, 60))
def test_any_mix_of_replies_and_stops_ends_in_order_with_one_last_chunk_each(
    replies: list[str], piece: int, limit: int, stop_at: int
) -> None:
    engine = ScriptedEngine(replies, piece=piece)
    flag = threading.Event()
    seen: list[Chunk] = []
    for chunk in engine.generate([ask(max_tokens=limit) for _ in replies], flag):
        assert not (flag.is_set() and chunk.text), "text after stop"
        seen.append(chunk)
        if len(seen) >= stop_at:
            flag.set()
    texts, finishes = collect(seen)
    assert {index: len(ends) for index, ends in finishes.items()} == dict.fromkeys(range(len(replies)), 1)
    for index, reply in enumerate(replies):
        assert reply.startswith(texts[index])
        if finishes[index] == ["stop"]:
            assert texts[index] == reply


def test_queued_replies_come_first_and_in_order() -> None:
    engine = ScriptedEngine(["one", "two"])
    texts, finishes = collect(engine.generate([ask(), ask(), ask()], threading.Event()))
    assert (texts[0], texts[1]) == ("one", "two")
    assert texts[2] not in ("", "one", "two")
    assert finishes == {0: ["stop"], 1: ["stop"], 2: ["stop"]}
    assert len(engine.history) == 3


def test_the_same_request_gives_the_same_text_and_another_seed_another() -> None:
    engine = ScriptedEngine()
    texts, _ = collect(engine.generate([ask(seed=1), ask(seed=2), ask(seed=1)], threading.Event()))
    assert texts[0] == texts[2] != texts[1]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("a poem about autumn rain in a courtyard", "rain"), ("写一首关于秋雨的诗", "秋雨")],
)
def test_a_template_text_is_about_the_theme(asked: str, expected: str) -> None:
    texts, _ = collect(ScriptedEngine().generate([ask(asked)], threading.Event()))
    assert expected in texts[0]
    assert texts[0].count("\n") >= 7


def test_an_idea_is_one_line() -> None:
    texts, _ = collect(
        ScriptedEngine().generate([ask("One idea for a poem about the sea", max_tokens=60)], threading.Event())
    )
    assert "\n" not in texts[0]
    assert len(texts[0]) > 20


def test_stop_strings_and_the_token_limit_end_a_reply() -> None:
    engine = ScriptedEngine(["one two END three", "one two three four", "春天来了又走了"])
    requests = [ask(stop=("END",)), ask(max_tokens=2), ask(max_tokens=3)]
    texts, finishes = collect(engine.generate(requests, threading.Event()))
    assert texts == {0: "one two ", 1: "one two", 2: "春天来"}
    assert finishes == {0: ["stop"], 1: ["length"], 2: ["length"]}


def test_it_fails_in_the_middle_when_told_to() -> None:
    engine = ScriptedEngine(["a long enough reply"], piece=2, fail_after=3)
    got = ""
    with pytest.raises(EngineFailed) as failure:
        for chunk in engine.generate([ask()], threading.Event()):
            got += chunk.text
    assert got == "a long"
    assert failure.value.next_step


def test_a_prompt_beyond_the_context_is_refused() -> None:
    with pytest.raises(PromptTooLong, match="400"):
        list(ScriptedEngine(context=50).generate([ask("word " * 400)], threading.Event()))


def test_an_unknown_adapter_is_refused_and_a_removed_one_is_unknown() -> None:
    engine = ScriptedEngine()
    engine.add_adapter("voice/ann", "anywhere")
    assert engine.adapters == ("voice/ann",)
    list(engine.generate([ask(adapter="voice/ann")], threading.Event()))
    engine.remove_adapter("voice/ann")
    engine.remove_adapter("voice/ann")
    with pytest.raises(EngineFailed, match="voice/ann"):
        list(engine.generate([ask(adapter="voice/ann")], threading.Event()))


def test_scores_cover_the_text_and_prefer_common_words() -> None:
    common, rare, empty = ScriptedEngine().score(["the rain and the rain", "xylographer quincunx zeugma", ""])
    assert [("the rain and the rain")[a:b] for a, b in common.offsets] == ["the", "rain", "and", "the", "rain"]
    assert len(common.logprobs) == len(common.offsets)
    assert sum(common.logprobs) / 5 > sum(rare.logprobs) / 3
    assert (empty.offsets, empty.logprobs) == ((), ())


def test_demonstration_texts_of_a_batch_differ() -> None:
    seeds = random.Random(4).sample(range(10_000), 8)
    texts, _ = collect(ScriptedEngine().generate([Request(ASK, seed=seed) for seed in seeds], threading.Event()))
    assert len(set(texts.values())) == 8
