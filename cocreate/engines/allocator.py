"""How this process holds on to memory it no longer uses."""

from __future__ import annotations

import ctypes
import os
import sys

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 256 * 1024
_SHAPES = "32"
"""Shapes of matrices whose kernels are kept. A text of another length is another shape."""


def keep_memory_low() -> None:
    """Give memory back when it is free, and keep few kernels. Call before torch or llama.cpp is loaded.

    - glibc raises its limit for blocks of their own to 32 MB once such a block was freed; from then on the tables of
      logits lie on the heap, which never shrinks: a studio held 1.9 GB after three turns, 1.5 GB with a fixed limit.
    - oneDNN, and PyTorch above it, keep a compiled kernel for each of the last 1,024 shapes of a bfloat16 matrix: 25 MB
      more with every turn, since every draft has a length of its own. Making one anew costs no measurable time.

    What the user has set stays. Other C libraries than glibc are left alone.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _SHAPES)
    os.environ.setdefault("LRU_CACHE_CAPACITY", _SHAPES)
    if not sys.platform.startswith("linux") or "MALLOC_MMAP_THRESHOLD_" in os.environ:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # musl has none
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_ARENA_MAX, 2)
