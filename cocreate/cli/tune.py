"""`cocreate tune`: an adapter tuned on texts, told while it runs. Ctrl+C keeps the best so far.

Here for a voice, on the writer's works, by the studio; for an agent's job see `cocreate.cli.tune_role`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from cocreate.cli import jsonl
from cocreate.cli.context import Context, Studio, answers
from cocreate.cli.voice import gain
from cocreate.cli.write import Interrupts
from cocreate.commands import StopTuning, TuneVoice
from cocreate.errors import BAD_INPUT, DONE, FAILED, INTERRUPTED
from cocreate.events import Event, TuningFailed, TuningFinished, TuningProgressed, TuningStarted
from cocreate.wording import counted

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 32
"""Columns of the line of losses."""


def run(context: Context) -> int:
    """Tune, and say what became of it."""
    args = context.args
    if args.action == "role":
        from cocreate.cli.tune_role import run as run_role

        return run_role(context)
    command = TuneVoice(args.name, args.collection, args.minutes, args.method, args.edits)
    report = Report(context)
    with context.studio() as studio, Interrupts(lambda: _stop(studio)).caught() as interrupts:
        interrupts.turn_runs = True  # from the first step on: Ctrl+C while the model loads ends it as gently
        try:
            for event in answers(context, studio, command):
                report.tell(event)
        except KeyboardInterrupt:
            report.new_line()
            context.tell("Broken off.", "What was learned so far is kept: the same command goes on from there.")
            return INTERRUPTED
    return report.code


def _stop(studio: Studio) -> None:
    """End the tuning; the best so far is kept."""
    for _ in studio.send(StopTuning()):
        pass


class Report:
    """Tells a tuning: one line that is drawn again on a terminal, a line for each measurement elsewhere, or JSON."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._losses: list[float] = []
        self._drawn = False
        self.code = FAILED

    def tell(self, event: Event) -> None:
        """Tell one event."""
        match event:
            case TuningFinished(stopped=stopped):
                self.code = INTERRUPTED if stopped else DONE
            case TuningFailed(bad_input=bad):
                self.code = BAD_INPUT if bad else FAILED
        if self._context.args.json:
            self._context.print(jsonl.line(jsonl.event_fields(event)))
            return
        match event:
            case TuningStarted():
                self._context.note(started_line(event))
            case TuningProgressed():
                self._progress(event)
            case TuningFinished(voice, stopped):
                self.new_line()
                told = "stopped early; the best so far is kept" if stopped else "tuned"
                self._context.print(f"{voice.name} version {voice.version}: {told}. {gain(voice)}")
                self._context.note(f"  Use it: cocreate voice use PIECE {voice.name}")
            case TuningFailed():
                self.new_line()
                self._context.tell(event.sentence, event.next_step)

    def _progress(self, event: TuningProgressed) -> None:
        if math.isfinite(event.loss):
            self._losses.append(event.loss)
        if self._context.err.isatty():
            self._context.err.write(f"\r\x1b[K{progress_line(event, self._losses)}")
            self._context.err.flush()
            self._drawn = True
        elif event.validation is not None:
            self._context.note(progress_line(event, self._losses))

    def new_line(self) -> None:
        """Leave the line that is drawn again."""
        if self._drawn:
            self._context.note("")
            self._drawn = False


def started_line(event: TuningStarted) -> str:
    """What is tuned on what."""
    how = f"{event.method}, rank {event.rank}" if event.rank else event.method
    goes_on = "goes on from where it was: " if event.continued else ""
    return (
        f"{event.name}: {goes_on}{event.tokens:,} tokens of {counted(event.works, 'work')} to learn from, "
        f"{event.held_out:,} held out ({how}, {counted(event.steps, 'step')})"
    )


def progress_line(event: TuningProgressed, losses: Sequence[float]) -> str:
    """Step, losses as a curve, the last loss, the best on held-out works, and the time left."""
    parts = [f"step {event.step}/{event.steps}", sparkline(losses), f"loss {event.loss:.3f}"]
    if event.best is not None:
        parts.append(f"best on held-out works {event.best:.3f}")
    parts.append("waiting for your turn" if event.waiting else f"{clock(event.left)} left")
    return "  ".join(part for part in parts if part)


def sparkline(values: Sequence[float], width: int = WIDTH) -> str:
    """The values as a row of bars, the lowest and highest of them at the ends of the scale; neighbours are averaged."""
    if not values:
        return ""
    size = max(1, math.ceil(len(values) / width))
    means = [sum(group) / len(group) for group in (values[at : at + size] for at in range(0, len(values), size))]
    low, high = min(means), max(means)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((mean - low) * scale)] for mean in means)


def clock(seconds: float) -> str:
    """90 is 1:30."""
    whole = max(0, round(seconds)) if math.isfinite(seconds) else 0
    return f"{whole // 60}:{whole % 60:02}"
