"""Run requests as one batch and collect the replies. The one place where agents touch an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agents.contracts import Engine, Finish, Request, StopFlag


@dataclass(slots=True)
class Reply:
    """What came back for one request."""

    text: str = ""
    finish: Finish = ""
    tokens: int = 0
    """Sampled tokens, as far as the engine says; else pieces."""


class Enough:
    """A flag of one request: set when its reply has what it needs, or when its caller gave it up."""

    def __init__(self, outer: StopFlag | None) -> None:
        self._outer = outer
        self.reached = False

    def is_set(self) -> bool:
        """Whether to end the request."""
        return self.reached or (self._outer is not None and self._outer.is_set())


OnPiece = Callable[[int, str], bool]
"""Called with (index, piece); returns True when this reply needs no more."""


def run(
    engine: Engine,
    requests: Sequence[Request],
    stop: StopFlag,
    on_piece: OnPiece | None = None,
    on_reply: Callable[[int], None] | None = None,
) -> list[Reply]:
    """Generate the batch; `on_reply` hears the index of each reply that has come to its end.

    A reply that has enough ends as "stop": its request is cancelled, and the others have the machine to themselves.
    One that the writer stopped ends as "stopped".

    Raises:
        agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
    """
    replies = [Reply() for _ in requests]
    if not requests:
        return replies
    if stop.is_set():
        return [Reply(finish="stopped") for _ in requests]
    flags = [Enough(request.cancel) for request in requests]
    flagged = [replace(request, cancel=flag) for request, flag in zip(requests, flags, strict=True)]
    for chunk in engine.generate(flagged, stop):
        reply, flag = replies[chunk.index], flags[chunk.index]
        if chunk.text and not flag.reached:
            reply.text += chunk.text
            reply.tokens += len(chunk.logprobs) or 1
            if on_piece is not None and on_piece(chunk.index, chunk.text):
                reply.finish, flag.reached = "stop", True
        if chunk.finish and on_reply is not None:
            on_reply(chunk.index)
        reply.finish = reply.finish or chunk.finish
    for reply in replies:
        reply.finish = reply.finish or "stopped"
    return replies


def seed_for(seed: int, *steps: int) -> int:
    """A seed of its own for each request, the same every time (32 bits, never 0)."""
    value = seed & 0xFFFFFFFF
    for step in steps:
        value = (value * 1_000_003 + step * 7_919 + 12_345) & 0x7FFFFFFF
    return value or 1
