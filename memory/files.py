"""Which files are meant by the paths a writer names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from memory.errors import WorkRefused
from memory.readers import SUFFIXES

Found = tuple[Path, WorkRefused | None]
"""A file to read, or a path with what is wrong with it."""


def files(paths: Sequence[Path]) -> Iterator[Found]:
    """Yield the files meant by `paths`: those named, whatever they are, and the readable kinds inside folders.

    Folders are walked in order of name, links followed, none twice; hidden files and folders are passed over.
    """
    for path in paths:
        if path.is_dir():
            yield from _inside(path, set())
        else:
            yield path, None


def _inside(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Found]:
    try:
        status = folder.stat()
        # A link to a folder above would lead round for ever.
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            names = sorted((entry.name, entry.is_dir(), entry.is_file()) for entry in entries)
    except OSError as error:
        yield (
            folder,
            WorkRefused(
                f"The folder cannot be read ({error.strerror or 'unknown reason'}).",
                "Check its permissions; the rest was looked at.",
            ),
        )
        return
    for name, is_folder, is_file in names:
        if name.startswith("."):
            continue
        if is_folder:
            yield from _inside(folder / name, seen)
        elif is_file and Path(name).suffix.lower() in SUFFIXES:
            yield folder / name, None
