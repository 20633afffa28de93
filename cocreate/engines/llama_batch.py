"""One batch on the embedded llama.cpp server: threads in, one ordered stream of chunks out.

Each worker thread owns one slot and takes the next waiting job when its own is done. All pieces go through one queue
to the thread that called `Engine.generate`, which looks at the stop flag every few milliseconds, tokens or not.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agents.contracts import Chunk, Finish, StopFlag
from agents.errors import AgentError, EngineFailed, PromptTooLong
from cocreate.engines.llama_socket import LlamaSocket

_GLANCE = 0.02
"""Seconds between two looks at the stop flag while no token comes."""
_WORTH_SHARING = 24
"""Tokens of common prompt below which saving and restoring a slot gains nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request, ready for the server."""

    index: int
    tokens: tuple[int, ...]
    """The whole prompt."""
    fields: dict[str, Any]
    """Sampling and limits, in the words of the server."""
    adapter: str


class Batch:
    """Runs `jobs` on `slots` slots of `server`, once the batches in `after` have let go of them."""

    def __init__(
        self, server: Any, door: LlamaSocket, jobs: Sequence[Job], slots: int, after: Sequence[Batch] = ()
    ) -> None:
        self._server = server
        self._door = door
        self._waiting = deque(jobs)
        self._unfinished = {job.index for job in jobs}
        self._news: queue.SimpleQueue[Chunk | AgentError] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._primed = threading.Event()
        self._after = after
        self._shared = shared_prefix(jobs)
        self._file = f"prefix-{id(self):x}"
        self._threads = [
            threading.Thread(target=self._work, args=(slot,), name=f"llama-slot-{slot}") for slot in range(slots)
        ]

    @property
    def alive(self) -> bool:
        """Whether a thread of it still runs."""
        return any(thread.is_alive() for thread in self._threads)

    def cancel(self) -> None:
        """End every request at its next token."""
        self._cancelled.set()

    def join(self) -> None:
        """Wait until the slots are free."""
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def chunks(self, stop: StopFlag) -> Iterator[Chunk]:
        """Yield pieces as they come. Leaving early, by an error or by closing the generator, cancels the rest."""
        for thread in self._threads:
            thread.start()
        try:
            while self._unfinished:
                if stop.is_set():
                    self.cancel()
                    yield from self._stopped()
                    return
                try:
                    news = self._news.get(timeout=_GLANCE)
                except queue.Empty:
                    if not self.alive and self._news.empty():
                        raise EngineFailed("The language model ended without a word.", "Try again.") from None
                    continue
                if isinstance(news, AgentError):
                    raise news
                if stop.is_set():
                    continue
                if news.finish:
                    self._unfinished.discard(news.index)
                yield news
        finally:
            self.cancel()

    def _stopped(self) -> Iterator[Chunk]:
        for index in sorted(self._unfinished):
            yield Chunk(index, "", finish="stopped")
        self._unfinished.clear()

    def _work(self, slot: int) -> None:
        """One worker: a slot, and the jobs that find it free."""
        try:
            for batch in self._after:
                batch.join()
            if slot == 0:
                self._prime()
                self._primed.set()
            self._primed.wait()
            while not self._cancelled.is_set():
                try:
                    job = self._waiting.popleft()
                except IndexError:
                    break
                self._run(slot, job)
        except AgentError as error:
            self._news.put(error)
        except Exception as error:  # noqa: BLE001  thread boundary: whatever llama.cpp raises ends the batch, told
            self._news.put(EngineFailed(f"The language model failed: {error}", "Try again, or restart the studio."))
        finally:
            self._primed.set()

    def _prime(self) -> None:
        """Read the common beginning of all prompts once, and keep it for every slot."""
        if not self._shared or self._cancelled.is_set():
            return
        fields = {"max_tokens": 1, "temperature": 0.0, "cache_prompt": True, "stream": True}
        lora = self._waiting[0].fields.get("lora")
        self._complete(0, self._shared, fields | ({"lora": lora} if lora else {}), lambda _: None)
        if not self._cancelled.is_set():
            self._door.save_slot(0, self._file)

    def _run(self, slot: int, job: Job) -> None:
        if self._shared:
            self._door.restore_slot(slot, self._file)
        self._complete(slot, job.tokens, job.fields, lambda chunk: self._tell(job.index, chunk))

    def _complete(self, slot: int, tokens: Sequence[int], fields: dict[str, Any], tell: Any) -> None:
        failures: list[AgentError] = []

        def receive(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                failures.append(_failure(chunk["error"]))
                return True
            tell(chunk)
            return self._cancelled.is_set()

        self._server.handle_completions({"prompt": list(tokens), "id_slot": slot, **fields}, receive)
        if failures:
            raise failures[0]

    def _tell(self, index: int, chunk: dict[str, Any]) -> None:
        for choice in chunk.get("choices", ()):
            found = (choice.get("logprobs") or {}).get("content") or ()
            finish: Finish = "" if not (why := choice.get("finish_reason")) else "length" if why == "length" else "stop"
            if choice["text"] or finish:
                self._news.put(Chunk(index, choice["text"], tuple(float(t["logprob"]) for t in found), finish))


def shared_prefix(jobs: Sequence[Job]) -> tuple[int, ...]:
    """The tokens all prompts begin with, when it pays to read them once; else ()."""
    if len(jobs) < 2 or len({job.adapter for job in jobs}) > 1:
        return ()
    columns = itertools.takewhile(
        lambda column: len(set(column)) == 1, zip(*(job.tokens for job in jobs), strict=False)
    )
    prefix = tuple(column[0] for column in columns)
    return prefix if len(prefix) >= _WORTH_SHARING else ()


def _failure(error: Any) -> AgentError:
    about = error if isinstance(error, dict) else {"message": str(error)}
    if about.get("type") == "exceed_context_size_error":
        return PromptTooLong(
            f"The prompt has {about.get('n_prompt_tokens')} tokens; the model reads {about.get('n_ctx')}.",
            "Shorten the text, or raise the context setting.",
        )
    return EngineFailed(f"The language model refused the request: {str(about.get('message', ''))[:200]}")
