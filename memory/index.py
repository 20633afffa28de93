"""Nearest passages by cosine: a FAISS index that is a cache of the vectors in the store.

The file may be deleted, truncated or damaged at any time: it comes back from the store. One file for each embedder:
a line of JSON (embedder, dimension, revision, SHA-256 of the rest), then FAISS's own serialisation. It is written
aside, synced, and put in place in one step. FAISS never sees bytes whose checksum is wrong, for it trusts the lengths
it reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.errors import StoreUnusable
from memory.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FORMAT = 1
_LONGEST_HEADER = 4096


@dataclass(frozen=True, slots=True)
class _Loaded:
    embedder: str
    dimension: int
    revision: str
    faiss_index: Any


class PassageIndex:
    """Finds passages near a vector; always as new as the store, whichever process changed it. Thread-safe."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._loaded: _Loaded | None = None
        self._lock = threading.RLock()

    def search(self, embedder: str, vector: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
        """Return up to `count` (passage id, cosine) pairs, best first.

        Args:
            embedder: Name of the embedder that made `vector`.
            vector: float32 of shape (dimension,), norm 1. One that is not finite finds nothing.
            count: Most results.

        Raises:
            StoreUnusable: the store cannot be read.
        """
        import numpy as np

        if count < 1 or not np.isfinite(vector).all():
            return []
        with self._lock:
            index = self._current(embedder, len(vector)).faiss_index
            most = min(count, index.ntotal)
            if most == 0:
                return []
            scores, ids = index.search(np.ascontiguousarray(vector, dtype=np.float32)[None, :], most)
        pairs = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
        return [(passage_id, max(-1.0, min(1.0, score))) for passage_id, score in pairs if passage_id >= 0]

    def forget(self) -> None:
        """Delete the files of all embedders; the next search builds what it needs."""
        with self._lock:
            self._loaded = None
            for path in self._folder.glob("passages-*"):
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()

    def _current(self, embedder: str, dimension: int) -> _Loaded:
        wanted = (embedder, dimension, self._store.revision())
        if self._loaded is None or _key(self._loaded) != wanted:
            self._loaded = self._read(*wanted) or self._build(*wanted)
        return self._loaded

    def _path(self, embedder: str) -> Path:
        return self._folder / f"passages-{hashlib.sha256(embedder.encode()).hexdigest()[:16]}.faiss"

    def _read(self, embedder: str, dimension: int, revision: str) -> _Loaded | None:
        """Return the file's index if it is whole and exactly the wanted one."""
        import faiss
        import numpy as np

        try:
            with self._path(embedder).open("rb") as file:
                header = json.loads(file.readline(_LONGEST_HEADER))
                if header != header | _header(embedder, dimension, revision):
                    return None
                body = file.read()
        except (OSError, ValueError, TypeError):
            return None
        if hashlib.sha256(body).hexdigest() != header.get("sha256"):
            return None
        try:
            index = faiss.deserialize_index(np.frombuffer(body, dtype=np.uint8))
        except RuntimeError:  # whole, but written by a FAISS this one does not understand
            return None
        return _Loaded(embedder, dimension, revision, index)

    def _build(self, embedder: str, dimension: int, revision: str) -> _Loaded:
        """Make the index from the store and save it.

        `revision` was read before the vectors. If something was written in between, the index is newer than its
        label, so the next search sees a difference and builds again.
        """
        import faiss
        import numpy as np

        ids, blobs = self._store.vectors(embedder, dimension)
        vectors = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(ids), dimension)
        sound = np.isfinite(vectors).all(axis=1)
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        # Each id once: they are the store's primary key. FAISS itself would take duplicates without a word.
        index.add_with_ids(np.ascontiguousarray(vectors[sound], dtype=np.float32), np.array(ids, dtype=np.int64)[sound])
        loaded = _Loaded(embedder, dimension, revision, index)
        # Only a cache: on a full or read-only disk searching goes on without it.
        with contextlib.suppress(OSError, StoreUnusable):
            self._save(loaded)
        return loaded

    def _save(self, loaded: _Loaded) -> None:
        import faiss

        body = faiss.serialize_index(loaded.faiss_index).tobytes()
        header = _header(*_key(loaded)) | {"sha256": hashlib.sha256(body).hexdigest()}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix="passages-", suffix=".part", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(json.dumps(header).encode() + b"\n" + body)
                file.flush()
                os.fsync(file.fileno())
            # A removal in another process deletes these files after its commit; none may appear behind its back.
            with self._store.holding_writers_off():
                if self._store.revision() == loaded.revision:
                    Path(aside).replace(self._path(loaded.embedder))
        finally:
            Path(aside).unlink(missing_ok=True)


def _key(loaded: _Loaded) -> tuple[str, int, str]:
    return loaded.embedder, loaded.dimension, loaded.revision


def _header(embedder: str, dimension: int, revision: str) -> dict[str, object]:
    return {"format": _FORMAT, "embedder": embedder, "dimension": dimension, "revision": revision}
