"""`cocreate models`: what this machine can run, which models are used and where they are, and taking another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cocreate.cli import jsonl
from cocreate.cli.context import Context
from cocreate.cli.narration import Narrator
from cocreate.errors import DONE, InputRefused
from cocreate.events import DownloadProgressed
from cocreate.machine import look
from cocreate.model_desk import models_listed, threads_of
from cocreate.model_views import ModelRow, ModelsListed
from cocreate.models import resolve, resolve_embedder
from cocreate.models.choosing import apply, choose
from cocreate.models.measure import Measured, keep, measure, recall, weights_size
from cocreate.models.recommended import DATE
from cocreate.roles.library import PREFIX
from cocreate.roles.using import in_use, said
from cocreate.settings import Settings
from cocreate.wording import size

LANGUAGES = {"en": "English", "zh": "Chinese"}


def run(context: Context) -> int:
    """List, measure, fetch what is missing, or take another model."""
    actions = {"fetch": _fetch, "use": _use}
    if context.args.action:
        return actions[context.args.action](context)
    if context.args.measure:
        _measure(context)
    return _list(context)


def _list(context: Context) -> int:
    settings = context.settings
    found, measured = models_listed(settings), last_measured(settings)
    roles = in_use(settings, context.tell)
    if context.args.json:
        names = [name.removeprefix(PREFIX) for name in roles]
        more = {"machine": look(), "measured": measured, "date": DATE, "roles": names}
        context.print(jsonl.line(jsonl.plain(found) | more))
        return DONE
    context.print(f"machine   {found.machine}")
    context.print(f"speed     {speed_line(measured, settings)}")
    own = [row for row in found.rows if not row.listed or row.in_use]
    for row in own:
        context.print(model_line(row))
        context.print(f"  {row.path}")
    context.print(f"roles     {said(settings, roles)}")
    context.print(f"recommended, as of {DATE} (memory and speed with the settings of now)")
    for row in found.rows:
        if row.listed:
            context.print(recommended_line(row))
    for line in advice(settings, found):
        context.note(line)
    return DONE


def last_measured(settings: Settings) -> Measured | None:
    """The kept measurement of the model in use; loads and fetches nothing."""
    row = next((row for row in models_listed(settings).rows if row.in_use and row.present), None)
    if row is None:
        return None
    return recall(settings.cache, Path(row.path), threads_of(settings))


def _measure(context: Context) -> None:
    """Load the model in use and measure it. Raises EngineFailed, ModelUnavailable, InputRefused."""
    settings = context.settings
    if settings.engine == "scripted":
        raise InputRefused("The scripted engine has no speed to measure.", "Take another: --engine auto")
    from cocreate.engines.choose import open_engine

    resolved = resolve(settings, _told(context, "the writing model"))
    context.note(f"measuring {resolved.name}")
    engine = open_engine(settings, resolved)
    try:
        measured = measure(engine, weights_size(resolved.path), threads_of(settings))
    finally:
        engine.close()
    keep(settings.cache, resolved.path, measured)


def _use(context: Context) -> int:
    """Take another model; fetch it first where it is not here."""
    settings = context.settings
    choice = choose(settings, context.args.name, look(), anyway=context.args.anyway)
    if choice.path is None:
        context.note(choice.question)
    changed = apply(settings, choice, _told(context, choice.title))
    context.print(changed.sentence)
    if changed.back:
        context.note(f"Back to the one before: {_command(changed.back)}")
    if changed.back not in ("", "default") and choice.setting:
        context.note(f"Back to the default: {_command('default')}")
    resolved = context.resolve()
    if resolved.settings.model != choice.setting:
        context.note(f"{resolved.origins['model']} names another model, and wins over the file.")
    return DONE


def _fetch(context: Context) -> int:
    """Bring the models in force; raises cocreate.models.ModelUnavailable."""
    settings = context.settings
    context.print(str(resolve(settings, _told(context, "the writing model")).path))
    context.print(str(resolve_embedder(settings, _told(context, "the recall model"))))
    return DONE


def _told(context: Context, name: str) -> Callable[[int, int], None]:
    narrator = Narrator(context)
    return lambda done, total: narrator.download(DownloadProgressed(name, done, total))


def speed_line(measured: Measured | None, settings: Settings) -> str:
    """The measurement in words, or how to get one."""
    if measured is None:
        return f"not measured yet with {threads_of(settings)} threads; to do it now: cocreate models --measure"
    return (
        f"{measured.one:.0f} tokens a second for one text, {measured.four:.0f} for four at once, reads "
        f"{measured.reading:.0f} ({measured.threads} threads, measured {measured.date})"
    )


def model_line(row: ModelRow) -> str:
    """One model in a row of words."""
    state = "here" if row.present else "not here"
    note = f" ({row.note})" if row.note else ""
    return f"{state:<9} {row.role:<8} {row.name}, {_weight(row)}, {spoken(row)}, {row.engine}{note}"


def recommended_line(row: ModelRow) -> str:
    """One model of the list: fit, name, size, memory, speed, languages, licence."""
    name = "default" if row.use == "default" else row.use
    parts = [_weight(row), f"needs {size(row.need)}", speed_words(row), spoken(row), row.licence]
    parts.append("run by us" if row.tried else "not run by us")
    here = "here, " if row.present else ""
    return f"  {row.fit:<8} {name:<19} {here}{', '.join(part for part in parts if part)}"


def speed_words(row: ModelRow) -> str:
    """Tokens a second, "about" where it is an estimate."""
    if not row.speed:
        return ""
    return f"{'' if row.measured else 'about '}{row.speed:.0f} tokens/s"


def spoken(row: ModelRow) -> str:
    """The languages in words: English and Chinese by name, the number of the others."""
    named = [LANGUAGES.get(code, code) for code in row.languages]
    if len(named) > len(LANGUAGES) + 1:
        named = [*named[: len(LANGUAGES)], f"{len(named) - len(LANGUAGES)} more"]
    return ", ".join(named) or "language unknown"


def advice(settings: Settings, found: ModelsListed) -> list[str]:
    """What to do next: fetch what is missing, or take a model that suits the machine and the language."""
    lines = []
    if any(not row.present and (row.in_use or not row.listed) for row in found.rows):
        lines.append("What is not here comes when it is first needed; to bring it now: cocreate models fetch")
    used = next(row for row in found.rows if row.in_use)
    best = dict(found.best)
    for code, language in LANGUAGES.items():
        if best.get(code) in (None, used.use):
            continue
        if code not in used.languages:
            lines.append(f"{language} needs another model; the best that suits this machine: {_command(best[code])}")
        elif not settings.model:
            lines.append(f"A larger model for {language} that suits this machine: {_command(best[code])}")
    return lines


def _command(name: str) -> str:
    return f"cocreate models use {name}"


def _weight(row: ModelRow) -> str:
    return size(row.size) if row.size else "size unknown"
