"""Whole drafts in two stages: several openings for each, the best one goes on and streams.

Speculative rejection (Sun et al. 2024, arXiv 2410.20290) with a score that is counted: most of what makes a small
model's draft bad (off the theme, noise, talk about the text) shows in the first lines, so only the best opening is
written to its end. What the writer sees is never taken back.

Line by line (a new batch for every line) was tried first and given up: 12 lines of 4 drafts took 63 s on two cores, as
every step reads all texts again, and the lines chosen one by one repeated each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agents import batch
from agents.cleaning import Cleaner, finished, in_language, is_meta, joined
from agents.contracts import Embedder, Engine, Finish, Length, Progress, Request, StopFlag
from agents.critique import repetition, stock
from agents.spans import lines, tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPENING = 48
"""Sampled tokens after which openings are compared: about four lines or two sentences."""
_ODD = re.compile(r"[\d_*#@<>{}\[\]|\\/=~^]|\b[A-Z]{3,}\b|https?:")
_CHINESE = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Task:
    """What the drafts of a batch have in common."""

    length: Length
    language: str
    verse: bool
    aim: str
    """The theme in words: openings near it are preferred."""


@dataclass(slots=True)
class _Opening:
    """The best beginning of one draft."""

    raw: str
    finish: Finish
    tokens: int


def write(
    engine: Engine, embedder: Embedder | None, requests: Sequence[Request], task: Task, *, candidates: int,
    stop: StopFlag, progress: Progress,
) -> list[tuple[str, Finish, int]]:  # fmt: skip
    """Return (text, finish, sampled tokens) of each request's draft.

    Raises:
        agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
    """
    openings = _openings(engine, embedder, requests, task, candidates, stop)
    cleaners = [Cleaner(task.length, prefill=request.prefill, verse=task.verse) for request in requests]

    def show(index: int, piece: str) -> bool:
        grown = cleaners[index].feed(piece)
        if grown:
            progress(index, grown)
        return cleaners[index].full

    rest = [i for i, opening in enumerate(openings) if not show(i, opening.raw) and opening.finish == "length"]
    onward = [_onward(requests[i], openings[i]) for i in rest]
    replies = batch.run(engine, onward, stop, lambda place, piece: show(rest[place], piece))
    finishes: list[Finish] = ["stop" if opening.finish == "length" else opening.finish for opening in openings]
    counts = [opening.tokens for opening in openings]
    for i, reply in zip(rest, replies, strict=True):
        finishes[i] = reply.finish
        counts[i] += reply.tokens
    for index, cleaner in enumerate(cleaners):
        held = cleaner.finish()
        if held:
            progress(index, held)
    return [
        (finished(cleaner.shown, finish, task.length, verse=task.verse), finish, count)
        for cleaner, finish, count in zip(cleaners, finishes, counts, strict=True)
    ]


def _openings(
    engine: Engine, embedder: Embedder | None, requests: Sequence[Request], task: Task, candidates: int, stop: StopFlag
) -> list[_Opening]:
    """The best of `candidates` openings for each request."""
    tries = [
        replace(request, max_tokens=min(OPENING, request.max_tokens), seed=batch.seed_for(request.seed, k))
        for request in requests
        for k in range(candidates)
    ]
    replies = batch.run(engine, tries, stop)
    aim = embedder.embed([task.aim])[0] if embedder is not None and task.aim else None
    fits = _fits(embedder, [reply.text for reply in replies], aim)
    values = [worth(reply, fit, task) for reply, fit in zip(replies, fits, strict=True)]
    chosen = []
    for i in range(len(requests)):
        own = range(i * candidates, (i + 1) * candidates)
        best = max(own, key=lambda place: (values[place], -place))
        chosen.append(_Opening(replies[best].text, replies[best].finish, sum(replies[place].tokens for place in own)))
    return chosen


def _onward(request: Request, opening: _Opening) -> Request:
    left = max(8, request.max_tokens - OPENING)
    begun = joined(request.prefill, opening.raw)
    return replace(request, prefill=begun, max_tokens=left, seed=batch.seed_for(request.seed, 99))


def _fits(embedder: Embedder | None, texts: Sequence[str], aim: NDArray[np.float32] | None) -> list[float]:
    if embedder is None or aim is None:
        return [0.0] * len(texts)
    return [float(row @ aim) for row in embedder.embed([text or " " for text in texts])]


def worth(reply: batch.Reply, fit: float, task: Task) -> float:
    """How promising an opening is; only the order counts.

    Near the theme, neither noise nor only the most expected words, no stock phrases, no loops, in the right language
    and the right shape (lines for verse, none for prose).
    """
    text = reply.text.strip()
    if len(tokens(text)) < 3:
        return -9.0
    value = 4.0 * min(fit, 0.7)
    if reply.logprobs:
        value -= 0.8 * max(0.0, -3.0 - reply.mean_logprob) + 0.6 * max(0.0, reply.mean_logprob + 1.2)
    value -= 0.7 * len(stock.find(text, task.language))
    value -= 4.0 * repetition.trigram_rate(text)
    value -= 0.5 * len(_ODD.findall(text)) + (1.0 if is_meta(text) else 0.0)
    value -= 0.0 if in_language(text, task.language) else 5.0
    if task.language != "zh" and _CHINESE.search(text):
        value -= 2.0
    value -= 1.5 if task.verse and reply.finish == "length" and len(lines(text)) < 2 else 0.0
    return value - (1.0 if not task.verse and len(lines(text)) > 3 else 0.0)
