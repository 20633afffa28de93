"""A small scripted HTTP server on a real socket: each path is told what to answer, and how to fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cocreate.engines.server import ServerEngine
from cocreate.engines.server_client import Waits

Step = Callable[["Handler"], None]
WAITS = Waits(connect=10.0, first=20.0, between=20.0, answer=20.0, backoff=0.01)
"""Long enough for a busy machine; what a time-out does is tested with waits of its own."""


@dataclass
class Seen:
    """One request that came in."""

    method: str
    path: str
    body: dict[str, Any]
    key: str


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        self.server.seen.append(Seen(self.command, self.path, body, self.headers.get("Authorization", "")))
        steps = self.server.steps.get(self.path, [json_step({"detail": "Not Found"}, 404)])
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        step(self)

    def whole(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class ScriptedServer(ThreadingHTTPServer):
    """Answers as it is told; `seen` holds what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.steps: dict[str, list[Step]] = {}
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self.hung_up = threading.Event()
        """Set when a streaming answer finds that nobody reads it any more."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def on(self, path: str, *steps: Step) -> None:
        """Answer requests for `path` by these steps, one each; the last one repeats."""
        self.steps[path] = list(steps)

    def asked(self, path: str) -> list[Seen]:
        return [one for one in self.seen if one.path == path]


def json_step(data: object, status: int = 200, **headers: str) -> Step:
    return lambda handler: handler.whole(status, json.dumps(data).encode(), "application/json", **headers)


def page_step(text: str, status: int = 200) -> Step:
    return lambda handler: handler.whole(status, text.encode(), "text/html")


def word(text: str, finish: str | None = None, logprob: float = -0.5) -> dict[str, Any]:
    """One event of a chat stream, as vLLM and llama.cpp write it."""
    logprobs = {"content": [{"token": text, "logprob": logprob}]}
    return {"choices": [{"index": 0, "delta": {"content": text}, "logprobs": logprobs, "finish_reason": finish}]}


def stream_step(*events: object, end: str = "[DONE]", hang: bool = False) -> Step:
    """Stream the events; then [DONE], or break off without a word (end ""), or hang until the client has gone."""

    def step(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()

        def send(text: str) -> None:
            data = text.encode()
            handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            handler.wfile.flush()

        for event in events:
            send(f"data: {event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)}\n\n")
        handler.close_connection = True
        while hang and not handler.server.over.wait(0.01):
            try:
                send(": still here\n\n")
            except OSError:
                handler.server.hung_up.set()
                return
        if end and not hang:
            send(f"data: {end}\n\n")
            handler.wfile.write(b"0\r\n\r\n")

    return step


def card(name: str, owner: str = "vllm", **more: Any) -> dict[str, Any]:
    return {"id": name, "object": "model", "owned_by": owner, **more}


def listing(*cards: dict[str, Any]) -> Step:
    return json_step({"object": "list", "data": list(cards)})


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server that offers one vLLM model "muse" with 512 tokens, and its adapter "poet"."""
    server = ScriptedServer()
    server.on("/v1/models", listing(card("muse", max_model_len=512), card("poet", parent="muse")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connect(scripted: ScriptedServer) -> Iterator[Callable[..., ServerEngine]]:
    """Open engines on the scripted server; all are closed at the end."""
    opened: list[ServerEngine] = []

    def open_engine(url: str = "", **given: Any) -> ServerEngine:
        opened.append(ServerEngine(url or scripted.url, **{"waits": WAITS, **given}))
        return opened[-1]

    yield open_engine
    for engine in opened:
        engine.close()


@pytest.fixture
def steps() -> Any:
    """The makers of answers: test files cannot import this one."""

    class Steps:
        json, page, stream = staticmethod(json_step), staticmethod(page_step), staticmethod(stream_step)
        word, card, listing = staticmethod(word), staticmethod(card), staticmethod(listing)

    return Steps
