"""Whether memory finds what is in it, how fast at what size, on how much disk, and what a kill leaves. JSON lines.

    python benchmarks/voice_recall.py --data FOLDER [--json] [--only known|scale|disk|add|kill]
        [--keep FOLDER] [--passages 4000] [--sizes 100000 1000000] [--rounds 50] [--embedder FOLDER] [--seed 1]

FOLDER holds authors/*.jsonl, or *.jsonl ({"title", "text"} a line). Parts:
known   a sentence without a quarter of its words and with others swapped, looked for among all passages: hit at 5, by
        meaning alone, by words alone, and joined as in the product.
scale   100,000 and 1,000,000 passages of real text with synthetic vectors: p99 of each part, recall@10, opening, disk.
disk    bytes a passage over its text, in the library of `known`.
add     passages a second through `Memory.add_text`, beside plain sentence-transformers on the same passages.
kill    kill -9 at random moments of adding and removing, and a look at everything afterwards.
--keep keeps stores and vectors: a run that was cut off goes on, and each finished part stands in FOLDER/results.jsonl.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import recall_kill
from recall_scale import disk, scale
from recall_texts import Sample, chinese, paraphrased, passages_of

from cocreate.models import resolve_embedder
from cocreate.settings import Settings
from memory.codes import as_bytes
from memory.database import Database
from memory.embedder import Embedder, SentenceEmbedder, unit_vectors
from memory.records import Work
from memory.store import NewWork
from memory.works import Memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARTS = ("known", "disk", "add", "kill", "scale")
FOUND_AT = 5
SENTENCES = 400


def known(run: Run) -> dict[str, Any]:
    """Hit at 5 of paraphrased sentences, by author, by language and in all."""
    memory, samples = run.library()
    rng = random.Random(run.seed)
    ids = [row[0] for row in memory._database.query("SELECT id FROM passages ORDER BY id")]
    chosen = [at for at in rng.sample(range(len(ids)), len(ids)) if paraphrased(samples[at].text, random.Random(0))]
    chosen = chosen[:SENTENCES]
    queries = [paraphrased(samples[at].text, rng) for at in chosen]
    vectors = run.embedded("queries", queries)
    ways = {"meaning": [], "words": [], "both": []}  # type: dict[str, list[tuple[str, bool]]]
    recall, total = memory._recall, len(ids)
    for at, query, vector in zip(chosen, queries, vectors, strict=True):
        dense = [found for found, _ in recall._index.search(run.embedder.name, vector, FOUND_AT)]
        words = [found for found, _ in recall._words.search(query, FOUND_AT, total)]
        both = [hit.passage.id for hit in recall.search_with(vector, query, FOUND_AT)]
        for way, found in (("meaning", dense), ("words", words), ("both", both)):
            ways[way].append((samples[at].author, ids[at] in found))
    return {
        "passages": total,
        "sentences": len(chosen),
        "hit_at_5": {way: _share(found, lambda _: True) for way, found in ways.items()},
        "english": {way: _share(found, lambda author: author not in run.chinese) for way, found in ways.items()},
        "chinese": {way: _share(found, lambda author: author in run.chinese) for way, found in ways.items()},
        "authors": {
            author: {way: _share(found, lambda name, author=author: name == author) for way, found in ways.items()}
            for author in sorted({sample.author for sample in samples})
        },
    }


def _share(found: Sequence[tuple[str, bool]], wanted: Callable[[str], bool]) -> float | None:
    hits = [hit for author, hit in found if wanted(author)]
    return round(sum(hits) / len(hits), 4) if hits else None


def add(run: Run) -> dict[str, Any]:
    """Passages a second: the product's whole way from text to store, and the plain model's encoding alone."""
    import torch
    from sentence_transformers import SentenceTransformer

    texts = [sample.text for sample in run.samples[:300]]
    unit_vectors(run.embedder, texts[:8])
    with tempfile.TemporaryDirectory() as folder, closing(Database.open(Path(folder) / "cocreate.db")) as database:
        memory = Memory(database, run.embedder, Path(folder) / "index")
        began = time.perf_counter()
        for start in range(0, len(texts), 50):
            memory.add_text(f"work {start}", "\n\n* * *\n\n".join(texts[start : start + 50]))
        ours = database.query("SELECT count(*) FROM passages")[0][0] / (time.perf_counter() - began)
    plain = SentenceTransformer(str(run.path), device="cpu", local_files_only=True)
    plain.encode(texts[:8], show_progress_bar=False)
    began = time.perf_counter()
    plain.encode(texts, show_progress_bar=False)
    theirs = len(texts) / (time.perf_counter() - began)
    return {
        "passages_a_second": round(ours, 1),
        "plain_sentence_transformers": round(theirs, 1),
        "times": round(ours / theirs, 2),
        "threads": torch.get_num_threads(),
        "embedder": run.embedder.name,
    }


class Run:
    """What the parts share."""

    def __init__(self, args: argparse.Namespace, keep: Path) -> None:
        self.keep = keep
        self.seed: int = args.seed
        samples = passages_of(args.data)
        random.Random(args.seed).shuffle(samples)
        self.all = samples
        self.samples = samples[: args.passages]
        self.chinese = {sample.author for sample in samples if chinese(sample.text)}
        self.path: Path = args.embedder or resolve_embedder(Settings.load(), lambda done, whole: None)
        self.embedder: Embedder = SentenceEmbedder(self.path)

    def embedded(self, name: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts; kept, and gone on with."""
        import numpy as np

        path = self.keep / f"{name}-{self.seed}-{len(texts)}.npy"
        done = np.load(path) if path.exists() else np.empty((0, self.embedder.dimension), dtype=np.float32)
        while len(done) < len(texts):
            done = np.concatenate([done, unit_vectors(self.embedder, texts[len(done) : len(done) + 256])])
            np.save(path, done)
            print(f"{name}: {len(done)} of {len(texts)} embedded", file=sys.stderr)
        return done

    def library(self) -> tuple[Memory, list[Sample]]:
        """A library with one work a passage, so that passages are those of the data; and its samples in order."""
        folder = self.keep / f"known-{self.seed}-{len(self.samples)}"
        memory = Memory(Database.open(folder / "cocreate.db"), self.embedder, folder / "index")
        unique = list({sample.text: sample for sample in self.samples}.values())
        vectors = as_bytes(self.embedded("passages", [sample.text for sample in unique]))
        if memory.count() == 0:
            memory._store.put(
                [_work(at, sample, vector) for at, (sample, vector) in enumerate(zip(unique, vectors, strict=True))],
                self.embedder.name,
            )
        return memory, unique


def _work(at: int, sample: Sample, vector: bytes) -> NewWork:
    import hashlib

    digest = hashlib.sha256(sample.text.encode()).hexdigest()
    language = "zh" if chinese(sample.text) else "en"
    work = Work(
        digest[:12], sample.title, "text", language, "", len(sample.text), 1, float(at), collection=sample.author
    )
    return NewWork(work, digest, sample.text, ((0, len(sample.text)),), (vector,))


def parts(run: Run, args: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run the parts that are asked for, one after another."""
    wanted = [args.only] if args.only else list(PARTS)
    if "known" in wanted:
        yield "known", known(run)
    if "disk" in wanted:
        run.library()[0].search("rain", 1)
        yield "disk", disk(run.keep / f"known-{run.seed}-{len(run.samples)}")
    if "add" in wanted:
        yield "add", add(run)
    if "kill" in wanted:
        yield "kill", recall_kill.rounds(args.rounds, args.seed)
    if "scale" in wanted:
        real = run.embedded("passages", [sample.text for sample in {s.text: s for s in run.samples}.values()])
        for result in scale(run.keep / "scale", run.all, real, args.sizes):
            yield "scale", result


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="only JSON (it is the only form there is)")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--passages", type=int, default=4000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--embedder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        keep: Path = args.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        for part, result in parts(Run(args, keep), args):
            line = json.dumps({"part": part, **result}, ensure_ascii=False)
            print(line, flush=True)
            with (keep / "results.jsonl").open("a", encoding="utf-8") as kept:
                kept.write(line + "\n")


if __name__ == "__main__":
    main()
