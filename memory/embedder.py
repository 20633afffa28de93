"""Text to unit vectors: the protocol memory needs, the sentence-transformers model, and one that needs no weights.

The heavy libraries are imported when the first text is embedded, never before.
"""

from __future__ import annotations

import hashlib
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from memory.errors import EmbedderFailed
from memory.sanitise import sanitise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 20_000
"""Characters of one text that are looked at; a model reads far fewer, and its tokeniser should not read megabytes."""

_Way = Literal["int8", "float", "plain"]
"""`memory.bert` in 8 bits or in float32, or sentence-transformers."""


class Embedder(Protocol):
    """Text to unit vectors."""

    @property
    def name(self) -> str:
        """Identity of model and version; vectors of different names are never compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimension), rows of L2 norm 1."""


class SentenceEmbedder:
    """A sentence-transformers model from a local folder. Loaded at the first use; opens no socket.

    A BERT (such as the default one) is computed by `memory.bert`: in 8-bit whole numbers where the CPU is made for
    them, which is not `exact`, else in float32, the same vectors as sentence-transformers gives. Every other model
    is left to sentence-transformers.

    Safe for several threads. All methods raise memory.errors.EmbedderFailed when the folder holds no usable model.
    """

    def __init__(self, path: Path, threads: int = 0, *, exact: bool = False) -> None:
        """`threads`: CPU threads of torch for the whole process; 0 leaves torch's own choice."""
        self._path = path
        self._exact = exact
        self._threads = threads
        self._model: Any = None
        self._name = ""
        self._way: _Way | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """Folder name, the first digits of the SHA-256 of the weights, and "+int8" where it counts in 8 bits."""
        with self._lock:
            if not self._name:
                self._name = f"{self._path.name}@{self._fingerprint()}{'+int8' if self._how() == 'int8' else ''}"
            return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector (384 for MiniLM)."""
        model = self._loaded()
        return int(model.get_embedding_dimension() if self._how() == "plain" else model.dimension)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimension), rows of L2 norm 1. An empty text has a vector too."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        model, cut = self._loaded(), [text[:LONGEST] for text in texts]
        if self._how() != "plain":
            return np.ascontiguousarray(model.embed(cut), dtype=np.float32)
        vectors = model.encode(
            cut,
            batch_size=32,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        try:
            with (self._path / "model.safetensors").open("rb") as weights:
                while block := weights.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise self._failed(error) from error
        return digest.hexdigest()[:12]

    def _how(self) -> _Way:
        with self._lock:
            if self._way is None:
                from memory import bert, int8

                try:
                    fits = bert.fits(self._path)
                except (OSError, ValueError, KeyError, TypeError, AttributeError):
                    fits = False  # sentence-transformers will say what is wrong with the folder
                self._way = "plain" if not fits else "float" if self._exact or not int8.able() else "int8"
            return self._way

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:
        if not (self._path / "modules.json").is_file():
            raise self._failed(FileNotFoundError("modules.json is missing"))
        import torch

        if self._threads > 0:
            torch.set_num_threads(self._threads)
        try:
            if self._how() != "plain":
                from memory.bert import BertEncoder

                return BertEncoder(self._path, small=self._how() == "int8")
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(
                str(self._path),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> EmbedderFailed:
        reason = " ".join(sanitise(str(error)).split())[:200]
        return EmbedderFailed(
            f"The folder {sanitise(str(self._path))} holds no embedding model that can be loaded ({reason}).",
            "Name the folder of a sentence-transformers model with safetensors weights, or leave the setting "
            "“embedder” empty for the default one.",
        )


class HashEmbedder:
    """Character n-grams hashed into a vector: no weights, the same on every machine, and it finds shared wording.

    Feature hashing with signs (Weinberger et al. 2009, arXiv 0902.2206), square-rooted counts.
    """

    def __init__(self, dimension: int = 256) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        """Name with the length of a vector."""
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimension), rows of L2 norm 1."""
        import numpy as np

        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for gram in _grams(text[:LONGEST]):
                code = zlib.crc32(gram.encode("utf-8", "replace"))
                row[(code >> 1) % self._dimension] += 1.0 if code & 1 else -1.0
            row[:] = np.sign(row) * np.sqrt(np.abs(row))
            norm = float(np.linalg.norm(row))
            if norm == 0.0:
                row[0] = norm = 1.0
            row /= norm
        return vectors


def unit_vectors(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return `embedder.embed(texts)` after a check: right shape, all numbers finite, rows of norm 1.

    A faiss index takes NaN and infinity without a word and then finds nothing, so they are stopped here.

    Raises:
        EmbedderFailed: the model gave something else.
    """
    import numpy as np

    vectors = np.ascontiguousarray(embedder.embed(texts), dtype=np.float32)
    if vectors.shape != (len(texts), embedder.dimension) or not np.isfinite(vectors).all():
        raise EmbedderFailed(
            "The embedding model gave no usable numbers.", "Choose another one with the setting “embedder”."
        )
    # In float64: the square of a large float32 would overflow.
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1.0), dtype=np.float32)


_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[^\W_]+")


def _grams(text: str) -> Iterator[str]:
    """Words and their character trigrams; for Chinese single characters and pairs."""
    for match in _TOKEN.finditer(text.lower()):
        token = match[0]
        if token[0] >= "\u3400":
            yield from token
            yield from (token[at : at + 2] for at in range(len(token) - 1))
        else:
            yield f"={token}"
            padded = f"^{token}$"
            yield from (padded[at : at + 3] for at in range(len(padded) - 2))
