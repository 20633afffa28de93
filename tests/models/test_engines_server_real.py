"""The server engine on a real server: llama.cpp's own, on loopback, in a process of its own, with the default model."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.contracts import Chunk, Message, Request, Sampling
from agents.errors import EngineFailed, PromptTooLong
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.server import ServerEngine
from cocreate.engines.server_key import ServerKey

pytestmark = pytest.mark.model

NEVER = threading.Event()
GREEDY = Sampling(temperature=0.0, min_p=0.0, repeat_penalty=1.0, dry_multiplier=0.0)
RAIN = (Message("user", "Write four lines about autumn rain."),)
SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.model_alias = sys.argv[1], ["muse"]
params.n_ctx, params.n_parallel, params.kv_unified = 4 * 1024, 4, False
params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, ["a-test-key"]
params.warmup = params.ui = params.fit_params = False
params.verbosity = params.cache_ram_mib = 0
server = xllamacpp.Server(params)
print("at", server.listening_address, flush=True)
sys.stdin.read()  # until the test lets go
"""


@pytest.fixture(scope="module")
def served(writer_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Address and process of a llama.cpp server that wants a key."""
    command = [sys.executable, "-c", SERVE, str(writer_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("at "))
        yield f"{said.split()[1]}/v1", process
        process.kill()


@pytest.fixture(scope="module")
def engine(served: tuple[str, subprocess.Popen[str]]) -> Iterator[ServerEngine]:
    engine = ServerEngine(served[0], key=ServerKey("a-test-key"))
    yield engine
    engine.close()


def joined(chunks: list[Chunk], index: int = 0) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.index == index)


def test_it_says_what_it_is_and_counts_as_the_model_does(engine, llama: LlamaCppEngine):
    assert (engine.device.split(" at ")[0], engine.context_length, engine.counts_tokens) == ("llama.cpp", 1024, True)
    for text in ("rain on slate", "秋雨落在瓦上", " <|im_end|>"):
        assert engine.count_tokens(text) == llama.count_tokens(text)


@pytest.mark.parametrize("prefill", ["", "Rain falls", "# Autumn\n\n"])
def test_greedy_text_is_the_same_as_in_this_process(engine, llama: LlamaCppEngine, prefill: str):
    request = Request(RAIN, prefill=prefill, max_tokens=24, sampling=GREEDY, logprobs=True)
    there, here = list(engine.generate([request], NEVER)), list(llama.generate([request], NEVER))
    assert joined(there) == joined(here)
    assert joined(there).strip()
    assert sum((chunk.logprobs for chunk in there), ()) == pytest.approx(
        sum((chunk.logprobs for chunk in here), ()), abs=0.05
    )


def test_a_batch_wider_than_the_servers_slots_ends_whole(engine):
    requests = [Request(RAIN, max_tokens=12, seed=seed) for seed in range(1, 7)]
    chunks = list(engine.generate(requests, NEVER))
    last = [chunk for chunk in chunks if chunk.finish]
    assert sorted(chunk.index for chunk in last) == list(range(6))
    assert len({joined(chunks, index) for index in range(6)}) > 1
    assert all(chunk.prompt_tokens > 10 for chunk in last)


def test_a_seed_gives_the_same_text_again_and_a_grammar_is_obeyed(engine):
    request = Request(RAIN, max_tokens=12, seed=5, sampling=Sampling(temperature=0.9))
    assert joined(list(engine.generate([request], NEVER))) == joined(list(engine.generate([request], NEVER)))
    yes = Request(RAIN, max_tokens=12, grammar='root ::= "yes" | "no"')
    assert joined(list(engine.generate([yes], NEVER))) in ("yes", "no")


def test_stop_ends_a_reply_in_its_middle_and_the_server_goes_on(engine):
    stop, chunks = threading.Event(), []
    for chunk in engine.generate([Request(RAIN, max_tokens=400, sampling=GREEDY)], stop):
        chunks.append(chunk)
        if len(chunks) == 3:
            stop.set()
    assert [chunk.finish for chunk in chunks] == ["", "", "", "stopped"]
    assert joined(list(engine.generate([Request((), prefill="Once upon a", max_tokens=3, sampling=GREEDY)], NEVER)))


def test_a_prompt_too_long_and_a_wrong_key_are_sentences(engine, served):
    with pytest.raises(PromptTooLong, match="too long"):
        list(engine.generate([Request((Message("user", "rain " * 2000),))], NEVER))
    with pytest.raises(EngineFailed, match="refuses the key"):
        ServerEngine(served[0], key=ServerKey("another-key"))


def test_a_server_that_is_killed_while_it_writes_leaves_what_it_wrote(engine, served):
    text = ""
    with pytest.raises(EngineFailed, match="in the middle of the text"):
        for chunk in engine.generate([Request(RAIN, max_tokens=800, sampling=GREEDY)], NEVER):
            text += chunk.text
            if len(text) > 20:
                served[1].kill()
    assert len(text) > 20
