"""Figures of published human writing that the critic's scales rest on. Prints JSON.

    python benchmarks/calibrate_critic.py --data FOLDER --model GGUF_OR_FOLDER --embedder FOLDER

Nothing of the texts leaves this script, only quantiles. Excerpts: 12 lines of verse (Chinese 8), 180 words or 300
characters of prose, up to `--per` a group, spread evenly over the files.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from agents.critique import craft, guard, repetition, stock
from agents.critique.features.reading import beginning
from agents.critique.heads import judge
from agents.critique.measure import part_logprobs
from agents.critique.opinion import LONGEST
from agents.spans import lines, sentences, tokens

GROUPS = {
    "verse_en": [
        "literature/*_verse.jsonl",
        "authors/keats_verse.jsonl", "authors/whitman_verse.jsonl", "authors/poe_verse.jsonl",
    ],
    "prose_en": ["literature/*_prose.jsonl", "authors/poe_prose.jsonl", "authors/o_henry_prose.jsonl"],
    "verse_zh": ["authors/li_bai_verse.jsonl", "authors/wang_wei_verse.jsonl", "authors/li_shangyin_verse.jsonl"],
    "prose_zh": ["authors/lu_xun_prose.jsonl"],
}  # fmt: skip


def excerpt(text: str, group: str, rng: np.random.Generator) -> str:
    """A run of whole lines or sentences of the usual length of a draft."""
    verse, chinese = group.startswith("verse"), group.endswith("zh")
    pieces = lines(text) if verse else sentences(text)
    if not pieces:
        return ""
    want = (8 if chinese else 12) if verse else (300 if chinese else 180)
    first = int(rng.integers(0, max(1, len(pieces) - (want if verse else 12))))
    size = 0
    for start, end in pieces[first:]:
        size += 1 if verse else len(tokens(text[start:end]))
        if size >= want:
            return text[pieces[first][0] : end]
    return text[pieces[first][0] :]


def gather(folder: Path, patterns: list[str], group: str, per: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(7)
    paths = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    found = []
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        each = max(1, per // len(paths))
        for row in rng.permutation(len(rows))[: each * 2]:
            cut = excerpt(rows[row]["text"], group, rng)
            if len(tokens(cut)) >= 24:
                found.append((rows[row]["title"], cut))
            if len(found) and len(found) % each == 0 and row:
                continue
    picked = rng.permutation(len(found))[:per]
    return [found[i] for i in picked]


def quantiles(values: list[float]) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(values, q)), 4) for q in (1, 5, 25, 50, 75, 95, 99)}


def measure(texts: list[tuple[str, str]], group: str, scorer: Any, embedder: Any) -> dict[str, Any]:
    chinese = group.endswith("zh")
    scored = [scorer.score([text])[0] for _, text in texts]
    titles = embedder.embed([title for title, _ in texts])
    bodies = embedder.embed([text for _, text in texts])
    others = np.roll(bodies, 1, axis=0)
    part_means = [value for (_, text), s in zip(texts, scored, strict=True) for _, value in part_logprobs(text, s)]
    return {
        "excerpts": len(texts),
        "logprob": quantiles([float(np.mean(s.logprobs)) for s in scored]),
        "part_logprob": quantiles(part_means),
        "trigrams": quantiles([repetition.trigram_rate(text) for _, text in texts]),
        "variety": quantiles([repetition.variety(text) for _, text in texts]),
        "openings": quantiles([repetition.same_openings(text) for _, text in texts]),
        "stock_per_100": quantiles(
            [100 * len(stock.find(t, "zh" if chinese else "en")) / len(tokens(t)) for _, t in texts]
        ),
        "title_cosine": quantiles([float(v) for v in (titles * bodies).sum(1)]),
        "wrong_title_cosine": quantiles([float(v) for v in (titles * others).sum(1)]),
    }


def heads(texts: list[tuple[str, str]], group: str, scorer: Any) -> dict[str, Any]:
    """What the trained heads make of English excerpts: prose all of them, verse the damage alone."""
    readings = scorer.read([text for _, text in texts])
    readings = [beginning(reading, LONGEST) for reading in readings]
    pairs = [(text, reading) for (_, text), reading in zip(texts, readings, strict=True)]
    found = {"damage": quantiles([judge.damaged(text, reading)[0] for text, reading in pairs])}
    if group.startswith("prose"):
        numbers = [judge.style_numbers(text, reading) for text, reading in pairs]
        found["fluent"] = quantiles([judge.fluent(row) for row in numbers])
        found["enjoyed"] = quantiles([judge.enjoyed(row) for row in numbers])
        found["quality"] = quantiles([judge.quality(text) for text, _ in pairs])
        found["polish"] = quantiles([judge.polish(row) for row in numbers])
    return found


def craft_counts(texts: list[tuple[str, str]], group: str) -> dict[str, Any]:
    """Counts of craft, and how strong the feeling is."""
    chinese = group.endswith("zh")
    rows = [craft.counts(text, chinese=chinese) for _, text in texts]
    return {name: quantiles([row[name] for row in rows]) for name in rows[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--embedder", required=True)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    parser.add_argument("--per", type=int, default=100)
    parser.add_argument("--heads", action="store_true", help="heads, craft and guard alone")
    options = parser.parse_args()
    scorer, embedder = load(options.model, options.embedder, options.cache)
    result: dict[str, Any] = {}
    for group, patterns in GROUPS.items():
        texts = gather(options.data, patterns, group, options.per)
        result[group] = {} if options.heads else measure(texts, group, scorer, embedder)
        result[group]["craft"] = craft_counts(texts, group)
        if group.endswith("en"):
            result[group]["heads"] = heads(texts, group, scorer)
    result["guard"] = {"read": guard.reader_figures(scorer), "cosines": guard.embedder_figures(embedder)}
    json.dump(result, sys.stdout, indent=1)
    return 0


def load(model: str, embedder: str, cache: Path) -> tuple[Any, Any]:
    """The product's own scorer and embedder."""
    from cocreate.engines.torch_engine import TorchScorer
    from memory.embedder import SentenceEmbedder

    return TorchScorer(Path(model), cache=cache), SentenceEmbedder(Path(embedder))


if __name__ == "__main__":
    sys.exit(main())
