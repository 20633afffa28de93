"""Each way in which a server fails is one sentence with a next step, and nothing that came before is lost."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from agents.contracts import Message, Request
from agents.errors import AgentError, EngineFailed, PromptTooLong
from cocreate.engines.server import ServerEngine
from cocreate.engines.server_address import parse, problem
from cocreate.engines.server_client import Waits
from cocreate.engines.server_errors import Told
from cocreate.engines.server_key import ServerKey

CHAT = "/v1/chat/completions"
ASK = Request((Message("user", "Write about rain."),), max_tokens=20, seed=7)
NEVER = threading.Event()
SECRET = "sk-very-secret-key-0123456789"


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_server_that_is_not_there_is_said_with_its_address():
    port = unused_port()
    with pytest.raises(EngineFailed) as failed:
        ServerEngine(f"http://127.0.0.1:{port}/v1", waits=Waits(tries=2, backoff=0.01))
    assert failed.value.sentence == f"No server answers at 127.0.0.1:{port}."
    assert "server_url" in failed.value.next_step


def test_a_name_no_machine_has_is_said():
    error = httpx.ConnectError("nope")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    told = Told(parse("http://gpu-bx:8000/v1"), None).unreachable(error)
    assert told.sentence == "No machine is called gpu-bx."


def test_https_to_a_server_without_tls_is_said(scripted):
    with pytest.raises(EngineFailed, match="does not speak TLS") as failed:
        ServerEngine(scripted.url.replace("http:", "https:"))
    assert "http://" in failed.value.next_step


@pytest.mark.parametrize(
    ("key", "sentence"), [(None, "asks for a key."), (ServerKey(SECRET), "refuses the key (401).")]
)
def test_a_missing_or_wrong_key_is_said_without_the_key(scripted, connect, steps, key, sentence):
    scripted.on("/v1/models", steps.json({"error": {"message": f"Incorrect API key: {SECRET}"}}, 401))
    with pytest.raises(EngineFailed) as failed:
        connect(key=key)
    assert failed.value.sentence.endswith(sentence)
    assert "cocreate server login" in failed.value.next_step
    assert SECRET not in str(failed.value) + failed.value.next_step


def test_a_model_the_server_does_not_have_is_refused_with_the_names_of_those_it_has(connect):
    with pytest.raises(EngineFailed) as failed:
        connect(model="qwen")
    assert failed.value.sentence.endswith("has no model called qwen; it offers: muse.")
    assert failed.value.next_step == "Choose one: cocreate config set model muse"


def test_a_model_that_was_unloaded_since_is_said(scripted, connect, steps):
    scripted.on(CHAT, steps.json({"error": {"message": "The model `muse` does not exist."}}, 404))
    with pytest.raises(EngineFailed, match="has no model called muse: The model `muse` does not exist") as failed:
        list(connect().generate([ASK], NEVER))
    assert failed.value.next_step == "See what it offers: cocreate server check"


def test_a_server_without_a_model_is_said(scripted, connect, steps):
    scripted.on("/v1/models", steps.json({"object": "list", "data": None}))
    with pytest.raises(EngineFailed, match="offers no model"):
        connect()


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": "request (6031 tokens) exceeds the available context size (1024 tokens)"}},
        {"error": {"message": "no", "code": 400, "type": "exceed_context_size_error"}},
        {"message": "This model's maximum context length is 2048 tokens. However, you requested 3000."},
    ],
)
def test_a_prompt_too_long_for_the_server_is_its_own_error(scripted, connect, steps, answer):
    scripted.on(CHAT, steps.json(answer, 400))
    with pytest.raises(PromptTooLong, match="too long"):
        list(connect().generate([ASK], NEVER))


@pytest.mark.parametrize(
    ("status", "tries", "sentence"),
    [(503, 4, "is not ready (503: Loading)."), (429, 4, "has too much to do: Loading."), (500, 1, "failed (500)")],
)
def test_only_what_was_not_begun_is_tried_again(scripted, connect, steps, status, tries, sentence):
    engine = connect()
    scripted.on(CHAT, steps.json({"error": {"message": "Loading"}}, status))
    with pytest.raises(EngineFailed) as failed:
        list(engine.generate([ASK], NEVER))
    assert sentence in failed.value.sentence
    assert failed.value.next_step
    assert len(scripted.asked(CHAT)) == tries


def test_a_server_that_is_busy_once_is_asked_again(scripted, connect, steps):
    engine = connect()
    scripted.on(
        CHAT, steps.json({}, 503), steps.json({}, 429, Retry_After="0"), steps.stream(steps.word("Rain", "stop"))
    )
    assert "".join(chunk.text for chunk in engine.generate([ASK], NEVER)) == "Rain"


@pytest.mark.parametrize("end", ["", "[DONE]"])
def test_what_came_before_the_server_died_is_kept_and_it_is_not_asked_again(scripted, connect, steps, end):
    scripted.on(CHAT, steps.stream(steps.word("Rain"), steps.word(" on"), end=end))
    text = ""
    with pytest.raises(EngineFailed) as failed:
        for chunk in connect().generate([ASK], NEVER):
            text += chunk.text
    assert text == "Rain on"
    assert "in the middle of the text. What was written is kept." in failed.value.sentence
    assert failed.value.next_step == "See that it runs, then continue the turn."
    assert len(scripted.asked(CHAT)) == 1


def test_an_error_in_the_middle_of_a_stream_is_said(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(steps.word("Rain"), {"error": {"message": "out of \x1b[31mmemory"}}))
    with pytest.raises(EngineFailed, match="failed: out of memory"):
        list(connect().generate([ASK], NEVER))


@pytest.mark.parametrize(
    ("events", "sentence"), [([], "send a first word within 0.4"), (["Rain"], "send the next word within 0.4")]
)
def test_silence_ends_in_a_sentence_with_the_setting_that_waits_longer(scripted, connect, steps, events, sentence):
    scripted.on(CHAT, steps.stream(*map(steps.word, events), hang=True))
    hasty = Waits(connect=10.0, first=0.4, between=0.4, answer=20.0, backoff=0.01)
    with pytest.raises(EngineFailed) as failed:
        list(connect(waits=hasty).generate([ASK], NEVER))
    assert sentence in failed.value.sentence
    assert "server_wait" in failed.value.next_step


def test_what_is_not_such_a_server_is_said(scripted, connect, steps):
    for answer in (steps.page("<html>hello</html>"), steps.page("<html>no</html>", 404), steps.json({"cats": 3})):
        scripted.on("/v1/models", answer)
        with pytest.raises(EngineFailed, match="is not an OpenAI-compatible server") as failed:
            connect()
        assert "/v1" in failed.value.next_step


@pytest.mark.parametrize("answer", ["{broken", "[1, 2]"])
def test_junk_in_a_stream_is_said(scripted, connect, steps, answer):
    scripted.on(CHAT, steps.stream(answer))
    with pytest.raises(EngineFailed, match="is not an OpenAI-compatible server"):
        list(connect().generate([ASK], NEVER))


def test_what_a_server_says_is_cleaned_and_cut_before_it_is_shown(scripted, connect, steps):
    scripted.on(CHAT, steps.json({"error": {"message": "\x1b]0;evil\x07bad\n\u202e" + "x" * 500}}, 400))
    with pytest.raises(AgentError) as failed:
        list(connect().generate([ASK], NEVER))
    assert "evil" not in failed.value.sentence
    assert "\u202e" not in failed.value.sentence
    assert len(failed.value.sentence) < 300


def test_a_key_that_the_server_repeats_is_not_shown(scripted, connect, steps):
    scripted.on(CHAT, steps.json({"error": {"message": f"the budget of {SECRET} is spent"}}, 402))
    with pytest.raises(EngineFailed, match=r"refused the request \(402\): the budget of \*\*\* is spent"):
        list(connect(key=ServerKey(SECRET)).generate([ASK], NEVER))


def test_closing_the_engine_ends_a_running_request_with_a_sentence(scripted, connect, steps):
    scripted.on(CHAT, steps.stream(steps.word("Rain"), hang=True))
    engine = connect()
    stream = engine.generate([ASK], NEVER)
    assert next(stream).text == "Rain"
    engine.close()
    with pytest.raises(EngineFailed):
        list(stream)
    with pytest.raises(EngineFailed, match="is closed"):
        list(engine.generate([ASK], NEVER))


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("https://[::1]:8000", True),
        ("gpu-box:8000", False),
        ("ftp://gpu-box", False),
        ("http://", False),
        ("http://me:secret@gpu-box", False),
        ("http://gpu-box/v1?api_key=secret", False),
        ("http://gpu-box:99999", False),
    ],
)
def test_an_address_holds_scheme_host_port_and_path_and_nothing_secret(url, fits):
    assert (problem(url) == "") is fits
    assert "secret" not in problem(url)


def test_this_machine_is_told_from_others():
    here = [parse(url).loopback for url in ("http://localhost:1", "http://127.9.9.9", "http://[::1]:1/v1")]
    assert (here, parse("http://gpu-box").loopback, parse("http://10.0.0.2").loopback) == ([True] * 3, False, False)
    assert (parse("http://gpu-box:8000").url, parse("http://gpu-box:8000/api/v1/").root) == (
        "http://gpu-box:8000/v1",
        "http://gpu-box:8000/api",
    )
