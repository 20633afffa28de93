"""Backends of the embedder: speed beside plain sentence-transformers, cosine to it, and known-item search. JSON.

    python benchmarks/embedding.py --data FOLDER [--json] [--passages 300] [--library 2000] [--sentences 200]
        [--rounds 3] [--threads 0] [--embedder FOLDER] [--seed 1]

FOLDER as for voice_recall.py; the passages are the English ones, cut as memory cuts them. The arms take turns, and the
medians of their rounds are given, in seconds of the processor and of the clock:
plain   sentence_transformers' encode as it comes (batches of 32, float32)
float   memory.bert in float32
int8    memory.bert in 8-bit whole numbers, the product's choice where the CPU has them
add     all of `Memory.add` with int8 (or float, where the CPU has no int8) from files to the store
`hit_at_5`: a sentence without a quarter of its words and with others swapped, searched among --library passages by
meaning alone. What has been measured stands on stderr as it comes.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recall_texts import chinese, paraphrased, passages_of

from cocreate.models import resolve_embedder
from cocreate.settings import Settings
from memory.codes import as_bytes, as_vectors
from memory.database import Database
from memory.embedder import SentenceEmbedder
from memory.int8 import able
from memory.works import Memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOUND_AT = 5
Encode = Callable[[Sequence[str]], "NDArray[np.float32]"]


def arms_of(folder: Path) -> tuple[dict[str, Encode], SentenceEmbedder]:
    """The backends by name, loaded; and the product's own."""
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    arms: dict[str, Encode] = {
        "plain": lambda texts: plain.encode(list(texts), show_progress_bar=False),
        "float": SentenceEmbedder(folder, exact=True).embed,
    }
    chosen = SentenceEmbedder(folder)
    if able():
        arms["int8"] = chosen.embed
    for arm in arms.values():
        arm(["A first text, for what is made at the first."])
    return arms, chosen


def adding(chosen: SentenceEmbedder, works: Sequence[str]) -> None:
    """Files to the store, all the way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for at, text in enumerate(works):
            (folder / f"{at}.txt").write_text(text, encoding="utf-8")
        with closing(Database.open(folder / "home" / "cocreate.db")) as database:
            for report in Memory(database, chosen, folder / "index").add(sorted(folder.glob("*.txt"))):
                if report.outcome != "added":
                    raise SystemExit(report.reason)


def speed(arms: dict[str, Callable[[], object]], rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds of each arm, which take turns."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for at in range(rounds):
        for name, arm in arms.items():
            used, began = time.process_time(), time.perf_counter()
            arm()
            taken[name].append((time.process_time() - used, time.perf_counter() - began))
            print(f"round {at + 1}, {name}: {taken[name][-1]}", file=sys.stderr, flush=True)
    return {
        name: {
            "processor_s": round(statistics.median(used for used, _ in found), 2),
            "clock_s": round(statistics.median(clock for _, clock in found), 2),
        }
        for name, found in taken.items()
    }


def finding(arms: dict[str, Encode], library: Sequence[str], sentences: int, seed: int) -> dict[str, Any]:
    """Cosine to the plain vectors, and hit at 5 with vectors kept as the store keeps them."""
    rng = random.Random(seed)
    chosen = [at for at in rng.sample(range(len(library)), len(library)) if paraphrased(library[at], random.Random(0))]
    chosen = chosen[:sentences]
    queries = [paraphrased(library[at], rng) for at in chosen]
    found: dict[str, Any] = {"passages": len(library), "sentences": len(chosen)}
    first: NDArray[np.float32] | None = None
    for name, arm in arms.items():
        if name == "float":
            continue  # the same vectors as the plain ones
        made = arm(library)
        first = made if first is None else first
        cosines = (made * first).sum(axis=1)
        kept = as_vectors(as_bytes(made), made.shape[1])
        best = (arm(queries) @ kept.T).argsort(axis=1)[:, -FOUND_AT:]
        hits = sum(at in row for at, row in zip(chosen, best.tolist(), strict=True))
        found[name] = {
            "hit_at_5": round(hits / len(chosen), 4),
            "cosine_mean": round(float(cosines.mean()), 5),
            "cosine_least": round(float(cosines.min()), 5),
        }
        print(name, found[name], file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="only JSON (it is the only form there is)")
    parser.add_argument("--passages", type=int, default=300)
    parser.add_argument("--library", type=int, default=2000)
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0 for its own choice")
    parser.add_argument("--embedder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    arms, chosen = arms_of(args.embedder or resolve_embedder(Settings.load(), lambda done, whole: None))
    samples = list({one.text for one in passages_of(args.data) if not chinese(one.text)})
    random.Random(args.seed).shuffle(samples := sorted(samples))
    texts = samples[: args.passages]
    works = ["\n\n* * *\n\n".join(texts[start : start + 50]) for start in range(0, len(texts), 50)]
    runs: dict[str, Callable[[], object]] = {name: lambda arm=arm: arm(texts) for name, arm in arms.items()}  # type: ignore[misc]
    runs["add"] = lambda: adding(chosen, works)
    taken = speed(runs, args.rounds)
    for name, row in taken.items():
        row["times_plain_processor"] = round(taken["plain"]["processor_s"] / row["processor_s"], 2)
        row["times_plain_clock"] = round(taken["plain"]["clock_s"] / row["clock_s"], 2)
        print(name, row, file=sys.stderr, flush=True)
    result = {"passages": len(texts), "threads": torch.get_num_threads(), "embedder": chosen.name, "speed": taken}
    if args.library:
        result["search"] = finding(arms, samples[: args.library], args.sentences, args.seed)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
