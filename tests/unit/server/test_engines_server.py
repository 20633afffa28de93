"""The server engine against a scripted server on a real socket: what is sent, what comes back, and stopping."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace

import pytest

from agents.contracts import Chunk, Message, Request, Sampling
from agents.errors import AdapterRefused, EngineFailed
from cocreate.engines.server import estimated_tokens
from cocreate.engines.server_batch import EchoCut
from cocreate.engines.server_client import Waits

CHAT = "/v1/chat/completions"
ASK = Request((Message("user", "Write about rain."),), max_tokens=20, seed=7)
NEVER = threading.Event()


def texts(chunks: list[Chunk]) -> dict[int, str]:
    found: dict[int, str] = defaultdict(str)
    for chunk in chunks:
        found[chunk.index] += chunk.text
    return dict(found)


def endings(chunks: list[Chunk]) -> list[tuple[int, str]]:
    return sorted((chunk.index, chunk.finish) for chunk in chunks if chunk.finish)


def test_a_reply_streams_in_order_and_its_last_piece_says_what_the_prompt_cost(scripted, connect, steps):
    usage = {"choices": [], "usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}}
    scripted.on(CHAT, steps.stream(steps.word("Rain"), steps.word(" on slate", "length"), usage))

    chunks = list(connect().generate([ASK], NEVER))

    assert chunks == [
        Chunk(0, "Rain", (-0.5,)),
        Chunk(0, " on slate", (-0.5,)),
        Chunk(0, "", (), "length", prompt_tokens=9, cached_tokens=4),
    ]


def test_every_request_of_a_batch_keeps_its_own_order_seed_and_end(scripted, connect, steps):
    scripted.on(CHAT, *[steps.stream(steps.word("a"), steps.word("b"), steps.word("c", "stop")) for _ in range(6)])

    chunks = list(connect().generate([replace(ASK, seed=seed) for seed in range(6)], NEVER))

    assert texts(chunks) == dict.fromkeys(range(6), "abc")
    assert endings(chunks) == [(index, "stop") for index in range(6)]
    assert sorted(one.body["seed"] for one in scripted.asked(CHAT)) == list(range(6))


def test_line_separators_inside_a_text_do_not_break_the_stream(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(steps.word("雨\u2028落\u0085在"), steps.word("瓦上", "stop")))

    assert texts(list(connect().generate([ASK], NEVER))) == {0: "雨\u2028落\u0085在瓦上"}


def test_a_server_that_does_not_stream_gives_its_reply_in_one_piece(scripted, connect, steps):
    scripted.on(CHAT, steps.json({"choices": [{"message": {"content": "Rain."}, "finish_reason": "stop"}]}))

    assert texts(list(connect().generate([ASK], NEVER))) == {0: "Rain."}


def test_the_reply_ends_before_a_stop_string_even_where_the_server_lets_it_through(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(steps.word("one\n"), steps.word("\ntwo"), hang=True))

    chunks = list(connect().generate([replace(ASK, stop=("\n\n",))], NEVER))

    assert (texts(chunks), endings(chunks)) == ({0: "one"}, [(0, "stop")])
    assert scripted.hung_up.wait(10)


def test_stop_ends_every_request_and_closes_the_connection(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(steps.word("Rain"), hang=True))
    stop, chunks = threading.Event(), []
    for chunk in connect().generate([ASK, ASK], stop):
        chunks.append(chunk)
        if len(texts(chunks)) == 2:
            stop.set()

    assert texts(chunks) == {0: "Rain", 1: "Rain"}
    assert endings(chunks) == [(0, "stopped"), (1, "stopped")]
    assert scripted.hung_up.wait(10)


def test_stop_is_obeyed_while_the_server_has_not_said_a_word(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(hang=True))
    stop = threading.Event()
    stop.set()

    assert list(connect().generate([ASK], stop)) == [Chunk(0, "", finish="stopped")]


def test_one_request_can_be_cancelled_alone(scripted, connect, steps):
    cancel = threading.Event()
    cancel.set()
    scripted.on(CHAT, steps.stream(steps.word("Rain", "stop")))

    chunks = list(connect().generate([replace(ASK, cancel=cancel), ASK], NEVER))

    assert endings(chunks) == [(0, "stopped"), (1, "stop")]
    assert texts(chunks)[1] == "Rain"


def test_a_cancelled_request_is_hung_up_on_while_the_others_go_on(scripted, connect, steps):
    cancel = threading.Event()
    scripted.on(CHAT, steps.stream(steps.word("Rain"), hang=True))
    patient = Waits()  # so that it is not a time-out that hangs up
    stream = connect(waits=patient).generate([replace(ASK, cancel=cancel), ASK], NEVER)
    assert {next(stream).index, next(stream).index} == {0, 1}
    cancel.set()

    assert next(stream) == Chunk(0, "", finish="stopped")
    assert scripted.hung_up.wait(5)
    stream.close()


def test_vllm_continues_a_prefill_and_is_sent_our_sampling(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(steps.word("falls", "stop")))
    sampling = Sampling(temperature=0.5, top_k=40, top_p=0.9, min_p=0.1, repeat_penalty=1.2)

    list(connect().generate([replace(ASK, prefill="Rain ", sampling=sampling, adapter="poet")], NEVER))

    body = scripted.asked(CHAT)[0].body
    assert body["messages"][-1] == {"role": "assistant", "content": "Rain "}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert (body["temperature"], body["top_k"], body["top_p"], body["min_p"]) == (0.5, 40, 0.9, 0.1)
    assert (body["repetition_penalty"], body["seed"], body["model"]) == (1.2, 7, "poet")
    assert "dry_multiplier" not in body


def test_llama_cpp_is_sent_dry_a_grammar_and_its_adapters_by_number(scripted, connect, steps):
    scripted.on("/v1/models", steps.listing(steps.card("/models/muse.gguf", "llamacpp", meta={"n_ctx": 1024})))
    scripted.on("/lora-adapters", steps.json([{"id": 0, "path": "/l/a.gguf"}, {"id": 1, "path": "/l/poet.gguf"}]))
    scripted.on("/tokenize", steps.json({"tokens": [1]}))
    scripted.on(CHAT, steps.stream(steps.word("yes", "stop")))
    engine = connect()

    list(engine.generate([replace(ASK, adapter="poet", grammar='root ::= "yes"')], NEVER))
    list(engine.generate([replace(ASK, logprobs=True)], NEVER))

    body, measured = (one.body for one in scripted.asked(CHAT))
    assert ("logprobs" in body, measured["logprobs"]) == (False, True)
    assert body["lora"] == [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 1.0}]
    assert (body["grammar"], body["dry_multiplier"], body["repeat_penalty"]) == ('root ::= "yes"', 0.8, 1.08)
    assert (engine.name, engine.context_length, engine.adapters) == ("server muse.gguf", 1024, ("a", "poet"))


def test_another_server_is_sent_the_common_part_only_and_a_repeated_beginning_is_taken_off(scripted, connect, steps):
    scripted.on("/v1/models", steps.listing(steps.card("muse", "somebody")))
    scripted.on(CHAT, steps.stream(steps.word("Rain"), steps.word(" falls"), steps.word(" here", "stop")))
    engine = connect(context=900)

    chunks = list(engine.generate([replace(ASK, prefill="Rain falls", stop=tuple("abcdef"))], NEVER))

    body = scripted.asked(CHAT)[0].body
    assert texts(chunks) == {0: " h"}  # " here" up to the stop string "e", which was not among the four sent
    assert set(body) == {"model", "messages", "max_tokens", "temperature", "top_p", "seed", "stop", "stream",
                         "stream_options"}  # fmt: skip
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert body["messages"][-1]["content"].endswith("\nRain falls")
    assert engine.context_length == 900
    with pytest.raises(EngineFailed, match="cannot hold a reply to a grammar"):
        list(engine.generate([replace(ASK, grammar='root ::= "yes"')], NEVER))


def test_a_plain_prompt_goes_to_completions(scripted, connect, steps):
    event = {"choices": [{"text": " falls", "logprobs": {"token_logprobs": [-1.5]}, "finish_reason": "stop"}]}
    scripted.on("/v1/completions", steps.stream(event))

    chunks = list(connect().generate([Request((), prefill="Rain")], NEVER))

    assert chunks[0] == Chunk(0, " falls", (-1.5,))
    assert scripted.asked("/v1/completions")[0].body["prompt"] == "Rain"


@pytest.mark.parametrize(
    ("prefill", "pieces", "new"),
    [
        ("Rain falls", ["Ra", "in fa", "lls here"], " here"),
        ("Rain falls", ["Snow falls"], "Snow falls"),
        ("Rain falls", ["  \nRain falls", " here"], " here"),
        ("Title\n", ["Title", "\nOne"], "One"),
        ("雨\n", ["雨", " 落"], " 落"),
        ("Rain falls", ["Rain"], "Rain"),
    ],
)
def test_only_a_whole_repeated_beginning_is_taken_off(prefill, pieces, new):
    cut = EchoCut(prefill)
    assert "".join(cut.add(piece) for piece in pieces) + cut.rest() == new


def test_tokens_are_counted_by_the_server_once_for_each_text_or_estimated(scripted, connect, steps):
    scripted.on("/tokenize", steps.json({"tokens": [1]}), steps.json({"tokens": [1, 2, 3]}))
    engine = connect()
    assert (engine.counts_tokens, engine.count_tokens("rain on slate"), engine.count_tokens("rain on slate")) == (
        True,
        3,
        3,
    )
    assert len(scripted.asked("/tokenize")) == 2

    scripted.on("/tokenize", steps.json({"detail": "Not Found"}, 404))
    engine = connect()
    assert (engine.counts_tokens, engine.count_tokens("rain on slate")) == (False, 4)
    assert (estimated_tokens("秋雨落在瓦上"), estimated_tokens("")) == (6, 0)


def test_an_adapter_the_server_offers_needs_nothing_and_another_is_loaded_there(scripted, connect, steps):
    scripted.on("/v1/load_lora_adapter", steps.json("Success"))
    engine = connect()
    engine.add_adapter("poet", "/l/poet")
    assert not scripted.asked("/v1/load_lora_adapter")

    engine.add_adapter("teller", "/l/teller")

    assert scripted.asked("/v1/load_lora_adapter")[0].body == {"lora_name": "teller", "lora_path": "/l/teller"}
    assert engine.adapters == ("poet", "teller")
    engine.remove_adapter("teller")
    with pytest.raises(EngineFailed, match="no adapter called teller"):
        list(engine.generate([replace(ASK, adapter="teller")], NEVER))


def test_an_adapter_the_server_may_not_load_is_refused_with_the_line_that_starts_it(scripted, connect, steps):
    with pytest.raises(AdapterRefused) as refused:
        connect().add_adapter("teller", "/l/teller")
    assert refused.value.next_step == "Start it with: vllm serve muse --enable-lora --lora-modules teller=/l/teller"

    scripted.on("/v1/load_lora_adapter", steps.json({"error": {"message": "No adapter found for /l/teller"}}, 404))
    with pytest.raises(AdapterRefused, match="does not offer the adapter teller: No adapter found for /l/teller"):
        connect().add_adapter("teller", "/l/teller")


def test_a_reply_that_does_not_fit_beside_its_prompt_is_asked_for_shorter(scripted, connect, steps):
    too_long = steps.json({"error": {"message": "This model's maximum context length is 512 tokens."}}, 400)
    scripted.on("/tokenize", steps.json({"tokens": [1]}), steps.json({"tokens": [1] * 500}))
    scripted.on(CHAT, too_long, steps.stream(steps.word("Rain", "length")))

    chunks = list(connect().generate([replace(ASK, max_tokens=400)], NEVER))

    assert texts(chunks) == {0: "Rain"}
    assert [one.body["max_tokens"] for one in scripted.asked(CHAT)] == [400, 12]
