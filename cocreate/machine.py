"""What this machine has for models: memory, cores, graphics. Asks the system and the driver, never torch.

Imports nothing of ours: `cocreate doctor` uses it to explain why the rest cannot be imported.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says how much of the machine a container may use."""
SMI_SECONDS = 10.0
"""How long the driver's tool may take to answer; the first call after a boot loads the driver."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card, as its driver names it."""

    name: str
    memory: int
    """Bytes; 0 when the driver does not say."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is."""

    memory: int
    """Bytes this process may use in all: the machine's, or what its container allows; 0 when unknown."""
    free: int
    """Bytes that can be had without pushing other programs out; 0 when unknown."""
    cores: int
    """Threads this process may run on at once."""
    physical: int
    """Physical cores of the machine; 0 when the system does not say."""
    gpus: tuple[Gpu, ...] = ()


def look(*, cards: bool = True) -> Machine:
    """Ask once: milliseconds, but with `cards` the driver's tool may take seconds on a machine that has one."""
    return Machine(memory_total(), memory_free(), usable_cores(), physical_cores(), graphics() if cards else ())


def memory_total() -> int:
    """Bytes of RAM, or of the container's limit when that is less."""
    import psutil

    total, limit = int(psutil.virtual_memory().total), _cgroup("memory.max")
    return min(total, limit) if limit else total


def memory_free() -> int:
    """Bytes that programs can still have: free, or a cache the system would give up; the container's limit counts."""
    import psutil

    free, limit = int(psutil.virtual_memory().available), _cgroup("memory.max")
    return min(free, max(0, limit - _cgroup("memory.current"))) if limit else free


def usable_cores() -> int:
    """Threads this process may run on at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def physical_cores() -> int:
    """Physical cores; 0 when the system does not say."""
    import psutil

    return psutil.cpu_count(logical=False) or 0


def graphics() -> tuple[Gpu, ...]:
    """Graphics cards by NVIDIA's own tool, or Apple's silicon; none when neither is there."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return (Gpu("Apple silicon", 0),)
    tool = shutil.which("nvidia-smi")
    return parse_smi(_ask(tool)) if tool else ()


def parse_smi(said: str) -> tuple[Gpu, ...]:
    """Lines such as "NVIDIA H100 80GB HBM3, 81559" (name, MiB) as cards; what is no such line is left out."""
    found = []
    for line in said.splitlines():
        name, comma, memory = line.rpartition(",")
        if comma and name.strip():
            number = memory.strip()
            found.append(Gpu(name.strip(), int(number) * 2**20 if number.isdigit() else 0))
    return tuple(found)


def _ask(tool: str) -> str:
    import subprocess

    asked = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=SMI_SECONDS, check=False)  # noqa: S603 - a fixed command
    except (OSError, subprocess.TimeoutExpired):  # a driver that hangs or is half installed is no GPU one can use
        return ""
    return done.stdout if done.returncode == 0 else ""


def _cgroup(name: str) -> int:
    """A figure of the container, in bytes; 0 outside one, or when there is no limit ("max")."""
    try:
        text = (CGROUP / name).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return 0
    return int(text) if text.isdigit() else 0
