"""Ideas for a theme: look, push one further, join two, write from one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agents.ideas import Push
from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from cocreate.idea_views import IdeaView
from tui.ideas_state import IdeasState, newest_first
from tui.screens.sheet import Panel
from tui.widgets import idea_rows

KEYS = ("Enter write from it   o opposite   e other sense   k other speaker   f other form   Space mark   "
        "c join the marked   w why   n more   y copy   Esc close")  # fmt: skip
STOP = "s stop, and keep what came   Esc close; the search goes on"
SEARCHING = "   s stop"


class IdeasPanel(Panel[str]):
    """The list of a theme; the result is the idea to write from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("o", "push('opposite')", "Opposite"), ("e", "push('sense')", "Other sense"),
        ("k", "push('speaker')", "Other speaker"), ("f", "push('form')", "Other form"),
        ("c", "combine", "Join two"), ("space", "mark", "Mark"), ("w", "why", "Why"), ("n", "more", "More"),
        ("y", "copy", "Copy"), ("s", "stop", "Stop"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    IdeasPanel OptionList { height: 1fr; max-height: 100%; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    IdeasPanel #state { height: auto; color: $foreground 60%; }
    """

    def __init__(self, client: StudioClient, state: IdeasState, at: str = "") -> None:
        """`at`: the idea the cursor is to stand on when the list comes; "" for the best new one."""
        super().__init__()
        self.HEADING = heading(state)
        self.KEYS_LINE = STOP if state.asking else KEYS
        self._client = client
        self._state = state
        self._at = at
        self._shown: list[IdeaView] = []
        self._seen: list[Content] = []
        self._unfolded: set[int] = set()
        self._came: tuple[int, ...] | None = None

    def body(self) -> Iterable[Widget]:
        """How far it is, and the list."""
        yield Static("", id="state", markup=False)
        yield OptionList()

    def on_mount(self) -> None:
        """Show what is there."""
        self._state.looked_at = True
        self.query_one(OptionList).focus()
        self.sync()

    def on_unmount(self) -> None:
        """From now on the page says when ideas have come."""
        self._state.looked_at = False

    def answer(self, event: ev.Event) -> None:
        """Only what concerns ideas is said here; the state of them has it already."""

    def sync(self) -> None:
        """Bring the list up to the state."""
        if not self.is_mounted:
            return
        state, options = self._state, self.query_one(OptionList)
        self.title_is(heading(state))
        line = self.query_one("#state", Static)
        said = saying(state)
        line.update(said)
        line.display = bool(said)
        self.say(state.sentence)
        rows = state.rows()
        self._shown = [one for _, one in rows]
        self.keys((KEYS if rows else "") + SEARCHING if state.asking and rows else STOP if state.asking else KEYS)
        width = max(30, options.scrollable_content_region.width - 2)
        prompts = [self._prompt(depth, one, width) for depth, one in rows]
        if options.option_count != len(prompts):
            options.clear_options()
            options.add_options([Option(prompt) for prompt in prompts])
        else:
            for place, prompt in enumerate(prompts):
                if not prompt.is_same(self._seen[place]):
                    options.replace_option_prompt_at_index(place, prompt)
        self._seen = prompts
        self._to_the_new(options)

    def _to_the_new(self, options: OptionList) -> None:
        """Put the cursor on the best of what has just come, once."""
        state = self._state
        if state.ideas is None or self._came == (state.new or (len(state.ideas),)):
            return
        self._came = state.new or (len(state.ideas),)
        best = newest_first(state.ideas, state.new)
        wanted = self._at or (best.text if best else "")
        self._at = ""
        here = next((place for place, one in enumerate(self._shown) if one.text == wanted), 0)
        options.highlighted = here if self._shown else None

    def _prompt(self, depth: int, one: IdeaView, width: int) -> Content:
        state = self._state
        return Content("\n").join(
            idea_rows.lines(
                one, depth, width, marked=one.number in state.marked, new=one.number in state.new,
                unfolded=one.number in self._unfolded,
            )
        )  # fmt: skip

    def on_resize(self, event: events.Resize) -> None:
        """Lines break anew."""
        super().on_resize(event)
        self.call_after_refresh(self.sync)

    def _here(self) -> IdeaView | None:
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    # --- keys ------------------------------------------------------------------------------------------------

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Write from this idea."""
        if (one := self._here()) is not None:
            self.dismiss(one.text)

    def action_push(self, how: Push) -> None:
        """Ask for others made from this one."""
        if (one := self._here()) is not None:
            self._send(cmd.PushIdea(self._state.theme, how, (one.number,)))

    def action_combine(self) -> None:
        """Join the two that are marked; one mark and the idea under the cursor are two as well."""
        numbers = sorted(self._state.marked)
        one = self._here()
        if len(numbers) == 1 and one is not None and one.number not in numbers:
            numbers.append(one.number)
        if len(numbers) != 2:
            self.say("Mark two ideas with Space; c joins them.")
            return
        self._state.marked.clear()
        self._send(cmd.PushIdea(self._state.theme, "combine", tuple(numbers)))

    def action_more(self) -> None:
        """Ask for more ideas for the theme."""
        if self._state.theme:
            self._send(cmd.FindIdeas(self._state.theme, language=self._state.language, more=True))

    def _send(self, command: cmd.FindIdeas | cmd.PushIdea) -> None:
        if self._state.asking:
            self.say("A search is on its way; s stops it.")
            return
        self._state.begin(self._state.theme)
        self._client.send(command)
        self.sync()

    def action_mark(self) -> None:
        """Mark for joining, or take the mark away."""
        if (one := self._here()) is not None:
            self._state.marked ^= {one.number}
            self.say("")
            self.sync()

    def action_why(self) -> None:
        """The whole sentence on why it could work, or its beginning again."""
        if (one := self._here()) is not None:
            self._unfolded ^= {one.number}
            self.sync()

    def action_copy(self) -> None:
        """Copy the idea."""
        if (one := self._here()) is not None:
            self.app.copy_to_clipboard(one.text)
            self.say(f"Idea {one.number} is copied, if your terminal lets programs reach the clipboard.")

    def action_stop(self) -> None:
        """End the search; what came is kept."""
        if self._state.asking:
            self._state.stopping = True
            self._client.stop()
            self.sync()


def heading(state: IdeasState) -> str:
    """The theme."""
    return f"Ideas: {state.theme}" if state.theme else "Ideas"


def saying(state: IdeasState) -> str:
    """How far a search is, or why the list is empty."""
    if state.stopping and state.asking:
        return "Stopping..."
    if state.asking and state.progress is not None:
        told = state.progress
        # Which differ is known when a round is over, and most searches have one.
        differ = f", {told.kept} differ so far" if told.kept else ""
        return f"Looking: {told.come} of {told.asked} replies{differ}."
    if state.asking:
        return "Looking..."
    if not state.ideas and not state.sentence:
        return "No ideas are kept yet. Say /ideas and a theme, such as /ideas a lighthouse in winter."
    return ""
