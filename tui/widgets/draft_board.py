"""The drafts of a turn: side by side where there is room, else one at a time under a line of tabs."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.reactive import reactive

from tui.messages import TakeActed
from tui.view_model import DraftState, TurnState
from tui.widgets.draft_card import DraftCard
from tui.widgets.flow import Flow, hang
from tui.widgets.heat import after

WIDE = 108
"""Columns of the board from which drafts stand side by side."""
NARROWEST = 42
"""Least columns of a card that stands beside another."""


def columns_for(width: int, drafts: int) -> int:
    """How many cards stand in a row. Four go two by two unless all four fit."""
    if width < WIDE or drafts < 2:
        return 1
    fit = min(drafts, width // NARROWEST)
    return 2 if (drafts, fit) == (4, 3) else max(1, fit)


class Tabs(Flow):
    """The drafts by number, in one line."""

    DEFAULT_CSS = """
    Tabs { padding: 0 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.drafts: list[DraftState] = []
        self.current = 0
        self._spots: list[tuple[int, int, int]] = []

    def lines(self, width: int) -> list[Content]:
        """Number and overall of every draft; the one shown is marked."""
        parts: list[Content] = []
        self._spots, column = [], 0
        for draft in self.drafts:
            overall = f" {draft.scorecard.overall:.1f}" if draft.scorecard else ""
            text = f" {draft.number}{overall} "
            here = draft.number == self.current
            parts.append(Content.styled(text, "bold $foreground on $panel" if here else "$foreground 60%"))
            self._spots.append((column, column + len(text), draft.number))
            column += len(text) + 1
        return hang(Content(" ").join(parts), width)

    def on_click(self, event: events.Click) -> None:
        """A click shows that draft."""
        for start, end, number in self._spots:
            if start <= event.x - 2 < end and isinstance(self.parent, DraftBoard):
                self.parent.show_number(number)


class DraftBoard(Vertical):
    """All drafts of a turn. In the narrow form only the card that shows is laid out."""

    DEFAULT_CSS = """
    DraftBoard { height: auto; margin: 1 0 0 0; }
    DraftBoard > Container { height: auto; layout: grid; grid-size: 1; grid-gutter: 1 2; grid-rows: auto; }
    """

    current: reactive[int] = reactive(0)
    """Number of the draft shown when there is one at a time."""

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn
        self.tabs = Tabs()
        self.grid = Container()
        self.cards: dict[int, DraftCard] = {}
        self._chosen_by_writer = False
        self._order: list[int] = []

    def compose(self) -> ComposeResult:
        """Tabs above, cards below."""
        yield self.tabs
        yield self.grid

    def on_mount(self) -> None:
        """Show what is there."""
        self.sync()

    def sync(self) -> None:
        """Bring cards, order and columns up to the state of the turn."""
        shown = self.turn.shown()
        self.display = bool(shown)
        if not shown or not self.grid.is_mounted:
            return
        new = [d for d in shown if d.number not in self.cards]
        for draft in new:
            self.cards[draft.number] = DraftCard(self.turn, draft)
        if new:
            self.grid.mount(*(self.cards[d.number] for d in new))
        for place, draft in enumerate(shown):
            self.cards[draft.number].show(draft, best=place == 0 and self.turn.phase in ("finished", "stopped"))
        if not self._chosen_by_writer or self.current not in self.cards:
            self.current = shown[0].number
        self._arrange(shown)

    def _arrange(self, shown: list[DraftState]) -> None:
        ranked = sorted(shown, key=lambda d: self.cards[d.number].small)
        order = [d.number for d in ranked]
        if order != self._order:
            self._order = order
            self.grid.sort_children(key=lambda w: order.index(w.draft.number) if isinstance(w, DraftCard) else 99)
        large = [d for d in shown if not self.cards[d.number].small]
        columns = columns_for(self.size.width, len(large))
        tabbed = columns == 1 and len(shown) > 1
        if self.grid.styles.grid_size_columns != columns:
            self.grid.styles.grid_size_columns = columns
        # Lines stand side by side, as cards do; the first begins a row of its own.
        first = next((d.number for d in ranked if self.cards[d.number].small), 0) if len(large) % columns else 0
        for draft in shown:
            card = self.cards[draft.number]
            card.display = not tabbed or draft.number == self.current
            span = columns if draft.number == first and card.folded else 1
            if card.styles.column_span != span:
                card.styles.column_span = span
        self.tabs.display = tabbed
        if tabbed:
            self.tabs.drafts, self.tabs.current = shown, self.current
            self.tabs.changed()

    def watch_current(self) -> None:
        """Show the other draft."""
        if self.cards:
            self._arrange(self.turn.shown())

    def on_resize(self) -> None:
        """Side by side or one at a time, as the width allows; the draft in use stays in sight."""
        focused = self._focused()
        if focused and focused != self.current:
            self._chosen_by_writer, self.current = True, focused
        if self.cards:
            self._arrange(self.turn.shown())

    def on_draft_card_wanted(self, event: DraftCard.Wanted) -> None:
        """Go to another draft."""
        event.stop()
        number = event.number
        if event.step:
            place = self._order.index(event.card.draft.number) + event.step
            number = self._order[place % len(self._order)]
        self.show_number(number)

    def show_number(self, number: int) -> None:
        """Show and focus the draft of this number."""
        if number in self.cards:
            self._chosen_by_writer = True
            if self.tabs.display and self.current in self.cards:  # one at a time: the view stays, the draft changes
                self.cards[number].heat = self.cards[self.current].heat
            self.current = number
            self.cards[number].focus()

    def heat(self, number: int) -> DraftCard:
        """Shade the lines of a draft by the next value; the card is shown when there is one at a time."""
        card = self.cards[number]
        card.heat = after(card.heat)
        self._chosen_by_writer, self.current = True, number
        return card

    def _focused(self) -> int:
        return next((number for number, card in self.cards.items() if card is self.screen.focused), 0)

    def looked_at(self) -> int:
        """Number of the draft that has the focus, or that the writer went to; 0 when there is no such draft."""
        return self._focused() or (self.current if self._chosen_by_writer and self.tabs.display else 0)

    def act(self, action: str, number: int) -> bool:
        """Ask for something to be done with a draft by number; False when there is no such draft."""
        card = self.cards.get(number)
        if card is not None:
            self.post_message(TakeActed(action, self.turn.id, card.draft.id))
        return card is not None
