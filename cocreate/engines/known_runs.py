"""Runs of words that stand in the literature an adapter was tuned on, so that none is written again word for word.

A sorted array of hashes of 30 bits: a run that is not in the texts is taken for one that is with a chance of (number of
runs) / 2^30, 1 in 509 for the two million of what ships. The file holds the differences between neighbours, byte by
byte, compressed: about 11 bits a run. From the hashes no text can be read.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import AdapterRefused
from agents.spans import words

if TYPE_CHECKING:
    import numpy as np

RUN = 6
"""Words of a run: what two texts share by chance is shorter, as a rule."""
MOST = 10_000_000
"""Runs after which no further text is read: with many more, words that are nobody's would be taken back."""
FILE = "known_runs.xz"
"""In an adapter's folder."""
_BYTES = 4
"""Of a hash in memory."""
_BITS = 30
"""Of a hash that count: with all 32 an adapter and its runs would be larger than 8 MB."""


class KnownRuns:
    """All runs of RUN words of some texts.

    Args:
        hashes: uint32 of shape (N,), sorted, none twice.
    """

    def __init__(self, hashes: np.ndarray) -> None:
        self._hashes = hashes

    @classmethod
    def of(cls, texts: Iterable[str]) -> KnownRuns:
        """Read the runs off texts, until there are MOST; none goes from one text into the next."""
        import numpy as np

        found = bytearray()
        for text in texts:
            if len(found) > MOST * _BYTES:
                break
            row = words(text)
            for at in range(len(row) - RUN + 1):
                found += _hash(row[at : at + RUN])
        return cls(np.unique(np.frombuffer(found, dtype="<u4") >> np.uint32(8 * _BYTES - _BITS)))

    @classmethod
    def load(cls, path: Path) -> KnownRuns:
        """Read what `save` wrote. Raises OSError, and ValueError for a file of another kind."""
        import numpy as np

        try:
            planes = np.frombuffer(lzma.decompress(path.read_bytes()), dtype=np.uint8).reshape(_BYTES, -1)
        except (lzma.LZMAError, EOFError) as error:
            raise ValueError(f"{path.name} is damaged: {error}") from error
        steps = np.ascontiguousarray(planes.T).view("<u4").ravel()
        hashes = np.cumsum(steps, dtype=np.uint32)
        if len(hashes) and int(hashes[-1]) >> _BITS:  # written when all 32 bits were kept
            hashes = np.unique(hashes >> np.uint32(8 * _BYTES - _BITS))
        return cls(hashes)

    def save(self, path: Path) -> None:
        """Write it, replacing what is there. Raises OSError."""
        import numpy as np

        steps = np.diff(self._hashes, prepend=np.uint32(0)).astype("<u4")
        planes = np.ascontiguousarray(steps.view(np.uint8).reshape(-1, _BYTES).T)
        path.write_bytes(lzma.compress(planes.tobytes()))
        path.chmod(0o600)

    def __len__(self) -> int:
        """Number of different runs."""
        return len(self._hashes)

    def holds(self, run: Sequence[str]) -> bool:
        """Whether RUN words, in small letters, stand in the texts one after the other."""
        import numpy as np

        if len(run) != RUN or not len(self._hashes):
            return False
        wanted = np.uint32(int.from_bytes(_hash(run), "little") >> (8 * _BYTES - _BITS))
        at = int(np.searchsorted(self._hashes, wanted))
        return at < len(self._hashes) and bool(self._hashes[at] == wanted)


def _hash(run: Sequence[str]) -> bytes:
    return hashlib.blake2b(" ".join(run).encode(), digest_size=_BYTES).digest()


def known_runs(adapter: Path) -> KnownRuns | None:
    """Those of an adapter in a peft folder; None where it has none.

    Raises:
        AdapterRefused: they are there and cannot be read.
    """
    path = adapter / FILE
    if not path.is_file():
        return None
    try:
        return KnownRuns.load(path)
    except (OSError, ValueError) as error:
        raise AdapterRefused(
            f"What the adapter {adapter.name} must not repeat cannot be read: {error}",
            "Tune it again, or install anew.",
        ) from error
