"""What the process is told before a model library is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libgomp and glibc")
SCRIPT = """
import os
from cocreate.engines.allocator import keep_memory_low
from cocreate.engines.threads import wait_politely
wait_politely()
keep_memory_low()
print(*(os.environ.get(name, "-") for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "LRU_CACHE_CAPACITY")))
"""


def told(**given: str) -> list[str]:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")
    plain = {name: value for name, value in os.environ.items() if name not in names}
    ran = subprocess.run([sys.executable, "-c", SCRIPT], env=plain | given, capture_output=True, text=True, check=True)
    return ran.stdout.split()


def test_threads_spin_briefly_and_few_kernels_are_kept() -> None:
    assert told() == ["ACTIVE", "1000", "32"]


def test_what_the_user_has_set_stays() -> None:
    assert told(OMP_WAIT_POLICY="PASSIVE", LRU_CACHE_CAPACITY="7") == ["PASSIVE", "-", "7"]
    assert told(GOMP_SPINCOUNT="5") == ["-", "5", "32"]
