"""`cocreate works`: the writer's finished texts in memory."""

from __future__ import annotations

from cocreate.cli import jsonl
from cocreate.cli.adding import add
from cocreate.cli.context import Context, Studio, answers
from cocreate.cli.work_rows import row
from cocreate.commands import ListWorks, MoveWork, RemoveWork, SearchWorks, ShowWork
from cocreate.errors import DONE
from cocreate.events import PassagesFound, WorkMoved, WorkRemoved, WorkShown, WorksListed
from memory.records import Filters, Hit


def run(context: Context) -> int:
    """Call the function of the action."""
    actions = {"add": add, "list": _list, "show": _show, "search": _search, "remove": _remove, "move": _move}
    with context.studio() as studio:
        return actions[context.args.action](context, studio)


def _list(context: Context, studio: Studio) -> int:
    listed = [event for event in answers(context, studio, ListWorks()) if isinstance(event, WorksListed)]
    wanted = context.args.collection
    works = [work for event in listed for work in event.works if wanted is None or same_name(work.collection, wanted)]
    if context.args.json:
        context.print(jsonl.line(works))
    elif not works:
        none = "No works yet. Add some: cocreate works add PATH"
        context.note(none if wanted is None else f"No works in the collection “{wanted}”. See all: cocreate works list")
    else:
        for work in works:
            context.print(row(work))
    return DONE


def _show(context: Context, studio: Studio) -> int:
    for event in answers(context, studio, ShowWork(context.args.id)):
        if isinstance(event, WorkShown) and context.args.json:
            context.print(jsonl.line(jsonl.plain(event.work) | {"text": event.text}))
        elif isinstance(event, WorkShown):
            context.note(row(event.work))
            context.print(event.text)
    return DONE


def _search(context: Context, studio: Studio) -> int:
    args = context.args
    filters = Filters(args.collection, args.kind, args.language, args.since, args.until)
    command = SearchWorks(args.text, args.count, None if filters == Filters() else filters)
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
            context.print(
                jsonl.line(jsonl.event_fields(event))
                if context.args.json
                else f"forgotten  {event.work_id}  {event.title}"
            )
    return DONE


def _move(context: Context, studio: Studio) -> int:
    for event in answers(context, studio, MoveWork(context.args.id, context.args.collection)):
        if isinstance(event, WorkMoved):
            context.print(jsonl.line(event.work) if context.args.json else f"moved  {row(event.work)}")
    return DONE


def same_name(one: str, other: str) -> bool:
    """Whether two names mean one collection: as memory takes them, whatever their case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _found(hit: Hit) -> str:
    where = f"{hit.passage.work_id}, from character {hit.passage.start}"
    return f"{hit.score:.2f}  {hit.title}  ({where})\n{hit.passage.text}"
