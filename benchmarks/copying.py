"""How surely copied passages are found, and how long the look takes. Prints JSON.

    python benchmarks/copying.py --data FOLDER [--works 300] [--cuts 2000] [--words 0] [--seed 1]

FOLDER holds authors/*.jsonl ({"title", "text"} a line), story_ratings.jsonl and paragraph_quality.jsonl. Works are
drawn and remembered; passages of 12 to 40 words (20 to 60 Chinese characters) are cut out of them, changed as an editor
might (case, line breaks, punctuation), and set into a text by somebody else. A cut counts as found when one run covers
it and the named work holds it. False finds: runs in stories and paragraphs by other people, who did not have the works.
--words makes a memory of that many words by adding texts of words drawn from the works, to time a large one.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from agents.critique.copying import copies
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.shingles import fold, is_chinese_word
from memory.works import Memory

EDITS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda cut: "\n".join(cut.split(" ")),
    lambda cut: cut.replace(",", " –").replace("，", "！\n").replace(".", "...").replace("’", "'"),
)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def drawn(folder: Path, count: int, draw: random.Random) -> list[tuple[str, str]]:
    """(title, text) of works, the same share of every author."""
    files = sorted((folder / "authors").glob("*.jsonl"))
    works: list[tuple[str, str]] = []
    for file in files:
        texts = [one["text"] for one in lines(file)]
        works += [
            (f"{file.stem} {place}", texts[place])
            for place in draw.sample(range(len(texts)), min(len(texts), -(-count // len(files))))
        ]
    return works[:count]


def cut_of(text: str, draw: random.Random) -> str:
    """A passage of 12 to 40 words, or 20 to 60 Chinese characters; "" when the text is too short."""
    folded = fold(text)
    chinese = sum(map(is_chinese_word, folded.words)) > len(folded.words) / 2
    least, most = (20, 60) if chinese else (12, 40)
    if len(folded.words) < least:
        return ""
    length = draw.randint(least, min(most, len(folded.words)))
    start = draw.randint(0, len(folded.words) - length)
    return text[folded.starts[start] : folded.ends[start + length - 1]]


def found(memory: Memory, works: dict[str, str], carrier: str, cut: str) -> tuple[bool, float]:
    """Whether a run covers the cut and its source holds it, and the seconds the look took."""
    middle = len(carrier) // 2
    text = f"{carrier[:middle]}\n{cut}\n{carrier[middle:]}"
    started = time.perf_counter()
    runs = copies(text, memory.near(text)).found
    took = time.perf_counter() - started
    wanted, words = (middle + 1, middle + 1 + len(cut.rstrip(" –.!！\n"))), " ".join(fold(cut).words)
    covering = [run for run in runs if run.start <= wanted[0] and wanted[1] <= run.end]
    return any(words in " ".join(fold(works[run.source]).words) for run in covering), took


def fill(memory: Memory, works: dict[str, str], words: int, draw: random.Random) -> float:
    """Remember the works, then texts of drawn words until there are `words` words; return the seconds."""
    started = time.perf_counter()
    for title, text in works.items():
        memory.add_text(title, text, reference=True)
    pool = [word for text in works.values() for word in text.split() if word.isascii()]
    have = len(pool)
    while have < words:
        memory.add_text(f"drawn {have}", " ".join(draw.choices(pool, k=2500)), reference=True)
        have += 2500
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--works", type=int, default=300)
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--words", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    works = dict(drawn(args.data, args.works, draw))
    stories = [str(one["story"])[:800] for one in lines(args.data / "story_ratings.jsonl")]
    stories += [str(one["text"]) for one in lines(args.data / "paragraph_quality.jsonl")]
    with tempfile.TemporaryDirectory() as folder, closing(Database.open(Path(folder) / "bench.db")) as database:
        memory = Memory(database, HashEmbedder(), Path(folder) / "index")
        filled = fill(memory, works, args.words, draw)
        memory.near(stories[0])  # the marks are read once
        hits: dict[str, list[bool]] = {"english": [], "chinese": []}
        seconds, missed = [], []
        while len(seconds) < args.cuts:
            cut = cut_of(draw.choice(list(works.values())), draw)
            if not cut:
                continue
            hit, took = found(memory, works, draw.choice(stories), draw.choice(EDITS)(cut))
            hits["chinese" if is_chinese_word(fold(cut).words[0]) else "english"].append(hit)
            seconds.append(took)
            missed += [] if hit else [cut]
        false = [run for story in stories for run in copies(story, memory.near(story)).found]
    seconds.sort()
    report = {
        "works": len(works),
        "words_in_memory": max(args.words, sum(len(text.split()) for text in works.values())),
        "seconds_to_remember": round(filled, 2),
        "cuts": {name: len(seen) for name, seen in hits.items()},
        "found": {name: round(statistics.mean(seen), 4) if seen else None for name, seen in hits.items()},
        "missed": missed[:5],
        "other_texts": len(stories),
        "runs_in_other_texts": [[run.length, run.source, run.quote] for run in false[:10]],
        "share_of_other_texts_with_a_run": round(len(false) / len(stories), 4),
        "milliseconds": {
            "median": round(1000 * statistics.median(seconds), 2),
            "p95": round(1000 * seconds[int(0.95 * len(seconds))], 2),
        },
    }
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
