"""How fast the model in use is here: one short real measurement, kept until the model or the threads change."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from agents.contracts import Engine, Message, Request
from agents.errors import EngineFailed
from cocreate.private import write_private

FILE = "measured.json"
TOKENS = 48
"""Tokens of each text that is written to measure."""
BATCH = 4
PROMPT = (
    "A lamp stood in the window of the last house, and nobody in the village could say who lit it. The road went by it "
    "down to the water, where the boats lay with their masts against a sky that would not get dark. "
)
REPEATS = 6
"""The prompt that is read has the passage so many times: some 270 tokens, as a turn's prompt has."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, on this machine."""

    reading: float
    """Prompt tokens a second."""
    one: float
    """Tokens a second of one text."""
    four: float
    """Tokens a second of four texts at once, together."""
    size: int
    """Bytes of the weights."""
    threads: int
    date: str
    """ISO 8601."""
    engine: str


def measure(engine: Engine, size: int, threads: int, today: date | None = None) -> Measured:
    """Read one prompt, write one text, write four at once; about 5 s for the default model on two cores.

    Every prompt differs from the first word on, so that nothing kept from another is measured.

    Raises:
        agents.errors.EngineFailed: the engine cannot run, or says nothing.
    """
    long = f"1. {PROMPT * REPEATS}"
    started = time.perf_counter()
    first, _, _ = _run(engine, [_request(long, 1)])
    reading = engine.count_tokens(long) / (first - started)
    one = _rate(_run(engine, [_request("2. Tell me about a river.", TOKENS)]))
    four = _rate(_run(engine, [_request(f"{3 + i}. Tell me about a town.", TOKENS, i) for i in range(BATCH)]))
    when = (today or date.today()).isoformat()
    return Measured(round(reading, 1), round(one, 1), round(four, 1), size, threads, when, engine.name)


def estimate(measured: Measured | None, size: int) -> float:
    """Tokens a second one text would get from `size` bytes of weights; 0 when nothing was measured.

    Every token reads all weights once, so memory's bandwidth is the limit and speed goes with 1 / bytes.
    """
    return measured.one * measured.size / size if measured and size else 0.0


def recall(cache: Path, path: Path, threads: int) -> Measured | None:
    """The last measurement of this model with so many threads; None when there is none, or the files changed."""
    return _measured(_read(cache / FILE).get(_key(path, threads), {}))


def newest(cache: Path, threads: int) -> Measured | None:
    """The measurement to estimate other models by: the newest with so many threads, the largest model of that day."""
    found = [one for kept in _read(cache / FILE).values() if (one := _measured(kept)) and one.threads == threads]
    return max(found, key=lambda one: (one.date, one.size), default=None)


def keep(cache: Path, path: Path, measured: Measured) -> None:
    """Write it down. Raises OSError."""
    kept = _read(cache / FILE) | {_key(path, measured.threads): asdict(measured)}
    write_private(cache / FILE, json.dumps(kept, indent=1))


def weights_size(path: Path) -> int:
    """Bytes of the weights: the file, or the safetensors of a folder; 0 when there are none."""
    return sum(file.stat().st_size for file in _weights(path))


def _weights(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.glob("*.safetensors"))


def _key(path: Path, threads: int) -> str:
    about = [(file.name, stat.st_size, stat.st_mtime_ns) for file in _weights(path) if (stat := file.stat())]
    return hashlib.sha256(f"{about} {threads}".encode()).hexdigest()[:24]


def _measured(kept: dict[str, Any]) -> Measured | None:
    """None when another version wrote it."""
    return Measured(**kept) if set(kept) == {field.name for field in fields(Measured)} else None


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: one for key, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}


def _request(text: str, tokens: int, seed: int = 0) -> Request:
    return Request((Message("user", text),), max_tokens=tokens, seed=seed)


def _run(engine: Engine, requests: Sequence[Request]) -> tuple[float, float, int]:
    """When the first and the last piece came, and how many tokens after the first of each text."""
    times: list[float] = []
    counts = [0] * len(requests)
    for chunk in engine.generate(requests, threading.Event()):
        if chunk.text or chunk.logprobs:
            times.append(time.perf_counter())
            counts[chunk.index] += len(chunk.logprobs) or 1
    if not times:
        raise EngineFailed("The model wrote nothing, so its speed is not known.", "Try again, or take another model.")
    return times[0], times[-1], sum(counts) - 1


def _rate(run: tuple[float, float, int]) -> float:
    first, last, tokens = run
    return tokens / (last - first) if last > first else 0.0
