"""Run requests as one batch and collect the replies. The one place where agents touch an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agents.contracts import Engine, Finish, Request, StopFlag


@dataclass(slots=True)
class Reply:
    """What came back for one request."""

    text: str = ""
    finish: Finish = ""
    tokens: int = 0
    """Sampled tokens, as far as the engine says; else pieces."""
    logprobs: list[float] = field(default_factory=list)

    @property
    def mean_logprob(self) -> float:
        """Mean natural log-probability a token; 0.0 where the engine gives none."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else 0.0


class Enough:
    """A stop flag that is set when the writer stops or when all replies have what they need."""

    def __init__(self, outer: StopFlag) -> None:
        self._outer = outer
        self.reached = False

    def is_set(self) -> bool:
        """Whether to stop."""
        return self.reached or self._outer.is_set()


OnPiece = Callable[[int, str], bool]
"""Called with (index, piece); returns True when this reply needs no more."""


def run(engine: Engine, requests: Sequence[Request], stop: StopFlag, on_piece: OnPiece | None = None) -> list[Reply]:
    """Generate the batch.

    A reply that has enough ends as "stop", also when the engine was stopped for it; one that the writer stopped ends
    as "stopped".

    Raises:
        agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
    """
    replies = [Reply() for _ in requests]
    if not requests:
        return replies
    if stop.is_set():
        return [Reply(finish="stopped") for _ in requests]
    enough = Enough(stop)
    open_replies = set(range(len(requests)))
    for chunk in engine.generate(requests, enough):
        reply = replies[chunk.index]
        if chunk.index in open_replies and chunk.text:
            reply.text += chunk.text
            reply.tokens += len(chunk.logprobs) or 1
            reply.logprobs += chunk.logprobs
            if on_piece is not None and on_piece(chunk.index, chunk.text):
                reply.finish = "stop"
                open_replies.discard(chunk.index)
        if chunk.finish and chunk.index in open_replies:
            reply.finish = chunk.finish
            open_replies.discard(chunk.index)
        if not open_replies:
            enough.reached = True
    for reply in replies:
        reply.finish = reply.finish or "stopped"
    return replies


def seed_for(seed: int, *steps: int) -> int:
    """A seed of its own for each request, the same every time (32 bits, never 0)."""
    value = seed & 0xFFFFFFFF
    for step in steps:
        value = (value * 1_000_003 + step * 7_919 + 12_345) & 0x7FFFFFFF
    return value or 1
