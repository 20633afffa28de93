"""Finding passages by meaning and by words, joined into one ranking that does not repeat itself.

Two rankings are joined by their ranks (reciprocal rank fusion: Cormack, Clarke and Buettcher 2009) and thinned out by
maximal marginal relevance (Carbonell and Goldstein 1998). What the writer pinned comes first; what the writer excluded
never comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from memory.codes import as_bytes, as_vectors
from memory.embedder import Embedder, unit_vectors
from memory.index import PassageIndex
from memory.lexical import WordIndex
from memory.passage_store import PassageMarks, PassageStore
from memory.records import Filters, Hit
from memory.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.allowed import Allowed

Ranking = list[tuple[int, float]]
"""(passage id, score) pairs, best first."""
LONGEST_QUERY = 2_000
"""Characters of a query that count; an embedding model reads less."""
RANK_CONSTANT = 10
"""k of reciprocal rank fusion. With its authors' 60 a passage in the middle of both rankings goes before the first of
one: hit at 5 was .905, with 10 it is .978 (words alone .99, meaning alone .57; docs/log.md)."""
RELEVANCE = 0.75
"""Weight of relevance against likeness to what was chosen before (lambda of MMR)."""
_DEPTH = 50
"""Passages each ranking gives."""
_POOL = 4
"""Times as many passages as are wanted go into the choice."""
_BATCH = 64


class Recall:
    """Searches the store's passages."""

    def __init__(
        self, store: Store, passages: PassageStore, index: PassageIndex, words: WordIndex, embedder: Embedder
    ) -> None:
        self._store = store
        self._passages = passages
        self._index = index
        self._words = words
        self._embedder = embedder
        self._complete_at = ""
        """Revision at which every passage had a vector."""
        self._complete_to = 0
        """Up to this passage all had one."""
        self._total = 0
        """Passages there were then."""

    def search(self, query: str, count: int, filters: Filters | None = None, piece_id: str = "") -> list[Hit]:
        """Return the `count` best passages, best first; none for an empty query.

        Args:
            query: Any text.
            count: Most results; passages the writer pinned are among them.
            filters: Which works are looked at; None for all.
            piece_id: Piece whose marks count, beside those for good.

        Raises:
            StoreUnusable: the store cannot be read.
            EmbedderFailed: the model cannot be loaded or gives no usable numbers.
        """
        text = query[:LONGEST_QUERY].strip()
        if not text or count < 1 or not self._passages.newest():
            return []
        return self.search_with(unit_vectors(self._embedder, [text])[0], text, count, filters, piece_id)

    def search_with(
        self, vector: NDArray[np.float32], text: str, count: int, filters: Filters | None = None, piece_id: str = ""
    ) -> list[Hit]:
        """As `search`, with the query's vector (float32, norm 1) given."""
        self._embed_missing(len(vector))
        allowed = None if filters in (None, Filters()) else self._passages.allowed(filters, self._store.revision())
        if allowed is not None and not allowed.total:
            return []
        marks = self._passages.marks(piece_id)
        depth = max(_DEPTH, 2 * count) + len(marks.excluded)
        dense = _without(self._index.search(self._embedder.name, vector, depth, allowed), marks)
        lexical = _without(self._words.search(text, depth, self._total, allowed), marks)
        pinned = _kept(marks.pinned, allowed)[:count]
        ranked = [item for item in fused([dense, lexical]) if item[0] not in pinned][: _POOL * count]
        known, vectors = self._vectors([*pinned, *(at for at, _ in ranked)], len(vector))
        chosen = spread(ranked, {at: vectors[row] for at, row in known.items()}, count - len(pinned))
        cosine = {at: float(vectors[row] @ vector) for at, row in known.items()}
        hits = self._passages.hits([(at, cosine.get(at, 0.0)) for at in [*pinned, *chosen]])
        found_by = _found_by(pinned, dense[:_DEPTH], lexical[:_DEPTH])
        return [_described(hit, found_by, marks) for hit in hits]

    def hits(self, ranked: Sequence[tuple[int, float]], piece_id: str = "", *, excluded: bool = True) -> list[Hit]:
        """The passages with these ids and scores, in this order; forgotten ones are left out. Raises StoreUnusable.

        `excluded`: also those the writer excluded.
        """
        marks = self._passages.marks(piece_id)
        found_by = dict.fromkeys((at for at, _ in ranked), "")  # how it was found is not kept
        found_by |= dict.fromkeys(marks.excluded, "excluded") | dict.fromkeys(marks.pinned, "pinned")
        hits = self._passages.hits(ranked if excluded else _without(list(ranked), marks))
        return [_described(hit, found_by, marks) for hit in hits]

    def _vectors(self, ids: Sequence[int], dimension: int) -> tuple[dict[int, int], NDArray[np.float32]]:
        """Row of each passage, and their vectors as float32 (n, dimension)."""
        found, kept = self._passages.vectors_of(self._embedder.name, dimension, ids)
        return {at: row for row, at in enumerate(found)}, as_vectors(kept, dimension)

    def _embed_missing(self, dimension: int) -> None:
        """Give vectors to passages that were added under another embedder, in place of that one's."""
        name = self._embedder.name
        revision = self._store.revision()
        if revision == self._complete_at:
            return
        # What is in the compressed index has vectors, and what had them keeps them: only newer passages are looked at.
        others = self._passages.other_embedders(name)
        done = 0 if others else max(self._complete_to, self._index.covered(name, dimension))
        newest = self._passages.newest()
        while missing := self._passages.without_vector(name, dimension, done, _BATCH):
            vectors = as_bytes(unit_vectors(self._embedder, [text for _, text in missing]))
            ids = [passage_id for passage_id, _ in missing]
            self._passages.save_vectors(name, list(zip(ids, vectors, strict=True)))
            revision = self._store.revision()
        if others:
            self._passages.drop_others(name)
            self._index.drop_others(name)
        self._complete_at, self._complete_to = revision, newest
        self._total = self._passages.total()


def fused(rankings: Sequence[Ranking]) -> Ranking:
    """Make one ranking of several by the sum of reciprocal ranks."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (at, _) in enumerate(ranking, 1):
            scores[at] = scores.get(at, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def spread(ranked: Ranking, vectors: dict[int, NDArray[np.float32]], count: int) -> list[int]:
    """Choose `count` passages one by one: relevant, and unlike those chosen before. The first is the most relevant."""
    import numpy as np

    left = [(at, score) for at, score in ranked if at in vectors]
    if not left or count < 1:
        return []
    ids = [at for at, _ in left]
    rows = np.stack([vectors[at] for at in ids])
    relevance = np.array([score for _, score in left]) / left[0][1]
    likeness = np.zeros(len(ids))
    chosen: list[int] = []
    while len(chosen) < min(count, len(ids)):
        gain = RELEVANCE * relevance - (1 - RELEVANCE) * likeness
        gain[chosen] = -np.inf
        best = int(gain.argmax())
        chosen.append(best)
        likeness = np.maximum(likeness, rows @ rows[best])
    return [ids[place] for place in chosen]


def _without(ranking: Ranking, marks: PassageMarks) -> Ranking:
    return [item for item in ranking if item[0] not in marks.excluded]


def _kept(pinned: Sequence[int], allowed: Allowed | None) -> list[int]:
    import numpy as np

    if allowed is None or not pinned:
        return list(pinned)
    inside = allowed.holds(np.array(pinned, dtype=np.int64))
    return [at for at, kept in zip(pinned, inside, strict=True) if kept]


def _found_by(pinned: Sequence[int], dense: Ranking, lexical: Ranking) -> dict[int, str]:
    found = dict.fromkeys((at for at, _ in dense), "meaning")
    for at, _ in lexical:
        found[at] = "both" if at in found else "words"
    return found | dict.fromkeys(pinned, "pinned")


def _described(hit: Hit, found_by: dict[int, str], marks: PassageMarks) -> Hit:
    at = hit.passage.id
    return replace(hit, found_by=found_by.get(at, "meaning"), corrected=marks.corrected.get(at, ""))
