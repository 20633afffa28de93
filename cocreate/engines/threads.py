"""How the models' threads wait for each other."""

from __future__ import annotations

import os
import sys

_SPINS = "1000"
"""Turns of libgomp's waiting loop, some microseconds: as long as a barrier takes when all cores are ours."""


def wait_politely() -> None:
    """Make OpenMP threads wait a moment at a barrier and then sleep. Call before torch or llama.cpp is loaded.

    A step of a small model ends in hundreds of barriers. libgomp's default is to spin there for milliseconds: when the
    screen or any other program wants a core too, the thread that spins keeps out the one it is waiting for. Never to
    spin (OMP_WAIT_POLICY=PASSIVE) costs two thirds of the speed on a quiet machine. Two cores, SmolLM2-135M, tokens a
    second of one stream / of four, quiet | beside a busy process: default 108 / 134 | 22 / 36; passive 30 / 77 | 46 /
    75; 1,000 turns 93-106 / 132 | 35 / 65. OpenMP reads this once, when its library is loaded; what the user has set
    stays.
    """
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ or not sys.platform.startswith("linux"):
        return
    # With more threads than cores (a second server for adapters) libgomp spins a tenth of that unless told ACTIVE.
    os.environ["OMP_WAIT_POLICY"] = "ACTIVE"
    os.environ["GOMP_SPINCOUNT"] = _SPINS
