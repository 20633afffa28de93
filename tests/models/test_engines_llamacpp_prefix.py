"""llama.cpp in this process: prompts read once, adapters beside each other, one request ended alone."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from agents.contracts import Chunk, Message, Request, Sampling
from agents.errors import EngineFailed
from cocreate.engines.llamacpp import LlamaCppEngine

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
LONG = """A courtyard behind the tannery holds one pear tree, two broken chairs and a well that nobody has opened
since the flood. My aunt hung her washing there on Mondays; the baker's boy came through on his bicycle,
whistling a hymn in the wrong key. When the first rain of October arrived we carried the geraniums under
the stairs, counted the jars of plums, and listened to gutters filling like slow clocks. Later, after
the war had closed the school, my brother buried a tin soldier beside the wall and swore he would dig it
up on the day our father walked back through the gate. The gate still leans on its one hinge. Moss has
eaten the lettering from the stone, swallows nest above the lamp, and each autumn the tenants argue
about who should sweep the leaves. I go there with a notebook. I write down the colour of the bricks,
the smell of wet iron, how light moves over the puddles at four in the afternoon and is gone before I
can name it."""


def request(ending: str, **more: object) -> Request:
    chat = (Message("system", "You are a poet."), Message("user", f"{LONG}\nWrite about {ending}."))
    return Request(chat, **{"max_tokens": 12, "sampling": GREEDY, "logprobs": True, **more})  # type: ignore[arg-type]


def collect(chunks: Iterable[Chunk]) -> tuple[dict[int, str], dict[int, Chunk]]:
    texts: dict[int, str] = defaultdict(str)
    last: dict[int, Chunk] = {}
    for chunk in chunks:
        texts[chunk.index] += chunk.text
        if chunk.finish:
            last[chunk.index] = chunk
    return dict(texts), last


def run(engine: LlamaCppEngine, *requests: Request) -> tuple[dict[int, str], dict[int, Chunk]]:
    return collect(engine.generate(requests, threading.Event()))


def first_words(engine: LlamaCppEngine, *requests: Request) -> dict[int, list[float]]:
    """Log-probabilities of the first three tokens of each reply: how sure the model was, whatever it drew later.

    Whole texts are not compared: a prompt read in two parts rounds otherwise than one read in one, and where two words
    are nearly tied the other one may win.
    """
    found: dict[int, list[float]] = defaultdict(list)
    for chunk in engine.generate(requests, threading.Event()):
        found[chunk.index] += chunk.logprobs
    return {index: values[:3] for index, values in found.items()}


def lora(base: Path, target: Path, seed: int) -> Path:
    """A random adapter strong enough to change the text."""
    rng = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    for tensor in gguf.GGUFReader(base).tensors:
        if "attn_q.weight" in tensor.name or "ffn_down.weight" in tensor.name:
            width, height = (int(size) for size in tensor.shape)
            writer.add_tensor(f"{tensor.name}.lora_a", (rng.standard_normal((8, width)) * 0.12).astype(np.float16))
            writer.add_tensor(f"{tensor.name}.lora_b", (rng.standard_normal((height, 8)) * 0.12).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


@pytest.fixture(scope="module")
def voices(writer_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaCppEngine]:
    folder = tmp_path_factory.mktemp("voices")
    files = {name: str(lora(writer_path, folder / f"{name}.gguf", seed)) for seed, name in enumerate(("ann", "ben"))}
    engine = LlamaCppEngine(writer_path, context=1024, parallel=3, threads=2, adapters=files, exact=True)
    yield engine
    engine.close()


def test_a_batch_reads_its_common_beginning_once_and_the_next_batch_not_at_all(writer_path: Path) -> None:
    engine = LlamaCppEngine(writer_path, context=1024, parallel=3)
    try:
        _, first = run(engine, *(request(ending) for ending in ("rain", "wind", "moss")))
        _, second = run(engine, *(request(ending) for ending in ("stone", "light", "a door")))
    finally:
        engine.close()
    common = 180  # tokens, at least, of the long passage
    assert sum(last.cached_tokens < common for last in first.values()) == 1, "one of them pays for the reading"
    assert all(last.prompt_tokens > common for last in first.values())
    assert all(last.cached_tokens >= common for last in second.values())


def test_a_kept_beginning_leaves_the_probabilities_as_they_are(writer_path: Path) -> None:
    engine = LlamaCppEngine(writer_path, context=1024, parallel=2, exact=True)
    try:
        fresh = first_words(engine, request("rain"))
        run(engine, request("wind"), request("moss"))
        kept = first_words(engine, request("rain"))
        _, last = run(engine, request("rain"))
    finally:
        engine.close()
    assert last[0].cached_tokens > 180
    assert kept[0] == pytest.approx(fresh[0], abs=0.1)


def test_one_request_is_ended_alone_and_the_others_go_on(llama: LlamaCppEngine) -> None:
    enough = threading.Event()
    requests = [request("rain", max_tokens=300, cancel=enough, seed=1), request("wind", max_tokens=12)]
    texts: dict[int, str] = defaultdict(str)
    finishes = {}
    for chunk in llama.generate(requests, threading.Event()):
        assert not (chunk.index == 0 and enough.is_set() and chunk.text), "text after the end"
        texts[chunk.index] += chunk.text
        if chunk.finish:
            finishes[chunk.index] = chunk.finish
        if texts[0]:
            enough.set()
    assert finishes == {0: "stopped", 1: "length"}
    assert texts[1]


def test_a_request_that_was_ended_before_it_began_says_so(llama: LlamaCppEngine) -> None:
    ended = threading.Event()
    ended.set()
    texts, last = run(llama, request("rain", cancel=ended), request("wind"))
    assert (last[0].finish, texts[0]) == ("stopped", "")
    assert last[1].finish == "length"


def test_a_grammar_binds_the_reply(llama: LlamaCppEngine) -> None:
    bound = request("rain", grammar='root ::= "line " [1-9] "; line " [1-9]', max_tokens=30)
    texts, last = run(llama, bound)
    assert last[0].finish == "stop"
    assert texts[0][:5] == "line "
    assert texts[0][6:13] == "; line "


def test_a_grammar_that_is_none_is_refused_in_a_sentence_and_the_engine_goes_on(llama: LlamaCppEngine) -> None:
    with pytest.raises(EngineFailed):
        run(llama, request("rain", grammar="root ::= ((("))
    assert run(llama, request("rain", max_tokens=2))[1][0].finish == "length"


def test_two_adapters_in_one_batch_write_what_each_writes_alone(voices: LlamaCppEngine) -> None:
    names = (None, "ann", "ben")
    alone = [first_words(voices, request("rain", adapter=name))[0] for name in names]
    for one, other in itertools.combinations(alone, 2):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.3, "the adapters differ"
    together = first_words(voices, *(request("rain", adapter=name) for name in names))
    for at in range(3):
        assert together[at] == pytest.approx(alone[at], abs=0.1)


def test_each_adapter_keeps_its_own_beginning(voices: LlamaCppEngine) -> None:
    alone = first_words(voices, request("moss", adapter="ann"))[0]
    for name in ("ann", "ben", None):
        run(voices, *(request(ending, adapter=name) for ending in ("rain", "wind")))
    _, last = run(voices, request("moss", adapter="ann"))
    assert last[0].cached_tokens > 180
    assert first_words(voices, request("moss", adapter="ann"))[0] == pytest.approx(alone, abs=0.1)
