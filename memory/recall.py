"""Finding passages: each ranker gives (passage id, score) pairs, and `fused` makes one ranking of them.

Dense only for now. A lexical ranker (which Chinese needs: MiniLM knows little of it) joins `_rankings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memory.embedder import Embedder, unit_vectors
from memory.index import PassageIndex
from memory.records import Hit
from memory.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ranking = list[tuple[int, float]]
"""(passage id, score) pairs, best first."""
LONGEST_QUERY = 2_000
"""Characters of a query that count; an embedding model reads less."""
_BATCH = 64


class Recall:
    """Searches the store's passages by meaning."""

    def __init__(self, store: Store, index: PassageIndex, embedder: Embedder) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self._complete_at = ""

    def search(self, query: str, count: int) -> list[Hit]:
        """Return the `count` best passages, best first; none for an empty query.

        Raises:
            StoreUnusable: the store cannot be read.
            EmbedderFailed: the model cannot be loaded or gives no usable numbers.
        """
        text = query[:LONGEST_QUERY].strip()
        if not text or count < 1 or not self._store.count():
            return []
        return self._store.hits(fused(self._rankings(text, count), count))

    def _rankings(self, text: str, count: int) -> list[Ranking]:
        vector = unit_vectors(self._embedder, [text])[0]
        self._embed_missing(len(vector))
        return [self._index.search(self._embedder.name, vector, count)]

    def _embed_missing(self, dimension: int) -> None:
        """Give vectors to passages that were added under another embedder."""
        name = self._embedder.name
        revision = self._store.revision()
        if revision == self._complete_at:
            return
        while missing := self._store.without_vector(name, dimension, _BATCH):
            vectors = as_bytes(unit_vectors(self._embedder, [text for _, text in missing]))
            ids = [passage_id for passage_id, _ in missing]
            self._store.save_vectors(name, list(zip(ids, vectors, strict=True)))
            revision = self._store.revision()
        self._complete_at = revision


def fused(rankings: Sequence[Ranking], count: int) -> Ranking:
    """Make one ranking of several. With a single one its scores stay what they are (cosine)."""
    (ranking,) = rankings
    return ranking[:count]


def as_bytes(vectors: NDArray[np.float32]) -> list[bytes]:
    """Return each row as the store keeps it: float32, little-endian."""
    return [row.tobytes() for row in vectors.astype("<f4", copy=False)]
