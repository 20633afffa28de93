"""What is installed, where, and whether it can work: facts for `cocreate doctor`, gathered without loading a model.

Imports nothing of memory, agents or tui: it must be able to say that one of them is somebody else's.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from cocreate.engines.server_address import parse, where_text_goes
from cocreate.errors import SettingsRefused
from cocreate.machine import graphics as gpus
from cocreate.machine import memory_free, memory_total, physical_cores, usable_cores
from cocreate.settings import FOLDER_KEYS, Resolved, Settings, find_cache, find_home, keys

Level = Literal["fine", "warning", "broken"]
OURS = ("tui", "cocreate", "agents", "memory")
LIBRARIES = (
    "textual",
    "langgraph",
    "torch",
    "transformers",
    "peft",
    "sentence-transformers",
    "faiss-cpu",
    "xllamacpp",
)
SQLITE_HEADER = b"SQLite format 3\x00"
LOW_DISK = 1_000_000_000
"""Bytes; below this the default models and a database may not fit."""
LOW_MEMORY = 2_000_000_000
"""Bytes of RAM; the default models and torch need about this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact."""

    section: str
    name: str
    value: str
    level: Level = "fine"
    next_step: str = ""


def examine(
    load: Callable[[], Resolved], home: Path | None, environ: Mapping[str, str], *, deep: bool = False
) -> Iterator[Finding]:
    """Yield every finding. `load` gives the settings and may raise SettingsRefused, which is a finding too."""
    yield from versions()
    yield from packages()
    try:
        resolved = load()
    except SettingsRefused as error:
        yield Finding("settings", "config", error.sentence, "broken", error.next_step)
        settings = Settings(find_home(home, environ), find_cache(None, environ))
    else:
        settings = resolved.settings
        yield from settings_in_force(resolved)
    yield from data_directory(settings.home)
    yield from privacy(settings, environ)
    yield from models(settings)
    yield from roles(settings)
    yield from machine(settings.cache)
    yield from graphics(deep)
    yield from terminal(environ)


def versions() -> Iterator[Finding]:
    """Python and the libraries whose release matters."""
    from cocreate import __version__

    yield Finding("versions", "cocreate", __version__)
    yield Finding("versions", "python", f"{platform.python_version()} at {sys.executable}")
    yield Finding("versions", "system", platform.platform())
    yield Finding("versions", "sqlite", sqlite3.sqlite_version)
    for name in LIBRARIES:
        try:
            yield Finding("versions", name, version(name))
        except PackageNotFoundError:
            yield Finding("versions", name, "missing", "broken", "Install cocreate again: pip install .")


def packages(search: Mapping[str, list[str]] | None = None) -> Iterator[Finding]:
    """Where each of our packages comes from, and whether another distribution claims its name."""
    distributions = packages_distributions() if search is None else search
    ours = Path(__file__).parents[1]
    for name in OURS:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            yield Finding("packages", name, "cannot be imported", "broken", "Install cocreate again: pip install .")
            continue
        others = sorted(set(distributions.get(name, [])) - {"cocreate"})
        where = Path(spec.origin).parent
        if where.parent != ours:
            claim = f", which belongs to {', '.join(others)}" if others else ""
            step = "Install cocreate in a virtual environment of its own."
            yield Finding("packages", name, f"{where}{claim}: not cocreate's own", "broken", step)
        elif others:
            step = f"Uninstalling {others[0]} may delete files of cocreate: use a virtual environment of its own."
            yield Finding("packages", name, f"{where}, also claimed by {', '.join(others)}", "warning", step)
        else:
            yield Finding("packages", name, str(where))


def settings_in_force(resolved: Resolved) -> Iterator[Finding]:
    """Every setting and where its value came from."""
    for key in (*FOLDER_KEYS, *keys()):
        value = getattr(resolved.settings, key)
        shown = str(value).lower() if isinstance(value, bool) else str(value) or '""'
        yield Finding("settings", key, f"{shown}  ({resolved.origins[key]})")


def data_directory(home: Path) -> Iterator[Finding]:
    """Whether the data directory can be used, how big it is, and whether its databases are whole."""
    if not home.exists():
        yield Finding("data", "directory", f"{home} (made when it is first needed)")
        return
    if not home.is_dir():
        yield Finding("data", "directory", f"{home} is not a folder", "broken", "Choose another with --home.")
        return
    if not os.access(home, os.W_OK | os.X_OK):
        step = "Change its permissions, or choose another with --home."
        yield Finding("data", "directory", f"{home} cannot be written", "broken", step)
    else:
        yield Finding("data", "directory", f"{home}, {readable(folder_size(home))}")
    if os.name == "posix" and home.stat().st_mode & 0o077:
        yield Finding("data", "privacy", "others can read the data directory", "warning", f"chmod 700 {home}")
    for path in sorted(home.iterdir()):
        if path.is_file() and _is_database(path):
            yield _integrity(path)


def privacy(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the writer's text leaves this machine, and how."""
    if settings.engine != "server":
        yield Finding("privacy", "text", "stays on this machine")
        return
    if not settings.server_url:
        step = "Name one: cocreate config set server_url http://127.0.0.1:8000/v1"
        yield Finding("privacy", "text", "the engine is server, and no server is named", "broken", step)
        return
    said, doubtful = where_text_goes(parse(settings.server_url), bool(environ.get("COCREATE_SERVER_KEY")))
    step = "Put the server behind https, or reach it through an SSH tunnel." if doubtful else ""
    yield Finding("privacy", "text", said, "warning" if doubtful else "fine", step)


def models(settings: Settings) -> Iterator[Finding]:
    """The models in force, as `cocreate models` knows them."""
    try:
        from cocreate.models import configured
    except ImportError as error:
        yield Finding("models", "list", f"cannot be read: {error}", "broken", "Install cocreate again: pip install .")
        return
    for model in configured(settings):
        size = readable(model.size) if model.size else "size unknown"
        if model.present:
            yield Finding("models", model.role, f"{model.name}, {size}, at {model.path}")
        else:
            step = "It is fetched when first needed; now: cocreate models fetch"
            yield Finding("models", model.role, f"{model.name}, {size}, not here yet", "warning", step)


def roles(settings: Settings) -> Iterator[Finding]:
    """The adapters for each agent's job that are used with the model, and those that are broken."""
    try:
        from cocreate.roles.using import in_use, said
    except ImportError:  # said of the models already
        return
    broken: list[Finding] = []
    found = in_use(
        settings, lambda sentence, step: broken.append(Finding("models", "roles", sentence, "warning", step))
    )
    yield Finding("models", "roles", said(settings, found))
    yield from broken


def machine(cache: Path) -> Iterator[Finding]:
    """Cores, memory and room on the disk."""
    physical = physical_cores()
    yield Finding("machine", "cores", f"{usable_cores()} to use" + (f", {physical} physical" if physical else ""))
    total = memory_total()
    low = total < LOW_MEMORY
    step = "The default models need about 2 GB." if low else ""
    said = f"{readable(total)}, {readable(memory_free())} free"
    yield Finding("machine", "memory", said, "warning" if low else "fine", step)
    place = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(place).free
    low = free < LOW_DISK
    step = "Free some space, or set COCREATE_CACHE to another disk." if low else ""
    yield Finding("machine", "disk", f"{readable(free)} free for models at {place}", "warning" if low else "fine", step)


def graphics(deep: bool) -> Iterator[Finding]:
    """A GPU, as far as one can tell without torch; with `deep`, what torch says."""
    if not deep:
        cards = [f"{gpu.name}, {readable(gpu.memory)}" if gpu.memory else gpu.name for gpu in gpus()]
        yield Finding("machine", "gpu", "; ".join(cards) or "none found (cocreate doctor --deep asks torch)")
        return
    import torch

    if torch.cuda.is_available():
        yield Finding("machine", "gpu", f"{torch.cuda.get_device_name(0)} (torch {torch.__version__}, CUDA)")
    else:
        yield Finding("machine", "gpu", f"none that torch {torch.__version__} can use")


def terminal(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What the screen has to work with."""
    if not sys.stdout.isatty():
        yield Finding("terminal", "kind", "none: output goes to a file or a pipe")
        return
    size = shutil.get_terminal_size()
    small = size.columns < 60 or size.lines < 18
    step = "The app is cramped below 60 x 18." if small else ""
    yield Finding("terminal", "size", f"{size.columns} x {size.lines}", "warning" if small else "fine", step)
    yield Finding("terminal", "kind", f"TERM={environ.get('TERM', '')} COLORTERM={environ.get('COLORTERM', '')}")
    if environ.get("COLORTERM") not in ("truecolor", "24bit"):
        step = "If your terminal has 24-bit colour: export COLORTERM=truecolor"
        yield Finding("terminal", "colours", "256 or fewer", "warning", step)
    within = [name for name in ("TMUX", "STY", "SSH_TTY") if environ.get(name)]
    yield Finding("terminal", "within", ", ".join(within) or "nothing else")
    yield Finding("terminal", "encoding", str(sys.stdin.encoding))


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder; what cannot be read counts nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:
                continue
    return total


def readable(count: int) -> str:
    """Bytes in words a person reads."""
    from cocreate.wording import size

    return size(count)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    except OSError:
        return False


def _integrity(path: Path) -> Finding:
    """SQLite's own quick check, read-only."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        said = str(error)
    if said == "ok":
        return Finding("data", path.name, f"whole, {readable(path.stat().st_size)}")
    return Finding("data", path.name, f"damaged: {said}", "broken", f"Keep a copy of {path}, then restore a backup.")
