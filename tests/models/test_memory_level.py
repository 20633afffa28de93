"""Long sessions: memory does not grow with every text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model
SCRIPT = """
import sys, psutil
from pathlib import Path
from cocreate.engines.allocator import keep_memory_low
keep_memory_low()
from cocreate.engines.torch_engine import TorchScorer
scorer = TorchScorer(Path(sys.argv[1]), cache=Path(sys.argv[2]))
def score(lengths):
    for length in lengths:
        scorer.score(["rain " * length])
    return psutil.Process().memory_info().rss / 1e6
before = score(range(20, 32))
print(score(range(32, 62)) - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc and oneDNN")
def test_thirty_texts_of_other_lengths_leave_the_memory_level(writer_path: Path, model_cache: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(writer_path), str(model_cache)], capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) < 25, "megabytes; with kernels kept for every length it was 122"
