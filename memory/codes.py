"""Vectors as the store keeps them: one signed byte a dimension and a scale, a quarter of float32.

A unit vector v becomes round(127 v / max|v|) and the float32 max|v| / 127, little-endian, scale first: 388 bytes for
384 dimensions. Kept so, MiniLM's vectors have cosines that are off by .0003 on average and .0022 at most, and
99.4 % of the ten nearest stay the ten nearest (7,680 passages: docs/log.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCALE_BYTES = 4


def code_length(dimension: int) -> int:
    """Bytes of one kept vector."""
    return SCALE_BYTES + dimension


def as_bytes(vectors: NDArray[np.float32]) -> list[bytes]:
    """Return each row of float32 (n, dimension), all finite, as the store keeps it."""
    import numpy as np

    most = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
    scales = (np.where(most > 0, most, 1.0) / 127.0).astype("<f4")
    levels = np.rint(vectors / scales).astype(np.int8)
    return [scale.tobytes() + row.tobytes() for scale, row in zip(scales, levels, strict=True)]


def as_vectors(kept: Sequence[bytes], dimension: int) -> NDArray[np.float32]:
    """Return float32 of shape (len(kept), dimension), rows of L2 norm 1 (0 where the vector was 0)."""
    import numpy as np

    rows = np.frombuffer(b"".join(kept), dtype=np.int8).reshape(len(kept), code_length(dimension))
    vectors: NDArray[np.float32] = rows[:, SCALE_BYTES:].astype(np.float32)
    # The scale only matters to who wants the lengths back; directions are all that is compared here.
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, np.float32(1))
    return vectors
