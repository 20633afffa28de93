"""What sampling alone does against repetition in verse, with the default model.

    python benchmarks/sampling.py [--samples 4] [--tokens 140] [--seed 1]

Twelve prompts, several samples each, as one batch per prompt and setting. "plain" is temperature 0.8 and top-p 0.9;
"default" is `Sampling()`. Prints one JSON object: per setting the mean rate of repeated word trigrams, distinct-2, mean
length in words, seconds and tokens a second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import threading
import time
from collections import Counter

from agents.contracts import Message, Request, Sampling
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models import WRITER, ModelStore
from cocreate.settings import find_cache

THEMES = (
    "autumn rain in a quiet courtyard",
    "a grandmother's kitchen in winter",
    "the last train of the night",
    "a lighthouse nobody needs",
    "learning to swim late in life",
    "a letter found in a coat",
    "the sea from a hospital window",
    "two brothers and one boat",
    "snow on a football field",
    "losing a language",
    "a city seen from its roofs",
    "the first day without the dog",
)
SETTINGS = {
    "plain": Sampling(0.8, 0, 0.9, 0.0, 1.0, 0, 0.0, 1.75, 2),
    "default": Sampling(),
}


def ngrams(text: str, size: int) -> list[tuple[str, ...]]:
    words = text.lower().split()
    return list(zip(*(words[at:] for at in range(size)), strict=False))


def repeated(text: str) -> float:
    """Share of word trigrams that occurred before in the text, 0 to 1."""
    grams = ngrams(text, 3)
    return sum(count - 1 for count in Counter(grams).values()) / len(grams) if grams else 0.0


def distinct(text: str) -> float:
    """Distinct word bigrams over all of them, 0 to 1."""
    grams = ngrams(text, 2)
    return len(set(grams)) / len(grams) if grams else 0.0


def write(engine: LlamaCppEngine, theme: str, sampling: Sampling, args: argparse.Namespace) -> tuple[list[str], int]:
    """One batch; returns its texts and the number of tokens."""
    messages = (Message("user", f"Write a poem about {theme}."),)
    requests = [
        Request(messages, max_tokens=args.tokens, sampling=sampling, seed=args.seed + at) for at in range(args.samples)
    ]
    texts, tokens = [""] * len(requests), 0
    for chunk in engine.generate(requests, threading.Event()):
        texts[chunk.index] += chunk.text
        tokens += len(chunk.logprobs) or bool(chunk.text)
    return texts, tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=140)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: all cores; 1 on a busy machine")
    args = parser.parse_args()
    engine = LlamaCppEngine(ModelStore(find_cache(None, os.environ)).fetch(WRITER), context=512, threads=args.threads)
    texts: dict[str, list[str]] = {name: [] for name in SETTINGS}
    tokens: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for theme in THEMES:
        for name, sampling in SETTINGS.items():  # alternating, so that a busy machine troubles both
            started = time.perf_counter()
            wrote, count = write(engine, theme, sampling, args)
            seconds[name] += time.perf_counter() - started  # type: ignore[assignment]
            tokens[name] += count
            texts[name] += wrote
    engine.close()
    result = {
        name: {
            "repeated_trigrams": round(statistics.mean(map(repeated, texts[name])), 4),
            "distinct_2": round(statistics.mean(map(distinct, texts[name])), 4),
            "words": round(statistics.mean(len(text.split()) for text in texts[name]), 1),
            "seconds": round(float(seconds[name]), 1),
            "tokens_per_second": round(tokens[name] / float(seconds[name]), 1),
        }
        for name in SETTINGS
    }
    print(json.dumps({"model": WRITER.name, "prompts": len(THEMES), **vars(args), "settings": result}, indent=2))


if __name__ == "__main__":
    main()
