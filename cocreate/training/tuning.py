"""Tuning a voice, from texts to an adapter with its card."""

from __future__ import annotations

from collections.abc import Callable

from cocreate.training.job import Control, Progress, TuneJob, TuneResult


def tune(job: TuneJob, on_event: Callable[[Progress], None], control: Control) -> TuneResult:
    """Tune an adapter on the texts of `job`, and leave it with its card in `job.out`.

    Goes on from the checkpoint in `job.work_dir` when it was made by the same job (same texts, base, method, seed).

    Raises:
        TooLittleText: with how much is missing.
        TuningStopped: stopped before anything was learned.
        agents.errors.EngineFailed: the base model cannot be loaded or trained.
        OSError: a folder cannot be written.
    """
    raise NotImplementedError
