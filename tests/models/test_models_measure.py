"""The measurement with the real default model; what is kept and when it counts no longer."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models.measure import estimate, keep, measure, newest, recall, weights_size
from cocreate.models.recommended import named
from cocreate.models.shape import read_shape

pytestmark = pytest.mark.model


def test_a_measurement_is_of_the_real_model_and_is_kept_until_the_file_changes(
    llama: LlamaCppEngine, writer_path: Path, tmp_path: Path
) -> None:
    size = weights_size(writer_path)
    measured = measure(llama, size, 2, date(2026, 1, 31))
    assert min(measured.reading, measured.one, measured.four) > 0
    assert measured.reading > measured.one, "reading a prompt is one pass over many tokens"
    assert (measured.date, measured.size, measured.engine) == ("2026-01-31", writer_path.stat().st_size, llama.name)

    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF" + bytes(100))
    keep(tmp_path, mine, measured)
    assert recall(tmp_path, mine, 2) == measured == newest(tmp_path, 2)
    assert recall(tmp_path, mine, 1) is None
    assert newest(tmp_path, 1) is None
    assert estimate(measured, 2 * size) == pytest.approx(measured.one / 2)
    os.utime(mine, (1, 1))
    assert recall(tmp_path, mine, 2) is None
    (tmp_path / "measured.json").write_text("[broken")
    assert newest(tmp_path, 2) is None
    keep(tmp_path, mine, replace(measured, one=1.0))
    assert recall(tmp_path, mine, 2) == replace(measured, one=1.0)


def test_the_shape_in_the_list_is_that_of_the_file(writer_path: Path) -> None:
    listed = named("default")
    assert listed is not None
    assert read_shape(writer_path) == listed.shape
    assert writer_path.stat().st_size == listed.size
