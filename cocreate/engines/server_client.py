"""HTTP to one server: connections, time-outs, retries, server-sent events. Knows no model and no request of ours.

- One event loop in one thread carries every connection, so a stop is a cancelled task: its connection is closed at
  once, and the server sees that nobody listens any more.
- A request is sent again only when nothing can have been generated: the connection was refused, or the answer was 429,
  502 or 503 before any text. Full jitter: Brooker 2015, "Exponential backoff and jitter".
- No proxy, no netrc, no redirect: text and key go to the address in the settings and nowhere else.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal

import anyio
import httpx
from anyio.from_thread import start_blocking_portal

from agents.errors import AgentError, EngineFailed
from cocreate.engines.server_address import Address
from cocreate.engines.server_errors import TRY_AGAIN, Told, is_refused
from cocreate.engines.server_key import ServerKey

_MOST_BYTES = 8_000_000
"""Of one answer or one event; more is not an answer of this API."""

Heard = Literal["waiting", "text", "done"]
"""What a listener makes of an event: no text yet, text, or enough (the connection is closed)."""
Listener = Callable[[dict[str, Any]], Heard]


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to wait, and how often to try."""

    connect: float = 5.0
    first: float = 120.0
    """For the first text of a reply: the server may have a queue, or load the model now."""
    between: float = 60.0
    """For the next piece of a reply."""
    answer: float = 30.0
    """For an answer that is not generated (a list, a count)."""
    tries: int = 4
    backoff: float = 0.5
    """Longest pause before the second try; it doubles for each one after."""
    longest_pause: float = 8.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, not streamed."""

    status: int
    body: str

    @property
    def data(self) -> Any:
        """The JSON in it, or None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class ServerClient:
    """Connections to the server at `address`. Close it."""

    def __init__(self, address: Address, key: ServerKey | None, waits: Waits) -> None:
        self.told = Told(address, key)
        self._address = address
        self._waits = waits
        self._http = httpx.AsyncClient(
            headers={"Authorization": key.header} if key else {},
            timeout=httpx.Timeout(None, connect=waits.connect),  # reading is timed by the events, not by bytes
            verify=httpx.create_ssl_context() if address.secure else False,  # False: there is no TLS to verify
            limits=httpx.Limits(max_connections=None, keepalive_expiry=2.0),  # servers drop idle ones after 5 s
            trust_env=False,
            follow_redirects=False,
        )
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal(name="server-client"))
        self._closed = False

    def ask(self, path: str, body: dict[str, Any] | None = None, *, own: bool = False) -> Answer:
        """GET `path`, or POST `body` to it, and wait for the whole answer, whatever its status.

        `own`: a path of the server's own beside /v1, such as /tokenize.

        Raises:
            EngineFailed: no answer came.
        """
        self._refuse_when_closed()
        answer: Answer = self._portal.call(self.asked, path, body, own)
        return answer

    def start(self, work: Callable[[], Awaitable[None]]) -> Future[None]:
        """Run `work` beside everything else; cancelling the future closes its connection."""
        self._refuse_when_closed()
        return self._portal.start_task_soon(work)

    def close(self) -> None:
        """End every request, close every connection and end the thread."""
        if self._closed:
            return
        self._closed = True
        self._portal.call(self._http.aclose)
        self._portal.call(self._portal.stop, True)
        self._stack.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise EngineFailed("The connection to the server is closed.", "Restart the studio.")

    async def asked(self, path: str, body: dict[str, Any] | None = None, own: bool = False) -> Answer:
        """As `ask`, inside the event loop."""
        try:
            with anyio.fail_after(self._waits.answer):
                response = await self._opened(path, body, own)
                try:
                    return Answer(response.status_code, await _body(response))
                finally:
                    await response.aclose()
        except TimeoutError:
            raise self.told.slow(self._waits.answer, "answer") from None
        except httpx.HTTPError as error:
            raise self._failure(error, begun=False) from error

    async def stream(self, path: str, body: dict[str, Any], listener: Listener) -> None:
        """POST `body` and hand each event to `listener` until it has enough or the stream ends.

        Raises:
            PromptTooLong: the server says so.
            EngineFailed: everything else; `listener` has been given all that came before.
        """
        heard: Heard = "waiting"
        limit = self._waits.first
        response: httpx.Response | None = None
        try:
            with anyio.fail_after(limit):
                response = await self._opened(path, body, own=False)
                if response.status_code != httpx.codes.OK:
                    raise self.told.refusal(response.status_code, await _body(response), str(body.get("model", "")))
            events = self._events(response)
            while heard != "done":
                limit = self._waits.between if heard == "text" else self._waits.first
                with anyio.fail_after(limit):
                    event = await anext(events, None)
                if event is None:
                    return
                now = listener(event)
                heard = now if now != "waiting" else heard
        except TimeoutError:
            what = "send the next word" if heard == "text" else "send a first word"
            raise self.told.slow(limit, what) from None
        except httpx.HTTPError as error:
            raise self._failure(error, begun=heard == "text") from error
        finally:
            if response is not None:
                with anyio.CancelScope(shield=True):
                    await response.aclose()

    async def _opened(self, path: str, body: dict[str, Any] | None, own: bool) -> httpx.Response:
        """Send the request until the server takes it; the body of the answer is not read yet."""
        url = f"{self._address.root if own else self._address.url}{path}"
        for attempt in range(1, self._waits.tries + 1):
            request = self._http.build_request("POST" if body is not None else "GET", url, json=body)
            last = attempt == self._waits.tries
            try:
                response = await self._http.send(request, stream=True)
            except httpx.ConnectError as error:
                if last or not is_refused(error):
                    raise
                await anyio.sleep(self._pause(attempt))
                continue
            if last or response.status_code not in TRY_AGAIN:
                return response
            await response.aclose()
            await anyio.sleep(max(self._pause(attempt), self._wanted_pause(response)))
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, attempt: int) -> float:
        most = min(self._waits.longest_pause, self._waits.backoff * 2 ** (attempt - 1))
        return random.uniform(0, most)  # noqa: S311  spreads the tries of many clients; nothing secret

    def _wanted_pause(self, response: httpx.Response) -> float:
        """What Retry-After asks for, in seconds, within reason."""
        wanted = response.headers.get("retry-after", "")
        return min(float(wanted), self._waits.longest_pause) if wanted.isdecimal() else 0.0

    async def _events(self, response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
        """The JSON objects of a stream of server-sent events; a server that does not stream gives one.

        Lines are cut at line feeds only: httpx's own `aiter_lines` also cuts at U+2028 and U+0085, which may stand
        inside a JSON string.
        """
        kind = response.headers.get("content-type", "")
        if "application/json" in kind:
            yield self._object(await _body(response))
            return
        if "event-stream" not in kind:
            raise self.told.junk()
        held = b""
        async for piece in response.aiter_bytes():
            *lines, held = (held + piece).split(b"\n")
            if len(held) > _MOST_BYTES:
                raise self.told.junk()
            for line in lines:
                text = line.decode("utf-8", "replace").strip()
                name, _, value = text.partition(":")
                if name == "data" and value.strip() == "[DONE]":
                    return
                if name in ("data", "error") and value.strip():
                    yield self._object(value, in_error=name == "error")

    def _object(self, text: str, *, in_error: bool = False) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except ValueError:
            raise self.told.junk() from None
        if in_error or not isinstance(found, dict) or found.get("error"):
            raise self.told.reported(found) if in_error or isinstance(found, dict) else self.told.junk()
        return found

    def _failure(self, error: httpx.HTTPError, *, begun: bool) -> AgentError:
        if isinstance(error, httpx.ConnectTimeout):
            return self.told.slow(self._waits.connect, "accept a connection")
        if isinstance(error, httpx.ConnectError):
            return self.told.unreachable(error)
        if isinstance(error, httpx.DecodingError):
            return self.told.junk()
        return self.told.died(begun)


async def _body(response: httpx.Response) -> str:
    """The body as text, cut where no answer of this API is that long."""
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            break
    return body.decode("utf-8", "replace")
