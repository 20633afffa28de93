"""How the models' threads wait for each other."""

from __future__ import annotations

import os


def wait_politely() -> None:
    """Make OpenMP threads sleep, not spin, while they wait for one another. Call before torch or llama.cpp is loaded.

    A step of a small model ends in hundreds of barriers. Spinning there is free on an idle machine; when the screen or
    any other program wants a core too, the thread that spins keeps out the one it is waiting for, and two threads are
    many times slower than one. OpenMP reads this once, when its library is loaded; what the user has set stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
