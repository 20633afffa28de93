"""What memory holds: the works, what a search found, or one work to read."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cocreate import events as ev
from tui import wording
from tui.screens.sheet import Sheet

FAINT = "$foreground 60%"
TITLES = {"list": "Your works", "search": "Passages of yours", "show": "A work of yours"}


def listing(event: ev.WorksListed) -> Content:
    """One line a work."""
    lines = []
    for work in sorted(event.works, key=lambda w: w.title.lower()):
        size = wording.counted(work.characters, "character")
        kind = f"reference, {work.kind}" if work.reference else work.kind
        facts = f"  {kind}   {wording.language(work.language)}   {size}   "
        lines.append(Content.assemble((work.title, "bold"), (facts, FAINT), (work.id, "$secondary")))
    if not lines:
        return Content("Memory is empty. /works add PATH puts in a file or a folder of texts (txt, md).")
    return Content("\n").join(
        [
            *lines,
            Content(""),
            Content.styled("/works show ID reads one, /works remove ID forgets it, /works add PATH adds more.", FAINT),
        ]
    )


def found(event: ev.PassagesFound) -> Content:
    """One passage after the other."""
    if not event.hits:
        return Content(f"Nothing of yours comes near “{event.query}”.")
    parts: list[Content] = []
    for hit in event.hits:
        parts += [Content.assemble((hit.title, "bold"), (f"  {hit.score:.2f}", FAINT)),
                  Content(hit.passage.text.strip()), Content("")]  # fmt: skip
    return Content("\n").join(parts)


class WorksSheet(Sheet[None]):
    """Filled when the answer of the studio comes."""

    DEFAULT_CSS = """
    WorksSheet VerticalScroll { height: auto; max-height: 24; scrollbar-size-vertical: 1; }
    WorksSheet VerticalScroll Static { height: auto; }
    """

    def __init__(self, what: str, subject: str) -> None:
        super().__init__()
        self._what = what
        self._subject = subject
        self._content = Content.styled("Looking...", FAINT)

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical():
            title = TITLES[self._what] + (f": {self._subject}" if self._what == "search" else "")
            yield Static(title, markup=False, classes="title")
            with VerticalScroll():
                yield Static(self._content, markup=False, id="answer")
            yield Static("Up, Down scroll   Esc close", markup=False, classes="keys")

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def answer(self, event: ev.Event) -> None:
        """Show what the studio said."""
        if isinstance(event, ev.WorksListed) and self._what == "list":
            self._show(listing(event))
        elif isinstance(event, ev.PassagesFound) and self._what == "search":
            self._show(found(event))
        elif isinstance(event, ev.WorkShown) and self._what == "show":
            self._show(Content.assemble((event.work.title, "bold"), "\n\n", event.text.strip()))
        elif isinstance(event, ev.CommandRefused):
            self._show(Content(f"{event.sentence} {event.next_step}".strip()))

    def _show(self, content: Content) -> None:
        self._content = content
        if self.is_mounted:
            self.query_one("#answer", Static).update(content)
