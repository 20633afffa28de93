"""A compressed index for libraries too large to be compared one by one: FAISS's inverted lists over RaBitQ codes.

One bit a dimension (Gao and Long 2024, "RaBitQ"), about 70 bytes a passage, and what it finds is compared again with
the store's vectors. On 60,000 vectors of 384 dimensions it found as much as 8-bit codes in five times the room, in half
the time (docs/log.md).
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

from memory.allowed import Allowed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOKED_AGAIN = 100
"""Passages compared again with their whole vectors, for up to 50 results; from 200 no more of the ten nearest came."""
_TRAINING = 40
"""Vectors a list that its centre is found from."""
_PROBED = 0.06
"""Part of the lists that is read; the least is _LEAST_PROBED."""
_LEAST_PROBED = 48
_SEED = 20_090


def train(vectors: NDArray[np.float32], total: int) -> Any:
    """Return an empty faiss index whose lists fit a library of `total` passages; `vectors` is a sample of theirs."""
    import faiss as untyped

    faiss: Any = untyped
    index = faiss.index_factory(vectors.shape[1], f"IVF{lists_for(total)},RaBitQ", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.seed = 8, _SEED
    index.train(vectors)
    return index


def wanted_to_train(total: int) -> int:
    """Vectors that `train` should be given."""
    return min(total, _TRAINING * lists_for(total))


def lists_for(total: int) -> int:
    """Inverted lists for so many passages: about the square root, so that centres and lists take alike."""
    return max(16, 1 << round(math.log2(math.sqrt(max(total, 1)) * 1.4)))


def ids_of(index: Any) -> NDArray[np.int64]:
    """The passage ids in an index, in order."""
    import faiss
    import numpy as np

    lists = index.invlists
    sizes = [lists.list_size(number) for number in range(index.nlist)]
    parts = [faiss.rev_swig_ptr(lists.get_ids(number), size).copy() for number, size in enumerate(sizes) if size]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def nearest(index: Any, vector: NDArray[np.float32], count: int, allowed: Allowed | None) -> list[int]:
    """Ids of about the `count` passages nearest to a vector; all lists are read where few passages are allowed."""
    import faiss as untyped
    import numpy as np

    faiss: Any = untyped
    total = index.ntotal
    probed = max(_LEAST_PROBED, int(_PROBED * index.nlist))
    selector = None
    if allowed is not None:
        # As many allowed passages are looked at as without a filter.
        probed = math.ceil(probed * total / max(1, min(total, allowed.total)))
        selector = faiss.IDSelectorBitmap(allowed.bitmap)
    parameters = faiss.SearchParametersIVF(nprobe=min(index.nlist, probed), sel=selector)
    _, ids = index.search(np.ascontiguousarray(vector)[None, :], min(count, total), params=parameters)
    return [int(at) for at in ids[0] if at >= 0]


def fingerprint(ranges: list[tuple[str, int, int]], last: int) -> str:
    """What the passages up to `last` are, in one short text: moves when a work came, went or changed."""
    digest = hashlib.blake2b(digest_size=16)
    for work_id, first, end in ranges:
        if first <= last:
            digest.update(f"{work_id} {first} {end}\n".encode())
    return digest.hexdigest()
