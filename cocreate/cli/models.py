"""`cocreate models`: which models are used, where they are, and which others this machine could hold."""

from __future__ import annotations

from collections.abc import Callable

from cocreate.cli import jsonl
from cocreate.cli.context import Context
from cocreate.cli.narration import Narrator
from cocreate.doctor import memory_total
from cocreate.errors import DONE
from cocreate.events import DownloadProgressed
from cocreate.models import ModelRow, list_models, resolve, resolve_embedder, suggest
from cocreate.settings import Settings
from cocreate.wording import size

LANGUAGES = {"en": "English", "zh": "Chinese"}


def run(context: Context) -> int:
    """List, or fetch what is missing."""
    return _fetch(context) if context.args.action == "fetch" else _list(context)


def _list(context: Context) -> int:
    rows = list_models(context.settings)
    if context.args.json:
        context.print(jsonl.line(rows))
        return DONE
    for row in rows:
        context.print(model_line(row))
        context.print(f"  {row.path}")
    for line in advice(context.settings, rows, memory_total()):
        context.note(line)
    return DONE


def _fetch(context: Context) -> int:
    """Bring the models in force; raises cocreate.models.ModelUnavailable."""
    settings, narrator = context.settings, Narrator(context)

    def told(name: str) -> Callable[[int, int], None]:
        return lambda done, total: narrator.download(DownloadProgressed(name, done, total))

    context.print(str(resolve(settings, told("the writing model")).path))
    context.print(str(resolve_embedder(settings, told("the recall model"))))
    return DONE


def model_line(row: ModelRow) -> str:
    """One model in a row of words."""
    spoken = ", ".join(LANGUAGES.get(code, code) for code in row.languages) or "language unknown"
    weight = size(row.size) if row.size else "size unknown"
    suggested = row.note == "suggested"
    state = "here" if row.present else row.note if suggested else "not here"
    note = f" ({row.note})" if row.note and not suggested else ""
    return f"{state:<9} {row.role:<8} {row.name}, {weight}, {spoken}, {row.engine}{note}"


def advice(settings: Settings, rows: list[ModelRow], memory: int) -> list[str]:
    """What to do next: fetch what is missing, or take a model that suits the machine and the language."""
    lines = []
    if any(not row.present and row.note != "suggested" for row in rows):
        lines.append("What is not here comes when it is first needed; to bring it now: cocreate models fetch")
    for code, language in LANGUAGES.items():
        found = suggest(memory, code)
        writes = code in rows[0].languages
        if found and found.setting != settings.model and (not settings.model or not writes):
            why = f"A larger model for {language}" if writes else f"{language} needs another model"
            lines.append(f"{why}; this machine can hold: cocreate config set model {found.setting}")
    return lines
