"""Ideas for a theme as the screen knows them. Plain data: events in, sentences out."""

from __future__ import annotations

from dataclasses import dataclass, field

from cocreate import events as ev
from cocreate.idea_views import IdeasForgotten, IdeasProgressed, IdeaView
from cocreate.wording import counted

COMMANDS = ("FindIdeas", "PushIdea", "KeepIdeas", "ListIdeas")


@dataclass(slots=True)
class IdeasState:
    """The list the writer looked at last, and the search that runs."""

    theme: str = ""
    language: str = "en"
    ideas: tuple[IdeaView, ...] | None = None
    """None until a list has come."""
    new: tuple[int, ...] = ()
    """Numbers of the newest ones."""
    asking: int = 0
    """Searches that were sent and have not ended."""
    progress: IdeasProgressed | None = None
    stopping: bool = False
    sentence: str = ""
    """Why nothing came."""
    looked_at: bool = False
    """The panel is open."""
    marked: set[int] = field(default_factory=set)
    """Numbers of those that are to be joined."""

    def begin(self, theme: str, language: str = "") -> None:
        """A search for this theme was sent."""
        if _same(theme) != _same(self.theme):
            self.theme, self.ideas, self.new, self.marked = theme, None, (), set()
            self.language = language or self.language
        self.asking += 1
        self.progress, self.stopping, self.sentence = None, False, ""

    def rows(self) -> list[tuple[int, IdeaView]]:
        """Each idea with its depth: what was made from an idea stands below it."""
        ideas = self.ideas or ()
        below: dict[int, list[IdeaView]] = {}
        for one in ideas:
            below.setdefault(one.parents[0] if one.parents else 0, []).append(one)
        rows: list[tuple[int, IdeaView]] = []

        def walk(number: int, depth: int) -> None:
            for one in below.get(number, ()):
                rows.append((depth, one))
                walk(one.number, depth + 1)

        walk(0, 0)
        return rows


def cut_off(state: IdeasState) -> None:
    """The studio is gone, and the search with it."""
    if state.asking:
        state.asking, state.progress, state.stopping = 0, None, False
        state.sentence = "The search was cut off. Ask again to go on."


def reduce_ideas(state: IdeasState, event: ev.Event) -> tuple[str, ...]:
    """Take one event in; returns sentences worth a note on the page."""
    match event:
        case IdeasProgressed(theme) if _same(theme) == _same(state.theme):
            state.progress = event
        case ev.IdeasFound():
            return _found(state, event)
        case IdeasForgotten(theme) if _same(theme) == _same(state.theme):
            state.ideas, state.new, state.marked = (), (), set()
        case ev.CommandRefused(command=command) if command in COMMANDS:
            state.asking = max(0, state.asking - 1)
            state.progress, state.stopping = None, False
            state.sentence = f"{event.sentence} {event.next_step}".strip()
        case ev.StudioDied():
            cut_off(state)
        case _:
            pass
    return ()


def _found(state: IdeasState, event: ev.IdeasFound) -> tuple[str, ...]:
    asked = state.asking > 0
    state.asking = max(0, state.asking - 1)
    if asked and state.theme and _same(event.theme) != _same(state.theme):
        return ()  # an older search, for a theme that is looked at no more
    state.theme, state.language = event.theme or state.theme, event.language or state.language
    state.ideas, state.new = event.ideas, event.new
    state.marked &= {one.number for one in event.ideas}
    state.progress, state.stopping, state.sentence = None, False, ""
    if not event.seconds or not event.new or state.looked_at:
        return ()
    said = counted(len(event.new), "new idea")
    return (f"{said} for “{event.theme}”{' before the stop' if event.stopped else ''}. /ideas shows them.",)


def newest_first(ideas: tuple[IdeaView, ...], new: tuple[int, ...]) -> IdeaView | None:
    """The best of the newest ideas, or None."""
    return next((one for number in new for one in ideas if one.number == number), None)


def _same(theme: str) -> str:
    return " ".join(theme.split()).casefold()
