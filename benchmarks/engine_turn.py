"""A whole turn against the plain way, for `engines.py`; run by itself: the peak memory of a studio after three turns.

The plain way makes the same calls (the prompts and the number of new tokens of this very turn, the texts the critic
scored, the texts embedded) one after another through transformers.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from briefs import BRIEFS
from engine_rivals import Transformers

from agents.contracts import Chunk, Embedder, Engine, Request, Scorer, StopFlag, TokenScores
from cocreate.commands import TurnOptions, Write
from cocreate.engines.choose import open_engine
from cocreate.events import TurnFinished
from cocreate.models import resolve
from cocreate.settings import Settings
from cocreate.studio import Studio

OPTIONS = {"ideas": 6, "drafts": 4, "revisions": 1, "ask": False}


class Watch:
    """When a model was at work, and on what."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls: list[tuple[Request, int]] = []
        self.texts: list[str] = []
        self.embedded = 0.0
        self.depth = 0
        self._began = 0.0

    def enter(self) -> None:
        if not self.depth:
            self._began = time.perf_counter()
        self.depth += 1

    def leave(self) -> None:
        self.depth -= 1
        if not self.depth:
            self.seconds += time.perf_counter() - self._began


class WatchedEngine:
    """The studio's engine, watched. The consumer's own work between two chunks counts as model work only in so far as
    the model goes on meanwhile, which it does: its threads do not wait for the consumer."""

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine, self._watch = engine, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        tokens = [0] * len(requests)
        self._watch.enter()
        try:
            for chunk in self._engine.generate(requests, stop):
                tokens[chunk.index] += len(chunk.logprobs) or bool(chunk.text)
                yield chunk
        finally:
            self._watch.leave()
            self._watch.calls += zip(requests, tokens, strict=True)


class WatchedScorer:
    def __init__(self, scorer: Scorer, watch: Watch) -> None:
        self._scorer, self._watch = scorer, watch

    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        self._watch.enter()
        try:
            return self._scorer.score(texts)
        finally:
            self._watch.leave()
            self._watch.texts += texts


class WatchedEmbedder:
    def __init__(self, embedder: Embedder, watch: Watch) -> None:
        self._embedder, self._watch = embedder, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed(self, texts: Sequence[str]) -> Any:
        self._watch.enter()
        started = time.perf_counter()
        try:
            return self._embedder.embed(texts)
        finally:
            self._watch.embedded += time.perf_counter() - started
            self._watch.leave()


def watched_studio(settings: Settings, watch: Watch) -> Studio:
    """A studio whose models report to `watch`."""
    engine = WatchedEngine(open_engine(settings, resolve(settings, lambda done, total: None)), watch)
    studio = Studio(settings, engine)  # type: ignore[arg-type]
    list(studio.start())
    resources = studio._resources
    resources.scorer()
    resources._scorer = WatchedScorer(resources._scorer, watch)  # type: ignore[arg-type,assignment]
    inner = resources.lazy_embedder
    inner._loaded = WatchedEmbedder(inner.loaded(), watch)
    return studio


def compare(settings: Settings, plain: Transformers, rounds: int) -> dict[str, Any]:
    """Turns and their plain twins, alternating."""
    watch = Watch()
    studio = watched_studio(settings, watch)
    rows = []
    try:
        _turn(studio, BRIEFS[-1], 0)
        for number in range(rounds):
            watch.seconds, watch.calls, watch.texts, watch.embedded = 0.0, [], [], 0.0
            seconds = _turn(studio, BRIEFS[number % len(BRIEFS)], number + 1)
            twin = sum(plain.generate(request, tokens)["seconds"] for request, tokens in watch.calls if tokens)
            twin += sum(plain.score(text) for text in watch.texts) + watch.embedded
            rows.append((seconds, twin, watch.seconds, sum(tokens for _, tokens in watch.calls)))
    finally:
        studio.close()
    return {
        "turn_seconds": _spread([row[0] for row in rows]),
        "plain_seconds": _spread([row[1] for row in rows]),
        "turn_over_plain": _spread([row[0] / row[1] for row in rows]),
        "not_model_work": _spread([1 - row[2] / row[0] for row in rows]),
        "tokens": _spread([row[3] for row in rows]),
    }


def _turn(studio: Studio, brief: str, seed: int) -> float:
    started = time.perf_counter()
    events = list(studio.send(Write(brief, options=TurnOptions(seed=seed, **OPTIONS))))
    if not any(isinstance(event, TurnFinished) for event in events):
        raise SystemExit(f"the turn did not finish: {events[-1]}")
    return time.perf_counter() - started


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Settings.load(home=Path(home)))
        list(studio.start())
        for seed, brief in enumerate(BRIEFS[:3]):
            _turn(studio, brief, seed)
        studio.close()
    # Not ru_maxrss: a child inherits it from the process that started it.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
    print(json.dumps({"peak_bytes": peak, "threads": threading.active_count()}))


if __name__ == "__main__":
    main()
