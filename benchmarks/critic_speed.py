"""How long the critic needs for four and for sixteen drafts of 120 words, models warm."""

from __future__ import annotations

import statistics
import time
from typing import Any

from agents.contracts import Brief
from agents.critique import Critic

SENTENCES = (
    "The keeper climbed the stair with the oil can knocking at his knee.",
    "Nobody had come to the light for eleven days, and the bread was gone.",
    "She wrote the name of each ship on the wall and crossed out those that were lost.",
    "By morning the fog had taken the harbour, the church and the road to the mill.",
    "He had promised his daughter a whistle carved from the mast.",
    "The dog barked at the sea until the sea, it seemed, went quiet.",
    "A letter lay under the lamp, opened, read, and folded the wrong way.",
    "They ate cold fish and talked about the price of rope.",
    "Under the floor the tide turned over stones like a man looking for coins.",
    "When the bell rang at last, it was for somebody else.",
    "The old woman in the third house kept a list of the drowned.",
)
RUNS = 5


def drafts(count: int) -> list[str]:
    """Different texts of about 120 words."""
    size = len(SENTENCES)
    return [" ".join(SENTENCES[(at + step * (1 + at % 3)) % size] for step in range(9)) for at in range(count)]


def measure(critic: Critic) -> dict[str, Any]:
    """Median and slowest of RUNS and processor seconds of all threads, after a first run that loads word lists."""
    brief = Brief("a story about a lighthouse keeper", kind="story", theme="a lighthouse keeper", length=None)
    critic.judge(drafts(2), brief)
    found: dict[str, Any] = {"words_a_draft": round(statistics.mean(len(text.split()) for text in drafts(4)))}
    for count in (4, 16):
        texts, taken, used = drafts(count), [], []
        for _ in range(RUNS):
            start, before = time.perf_counter(), time.process_time()
            critic.judge(texts, brief)
            taken.append(time.perf_counter() - start)
            used.append(time.process_time() - before)
        found[f"{count}_drafts_s"] = {
            "median": round(statistics.median(taken), 2),
            "slowest": round(max(taken), 2),
            "processor": round(statistics.median(used), 2),
        }
    return found
