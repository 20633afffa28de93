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
        if _is_there_as_folder(path):
            yield from _inside(path)
        else:
            yield path, None


def count(paths: Sequence[Path]) -> int:
    """How many there are; looks into folders and at no file."""
    return sum(1 for _ in files(paths))


def _is_there_as_folder(path: Path) -> bool:
    """What may not even be looked at counts as a file: reading it says what is wrong."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _inside(folder: Path) -> Iterator[Found]:
    """Depth first, by a stack of its own: folders may lie deeper than Python calls."""
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, bool]] = [(folder, True)]
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield path, None
            continue
        try:
            waiting += reversed(_entries(path, seen))
        except OSError as error:
            yield path, _closed(error)


def _entries(folder: Path, seen: set[tuple[int, int]]) -> list[tuple[Path, bool]]:
    """Files and folders of a folder by name, each with whether it is a folder; none when it was there already.

    Raises:
        OSError: the folder cannot be read.
    """
    status = folder.stat()
    # A link to a folder above would lead round for ever.
    if (status.st_dev, status.st_ino) in seen:
        return []
    seen.add((status.st_dev, status.st_ino))
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            is_folder = None if entry.name.startswith(".") else _is_folder(entry)
            if is_folder or (is_folder is False and Path(entry.name).suffix.lower() in SUFFIXES):
                found.append((entry.name, is_folder))
    return [(folder / name, is_folder) for name, is_folder in sorted(found)]


def _is_folder(entry: os.DirEntry[str]) -> bool | None:
    """None for what is neither a folder nor a file: pipes, devices, links that lead nowhere or to themselves."""
    try:
        return True if entry.is_dir() else False if entry.is_file() else None
    except OSError:
        return None


def _closed(error: OSError) -> WorkRefused:
    return WorkRefused(
        f"The folder cannot be read ({error.strerror or 'unknown reason'}).",
        "Check its permissions; the rest was looked at.",
    )
