"""`cocreate works`: the writer's finished texts in memory."""

from __future__ import annotations

from pathlib import Path

from cocreate.cli import jsonl
from cocreate.cli.context import Context, Studio, answers
from cocreate.commands import AddWorks, ListWorks, RemoveWork, SearchWorks, ShowWork
from cocreate.errors import BAD_INPUT, DONE
from cocreate.events import PassagesFound, WorkAdded, WorkRemoved, WorkShown, WorksListed
from cocreate.wording import counted
from memory.records import AddReport, Hit, Work


def run(context: Context) -> int:
    """Call the function of the action."""
    actions = {"add": _add, "list": _list, "show": _show, "search": _search, "remove": _remove}
    with context.studio() as studio:
        return actions[context.args.action](context, studio)


def _add(context: Context, studio: Studio) -> int:
    paths = tuple(str(Path(path).expanduser().absolute()) for path in context.args.paths)
    refused = 0
    for event in answers(context, studio, AddWorks(paths, context.args.reference)):
        if not isinstance(event, WorkAdded):
            continue
        refused += event.report.outcome == "refused"
        if context.args.json:
            context.print(jsonl.line(event.report))
        elif event.report.outcome == "refused":
            context.note(f"refused  {event.report.path}: {event.report.reason}")
        else:
            context.print(_added(event.report))
    return BAD_INPUT if refused else DONE


def _list(context: Context, studio: Studio) -> int:
    listed = [event for event in answers(context, studio, ListWorks()) if isinstance(event, WorksListed)]
    works = [work for event in listed for work in event.works]
    if context.args.json:
        context.print(jsonl.line(works))
    elif not works:
        context.note("No works yet. Add some: cocreate works add PATH")
    else:
        for work in works:
            context.print(_row(work))
    return DONE


def _show(context: Context, studio: Studio) -> int:
    for event in answers(context, studio, ShowWork(context.args.id)):
        if isinstance(event, WorkShown):
            context.note(_row(event.work))
            context.print(event.text)
    return DONE


def _search(context: Context, studio: Studio) -> int:
    command = SearchWorks(context.args.text, context.args.count)
    found = [event for event in answers(context, studio, command) if isinstance(event, PassagesFound)]
    hits = [hit for event in found for hit in event.hits]
    if context.args.json:
        context.print(jsonl.line(hits))
    elif not hits:
        context.note("Nothing found.")
    else:
        context.print("\n\n".join(_found(hit) for hit in hits))
    return DONE


def _remove(context: Context, studio: Studio) -> int:
    for event in answers(context, studio, RemoveWork(context.args.id)):
        if isinstance(event, WorkRemoved):
            context.print(f"forgotten  {event.work_id}  {event.title}")
    return DONE


def _row(work: Work) -> str:
    size = f"{work.kind}, {work.language}, {work.characters} characters"
    kept = "reference, only checked against" if work.reference else counted(work.passages, "passage")
    return f"{work.id}  {work.title}  ({size}, {kept})"


def _added(report: AddReport) -> str:
    return f"{report.outcome:<8} {_row(report.work) if report.work else report.path}"


def _found(hit: Hit) -> str:
    where = f"{hit.passage.work_id}, from character {hit.passage.start}"
    return f"{hit.score:.2f}  {hit.title}  ({where})\n{hit.passage.text}"
