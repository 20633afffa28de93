"""One batch on a server: a connection per request, one ordered stream of chunks out.

The server batches what arrives together, so requests that differ only in their seed are sent side by side, not as one
with `n`: each keeps its own seed, its own stop and its own end.
"""

from __future__ import annotations

import queue
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from agents.contracts import Chunk, Finish, Request, StopFlag
from agents.errors import AgentError, EngineFailed, PromptTooLong
from cocreate.engines import server_kinds as kinds
from cocreate.engines.server_client import Heard, ServerClient
from cocreate.engines.text_out import StopStrings

_GLANCE = 0.02
"""Seconds between two looks at the stop flags while no text comes."""

Room = Callable[[Request], Awaitable[int]]
"""Tokens that are left for the reply to a request; 0 when unknown or none."""


class EchoCut:
    """Takes off the beginning a server was asked to write, which is not new text."""

    def __init__(self, expected: str) -> None:
        self._expected = expected.lstrip()
        self._held = ""

    def add(self, text: str) -> str:
        """Return the text that is new; what may still be the beginning is held back."""
        if not self._expected:
            return text
        self._held += text
        seen, core = self._held.lstrip(), self._expected.rstrip()
        undecided = self._expected.startswith(seen) or seen.startswith(core)
        if undecided and len(seen) < len(self._expected):
            return ""
        return self._decided(seen, core)

    def rest(self) -> str:
        """Return what was held back for nothing."""
        return self._decided(self._held.lstrip(), self._expected.rstrip()) if self._expected else ""

    def _decided(self, seen: str, core: str) -> str:
        whole, held = self._expected, self._held
        self._expected = self._held = ""
        if seen.startswith(whole):
            return seen[len(whole) :]
        return seen[len(core) :] if core and seen.startswith(core) else held


class Reply:
    """One request on its way: what to send, and what has come back."""

    def __init__(self, index: int, request: Request, path: str, body: dict[str, Any], *, echo: bool) -> None:
        self.index, self.request, self.path, self.body = index, request, path, body
        self.begun = False
        self._echo = EchoCut(request.prefill if echo else "")
        self._stops = StopStrings(request.stop)
        self._logprobs: tuple[float, ...] = ()
        self._finish: Finish = ""
        self._prompt = self._cached = 0

    def take(self, event: dict[str, Any]) -> tuple[list[Chunk], Heard]:
        """Return the chunks an event makes, and whether more is wanted."""
        piece = kinds.read(event)
        self._prompt = piece.prompt_tokens or self._prompt
        self._cached = piece.cached_tokens or self._cached
        if self._finish:
            return [], "text"  # only the usage comes after the end
        self._finish = piece.finish
        self._logprobs += piece.logprobs
        if not piece.text:
            return [], "text" if self._finish else "waiting"
        self.begun = True
        shown, met = self._stops.add(self._echo.add(piece.text))
        if met:
            self._finish = "stop"
        return self._chunk(shown), "done" if met else "text"

    def end(self) -> list[Chunk] | None:
        """Return the last chunks; None when the stream broke off before its end."""
        if not self._finish:
            return None
        held, met = self._stops.add(self._echo.rest())
        rest = held if met else held + self._stops.rest()
        last = Chunk(self.index, "", (), self._finish, self._prompt, self._cached)
        return [*self._chunk(rest), last]

    def _chunk(self, text: str) -> list[Chunk]:
        if not text:
            return []  # its log-probabilities go with the text they belong to, when that comes
        logprobs, self._logprobs = self._logprobs, ()
        return [Chunk(self.index, text, logprobs)]


class ServerBatch:
    """Runs `replies` side by side."""

    def __init__(self, client: ServerClient, replies: Sequence[Reply], room: Room) -> None:
        self._client = client
        self._replies = {reply.index: reply for reply in replies}
        self._room = room
        self._open = set(self._replies)
        self._news: queue.SimpleQueue[tuple[int, Chunk | AgentError]] = queue.SimpleQueue()
        self._futures: dict[int, Future[None]] = {}

    def chunks(self, stop: StopFlag) -> Iterator[Chunk]:
        """Yield pieces as they come. Leaving early, by an error or by closing the generator, cancels the rest."""
        try:
            for index, reply in self._replies.items():
                self._futures[index] = self._client.start(lambda reply=reply: self._run(reply))  # type: ignore[misc]
            while self._open:
                yield from self._stopped(stop)
                try:
                    index, news = self._news.get(timeout=_GLANCE if self._open else 0)
                except queue.Empty:
                    self._look_for_the_lost()
                    continue
                if stop.is_set() or index not in self._open:
                    continue
                if isinstance(news, AgentError):
                    raise news
                if news.finish:
                    self._open.discard(index)
                yield news
        finally:
            for future in self._futures.values():
                future.cancel()

    def _stopped(self, stop: StopFlag) -> Iterator[Chunk]:
        """End what the writer has stopped: all of it, or single requests."""
        everything = stop.is_set()
        for index in sorted(self._open):
            cancel = self._replies[index].request.cancel
            if everything or (cancel is not None and cancel.is_set()):
                self._open.discard(index)
                self._futures[index].cancel()
                yield Chunk(index, "", finish="stopped")

    def _look_for_the_lost(self) -> None:
        """A task that was cancelled from outside (the engine was closed) leaves no news."""
        if self._news.empty() and any(self._futures[index].done() for index in self._open) and self._news.empty():
            raise EngineFailed("The connection to the server was closed.", "Try again.")

    async def _run(self, reply: Reply) -> None:
        """One request, in the event loop."""
        try:
            await self._tried(reply)
        except AgentError as error:
            self._news.put((reply.index, error))
        except Exception as error:  # noqa: BLE001  thread boundary: whatever goes wrong ends the batch, told
            said = self._client.told.clean(f"{type(error).__name__}: {error}")
            failed = EngineFailed(f"The answer of the server could not be read ({said}).", "Try again.")
            self._news.put((reply.index, failed))

    async def _tried(self, reply: Reply) -> None:
        try:
            await self._client.stream(reply.path, reply.body, lambda event: self._heard(reply, event))
        except PromptTooLong:
            # vLLM refuses a prompt that fits when the reply asked for does not fit beside it.
            room = 0 if reply.begun else await self._room(reply.request)
            if not 0 < room < reply.body["max_tokens"]:
                raise
            reply.body["max_tokens"] = room
            await self._client.stream(reply.path, reply.body, lambda event: self._heard(reply, event))
        except EngineFailed:
            if (last := reply.end()) is None:  # else it had finished, and only the usage was missing
                raise
            self._tell(last)
            return
        last = reply.end()
        if last is None:
            raise self._client.told.died(reply.begun)
        self._tell(last)

    def _heard(self, reply: Reply, event: dict[str, Any]) -> Heard:
        chunks, heard = reply.take(event)
        self._tell(chunks)
        return heard

    def _tell(self, chunks: Sequence[Chunk]) -> None:
        for chunk in chunks:
            self._news.put((chunk.index, chunk))
