"""Which studio a turn belongs to, and whether that studio still lives.

Several studios may work on one data directory. Each holds an operating-system lock on a file of its own for as long
as its process lives; a turn whose owner's file can be locked was left behind by a crash.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from filelock import FileLock, Timeout

from cocreate.private import private_folder


class Owner:
    """The identity of one running studio."""

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)
        self.id = secrets.token_hex(6)
        self._lock = FileLock(self._path(self.id), mode=0o600)
        self._lock.acquire()

    def _path(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    def is_gone(self, owner: str) -> bool:
        """Whether the studio of this id has ended (this one itself has not)."""
        path = self._path(owner)
        if owner == self.id or not path.exists():
            return owner != self.id
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
        except Timeout:
            return False
        return True

    def close(self) -> None:
        """Give the identity up."""
        self._lock.release()
        self._path(self.id).unlink(missing_ok=True)
