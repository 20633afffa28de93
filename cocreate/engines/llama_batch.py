"""One batch on embedded llama.cpp servers: threads in, one ordered stream of chunks out.

Each worker thread owns one slot and takes the next waiting job when its own is done. All pieces go through one queue
to the thread that called `Engine.generate`, which looks at the stop flags every few milliseconds, tokens or not.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.contracts import Chunk, Finish, StopFlag
from agents.errors import AgentError, EngineFailed
from cocreate.engines.checked_reply import CheckedReply
from cocreate.engines.known_runs import KnownRuns
from cocreate.engines.llama_server import WORTH_KEEPING, LlamaServer, Tokens, common, prompt_counts

_GLANCE = 0.02
"""Seconds between two looks at the stop flags while no token comes."""
SPREAD = 8
"""Tokens that may say nothing alone: the bytes of one character are four at most, and marks of a chat are not shown."""
Tell = Callable[[Chunk | AgentError], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One request, ready for the server."""

    index: int
    tokens: Tokens
    """The whole prompt."""
    fields: dict[str, Any]
    """Sampling and limits, in the words of the server."""
    adapter: str
    cancel: StopFlag | None = None
    known: KnownRuns | None = None
    """Runs of words that the reply is not to repeat."""


class Lane:
    """The jobs of a batch that run on one server. `after` are earlier batches that may still hold its slots."""

    def __init__(self, server: LlamaServer, jobs: Sequence[Job], after: Sequence[Batch]) -> None:
        self._server = server
        self._waiting = deque(jobs)
        self._after = after
        self._primed = threading.Event()
        self._cancelled = threading.Event()
        self._shared = shared_prefixes(jobs)
        self._unpaid: dict[str, int] = {}
        self._lock = threading.Lock()
        count = min(server.parallel, len(jobs))
        self._slots = self._best_slots(jobs, count)
        self.threads: list[threading.Thread] = []

    def start(self, tell: Tell) -> None:
        """Let the workers begin; `tell` hears every chunk and every failure."""
        self.threads = [
            threading.Thread(target=self._work, args=(place, slot, tell), name=f"llama-slot-{slot}")
            for place, slot in enumerate(self._slots)
        ]
        for thread in self.threads:
            thread.start()

    def cancel(self) -> None:
        """End every request at its next token."""
        self._cancelled.set()

    def _best_slots(self, jobs: Sequence[Job], count: int) -> list[int]:
        """The slots that hold most of what these jobs read; else those that lay idle longest, with what others read."""

        def known(slot: int) -> int:
            return max(self._server.held(slot, job.tokens, job.adapter) for job in jobs)

        return sorted(range(self._server.parallel), key=lambda slot: (-known(slot), self._server.last_used(slot)))[
            :count
        ]

    def _work(self, place: int, slot: int, tell: Tell) -> None:
        """One worker: a slot, and the jobs that find it free."""
        try:
            for batch in self._after:
                batch.join()
            if place == 0:
                self._prime()
                self._primed.set()
            self._primed.wait()
            while not self._cancelled.is_set() and (job := self._next(slot)) is not None:
                self._run(slot, job, tell)
        except AgentError as error:
            tell(error)
        except Exception as error:  # noqa: BLE001  thread boundary: whatever llama.cpp raises ends the batch, told
            tell(EngineFailed(f"The language model failed: {error}", "Try again, or restart the studio."))
        finally:
            self._primed.set()

    def _next(self, slot: int) -> Job | None:
        """The waiting job of which this slot has read the most."""
        with self._lock:
            if not self._waiting:
                return None
            job = max(self._waiting, key=lambda job: (self._server.held(slot, job.tokens, job.adapter), -job.index))
            self._waiting.remove(job)
            return job

    def _prime(self) -> None:
        """Read the common beginning of the prompts once, and keep it for every slot."""
        for adapter, tokens in self._shared.items():
            if not self._cancelled.is_set():
                self._unpaid[adapter] = self._server.keep(self._slots, tokens, adapter, self._cancelled.is_set)

    def _run(self, slot: int, job: Job, tell: Tell) -> None:
        ended = False

        def receive(chunk: dict[str, Any]) -> bool:
            nonlocal ended
            for piece in self._chunks(job, chunk):
                ended = ended or bool(piece.finish)
                tell(piece)
            return self._given_up(job)

        if job.known is not None:
            ended = self._run_checked(slot, job, job.known, tell)
        elif not self._given_up(job):
            self._server.complete(slot, job.tokens, job.adapter, job.fields, receive)
        if not ended:
            tell(Chunk(job.index, "", finish="stopped"))

    def _run_checked(self, slot: int, job: Job, known: KnownRuns, tell: Tell) -> bool:
        """Run a job whose words are looked at, in as many requests as it takes; return whether it came to its end."""
        reply = CheckedReply(known)
        tokens, fields = job.tokens, job.fields
        before: tuple[str, ...] = ()
        ended = False

        def receive(chunk: dict[str, Any]) -> bool:
            nonlocal ended
            for piece in self._chunks(job, chunk):
                for told in reply.add(piece if tokens is job.tokens else _onward(piece, single=fields is single)):
                    ended = ended or bool(told.finish)
                    tell(told)
                if reply.barred is not before and reply.barred:
                    return True
            return self._given_up(job)

        single: dict[str, Any] | None = None
        silent = 0
        while not ended and not self._given_up(job):
            before = reply.barred
            self._server.complete(slot, tokens, job.adapter, fields, receive)
            if not reply.barred and single is None:
                break
            # A token that is a part of a character says nothing, and drawn alone would be drawn for ever; so would
            # signs between two words of a run, when the reply is as long as it may be.
            silent = silent + 1 if reply.barred and reply.barred is before else 0
            if silent > SPREAD or reply.count >= job.fields["max_tokens"]:
                reply.let_stand()
            tokens, fields = self._further(job, reply, 1 + silent)
            single = fields if reply.barred else None
        if not ended:
            for told in reply.rest():
                tell(told)
        return ended

    def _further(self, job: Job, reply: CheckedReply, few: int) -> tuple[Tokens, dict[str, Any]]:
        """The request that goes on from what was kept: to the end, or by `few` tokens where some may not come next."""
        kept = self._encode(reply.text)
        left = max(1, job.fields["max_tokens"] - reply.count)
        seed = (job.fields["seed"] + 7919 * (reply.count + len(reply.barred))) & 0x7FFFFFFF
        fields = job.fields | {"max_tokens": left, "seed": seed}
        if reply.barred:
            begun = {self._next_token(kept, reply.text + piece) for piece in reply.barred}
            barred = [[token, False] for token in begun if token is not None]
            fields |= {"max_tokens": few, "logit_bias": [*job.fields.get("logit_bias", ()), *barred]}
        return (*job.tokens, *kept), fields

    def _encode(self, text: str) -> Tokens:
        return tuple(self._server.door.tokens(text, special=False)) if text else ()

    def _next_token(self, kept: Tokens, text: str) -> int | None:
        """The token with which `text` goes on from `kept`."""
        whole = self._encode(text)
        same = common(kept, whole)
        return whole[same] if same < len(whole) else None

    def _given_up(self, job: Job) -> bool:
        return self._cancelled.is_set() or (job.cancel is not None and job.cancel.is_set())

    def _chunks(self, job: Job, chunk: dict[str, Any]) -> Iterator[Chunk]:
        for choice in chunk.get("choices", ()):
            found = (choice.get("logprobs") or {}).get("content") or ()
            finish: Finish = "" if not (why := choice.get("finish_reason")) else "length" if why == "length" else "stop"
            if choice["text"] or finish:
                logprobs = tuple(float(token["logprob"]) for token in found)
                yield Chunk(job.index, choice["text"], logprobs, finish, *self._costs(job, chunk, finish))

    def _costs(self, job: Job, chunk: dict[str, Any], finish: Finish) -> tuple[int, int]:
        """Tokens of the prompt and those not read for it. What was read for all is on the first one's bill."""
        if not finish:
            return 0, 0
        prompt, cached = prompt_counts(chunk)
        with self._lock:
            return prompt, max(0, cached - self._unpaid.pop(job.adapter, 0))


class Batch:
    """Runs the jobs of all lanes at once, when the batches in `after` have let go of the slots."""

    def __init__(self, lanes: Sequence[tuple[LlamaServer, Sequence[Job]]], after: Sequence[Batch] = ()) -> None:
        self._lanes = [Lane(server, jobs, after) for server, jobs in lanes]
        self._running = {job.index: job for _, jobs in lanes for job in jobs}
        self._news: queue.SimpleQueue[Chunk | AgentError] = queue.SimpleQueue()

    @property
    def alive(self) -> bool:
        """Whether a thread of it still runs."""
        return any(thread.is_alive() for lane in self._lanes for thread in lane.threads)

    def cancel(self) -> None:
        """End every request at its next token."""
        for lane in self._lanes:
            lane.cancel()

    def join(self) -> None:
        """Wait until the slots are free."""
        for lane in self._lanes:
            for thread in lane.threads:
                thread.join()

    def chunks(self, stop: StopFlag) -> Iterator[Chunk]:
        """Yield pieces as they come. Leaving early, by an error or by closing the generator, cancels the rest."""
        for lane in self._lanes:
            lane.start(self._news.put)
        try:
            while self._running:
                yield from self._ended(stop)
                if stop.is_set():
                    continue  # it may have been set while another one's end was told
                news = self._glance()
                if isinstance(news, AgentError):
                    raise news
                if news is None or news.index not in self._running or stop.is_set():
                    continue
                if self._given_up(news.index):
                    continue
                if news.finish:
                    del self._running[news.index]
                yield news
        finally:
            self.cancel()

    def _glance(self) -> Chunk | AgentError | None:
        try:
            return self._news.get(timeout=_GLANCE)
        except queue.Empty:
            if not self.alive and self._news.empty():
                raise EngineFailed("The language model ended without a word.", "Try again.") from None
            return None

    def _given_up(self, index: int) -> bool:
        cancel = self._running[index].cancel
        return cancel is not None and cancel.is_set()

    def _ended(self, stop: StopFlag) -> Iterator[Chunk]:
        """The last chunks of what was stopped, without waiting for a slot that is still reading."""
        for index in sorted(self._running):
            if stop.is_set() or self._given_up(index):
                yield Chunk(index, "", finish="stopped")
                del self._running[index]


def _onward(piece: Chunk, *, single: bool) -> Chunk:
    """A piece of a request that goes on from an earlier one: a single token's end is not the reply's.

    What it says of its prompt is left out, since it counts what was kept.
    """
    finish: Finish = "" if single and piece.finish == "length" else piece.finish
    return replace(piece, finish=finish, prompt_tokens=0, cached_tokens=0)


def shared_prefixes(jobs: Sequence[Job]) -> dict[str, Tokens]:
    """For each adapter with several jobs: the tokens their prompts begin with, when it pays to read them once."""
    groups: dict[str, list[Tokens]] = {}
    for job in jobs:
        groups.setdefault(job.adapter, []).append(job.tokens)
    found = {adapter: _beginning(prompts) for adapter, prompts in groups.items() if len(prompts) > 1}
    return {adapter: tokens for adapter, tokens in found.items() if len(tokens) >= WORTH_KEEPING}


def _beginning(prompts: Sequence[Tokens]) -> Tokens:
    columns = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))
    return tuple(column[0] for column in columns)
