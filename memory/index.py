"""Nearest passages by cosine, exact while that is fast, then through a compressed index.

The newest passages (all of a small library) are compared one by one in memory, read from the store when it is opened.
From EXACT_MOST on they move into a compressed index, whose file is a cache: it may be deleted, truncated or damaged at
any time and comes back from the store. So adding a work seldom writes the index file, and opening never builds one that
is there. Always as new as the store, whichever process changed it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import index_file
from memory.allowed import Allowed
from memory.codes import as_vectors
from memory.compressed import LOOKED_AGAIN, fingerprint, ids_of, nearest, train, wanted_to_train
from memory.errors import StoreUnusable
from memory.passage_store import PassageStore
from memory.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_MOST = 16_384
"""Passages compared one by one: about 3 ms for 384 dimensions on one core."""
_CHUNK = 16_384
"""Vectors read from the store at a time."""
_GROWN = 4
"""The lists of a compressed index are made anew when there are so many times the passages."""


@dataclass(slots=True)
class _Loaded:
    embedder: str
    dimension: int
    revision: str
    base: tuple[index_file.Header, Any] | None
    """The compressed index: all passages up to header.last."""
    ids: NDArray[np.int64]
    """The newer passages, in order."""
    vectors: NDArray[np.float32]
    """Theirs, one a row."""

    @property
    def last(self) -> int:
        """Up to here passages are in the compressed index."""
        return self.base[0].last if self.base else 0


class PassageIndex:
    """Finds passages near a vector. Thread-safe."""

    def __init__(self, store: Store, passages: PassageStore, folder: Path, *, exact_most: int = EXACT_MOST) -> None:
        self._store = store
        self._passages = passages
        self._folder = folder
        self._exact_most = exact_most
        self._loaded: _Loaded | None = None
        self._lock = threading.RLock()

    def search(
        self, embedder: str, vector: NDArray[np.float32], count: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `count` (passage id, cosine) pairs, best first.

        Args:
            embedder: Name of the embedder that made `vector`.
            vector: float32 of shape (dimension,), norm 1. One that is not finite finds nothing.
            count: Most results.
            allowed: Only these passages; None for all.

        Raises:
            StoreUnusable: the store cannot be read.
        """
        import numpy as np

        if count < 1 or not np.isfinite(vector).all():
            return []
        with self._lock:
            loaded = self._current(embedder, len(vector))
            ids, scores = self._newest(loaded, vector, allowed)
            if loaded.base and loaded.base[1].ntotal:
                older, cosines = self._older(loaded, loaded.base[1], vector, count, allowed)
                ids, scores = np.concatenate([older, ids]), np.concatenate([cosines, scores])
        best = np.lexsort((ids, -scores))[:count]
        return list(zip(ids[best].tolist(), np.clip(scores[best], -1, 1).tolist(), strict=True))

    def covered(self, embedder: str, dimension: int) -> int:
        """Up to this id all passages are in the compressed index, so have vectors. Raises StoreUnusable."""
        with self._lock:
            return self._current(embedder, dimension).last

    def settle(self, embedder: str, dimension: int) -> None:
        """Bring everything up to date now, so that no search has to. Raises StoreUnusable."""
        with self._lock:
            self._current(embedder, dimension)

    def forget(self) -> None:
        """Take passages that the store no longer has out of the files. Raises OSError and StoreUnusable."""
        with self._lock:
            for path in self._folder.glob("passages-*"):
                named = index_file.named(path)
                if named is not None and path == index_file.path_of(self._folder, named[0]):
                    self._current(*named)
                    if self._fresh(path, *named):
                        continue
                path.unlink(missing_ok=True)

    def drop_others(self, embedder: str) -> None:
        """Delete the files of other embedders, whose vectors are being replaced."""
        own = index_file.path_of(self._folder, embedder)
        for path in self._folder.glob("passages-*"):
            if path != own:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _fresh(self, path: Path, embedder: str, dimension: int) -> bool:
        """Whether a file holds nothing but what the store holds."""
        found = index_file.read(path, embedder, dimension)
        return found is not None and found[0].works == fingerprint(self._passages.ranges(), found[0].last)

    def ids(self, embedder: str, dimension: int) -> list[int]:
        """Ids of all passages that can be found, in order. Raises StoreUnusable."""
        import numpy as np

        with self._lock:
            loaded = self._current(embedder, dimension)
            older = ids_of(loaded.base[1]) if loaded.base else np.empty(0, dtype=np.int64)
            return [*older.tolist(), *loaded.ids.tolist()]

    # --- searching ------------------------------------------------------------------------------------------

    def _newest(
        self, loaded: _Loaded, vector: NDArray[np.float32], allowed: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        if allowed is None:
            return loaded.ids, loaded.vectors @ vector
        kept = allowed.holds(loaded.ids)
        return loaded.ids[kept], loaded.vectors[kept] @ vector

    def _older(
        self, loaded: _Loaded, index: Any, vector: NDArray[np.float32], count: int, allowed: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What the compressed index finds, compared again with the store's vectors."""
        import numpy as np

        found = nearest(index, vector, max(LOOKED_AGAIN, 2 * count), allowed)
        ids, kept = self._passages.vectors_of(loaded.embedder, loaded.dimension, found)
        return np.array(ids, dtype=np.int64), as_vectors(kept, loaded.dimension) @ vector

    # --- keeping up with the store --------------------------------------------------------------------------

    def _current(self, embedder: str, dimension: int) -> _Loaded:
        loaded, revision = self._loaded, self._store.revision()
        if loaded is None or (loaded.embedder, loaded.dimension) != (embedder, dimension):
            loaded = self._opened(embedder, dimension)
        if loaded.revision != revision:
            # Read before the vectors: what is written in between makes the next search look again.
            self._catch_up(loaded)
            loaded = self._loaded = replace(loaded, revision=revision)
        return loaded

    def _opened(self, embedder: str, dimension: int) -> _Loaded:
        import numpy as np

        base = index_file.read(index_file.path_of(self._folder, embedder), embedder, dimension)
        nothing = np.empty(0, dtype=np.int64), np.empty((0, dimension), dtype=np.float32)
        return _Loaded(embedder, dimension, "", base, *nothing)

    def _catch_up(self, loaded: _Loaded) -> None:
        """Drop what was forgotten, read what is new, and move the newest into the compressed index when it is time."""
        ranges = self._passages.ranges()
        there = Allowed(tuple((first, last) for _, first, last in ranges))
        changed = self._mend(loaded, ranges, there)
        if there.total - there.up_to(loaded.last) > self._exact_most:
            self._compress(loaded, ranges, there)
            changed = True
        self._read_newest(loaded, there)
        if changed:
            # Only a cache: on a full or read-only disk searching goes on without it.
            with contextlib.suppress(OSError, StoreUnusable):
                self._save(loaded)

    def _mend(self, loaded: _Loaded, ranges: list[tuple[str, int, int]], there: Allowed) -> bool:
        """Make the compressed index hold what the store holds; whether it was changed."""
        if loaded.base is None:
            return False
        header, index = loaded.base
        works = fingerprint(ranges, header.last)
        if works == header.works:
            return False
        import faiss

        ids = ids_of(index)
        gone = ids[~there.holds(ids)]
        if len(gone):
            index.remove_ids(faiss.IDSelectorBatch(gone))
        # A passage it should have and has not: another database's file, or one put back from a copy.
        sound = index.ntotal == there.up_to(header.last)
        loaded.base = (replace(header, works=works), index) if sound else None
        return True

    def _read_newest(self, loaded: _Loaded, there: Allowed) -> None:
        import numpy as np

        kept = there.holds(loaded.ids) & (loaded.ids > loaded.last)
        ids, vectors = loaded.ids[kept], loaded.vectors[kept]
        wanted = there.total - there.up_to(loaded.last)
        for after in (int(ids[-1]) if len(ids) else loaded.last, loaded.last):
            if after == loaded.last:
                ids, vectors = ids[:0], vectors[:0]
            more, blobs = self._passages.vectors_after(loaded.embedder, loaded.dimension, after)
            ids = np.concatenate([ids, np.array(more, dtype=np.int64)])
            vectors = np.concatenate([vectors, as_vectors(blobs, loaded.dimension)])
            # Fewer: some got their vectors late, from another embedder's time, so all are read again.
            if len(ids) == wanted:
                break
        loaded.ids, loaded.vectors = ids, vectors

    def _compress(self, loaded: _Loaded, ranges: list[tuple[str, int, int]], there: Allowed) -> None:
        """Move the newest passages into the compressed index; make its lists anew when it has outgrown them."""
        import numpy as np

        name, dimension, last = loaded.embedder, loaded.dimension, loaded.last
        base, trained = loaded.base, loaded.base[0].trained if loaded.base else 0
        if base is None or there.total > _GROWN * trained:
            sample = there.sample(wanted_to_train(there.total))
            vectors = self._vectors_of(loaded, sample)
            if len(vectors) < len(sample):
                loaded.base = None
                return
            index, last, trained = train(vectors, there.total), 0, there.total
        else:
            index = base[1]
        while True:
            ids, kept = self._passages.vectors_after(name, dimension, last, _CHUNK)
            if not ids:
                break
            index.add_with_ids(as_vectors(kept, dimension), np.array(ids, dtype=np.int64))
            last = ids[-1]
        # Passages without a vector yet would never come in later: then all is tried again at the next change.
        complete = index.ntotal == there.up_to(last)
        header = index_file.Header(name, dimension, last, trained, fingerprint(ranges, last))
        loaded.base = (header, index) if complete else None

    def _vectors_of(self, loaded: _Loaded, ids: Sequence[int]) -> NDArray[np.float32]:
        return as_vectors(self._passages.vectors_of(loaded.embedder, loaded.dimension, ids)[1], loaded.dimension)

    def _save(self, loaded: _Loaded) -> None:
        path = index_file.path_of(self._folder, loaded.embedder)
        if loaded.base is None:
            path.unlink(missing_ok=True)
            return
        header, index = loaded.base

        def into_place(aside: Path) -> None:
            # A removal in another process takes works out of these files after its commit; none may come back.
            with self._store.holding_writers_off():
                if fingerprint(self._passages.ranges(), header.last) == header.works:
                    aside.replace(path)

        index_file.write(path, header, index, into_place)
