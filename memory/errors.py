"""What can go wrong in memory.

MemoryFailed
    StoreUnusable      the data directory is read-only, full, or the file is not ours
    WorkRefused        a file cannot become a work (not text, empty, unreadable)
    NoSuchWork         an id that is not there, or that several works begin with
    EmbedderFailed     the embedding model cannot be loaded or gives no usable numbers
"""

from __future__ import annotations


class MemoryFailed(Exception):
    """Root. `sentence` says what happened, `next_step` what the writer can do."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class StoreUnusable(MemoryFailed):
    """The data directory is read-only or full, or the file in it is not ours."""


class WorkRefused(MemoryFailed):
    """A file cannot become a work."""


class NoSuchWork(MemoryFailed):
    """No work has this id, or several begin with it."""


class EmbedderFailed(MemoryFailed):
    """The embedding model cannot be loaded, or gives no usable numbers."""
