"""The voice card: what makes some works sound like one person, alone or beside another voice or a draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from tui.screens.sheet import Panel
from tui.view_model import StudioState
from tui.widgets import card_rows
from tui.widgets.choice import Choice
from tui.widgets.flow import Flow, hang

ALL = "*"
NOTHING = "-"
DRAFT = "draft"
KEYS = "Tab to the next line   Left, Right choose   Up, Down scroll   Esc close"


class Traits(Flow):
    """The page, wrapped to the width there is."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: ev.VoiceCardShown | None = None
        self.said = "Reading your works..."

    def lines(self, width: int) -> list[Content]:
        """Traits, or why there are none."""
        return card_rows.page(self.shown, width) if self.shown is not None else hang(Content(self.said), width)


class VoiceCardPanel(Panel[None]):
    """Two choices above: whose works, and what stands beside them."""

    HEADING = "Voice card"
    KEYS_LINE = KEYS
    BINDINGS: ClassVar[list[BindingType]] = [("q", "close", "Close")]
    DEFAULT_CSS = """
    VoiceCardPanel Horizontal { height: 1; }
    VoiceCardPanel .name { width: 8; color: $foreground 70%; }
    VoiceCardPanel Choice { width: 1fr; }
    VoiceCardPanel VerticalScroll { height: 1fr; margin: 1 0 0 0; scrollbar-size-vertical: 1;
                                    scrollbar-gutter: stable; }
    """

    def __init__(self, client: StudioClient, state: StudioState, collection: str | None = None, *,
                 against: str | None = None, draft: str = "") -> None:  # fmt: skip
        """`collection` None: all works. `against`: a collection, "draft", or None. `draft`: the text on the page."""
        super().__init__()
        self._client = client
        self._state = state
        self._draft = draft
        self._whose = ALL if collection is None else collection
        self._beside = NOTHING if against is None or (against == DRAFT and not draft) else against
        self._traits = Traits()

    def body(self) -> Iterable[Widget]:
        """Choices, page."""
        yield Horizontal(Static("whose", classes="name"), Choice(self._collections(), self._whose, id="whose"))
        yield Horizontal(Static("beside", classes="name"), Choice(self._others(), self._beside, id="beside"))
        yield VerticalScroll(self._traits)

    def on_mount(self) -> None:
        """Ask for the card."""
        if self._state.memory.works is None:
            self._client.send(cmd.ListWorks())
        self.query_one(VerticalScroll).focus()
        self._ask()

    def _collections(self) -> list[tuple[str, str]]:
        named = {self._whose, self._beside} - {ALL, NOTHING, DRAFT, ""}
        names = sorted({*self._state.memory.collections(), *named}, key=str.lower)
        loose = any(not work.collection and not work.reference for work in self._state.memory.works or ())
        rest = [("", "works in no collection")] if (loose and names) or self._whose == "" else []
        return [(ALL, "all my works"), *((name, name) for name in names), *rest]

    def _others(self) -> list[tuple[str, str]]:
        draft = [(DRAFT, "the draft on the page")] if self._draft else []
        others = (pair for pair in self._collections() if pair[0] not in (ALL, self._whose))
        return [(NOTHING, "nothing"), *draft, *others]

    def _ask(self) -> None:
        whose, beside = self.query_one("#whose", Choice).value, self.query_one("#beside", Choice).value
        text = self._draft if beside == DRAFT else ""
        against = None if beside in (NOTHING, DRAFT) else beside
        self.say("")
        self._client.send(cmd.ShowVoiceCard(None if whose == ALL else whose, against, text))

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another card; works do not stand beside themselves."""
        self._whose = self.query_one("#whose", Choice).value
        self.query_one("#beside", Choice).offer(self._others())
        self._ask()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        """Enter goes on."""
        self.focus_next()

    def answer(self, event: ev.Event) -> None:
        """The card has come, or cannot be made."""
        super().answer(event)
        if isinstance(event, ev.VoiceCardShown):
            self._traits.shown = event
            self._traits.changed()
        elif isinstance(event, ev.WorksListed):
            self.query_one("#whose", Choice).offer(self._collections())
            self.query_one("#beside", Choice).offer(self._others())
        elif isinstance(event, ev.CommandRefused) and event.command == "ShowVoiceCard":
            self._traits.shown, self._traits.said = None, ""
            self._traits.changed()
