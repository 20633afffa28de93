"""The engines against their rivals, alternating in one run. Prints JSON.

    python benchmarks/engines.py [--rounds 5] [--only one,many,adapters,prefix,turn,memory] [--vllm URL] [--json]

one       one stream of the default model: ours, xllamacpp's own HTTP server, transformers' generate
many      sixteen candidates of one prompt: ours, that server with sixteen slots, vLLM where a URL is given
adapters  two requests with two adapters against two with none (random LoRA of rank 16 on all linear layers);
          the cost of changing the adapter from one request to the next, and of adding one
prefix    time to the first token of a second round of drafts on a shared prompt of about 1,500 tokens
turn      a whole turn (6 directions, 4 drafts, critique, 1 revision) against the same calls one after another through
          transformers' generate; how much of the turn is not model work
memory    peak memory (VmHWM) of a studio process after three turns

Arms alternate, in another order each round, and each is warmed up once. Medians and ranges. Sampling is the product's;
rivals are asked for the same. Start vLLM with the same weights as the torch engine keeps them in the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine_rivals import LlamaCppServer, Row, Transformers, over_http

from agents.contracts import Engine, Message, Request
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.threads import wait_politely
from cocreate.engines.torch_weights import hf_folder
from cocreate.models import resolve
from cocreate.settings import Settings

BRIEF = (
    Message("system", "You are a poet who writes plainly and looks closely."),
    Message("user", "Write a long poem about autumn rain in a quiet courtyard, with things one can touch and hear."),
)
WORDS = (  # noqa: SIM905 - a list of words is read more easily as a text
    "rain gutter moss lamp brick kettle ladder pear window coat rope bell ash well gate letter wool clay hinge iron "
    "plum salt candle bread river thumb needle crow barn stair mirror harbor linen smoke copper thread orchard stone"
).split()
CONTEXT = 2048


def measured(engine: Engine, requests: Sequence[Request]) -> Row:
    """Run one batch of ours."""
    started, first, tokens = time.perf_counter(), 0.0, 0
    for chunk in engine.generate(requests, threading.Event()):
        if chunk.text and not first:
            first = time.perf_counter() - started
        tokens += len(chunk.logprobs)
    return {"seconds": time.perf_counter() - started, "first_seconds": first, "tokens": tokens}


def alternate(arms: dict[str, Callable[[int], Row]], rounds: int) -> dict[str, list[Row]]:
    """Every arm once to warm up, then `rounds` times each, shuffled in every round."""
    found: dict[str, list[Row]] = {name: [] for name in arms}
    for name in arms:
        arms[name](0)
    for number in range(1, rounds + 1):
        order = list(arms)
        random.Random(number).shuffle(order)
        for name in order:
            found[name].append(arms[name](number))
    return found


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 4), "min": round(min(values), 4), "max": round(max(values), 4)}


def speeds(rows: dict[str, list[Row]]) -> dict[str, Any]:
    """Tokens a second of each arm, and ours over each rival, round by round."""
    rates = {name: [row["tokens"] / row["seconds"] for row in of] for name, of in rows.items()}
    ratios = {
        f"ours_over_{name}": spread([a / b for a, b in zip(rates["ours"], values, strict=True)])
        for name, values in rates.items()
        if name != "ours"
    }
    return {"tokens_per_second": {name: spread(values) for name, values in rates.items()}} | ratios


class Bench:
    """The default model, found as the product finds it."""

    def __init__(self, rounds: int, vllm: str, dtype: str) -> None:
        wait_politely()
        self.rounds, self.vllm, self.dtype = rounds, vllm, dtype
        self.settings = Settings.load(home=Path(tempfile.mkdtemp()), environ=dict(os.environ))
        self.path = resolve(self.settings, lambda done, total: None).path
        self.folder = hf_folder(self.path, self.settings.cache)
        self.threads = os.cpu_count() or 1

    def request(self, seed: int, tokens: int = 128, **more: Any) -> Request:
        return Request(BRIEF, max_tokens=tokens, seed=seed, logprobs=True, **more)

    def one(self) -> dict[str, Any]:
        ours = LlamaCppEngine(self.path, context=CONTEXT)
        rival = LlamaCppServer(self.path, 1, self.threads, CONTEXT)
        plain = Transformers(self.folder, self.threads, self.dtype)
        try:
            rows = alternate(
                {
                    "ours": lambda n: measured(ours, [self.request(n)]),
                    "llamacpp_server": lambda n: over_http(rival.url, [self.request(n)]),
                    "transformers": lambda n: plain.generate(self.request(n)),
                },
                self.rounds,
            )
        finally:
            ours.close()
            rival.close()
        firsts = {k: spread([r["first_seconds"] for r in v]) for k, v in rows.items() if "first_seconds" in v[0]}
        return speeds(rows) | {"first_token_seconds": firsts, "transformers_dtype": self.dtype}

    def many(self) -> dict[str, Any]:
        ours = LlamaCppEngine(self.path, context=CONTEXT)
        rival = LlamaCppServer(self.path, 16, self.threads, CONTEXT)

        def batch(n: int) -> list[Request]:
            return [self.request(16 * n + k) for k in range(16)]

        arms: dict[str, Callable[[int], Row]] = {
            "ours": lambda n: measured(ours, batch(n)),
            "llamacpp_server": lambda n: over_http(rival.url, batch(n)),
        }
        if self.vllm:
            model = _model_of(self.vllm)
            arms["vllm"] = lambda n: over_http(self.vllm, batch(n), model, repetition_penalty=1.08)
        try:
            return speeds(alternate(arms, self.rounds))
        finally:
            ours.close()
            rival.close()

    def adapters(self) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            files = {name: str(_lora(self.path, Path(folder) / f"{name}.gguf", seed)) for seed, name in enumerate("ab")}
            engine = LlamaCppEngine(self.path, context=CONTEXT, adapters={"a": files["a"]})
            started = time.perf_counter()
            engine.add_adapter("b", files["b"])
            added = time.perf_counter() - started
            try:
                return {"add_seconds": round(added, 3)} | self._adapter_arms(engine)
            finally:
                engine.close()

    def _adapter_arms(self, engine: LlamaCppEngine) -> dict[str, Any]:
        def pair(n: int, *names: str | None) -> list[Request]:
            return [self.request(2 * n + k, adapter=name) for k, name in enumerate(names)]

        rows = alternate(
            {
                "none": lambda n: measured(engine, pair(n, None, None)),
                "one_adapter": lambda n: measured(engine, pair(n, "a", "a")),
                "two_adapters": lambda n: measured(engine, pair(n, "a", "b")),
                "single_none": lambda n: measured(engine, pair(n, None)),
                "single_adapter": lambda n: measured(engine, pair(n, "a")),
            },
            self.rounds,
        )
        cost = {name: [row["seconds"] / row["tokens"] for row in of] for name, of in rows.items()}
        ratio = {
            f"{name}_over_none": spread([a / b for a, b in zip(cost[name], cost["none"], strict=True)])
            for name in ("one_adapter", "two_adapters")
        }
        switches = [self._switch(engine, n) for n in range(self.rounds)]
        return ratio | {
            "single_adapter_over_none": spread(
                [a / b for a, b in zip(cost["single_adapter"], cost["single_none"], strict=True)]
            ),
            "switch_seconds": spread(switches),
            "tokens_per_second": {name: spread([1 / value for value in values]) for name, values in cost.items()},
        }

    def _switch(self, engine: LlamaCppEngine, n: int) -> float:
        """First token after a change of the adapter, less first token after none: prompts all read before."""
        times = []
        for name in ("a", "a", "b", "b"):
            times.append(measured(engine, [self.request(n, 1, adapter=name)] * 2)["first_seconds"])
        for name in ("a", "a", "b", "b"):
            times.append(measured(engine, [self.request(n, 1, adapter=name)] * 2)["first_seconds"])
        return (times[4] + times[6]) / 2 - (times[5] + times[7]) / 2

    def prefix(self) -> dict[str, Any]:
        engine = LlamaCppEngine(self.path, context=CONTEXT)
        rows: list[tuple[Row, Row]] = []
        try:
            for number in range(self.rounds):
                shared = _shared(engine, number)
                rounds = []
                for ending in ("the morning", "the evening"):
                    chat = (BRIEF[0], Message("user", f"{shared}\n\nWrite a poem about {ending}."))
                    rounds.append(measured(engine, [Request(chat, max_tokens=24, seed=k) for k in range(4)]))
                rows.append((rounds[0], rounds[1]))
        finally:
            engine.close()
        return {
            "first_round_first_token_seconds": spread([a["first_seconds"] for a, _ in rows]),
            "second_round_first_token_seconds": spread([b["first_seconds"] for _, b in rows]),
            "second_over_first": spread([b["first_seconds"] / a["first_seconds"] for a, b in rows]),
        }

    def turn(self) -> dict[str, Any]:
        from engine_turn import compare

        return compare(self.settings, Transformers(self.folder, self.threads, self.dtype), self.rounds)

    def memory(self) -> dict[str, Any]:
        script = Path(__file__).with_name("engine_turn.py")
        peaks = []
        for _ in range(min(3, self.rounds)):
            ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
            peaks.append(json.loads(ran.stdout)["peak_bytes"])
        return {"peak_bytes": spread(peaks), "runs": len(peaks)}


def _model_of(url: str) -> str:
    import httpx

    return str(httpx.get(f"{url}/models", timeout=10).json()["data"][0]["id"])


def _shared(engine: LlamaCppEngine, seed: int) -> str:
    """About 1,500 tokens that no round has seen before."""
    rng = random.Random(seed)
    text = ""
    while engine.count_tokens(text) < 1450:
        text += " ".join(rng.choices(WORDS, k=40)) + ".\n"
    return text


def _lora(base: Path, target: Path, seed: int, rank: int = 16) -> Path:
    """A random adapter on all linear layers: speed does not depend on what it learned."""
    import gguf
    import numpy as np

    rng = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    layers = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    for tensor in gguf.GGUFReader(base).tensors:
        if tensor.name.split(".")[-2] in layers:
            width, height = (int(size) for size in tensor.shape)
            writer.add_tensor(f"{tensor.name}.lora_a", (rng.standard_normal((rank, width)) * 0.02).astype(np.float16))
            writer.add_tensor(f"{tensor.name}.lora_b", (rng.standard_normal((height, rank)) * 0.02).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="one,many,adapters,prefix,turn,memory")
    parser.add_argument(
        "--vllm", default="", help="URL of a vLLM with the same weights, such as http://127.0.0.1:8123/v1"
    )
    parser.add_argument(
        "--dtype", default="float32", help="of transformers: float32 or bfloat16, whichever is faster here"
    )
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is JSON always")
    args = parser.parse_args()
    bench = Bench(args.rounds, args.vllm, args.dtype)
    report: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "load": os.getloadavg()[0]}
    for name in args.only.split(","):
        report[name] = getattr(bench, name)()
        # On stderr part by part: a time limit must not take what is measured already with it.
        print(f"{name}: {json.dumps(report[name])}", file=sys.stderr, flush=True)
    report["load_at_end"] = os.getloadavg()[0]
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
