"""The engine without weights: queued replies, or little template texts. For demonstrations, documentation and tests.

A feature of the product, not a mock: `cocreate --engine scripted` runs whole turns with it. It keeps every promise of
`agents.contracts.Engine` (order, one finishing chunk per request, stop at once, context length). It claims nothing
about language: `score` is a table of word frequencies.
"""

from __future__ import annotations

import math
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.contracts import Chunk, Finish, Request, StopFlag, TokenScores
from agents.errors import EngineFailed, PromptTooLong
from cocreate.engines.scripted_text import reply_to

_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9'’]+|[^\w\s]|\w+")
_SLICE = 0.02
"""Longest sleep in seconds before the stop flag is looked at again."""

_COMMON = (  # noqa: SIM905  a list of words reads better as words
    "the of and to a in is it you that he was for on are with as i his they be at one have this from or had by not "
    "but what all were when we there can an your which their said if do will each about how up out them then she many "
    "some so these would her make like him into time has look two more write go see no way could my than first been "
    "的 一 是 不 了 在 人 有 我 他 这 个 们 中 来 上 大 为 和 国 地 到 以 说 时 要 就 出 会 可 也 你 对 生 能 而 子 那 "
    "得 于 着 下 自 之 年"
).split()


@dataclass(slots=True)
class _Reply:
    """One reply on its way out."""

    rest: str
    end: Finish


class ScriptedEngine:
    """Streams queued replies, then template texts, in pieces of `piece` characters.

    Args:
        replies: given out first, one per request, in order; when none are left, templates take over.
        delay: seconds before each round of pieces (one piece of every running request).
        piece: characters per chunk.
        fail_after: chunks after which `EngineFailed` is raised; None never fails.
        context: tokens (words or Chinese characters) of prompt and reply together.
    """

    def __init__(
        self,
        replies: Iterable[str] = (),
        *,
        delay: float = 0.0,
        piece: int = 4,
        fail_after: int | None = None,
        context: int = 4096,
    ) -> None:
        self.history: list[Request] = []
        """Every request ever given, in order."""
        self._replies = deque(replies)
        self._delay = delay
        self._piece = max(1, piece)
        self._fail_after = fail_after
        self._sent = 0
        self._context = context
        self._adapters: dict[str, str] = {}

    @property
    def name(self) -> str:
        """Short name for the status line."""
        return "scripted"

    @property
    def context_length(self) -> int:
        """Most tokens of prompt and reply together."""
        return self._context

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names given to `add_adapter`, in order."""
        return tuple(self._adapters)

    def enqueue(self, *replies: str) -> None:
        """Add replies to the queue."""
        self._replies.extend(replies)

    def add_adapter(self, name: str, path: str) -> None:
        """Accept the name; the file is not looked at."""
        self._adapters[name] = path

    def remove_adapter(self, name: str) -> None:
        """Forget the name."""
        self._adapters.pop(name, None)

    def close(self) -> None:
        """Nothing to free."""

    def count_tokens(self, text: str) -> int:
        """Words, Chinese characters and punctuation marks."""
        return len(_TOKEN.findall(text))

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """Stream one reply per request, a piece of each in turn. See `agents.contracts.Engine.generate`."""
        self.history.extend(requests)
        replies = [self._reply(request) for request in requests]
        running = list(range(len(replies)))
        while running:
            self._pause(stop)
            for index in tuple(running):
                if stop.is_set():
                    yield from (Chunk(i, "", finish="stopped") for i in running)
                    return
                cancel = requests[index].cancel
                if cancel is not None and cancel.is_set():
                    chunk = Chunk(index, "", finish="stopped")
                else:
                    chunk = self._next(index, replies[index])
                if chunk.finish:
                    running.remove(index)
                yield chunk

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Log-probability by a fixed frequency list; a word seen before in the text is likelier."""
        return [_score(text) for text in texts]

    def _reply(self, request: Request) -> _Reply:
        if request.adapter is not None and request.adapter not in self._adapters:
            raise EngineFailed(f"There is no adapter called {request.adapter}.", "Choose another voice.")
        if request.grammar:
            raise EngineFailed("The scripted engine knows no grammars.", "Use the engine llamacpp.")
        prompt = sum(self.count_tokens(m.text) for m in request.messages) + self.count_tokens(request.prefill)
        room = min(request.max_tokens, self._context - prompt)
        if room <= 0:
            raise PromptTooLong(
                f"The prompt has {prompt} tokens; the engine takes {self._context}.",
                "Shorten the text, or raise the context setting.",
            )
        text = self._replies.popleft() if self._replies else reply_to(request)
        tokens = list(_TOKEN.finditer(text))
        end: Finish = "stop"
        if len(tokens) > room:
            text, end = text[: tokens[room - 1].end()], "length"
        cuts = [at for at in (text.find(s) for s in request.stop if s) if at >= 0]
        return _Reply(text[: min(cuts)], "stop") if cuts else _Reply(text, end)

    def _next(self, index: int, reply: _Reply) -> Chunk:
        if self._fail_after is not None and self._sent >= self._fail_after:
            raise EngineFailed("The scripted engine failed, as it was told to.", "Try again.")
        self._sent += 1
        text, reply.rest = reply.rest[: self._piece], reply.rest[self._piece :]
        return Chunk(index, text, finish="" if reply.rest else reply.end)

    def _pause(self, stop: StopFlag) -> None:
        until = time.monotonic() + self._delay
        while (left := until - time.monotonic()) > 0 and not stop.is_set():
            time.sleep(min(left, _SLICE))


def _score(text: str) -> TokenScores:
    ranks = {word: rank for rank, word in enumerate(_COMMON)}
    seen: set[str] = set()
    offsets: list[tuple[int, int]] = []
    logprobs: list[float] = []
    for match in _TOKEN.finditer(text):
        word = match[0].lower()
        rank = ranks.get(word, 20 if not word.isalnum() else 400 + 60 * len(word))
        surprise = math.log(rank + 4) * (0.6 if word in seen else 1.0)
        seen.add(word)
        offsets.append(match.span())
        logprobs.append(-surprise)
    return TokenScores(tuple(offsets), tuple(logprobs))
