"""`cocreate tune role ROLE [--data FOLDER]`: an adapter for one agent's job, tuned here and now, without the studio."""

from __future__ import annotations

import math
from typing import Any

from cocreate.cli import jsonl
from cocreate.cli.context import Context
from cocreate.cli.narration import Narrator
from cocreate.cli.tune import Report
from cocreate.cli.write import Interrupts
from cocreate.errors import DONE, INTERRUPTED
from cocreate.events import DownloadProgressed, TuningProgressed, TuningStarted
from cocreate.roles.texts import Author, Gathered
from cocreate.roles.tuning import Asked, find_base, read_texts, tune_role
from cocreate.training.job import Control, Progress, Started, TuneResult, TuningStopped
from cocreate.wording import counted, size

SHOWN = 5
"""Authors and refused files that are named."""


def run(context: Context) -> int:
    """Read, tune, say what became of it."""
    args, settings = context.args, context.settings
    asked = Asked(args.role, float(args.minutes), args.base, args.out, args.seed, args.rank)
    base = find_base(settings, asked, _downloading(context))
    gathered = read_texts(asked, args.data)
    if not args.json:
        for line in gathered_lines(gathered):
            context.note(line)
    control, report = Control(), Report(context)
    with Interrupts(control.stop.set).caught() as interrupts:
        interrupts.turn_runs = True  # from now on Ctrl+C ends it gently, while the model loads too
        try:
            result = tune_role(settings, asked, base, gathered, _teller(args.role, report), control)
        except KeyboardInterrupt:
            report.new_line()
            context.tell("Broken off.", "What was learned so far is kept: the same command goes on from there.")
            return INTERRUPTED
        except TuningStopped as error:
            context.tell(error.sentence, error.next_step)
            return INTERRUPTED
        finally:
            report.new_line()
    _tell_result(context, result)
    return INTERRUPTED if result.stopped else DONE


def _teller(role: str, report: Report) -> Any:
    def tell(event: Progress) -> None:
        if isinstance(event, Started):
            report.tell(
                TuningStarted(
                    role, event.works, event.tokens, event.held_out, "lora", event.rank, event.steps, event.continued
                )
            )
            return
        report.tell(
            TuningProgressed(
                role, event.step, event.steps, event.loss, event.validation, event.best, event.seconds, event.left
            )
        )

    return tell


def _tell_result(context: Context, result: TuneResult) -> None:
    if context.args.json:
        card = jsonl.plain(result) | {"adapter": str(result.adapter)}
        context.print(jsonl.line({"event": "role_tuned"} | card))
        return
    told = "stopped early; the best so far is kept" if result.stopped else "tuned"
    context.print(f"{result.role}: {told}. {gain(result)}")
    context.note(f"  {result.adapter} ({size(result.bytes)})")
    if context.args.out is None:
        context.note("  It is used from the next start on; to go without: cocreate config set roles false")


def gain(result: TuneResult) -> str:
    """What the tuning did, measured on texts it never saw."""
    before, after = result.perplexity_before, result.perplexity_after
    change = f" ({(after - before) / before:+.0%})" if math.isfinite(before) and before > 0 else ""
    return f"Perplexity on held-out texts {before:.1f} before, {after:.1f} after{change}; {result.tokens:,} tokens."


def gathered_lines(gathered: Gathered) -> list[str]:
    """How many texts of whom are learned from, and what could not be read."""
    lines = []
    named = [one for one in gathered.authors if one.name]
    if named:
        whole = sum(one.tokens for one in gathered.authors)
        rest = f" and {counted(len(named) - SHOWN, 'other')}" if len(named) > SHOWN else ""
        lines.append("authors: " + ", ".join(author_words(one, whole) for one in named[:SHOWN]) + rest)
    lines += [f"left out: {reason}" for reason in gathered.refused[:SHOWN]]
    if len(gathered.refused) > SHOWN:
        lines.append(f"left out: {len(gathered.refused) - SHOWN:,} more")
    return lines


def author_words(author: Author, whole: int) -> str:
    """Such as "Robert Frost 7 % (12 of 40 texts)"."""
    of = f"{author.drawn} of {author.texts}" if author.drawn < author.texts else f"{author.drawn}"
    return f"{author.name} {author.tokens / max(1, whole):.0%} ({of} text{'s' * (author.texts != 1)})"


def _downloading(context: Context) -> Any:
    narrator = Narrator(context)
    return lambda done, total: narrator.download(DownloadProgressed("the writing model", done, total))
