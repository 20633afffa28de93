"""What was recalled for a draft, or found in memory: look, pin, leave out, correct, take back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from memory.records import Hit
from tui.memory_state import Mark, MemoryState
from tui.screens.sheet import Panel
from tui.widgets import hit_rows

KEYS = "p pin   x leave out   c correct   (P, X, C: for good, else for this piece)   u undo   Enter unfold   Esc close"
ALWAYS = "p pin   x leave out   c correct   (for good)   u undo   Enter unfold   Esc close"


class RecalledPanel(Panel[None]):
    """Passages with their source; what is decided here counts from the next draft on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("p", "mark('pinned', False)", "Pin"), ("P", "mark('pinned', True)", "Pin for good"),
        ("x", "mark('excluded', False)", "Leave out"), ("X", "mark('excluded', True)", "Leave out for good"),
        ("c", "correct(False)", "Correct"), ("C", "correct(True)", "Correct for good"),
        ("u", "undo", "Undo"), ("f4", "close", "Close"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    RecalledPanel OptionList { height: 1fr; max-height: 100%; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    RecalledPanel #none { height: auto; color: $foreground 60%; }
    """

    def __init__(self, client: StudioClient, memory: MemoryState, hits: tuple[Hit, ...] | None, *,
                 piece_id: str = "", query: str = "") -> None:  # fmt: skip
        """`hits`: those of a turn, or None to wait for what `query` finds. No `piece_id`: marks are for good."""
        super().__init__()
        self.HEADING = f"Passages of yours: {query}" if query else "Recalled from your works for this"
        self.KEYS_LINE = KEYS if piece_id else ALWAYS
        self._client = client
        self._memory = memory
        self._hits = hits
        self._piece_id = piece_id
        self._query = query
        self._unfolded: set[int] = set()
        self._seen: list[Content] = []

    def body(self) -> Iterable[Widget]:
        """The list, or a sentence."""
        yield Static("", id="none", markup=False)
        yield OptionList()

    def on_mount(self) -> None:
        """Show what is there."""
        self.query_one(OptionList).focus()
        self.sync()

    def answer(self, event: ev.Event) -> None:
        """What the search found; a refusal."""
        super().answer(event)
        if isinstance(event, ev.PassagesFound) and self._hits is None and event.query == self._query:
            self._hits = event.hits
            self.sync()

    def sync(self) -> None:
        """Bring the list up to the marks."""
        if not self.is_mounted:
            return
        hits = self._hits or ()
        none = self.query_one("#none", Static)
        none.display = not hits
        nothing = f"Nothing of yours comes near “{self._query}”." if self._query else "Nothing of yours was recalled."
        none.update("Looking..." if self._hits is None else nothing)
        options = self.query_one(OptionList)
        prompts = [self._prompt(number, hit) for number, hit in enumerate(hits, 1)]
        if options.option_count != len(prompts):
            options.clear_options()
            options.add_options([Option(prompt) for prompt in prompts])
            options.highlighted = 0 if prompts else None
        else:
            for place, prompt in enumerate(prompts):
                if not prompt.is_same(self._seen[place]):
                    options.replace_option_prompt_at_index(place, prompt)
        self._seen = prompts

    def on_resize(self, event: events.Resize) -> None:
        """Lines break anew."""
        super().on_resize(event)
        self.call_after_refresh(self.sync)

    def _prompt(self, number: int, hit: Hit) -> Content:
        width = max(30, self.query_one(OptionList).scrollable_content_region.width - 2)
        unfolded = hit.passage.id in self._unfolded
        return Content("\n").join(hit_rows.lines(number, hit, self._marks(hit), width, unfolded))

    def _marks(self, hit: Hit) -> tuple[Mark, ...]:
        return self._memory.marks_of(hit, self._piece_id)

    def _here(self) -> Hit | None:
        at = self.query_one(OptionList).highlighted
        return self._hits[at] if self._hits and at is not None and at < len(self._hits) else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Fold or unfold."""
        hit = self._here()
        if hit is not None:
            self._unfolded ^= {hit.passage.id}
            self.sync()

    def _piece(self, for_good: bool) -> str:
        return "" if for_good else self._piece_id

    def action_mark(self, mark: str, for_good: bool) -> None:
        """Pin or leave out."""
        hit = self._here()
        if hit is not None:
            self.say("")
            self._client.send(cmd.MarkPassage(hit.passage.id, mark, self._piece(for_good)))  # type: ignore[arg-type]

    def action_undo(self) -> None:
        """Take back what is marked on it, for this piece and for good."""
        hit = self._here()
        marks = self._marks(hit) if hit is not None else ()
        if hit is None or not marks:
            self.say("Nothing is marked on this passage.")
            return
        places = {mark.piece_id for mark in marks}
        for piece_id in sorted({"", self._piece_id} if None in places else {place or "" for place in places}):
            self._client.send(cmd.MarkPassage(hit.passage.id, "", piece_id))

    def action_correct(self, for_good: bool) -> None:
        """Say how the passage should read when it is used; the work stays as it is."""
        from tui.screens.edit import EditSheet

        hit = self._here()
        if hit is None:
            return
        text = hit_rows.wording_of(hit, self._marks(hit))

        def edited(new: str | None) -> None:
            if new is not None and new.strip() and new != text:
                self._memory.wording[hit.passage.id] = new
                self._client.send(cmd.MarkPassage(hit.passage.id, "corrected", self._piece(for_good), new))

        where = "for good" if for_good or not self._piece_id else "for this piece"
        keys = f"Ctrl+S uses your wording {where}; the work itself stays   Esc leaves it"
        self.app.push_screen(EditSheet(f"a passage of “{hit.title}”", text, keys), edited)
