"""Threads that each compute by themselves: several small computations side by side beat one on several threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor


def single_threads(name: str, most: int = 64) -> ThreadPoolExecutor:
    """A pool of as many threads as PyTorch uses, at most `most`, in each of which PyTorch itself uses one."""
    import torch

    threads = torch.get_num_threads()
    count = min(threads, most)
    together = threading.Barrier(count)

    def alone(_: int) -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # makes it the thread's own; else its first sum takes the number of all again
        together.wait()  # so that every thread of the pool comes by, and none twice

    pool = ThreadPoolExecutor(count, name)
    list(pool.map(alone, range(count)))
    torch.set_num_threads(threads)
    return pool
