"""From stop to the last token, with the real studio process and model. Prints JSON.

    python benchmarks/stop_latency.py [--rounds 10] [--engine auto|scripted]

A turn with four drafts runs; at a random moment of the streaming, stop is sent as the Esc key sends it. Measured from
there: the last piece of text that still came (0 when none did), and the end of the turn with all partial texts saved.
Each round also checks that what had been shown is what was kept.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import statistics
import tempfile
import time
from pathlib import Path

from cocreate.commands import TurnOptions, Write
from cocreate.events import DraftGrew, Event, StudioReady, TurnFinished
from cocreate.host import HostClient
from cocreate.settings import Settings

BRIEF = "a poem about autumn rain in a quiet courtyard"


class Watched:
    """The host, with the moment each event came."""

    def __init__(self, settings: Settings) -> None:
        self.events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self.client = HostClient(settings)
        self.client.start(lambda event: self.events.put((time.perf_counter(), event)))

    def until(self, kind: type) -> list[tuple[float, Event]]:
        seen = [self.events.get(timeout=300)]
        while not isinstance(seen[-1][1], kind):
            seen.append(self.events.get(timeout=300))
        return seen


def one_round(host: Watched, seed: int, wait: float) -> dict[str, object]:
    host.client.send(Write(BRIEF, options=TurnOptions(ideas=0, drafts=4, revisions=0, seed=seed, ask=False)))
    seen = host.until(DraftGrew)
    time.sleep(wait)
    pressed = time.perf_counter()
    host.client.stop()
    seen += host.until(TurnFinished)
    ended, finished = seen[-1]
    late = [at - pressed for at, event in seen if isinstance(event, DraftGrew) and at > pressed]
    shown: dict[str, str] = {}
    for _, event in seen:
        if isinstance(event, DraftGrew):
            shown[event.draft_id] = shown.get(event.draft_id, "") + event.text
    assert isinstance(finished, TurnFinished)
    kept = {take.id: take.text for take in finished.takes}
    return {
        "last_token_ms": round(max(late, default=0.0) * 1000, 1),
        "saved_ms": round((ended - pressed) * 1000, 1),
        "status": finished.status,
        "kept_all": all(kept.get(key, "").strip().startswith(text.strip()) for key, text in shown.items()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--engine", default="auto")
    args = parser.parse_args()
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as home:
        host = Watched(Settings.load(home=Path(home), overrides={"engine": args.engine}))
        host.until(StudioReady)
        rounds = [one_round(host, seed, rng.uniform(0.1, 3.0)) for seed in range(args.rounds)]
        host.client.close()
    stopped = [row for row in rounds if row["status"] == "stopped"]
    print(
        json.dumps(
            {
                "benchmark": "stop_latency",
                "engine": args.engine,
                "stopped": len(stopped),
                "last_token_ms": {
                    "median": statistics.median(row["last_token_ms"] for row in stopped),
                    "most": max(row["last_token_ms"] for row in stopped),
                },
                "saved_ms": {
                    "median": statistics.median(row["saved_ms"] for row in stopped),
                    "most": max(row["saved_ms"] for row in stopped),
                },
                "kept_all": all(row["kept_all"] for row in rounds),
            }
        )
    )


if __name__ == "__main__":
    main()
