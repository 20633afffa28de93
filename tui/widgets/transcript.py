"""The turns of a piece. However long the piece, only a window of them is mounted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from tui.view_model import NoteState, StudioState, TurnState
from tui.widgets.flow import Flow
from tui.widgets.note import Note
from tui.widgets.past_turn import PastTurn
from tui.widgets.turn import Turn
from tui.widgets.welcome import Welcome

MOST = 60
"""Turn widgets mounted at a time."""
OPENING = 30
"""Turns mounted when a piece is opened."""
SLICE = 10
"""Turns added when the writer scrolls to an end of the window."""
FULL = 6
"""Turns of this session that stay in full; older ones fold to their message and best take."""
EDGE = 6
"""Rows from an end of the window at which more turns are mounted."""

Clock = Callable[[], float]


class Transcript(VerticalScroll, can_focus=False):
    """Follows the newest text while the writer is at the bottom, and stops following when they scroll up."""

    DEFAULT_CSS = """
    Transcript { height: 1fr; scrollbar-size-vertical: 1; scrollbar-background: $background;
                 scrollbar-color: $panel; }
    Transcript > Vertical { height: auto; min-height: 100%; }
    """

    class OlderWanted(Message):
        """Posted when the writer has scrolled up to the oldest turn that is known here."""

    class FollowChanged(Message):
        """Posted when new text appears out of sight, or is in sight again."""

        def __init__(self, below: bool) -> None:
            super().__init__()
            self.below = below

    def __init__(self, state: StudioState, clock: Clock, wall: Clock) -> None:
        super().__init__()
        self.state = state
        self._clock = clock
        self._wall = wall
        self._low = 0
        self._high = 0
        self._view = -1
        self._expanded: set[int] = set()
        self._items: dict[int, Widget] = {}
        self._below = False
        self._asked_older = False
        self._top: tuple[Flow, int] | None = None
        self._roll = Vertical()  # at least as high as the page: an anchored page would hang short content at its foot

    def compose(self) -> ComposeResult:
        """The roll that the turns are on."""
        yield self._roll

    def on_mount(self) -> None:
        """Stay at the bottom until the writer scrolls."""
        self.anchor()
        self.sync()

    # --- what is mounted -----------------------------------------------------------------------------------

    def sync(self) -> None:
        """Bring the mounted turns up to the state."""
        if self._view != self.state.view:
            self._start_over()
        count = len(self.state.turns)
        if self._high > count or self.following or self._high >= count - 1:
            self._high = count
        if self.following:
            self._low = max(self._low, self._high - MOST)
        self._low = max(0, min(self._low, self._high))
        if self.state.turns and self.state.turns[0].number <= 1:
            self._asked_older = False
        self._reconcile()
        for widget in self._items.values():
            if isinstance(widget, (Turn, PastTurn, Welcome)):
                widget.sync()
        self._tell_below()

    def _start_over(self) -> None:
        self._view = self.state.view
        self._high = len(self.state.turns)
        self._low = max(0, self._high - OPENING)
        self._expanded.clear()
        self._asked_older = False
        self.anchor()

    def _reconcile(self) -> None:
        wanted = list(self._wanted())
        keys = [id(thing) for thing, _ in wanted]
        gone = [key for key in self._items if key not in keys]
        for key, (thing, full) in zip(keys, wanted, strict=True):
            if key in self._items and isinstance(thing, TurnState) and isinstance(self._items[key], Turn) != full:
                gone.append(key)
        for key in gone:
            self._items.pop(key).remove()
        after: Widget | None = None
        for key, (thing, full) in zip(keys, wanted, strict=True):
            widget = self._items.get(key)
            if widget is None:
                widget = self._make(thing, full)
                self._items[key] = widget
                if after is None:
                    self._roll.mount(widget, before=0 if self._roll.children else None)
                else:
                    self._roll.mount(widget, after=after)
            after = widget

    def _wanted(self) -> Iterator[tuple[object, bool]]:
        """What shall be mounted, in order, each with whether in full."""
        turns = self.state.turns
        if not turns:
            yield self.state, False
        known = {turn.id for turn in turns}
        for note in self.state.notes:
            if note.after not in known and self._low == 0:
                yield note, False
        for place in range(self._low, self._high):
            turn = turns[place]
            yield turn, self._in_full(turn, place)
            for note in self.state.notes:
                if note.after == turn.id:
                    yield note, False

    def _in_full(self, turn: TurnState, place: int) -> bool:
        live = turn.phase in ("queued", "running", "waiting", "unfinished")
        recent = turn.fresh and place >= len(self.state.turns) - FULL
        return live or recent or place == len(self.state.turns) - 1 or id(turn) in self._expanded

    def _make(self, thing: object, full: bool) -> Widget:
        if isinstance(thing, TurnState):
            if not full:
                return PastTurn(thing)
            return Turn(thing, self._clock, lambda: self.state.ready is not None)
        if isinstance(thing, NoteState):
            return Note(thing)
        return Welcome(self.state, self._wall)

    def unfold(self, turn: TurnState) -> None:
        """Show a folded turn in full."""
        self._expanded.add(id(turn))
        self._keep_place(self.sync)

    def tick(self) -> None:
        """Once a second: running turns count."""
        for turn in self.state.turns[self._low : self._high]:
            widget = self._items.get(id(turn))
            if isinstance(widget, Turn):
                widget.tick()

    def widget_of(self, turn: TurnState) -> Turn | None:
        """The full widget of a turn, when it is mounted."""
        widget = self._items.get(id(turn))
        return widget if isinstance(widget, Turn) else None

    @property
    def live_turns(self) -> int:
        """Turn widgets that are mounted."""
        return sum(isinstance(w, (Turn, PastTurn)) for w in self._items.values())

    # --- scrolling -----------------------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether new text scrolls into sight by itself."""
        return not self._anchor_released

    def follow(self) -> None:
        """Go to the newest text and follow it."""
        self._high = len(self.state.turns)
        self._low = max(0, min(self._low, self._high), self._high - MOST)
        self.anchor()
        self.scroll_end(animate=False)
        self.sync()

    def look_at(self, widget: Widget) -> None:
        """Where the top of a widget is out of sight, scroll to it; new text is not followed then."""
        if not self.region.y <= widget.region.y < self.region.bottom:
            self.release_anchor()
            self.scroll_to_widget(widget, animate=False, top=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Mount more turns near an end of the window."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value <= EDGE:
            self._more_above()
        elif new_value > old_value and self._high < len(self.state.turns) and new_value >= self.max_scroll_y - EDGE:
            self._keep_place(self._slide_down)
        self._tell_below()
        if not self.following:
            self.call_after_refresh(self._mark_top)

    def on_resize(self) -> None:
        """Keep what stood at the top of the page there, however the lines break now."""
        if self.following or self._top is None:
            return
        widget, offset = self._top

        def back() -> None:
            if widget.is_attached and widget.display:
                y = widget.region.y - self.region.y + self.scroll_y
                self.scroll_to(y=y - offset, animate=False, force=True, immediate=True)

        self.call_after_refresh(back)

    def _mark_top(self) -> None:
        """Remember the first text on the page, and how far above the page's edge it begins."""
        edge = self.region.y
        for item in self._items.values():
            if item.is_attached and item.region.bottom > edge:
                for flow in [item] if isinstance(item, Flow) else item.query(Flow):
                    if flow.region.bottom > edge and flow.region.height:
                        self._top = (flow, flow.region.y - edge)
                        return

    def _more_above(self) -> None:
        if self._low > 0:
            self._keep_place(self._slide_up)
        elif self.state.more_before and not self._asked_older:
            self._asked_older = True
            self.post_message(self.OlderWanted())

    def older_arrived(self, count: int) -> None:
        """`count` older turns were put before those that were known."""
        self._asked_older = False
        self._low += count
        self._high += count
        if count:
            self._keep_place(self._slide_up)

    def _slide_up(self) -> None:
        self._low = max(0, self._low - SLICE)
        self._high = min(self._high, self._low + MOST)
        self._reconcile()

    def _slide_down(self) -> None:
        self._high = min(len(self.state.turns), self._high + SLICE)
        self._low = max(self._low, self._high - MOST)
        self._reconcile()

    def _keep_place(self, change: Callable[[], None]) -> None:
        """Do something that moves the turns, and put the one at the top of the window back where it was."""
        top = self.scroll_y
        seen = [w for w in self._items.values() if w.is_mounted and w.virtual_region.bottom > top]
        mark = min(seen, key=lambda w: w.virtual_region.y, default=None)
        offset = mark.virtual_region.y - top if mark else 0
        change()
        if mark is not None and not self.following:

            def back() -> None:
                if mark.is_attached:
                    self.scroll_to(y=mark.virtual_region.y - offset, animate=False, force=True, immediate=True)

            self.call_after_refresh(back)

    def _tell_below(self) -> None:
        far = self.max_scroll_y - self.scroll_y > 1 or self._high < len(self.state.turns)
        below = far and not self.following and bool(self.state.turns)
        if below != self._below:
            self._below = below
            self.post_message(self.FollowChanged(below))
