"""A real OpenAI-compatible server through the server engine: whole batches with two LoRA adapters as model names.

    python benchmarks/server.py --url http://127.0.0.1:8000/v1 --adapters poet,teller [--model NAME] [--json]

Start the server first, for example (each adapter is a peft folder):

    vllm serve MODEL --enable-lora --max-loras 2 --lora-modules poet=/path/to/poet teller=/path/to/teller

The key, where it wants one, comes from COCREATE_SERVER_KEY or the keyring. Arms alternate, in another order each round;
the first round warms up and is not counted. Every request of an arm writes exactly `--tokens` tokens unless the model
ends by itself; what counts is tokens a second of the whole batch.

    one        one request
    none       two requests without an adapter
    two        the same two requests, each with an adapter of its own
    mixed      `--width` requests: no adapter, the first, the second, in turn
    wide       `--width` candidates of one prompt without an adapter

Also measured: the time from stop to the end of the batch; and whether no adapter, the first and the second give the
first word three different probabilities in one batch, the same ones as each alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from agents.contracts import Message, Request, Sampling
from cocreate.engines.server import ServerEngine
from cocreate.engines.server_address import parse
from cocreate.engines.server_client import Waits
from cocreate.engines.server_key import find_key

BRIEF = (
    Message("system", "You are a poet who writes plainly and looks closely."),
    Message("user", "Write a long poem about autumn rain in a quiet courtyard, with things one can touch and hear."),
)
GREEDY = Sampling(temperature=0.0, top_p=1.0, min_p=0.0, repeat_penalty=1.0, dry_multiplier=0.0)
Row = dict[str, float]


def measured(engine: ServerEngine, requests: Sequence[Request]) -> Row:
    """Run one batch."""
    started, first, tokens, ends = time.perf_counter(), 0.0, 0, []
    for chunk in engine.generate(requests, threading.Event()):
        if chunk.text and not first:
            first = time.perf_counter() - started
        tokens += len(chunk.logprobs) or bool(chunk.text)
        ends += [chunk.index] if chunk.finish else []
    seconds = time.perf_counter() - started
    if sorted(ends) != list(range(len(requests))):
        raise SystemExit(f"requests did not end exactly once: {ends}")
    return {"seconds": seconds, "first_seconds": first, "tokens": tokens, "tokens_per_second": tokens / seconds}


def arms(adapters: Sequence[str], width: int, tokens: int) -> dict[str, list[Request]]:
    plain = [Request(BRIEF, max_tokens=tokens, seed=seed) for seed in range(1, width + 1)]
    mixed = [replace(request, adapter=(None, *adapters)[at % (len(adapters) + 1)]) for at, request in enumerate(plain)]
    two = [replace(request, adapter=name) for request, name in zip(plain, adapters, strict=False)]
    return {"one": plain[:1], "none": plain[: len(adapters)], "two": two, "mixed": mixed, "wide": plain}


def stop_seconds(engine: ServerEngine, width: int) -> float:
    """From stop to the end of the batch, in the middle of `width` replies."""
    stop, at = threading.Event(), 0.0
    requests = [Request(BRIEF, max_tokens=400, seed=seed) for seed in range(width)]
    for seen, _ in enumerate(engine.generate(requests, stop), 1):
        if seen == 2 * width:
            at = time.perf_counter()
            stop.set()
    return time.perf_counter() - at


def first_logprobs(engine: ServerEngine, requests: Sequence[Request]) -> list[float]:
    """Log-probability of the first token of each reply."""
    found: dict[int, float] = {}
    for chunk in engine.generate(requests, threading.Event()):
        if chunk.logprobs:
            found.setdefault(chunk.index, chunk.logprobs[0])
    return [round(found[index], 4) for index in range(len(requests))]


def adapter_check(engine: ServerEngine, adapters: Sequence[str]) -> dict[str, object]:
    """Whether each adapter is really in the reply that asked for it, also when they share a batch.

    Greedy texts are no test: on many servers they change with the batch. The log-probability of one first token hardly
    does, so adapters are told apart when it differs between them by more than it drifts from alone to together.
    """
    greedy = [Request(BRIEF, max_tokens=4, sampling=GREEDY, adapter=name, logprobs=True) for name in (None, *adapters)]
    together, alone = first_logprobs(engine, greedy), [first_logprobs(engine, [request])[0] for request in greedy]
    drift = max(abs(one - other) for one, other in zip(together, alone, strict=True))
    apart = min((abs(a - b) for at, a in enumerate(alone) for b in alone[:at]), default=0.0)
    return {"together": together, "alone": alone, "drift": drift, "apart": apart, "told_apart": apart > 2 * drift}


def spread(values: Sequence[float]) -> Row:
    return {name: round(kind(values), 5) for name, kind in (("median", statistics.median), ("min", min), ("max", max))}


def run(engine: ServerEngine, args: argparse.Namespace) -> dict[str, object]:
    adapters = [name for name in args.adapters.split(",") if name]
    for name in adapters:
        engine.add_adapter(name, name)
    planned = arms(adapters, args.width, args.tokens)
    rows: dict[str, list[Row]] = {name: [] for name in planned if planned[name]}
    for turn in range(args.rounds + 1):
        order = list(rows) if turn % 2 else list(reversed(rows))
        for name in order:
            row = measured(engine, planned[name])
            if turn:
                rows[name].append(row)
    ratio = [
        two["seconds"] / none["seconds"] for two, none in zip(rows.get("two", ()), rows.get("none", ()), strict=True)
    ]
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "server": engine.device,
        "model": engine.model,
        "context": engine.context_length,
        "adapters": list(engine.adapters),
        "rounds": args.rounds,
        "width": args.width,
        "tokens": args.tokens,
        "arms": {name: {key: spread([row[key] for row in found]) for key in found[0]} for name, found in rows.items()},
        "two_adapters_to_none": spread(ratio) if ratio else None,
        "stop_seconds": spread([stop_seconds(engine, 4) for _ in range(args.rounds)]),
        "adapter_check": adapter_check(engine, adapters),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", default="")
    parser.add_argument("--adapters", default="", help="names the server offers, with commas between")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    args = parser.parse_args()
    key = find_key(parse(args.url).url, os.environ)
    engine = ServerEngine(args.url, model=args.model, key=key, waits=Waits(first=600.0))
    try:
        found = run(engine, args)
    finally:
        engine.close()
    print(json.dumps(found, ensure_ascii=False, indent=None if args.json else 1))


if __name__ == "__main__":
    main()
