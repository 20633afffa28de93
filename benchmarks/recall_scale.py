"""Recall at 100,000 and 1,000,000 passages: speed of each part, recall@10 against exact, opening, adding, disk.

Real text (sentences of the data folder, put together anew), synthetic vectors (`recall_texts.Synthetic`). The store is
built by the product's own code and kept, so that a run that was cut off goes on.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recall_texts import Sample, Synthetic, chinese, paraphrased, sentences

from memory.codes import as_bytes
from memory.database import Database
from memory.index import PassageIndex
from memory.lexical import WordIndex
from memory.passage_store import PassageStore, bump, write_passages
from memory.recall import Recall
from memory.records import Work
from memory.store import NewWork, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "synthetic"
PER_WORK = 50
CHUNK = 10_000
"""Passages written, and vectors made from one seed, at a time."""
QUERIES = 300
WARM = 50
"""Searches before the measured ones: the counts of common words are known after them."""
NEAREST = 10


class NoEmbedder:
    """Stands where an embedder is asked for its name; queries come with their vectors."""

    name = NAME

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def embed(self, texts: Any) -> NDArray[np.float32]:
        raise NotImplementedError


class Library:
    """The parts of memory on one folder."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self.database = Database.open(folder / "cocreate.db")
        self.store = Store(self.database)
        self.passages = PassageStore(self.database)
        self.index = PassageIndex(self.store, self.passages, folder / "index")
        self.words = WordIndex(self.database)
        self.recall = Recall(self.store, self.passages, self.index, self.words, NoEmbedder(dimension))

    def close(self) -> None:
        self.database.close()


def scale(folder: Path, samples: list[Sample], real: NDArray[np.float32], sizes: list[int]) -> Iterator[dict[str, Any]]:
    """Grow the store in `folder` to each of the sizes and measure there."""
    synthetic = Synthetic(real)
    pools: dict[str, list[str]] = {}
    for sample in samples:
        pools.setdefault(sample.author, []).extend(sentences(sample.text))
    pools = {author: pool for author, pool in pools.items() if len(pool) > 100}
    with closing(Library(folder, real.shape[1])) as library:
        for size in sizes:
            seconds = _grow(library, pools, synthetic, size)
            began = time.perf_counter()
            library.index.settle(NAME, real.shape[1])
            settled = time.perf_counter() - began
            yield {
                "passages": size,
                "write_seconds": round(seconds, 1),
                "index_seconds": round(settled, 1),
                **_speed(library, samples, synthetic),
                **_opening(folder, synthetic),
                **_adding(library, pools, synthetic),
                **disk(folder),
            }


def _grow(library: Library, pools: dict[str, list[str]], synthetic: Synthetic, size: int) -> float:
    began = time.perf_counter()
    while (have := library.passages.total()) < size:
        chunk = have // CHUNK
        new = _works(pools, synthetic, chunk)
        for at in range(0, len(new), 20):
            _write(library, new[at : at + 20])
        print(f"{have + CHUNK:,} of {size:,} passages written, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return time.perf_counter() - began


def _write(library: Library, works: list[NewWork]) -> None:
    """As Store.put does, but for the marks of copied runs: bytes of the same length instead of hashes of the words.

    Folding a million passages takes longer than everything that is measured here, and recall does not read marks.
    """
    with library.database.transaction() as connection:
        for new in works:
            work = new.work
            connection.execute(
                "INSERT INTO works (id, content_hash, title, kind, language, source, text, characters, added_at) "
                "VALUES (?, ?, ?, ?, ?, '', ?, ?, ?)",
                (
                    work.id, new.content_hash, work.title, work.kind, work.language, new.text, work.characters,
                    work.added_at,
                ),
            )  # fmt: skip
            marks = len(new.text) // (5 if chinese(new.text) else 5 * 5)
            connection.execute(
                "INSERT INTO marks (work_id, hashes, offsets) VALUES (?, randomblob(?), randomblob(?))",
                (work.id, 8 * marks, 4 * marks),
            )
            write_passages(connection, work.id, new.text, new.spans, new.vectors, NAME)
        bump(connection)


def _works(pools: dict[str, list[str]], synthetic: Synthetic, chunk: int, count: int = CHUNK) -> list[NewWork]:
    rng = random.Random(chunk)
    vectors = as_bytes(synthetic.make(count, chunk))
    return [_work(pools, rng, vectors[at : at + PER_WORK]) for at in range(0, count, PER_WORK)]


def _work(pools: dict[str, list[str]], rng: random.Random, vectors: list[bytes]) -> NewWork:
    pool = pools[rng.choice(sorted(pools))]
    text, spans = "", []
    for _ in vectors:
        start = len(text)
        wanted = 250 if len(pool[0].encode()) > 2 * len(pool[0]) else 650
        while len(text) - start < wanted:
            text += rng.choice(pool) + " "
        spans.append((start, len(text) - 1))
        text += "\n\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    work = Work(digest[:12], "made of sentences", "story", "en", "", len(text), len(spans), time.time())
    return NewWork(work, digest, text, tuple(spans), tuple(vectors))


def _speed(library: Library, samples: list[Sample], synthetic: Synthetic) -> dict[str, Any]:
    rng = random.Random(7)
    texts = [text for sample in rng.sample(samples, 4 * (QUERIES + WARM)) if (text := paraphrased(sample.text, rng))]
    vectors = synthetic.make(QUERIES + WARM, 1_000_003)
    parts: dict[str, list[Times]] = {"meaning": [], "words": [], "whole": []}
    found: list[list[int]] = []
    total = library.passages.total()
    for number, (text, vector) in enumerate(zip(texts, vectors, strict=False)):
        marks = [_now()]
        dense = library.index.search(NAME, vector, 50)
        marks.append(_now())
        library.words.search(text, 50, total)
        marks.append(_now())
        if number < WARM:
            continue
        parts["meaning"].append(_since(marks[0], marks[1]))
        parts["words"].append(_since(marks[1], marks[2]))
        found.append([at for at, _ in dense[:NEAREST]])
    # The whole by itself, with other words than before: nothing of it is warm from the parts.
    fresh = texts[QUERIES + WARM :]
    for text, vector in zip(fresh, vectors, strict=False):
        began = _now()
        library.recall.search_with(vector, text, 8)
        parts["whole"].append(_since(began, _now()))
    figures = {name: _percentiles(seconds) for name, seconds in parts.items()}
    return {"milliseconds": figures, "recall_at_10": _recall(library, synthetic, vectors[WARM:], found)}


def _recall(library: Library, synthetic: Synthetic, queries: NDArray[np.float32], found: list[list[int]]) -> float:
    """Part of the exact ten nearest (float32, before any rounding) that the search found, over 100 queries."""
    import numpy as np

    queries, found = queries[:100], found[:100]
    ids: list[NDArray[np.int64]] = []
    cosines: list[NDArray[np.float32]] = []
    order_of_writing = np.concatenate([np.arange(first, last + 1) for _, first, last in library.passages.ranges()])
    for chunk in range(library.passages.total() // CHUNK):
        scores = queries @ synthetic.make(CHUNK, chunk).T
        best = np.argpartition(-scores, NEAREST, axis=1)[:, :NEAREST]
        ids.append(order_of_writing[best + chunk * CHUNK])
        cosines.append(np.take_along_axis(scores, best, axis=1))
    everything, places = np.concatenate(cosines, axis=1), np.concatenate(ids, axis=1)
    order = np.argsort(-everything, axis=1)[:, :NEAREST]
    exact = np.take_along_axis(places, order, axis=1).tolist()
    shared = [len(set(a) & set(b)) / NEAREST for a, b in zip(exact, found, strict=True)]
    return round(sum(shared) / len(shared), 4)


Times = tuple[float, float]
"""Seconds by the clock, and of the processor: the second is what a machine without other work takes."""


def _now() -> Times:
    return time.perf_counter(), time.process_time()


def _since(before: Times, after: Times) -> Times:
    return after[0] - before[0], after[1] - before[1]


def _percentiles(times: list[Times]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for place, kind in enumerate(("clock", "processor")):
        ordered = sorted(1000 * item[place] for item in times)
        for part in (50, 95, 99):
            figures[f"{kind}_p{part}"] = round(ordered[len(ordered) * part // 100], 2)
    return figures


def _opening(folder: Path, synthetic: Synthetic) -> dict[str, Any]:
    """From nothing to the first answer, libraries already imported."""
    vector = synthetic.make(1, 5)[0]
    began = _now()
    with closing(Library(folder, len(vector))) as library:
        library.recall.search_with(vector, "a night of rain", 8)
        clock, processor = _since(began, _now())
    return {"first_answer_seconds": round(clock, 3), "first_answer_processor_seconds": round(processor, 3)}


def _adding(library: Library, pools: dict[str, list[str]], synthetic: Synthetic) -> dict[str, Any]:
    """One more work of 50 passages, until it is found; and forgotten rows again, so that sizes stay round."""
    new = _works(pools, synthetic, 999_999, PER_WORK)[0]
    began = time.perf_counter()
    ((work, _),) = library.store.put([new], NAME)
    written = time.perf_counter() - began
    library.recall.search_with(synthetic.make(PER_WORK, 999_999)[0], "a night of rain", 8)
    whole = time.perf_counter() - began
    library.store.remove(work.id)
    return {"add_work_seconds": round(written, 3), "add_and_find_seconds": round(whole, 3)}


def disk(folder: Path) -> dict[str, Any]:
    """Bytes a passage over its text, by table; the index file is counted."""
    with closing(Database.open(folder / "cocreate.db")) as database:
        database.query("PRAGMA wal_checkpoint(TRUNCATE)")
        passages = database.query("SELECT count(*) FROM passages")[0][0]
        text = database.query("SELECT sum(length(CAST(text AS BLOB))) FROM works")[0][0]
        rows = database.query("SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 12")
        tables = {row["name"]: round(row["size"] / passages, 1) for row in rows}
        file = database.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]
    index = sum(path.stat().st_size for path in (folder / "index").glob("*"))
    return {
        "disk": {
            "bytes_a_passage_over_text": round((file + index - text) / passages, 1),
            "text_bytes_a_passage": round(text / passages, 1),
            "index_bytes_a_passage": round(index / passages, 1),
            "tables": tables,
        }
    }
