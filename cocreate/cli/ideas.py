"""`cocreate ideas`: ideas for a theme on stdout, how far it is on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cocreate.cli import jsonl
from cocreate.cli.context import Context, answers
from cocreate.cli.write import Interrupts, read_brief
from cocreate.commands import Command, FindIdeas, ForgetIdeas, ListIdeas, PushIdea
from cocreate.errors import DONE, FAILED, INTERRUPTED, InputRefused
from cocreate.events import Event, IdeasFound
from cocreate.idea_views import IdeasForgotten, IdeasProgressed, IdeaView
from cocreate.wording import counted

COUNT, PUSHED = 10, 3
"""Ideas without -n."""
QUARTERS = 4
LABEL = 20
"""Width of the column on the left, as in the narration of a turn."""


def run(context: Context) -> int:
    """Find, push, list or forget ideas; a stop prints what there is and ends with 130."""
    command = _command(context)
    report = _Report(context)
    with context.studio() as studio, Interrupts(studio.stop).caught() as interrupts:
        try:
            for event in answers(context, studio, command):
                interrupts.turn_runs = True  # from here on the first Ctrl+C keeps what came
                report.tell(event)
        except BrokenPipeError:
            studio.stop()
            raise
        finally:
            report.close()
    return report.code


def _command(context: Context) -> Command:
    args = context.args
    theme = read_brief(args.theme)
    if args.of and not args.push:
        raise InputRefused("--of names ideas to push.", "Say how, such as: --push opposite")
    if args.push == "combine" and args.of and len(set(args.of)) < 2:
        raise InputRefused("Combining takes two ideas.", "Name two, such as: --of 1 4")
    if args.push:
        return PushIdea(theme, args.push, tuple(args.of), args.count or PUSHED, args.seed)
    if args.list:
        return ListIdeas(theme)
    return ForgetIdeas(theme) if args.forget else FindIdeas(theme, args.count or COUNT, args.language, args.seed)


class _Report:
    """Prints ideas; tells progress once a quarter, or on one line of a terminal."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told = (0, 0)
        self._line_open = False
        self.code = FAILED

    def tell(self, event: Event) -> None:
        """Print or narrate one event."""
        if not isinstance(event, IdeasProgressed):
            self.close()
        match event:
            case IdeasProgressed():
                self._progress(event)
            case IdeasForgotten(theme, count):
                self.code = DONE
                said = f"forgotten  {counted(count, 'idea')} for “{theme}”"
                self._context.print(jsonl.line(jsonl.event_fields(event)) if self._context.args.json else said)
            case IdeasFound():
                self._found(event)
            case _:
                pass

    def close(self) -> None:
        """End the line of progress, whatever comes next."""
        if self._line_open:
            self._line_open = False
            self._context.err.write("\n")

    def _progress(self, event: IdeasProgressed) -> None:
        differ = f", {event.kept} differ so far" if event.kept else ""
        said = f"{'ideas':<{LABEL}} {event.come} of {event.asked} replies{differ}"
        if self._context.err.isatty():
            self._context.err.write(f"\r{said} ")
            self._context.err.flush()
            self._line_open = True
            return
        quarter = (event.asked, event.come * QUARTERS // max(1, event.asked))
        if quarter != self._told or event.come == event.asked:
            self._told = quarter
            self._context.note(said)

    def _found(self, event: IdeasFound) -> None:
        self.code = INTERRUPTED if event.stopped else DONE
        wanted = event.new if event.new or event.seconds else tuple(one.number for one in event.ideas)
        shown = [one for one in event.ideas if one.number in wanted]
        if self._context.args.json:
            for one in shown:
                self._context.print(jsonl.line(fields(one, event)))
        else:
            self._print(shown)
        if not shown:
            self._context.note("No ideas are kept for that theme." if not event.seconds else "No idea came.")
        elif event.seconds:
            said = f"{counted(len(shown), 'idea')} after {event.seconds:.1f} s, {event.tokens} tokens"
            self._context.note(f"{'stopped' if event.stopped else 'finished':<{LABEL}} {said}")

    def _print(self, ideas: Sequence[IdeaView]) -> None:
        for one in ideas:
            self._context.print(f"{one.number:>2}. {one.text}")
            self._context.print(f"    fit {one.fit:.1f}, novelty {one.novelty:.1f}. {one.why}".rstrip())


def fields(one: IdeaView, event: IdeasFound) -> dict[str, Any]:
    """One line of --json."""
    found: dict[str, Any] = jsonl.plain(one)
    return {"theme": event.theme, "language": event.language, **found}
