"""The writer's works: add, find, read, move to a collection, forget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from memory.records import Work
from tui import memory_state, paths
from tui.screens.sheet import Panel
from tui.view_model import StudioState
from tui.widgets import work_rows
from tui.widgets.flow import Flow
from tui.widgets.path_input import PathInput
from tui.widgets.row_list import RowList

LIST_KEYS = "Enter read   m move   d forget   Space mark   a mark all   s stop   r refused   Tab add   Esc close"
ADD_KEYS = "Tab complete   Enter go on   Esc back"
INTO_KEYS = "Enter add them   Tab complete   Ctrl+R as references, only checked against   Esc back"
MOVE_KEYS = "Enter move   Tab complete   empty: into none   Esc leave it"
FIND_KEYS = "Type to find   in:NAME a collection   Down to the list   Shift+Tab add   F2, Esc close"


class AddingLine(Flow):
    """How far the adding is."""

    DEFAULT_CSS = "AddingLine { display: none; }"

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """Bar and next file, or how it ended."""
        adding = self._state.memory.adding
        return work_rows.progress(adding, width) if adding else []


class WorksPanel(Panel[None]):
    """List below, one line for paths and one to find above; letters are keys while the list has the focus."""

    HEADING = "Your works"
    KEYS_LINE = LIST_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        ("f2", "close", "Close"), ("ctrl+s", "stop", "Stop"), ("ctrl+r", "reference", "As references"),
        ("m", "move", "Move"), ("d,delete", "forget", "Forget"), ("space", "mark", "Mark"),
        ("a", "mark_all", "Mark all"), ("s", "stop_here", "Stop"), ("r", "refused", "Refused"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    WorksPanel Horizontal { height: 1; margin: 0 0 1 0; }
    WorksPanel.-short Horizontal { margin: 0; }
    WorksPanel .name { width: 6; color: $foreground 70%; }
    WorksPanel Input { width: 1fr; }
    WorksPanel #count { color: $foreground 60%; height: auto; }
    """

    def __init__(self, client: StudioClient, state: StudioState, paths: str = "") -> None:
        super().__init__()
        self._client = client
        self._state = state
        self._paths = paths
        self._marked: set[str] = set()
        self._moving: list[str] = []
        self._reference = False
        self._listed: tuple[Work, ...] | None = None
        self._known: work_rows.Known = []
        self._was_running = False
        self._rows: RowList[Work] = RowList(lambda work, width: [work_rows.row(work, width, work.id in self._marked)])
        self._line = AddingLine(state)

    def body(self) -> Iterable[Widget]:
        """Add, into, progress, find, list."""
        hint = "a file or folder: type, paste or drop it"
        yield Horizontal(Static("add", classes="name"), PathInput(self._paths, id="add", placeholder=hint,
                                                                  select_on_focus=False))  # fmt: skip
        yield Horizontal(Static("into", classes="name"), Input(id="into", placeholder="a collection; empty for none",
                                                               select_on_focus=False), id="choosing")  # fmt: skip
        yield self._line
        yield Horizontal(Static("find", classes="name"), Input(id="find", placeholder="title, kind, language, date",
                                                               select_on_focus=False))  # fmt: skip
        yield Static("", id="count", markup=False)
        yield self._rows

    def on_mount(self) -> None:
        """Ask for the newest list."""
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#choosing").display = False
        self._client.send(cmd.ListWorks())
        self._client.send(cmd.ListVoices(self._state.piece_id or ""))
        self.sync()
        empty = not self._state.memory.works and not self._state.works
        self.query_one("#add" if empty or self._paths else "#find").focus()
        self.watch(self, "focused", self._focus_moved, init=False)

    # --- showing -------------------------------------------------------------------------------------------

    def sync(self) -> None:
        """Bring list and progress up to the state."""
        if not self.is_mounted:
            return
        adding = self._state.memory.adding
        self._line.display = adding is not None
        self._line.changed()
        running = adding is not None and adding.running
        if self._was_running and not running:
            self._client.send(cmd.ListWorks())
        self._was_running = running
        if self._state.memory.works is not self._listed:
            self._listed = self._state.memory.works
            self._known = work_rows.known(self._listed or ())
            self._fill()

    def _fill(self) -> None:
        shown = work_rows.matching(self._known, self.query_one("#find", Input).value)
        self._rows.fill(shown)
        self._marked &= {work.id for work in shown}
        self._count(list(self._listed or ()), shown)

    def _count(self, works: list[Work], shown: list[Work]) -> None:
        if self._state.memory.works is None:
            said = "Looking..."
        else:
            said = work_rows.summary(works) + (f"; {len(shown):,} shown" if len(shown) < len(works) else "")
            said += f"; {len(self._marked):,} marked" if self._marked else ""
        self.query_one("#count", Static).update(said)

    def _focus_moved(self) -> None:
        focused = self.focused
        words = LIST_KEYS if isinstance(focused, RowList) else FIND_KEYS
        if focused is not None and focused.id in ("add", "into"):
            words = ADD_KEYS if focused.id == "add" else MOVE_KEYS if self._moving else INTO_KEYS
        self.keys(words)

    def answer(self, event: ev.Event) -> None:
        """Say refusals, and show a work that was asked for."""
        super().answer(event)
        if isinstance(event, ev.WorkShown) and self.is_current:
            from tui.screens.reading import ReadingSheet

            self.app.push_screen(ReadingSheet(event.work, event.text))

    # --- adding --------------------------------------------------------------------------------------------

    def on_path_input_candidates(self, event: PathInput.Candidates) -> None:
        """Names that fit, as a shell lists them."""
        shown = "   ".join(event.names[:24]) + (f"   and {len(event.names) - 24} more" if len(event.names) > 24 else "")
        self.say(shown)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing; a path dropped on the wrong line goes to the right one."""
        if event.input.id == "find" and self.is_mounted:
            if paths.dropped(event.value):
                event.input.value = ""
                self._add_line(event.value)
            else:
                self._fill()

    def _add_line(self, text: str) -> None:
        line = self.query_one("#add", Input)
        line.value = text
        line.focus()

    def on_paste(self, event: events.Paste) -> None:
        """A drop on the list is meant for the line above."""
        from memory.sanitise import sanitise

        if isinstance(self.focused, RowList) and paths.dropped(event.text):
            event.stop()  # else the app would hand it to the line, which has the focus by then
            self._add_line(" ".join(sanitise(event.text).split("\n")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on with adding, or end a move."""
        if event.input.id == "add":
            self._check_paths(event.value)
        elif event.input.id == "into" and self._moving:
            self._move_to(event.value.strip())
        elif event.input.id == "into":
            self._start_adding(event.value.strip())
        elif self._rows.items:
            self._rows.focus()

    def _check_paths(self, text: str) -> None:
        found = paths.read(text)
        missing = [path for path in found if not paths.exists(path)]
        adding = self._state.memory.adding
        if adding is not None and adding.running:
            self.say("Texts are being read already. They can be added when that is done, or stopped with Ctrl+S.")
        elif not found:
            self.say("Name a file or a folder of texts.")
        elif missing:
            self.say(f"There is no {missing[0]}. Check the name; Tab completes it.")
        else:
            self.say("")
            self._ask_collection("Into which collection? Enter for none.")

    def _ask_collection(self, question: str) -> None:
        self.query_one("#choosing").display = True
        names = self._state.memory.collections()
        self.say(question + (f" There are: {', '.join(names[:12])}." if names else ""))
        self.query_one("#into").focus()

    def _start_adding(self, collection: str) -> None:
        line = self.query_one("#add", Input)
        found = paths.read(line.value)
        memory_state.begin(self._state.memory)
        self._was_running = True
        self._client.send(cmd.AddWorks(found, self._reference, "" if self._reference else collection))
        line.value = ""
        self._end_choosing()
        self.sync()

    def _end_choosing(self) -> None:
        self._moving, self._reference = [], False
        into = self.query_one("#into", Input)
        into.value, into.placeholder = "", "a collection; empty for none"
        self.query_one("#choosing").display = False
        self.say("")
        self._rows.focus()

    def action_reference(self) -> None:
        """Add what is named only to be checked against."""
        if self.query_one("#choosing").display and not self._moving:
            self._reference = not self._reference
            said = "As references: drafts are checked against them, nothing is recalled." if self._reference else ""
            self.say(said or "As works of yours.")

    def action_stop(self) -> None:
        """End the adding; what was read stays."""
        adding = self._state.memory.adding
        if adding is None or not adding.running:
            self.say("Nothing is being added now.")
        elif self._state.busy() is not None:
            self.say("A turn is running, and stop would end that. Stop it on the main page, or wait for it.")
        else:
            adding.stopping = True
            self._client.stop()
            self.sync()

    def action_stop_here(self) -> None:
        """The same as a letter."""
        self.action_stop()

    def action_refused(self) -> None:
        """What the newest adding refused."""
        from tui.screens.reading import RefusedSheet

        adding = self._state.memory.adding
        if adding is None or not adding.refused:
            self.say("Nothing was refused.")
        else:
            self.app.push_screen(RefusedSheet(adding.refused))

    # --- the list ------------------------------------------------------------------------------------------

    def on_row_list_selected(self, event: RowList.Selected) -> None:
        """Read the work."""
        self._client.send(cmd.ShowWork(self._rows.items[event.index].id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters belong to the lines while one of them has the focus."""
        letters = ("move", "forget", "mark", "mark_all", "stop_here", "refused")
        return action not in letters or isinstance(self.focused, RowList)

    def on_key(self, event: events.Key) -> None:
        """Up and Down between the lines and the list; Tab completes a collection."""
        focused = self.focused
        if event.key == "down" and isinstance(focused, Input) and focused.id == "find" and self._rows.items:
            event.stop()
            self._rows.focus()
        elif event.key == "up" and isinstance(focused, RowList) and focused.cursor == 0:
            event.stop()
            event.prevent_default()
            self.query_one("#find").focus()
        elif event.key == "tab" and isinstance(focused, Input) and focused.id == "into" and focused.value:
            event.stop()
            event.prevent_default()
            fitting = [n for n in self._state.memory.collections() if n.lower().startswith(focused.value.lower())]
            focused.value = fitting[0] if fitting else focused.value
            focused.cursor_position = len(focused.value)

    def _meant(self) -> list[Work]:
        """The marked works, else the one under the cursor."""
        marked = [work for work in self._rows.items if work.id in self._marked]
        here = self._rows.here()
        return marked or ([here] if here is not None else [])

    def action_mark(self) -> None:
        """Mark or unmark the work, and go on."""
        here = self._rows.here()
        if here is not None:
            self._marked ^= {here.id}
            self._rows.action_move(1)
            self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark all that are shown, or none."""
        shown = {work.id for work in self._rows.items}
        self._marked = set() if self._marked >= shown else shown
        self._marks_changed()

    def _marks_changed(self) -> None:
        self._rows.refresh()
        self._count(list(self._listed or ()), list(self._rows.items))

    def action_move(self) -> None:
        """Ask for the collection."""
        works = self._meant()
        if works:
            self._moving = [work.id for work in works]
            self.query_one("#into", Input).value = works[0].collection
            what = f"“{works[0].title}”" if len(works) == 1 else f"{len(works)} works"
            self._ask_collection(f"Move {what} into which collection?")

    def _move_to(self, collection: str) -> None:
        for work_id in self._moving:
            self._client.send(cmd.MoveWork(work_id, collection))
        self._marked.clear()
        self._end_choosing()

    def action_forget(self) -> None:
        """Ask, then forget."""
        from tui.screens.confirm import Confirm

        works = self._meant()
        if not works:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                for work in works:
                    self._client.send(cmd.RemoveWork(work.id))
                self._marked.clear()

        self.app.push_screen(Confirm(self._question(works), "Forget"), answered)

    def _question(self, works: list[Work]) -> str:
        what = f"“{works[0].title}”" if len(works) == 1 else f"{len(works)} works"
        voices = sorted({name for work in works for name in self._state.voice.tuned_on(work.id)})
        said = f"Forget {what}: text, passages and all that was made of them? The files stay where they are."
        if voices:
            many = len(voices) > 1
            said += (
                f" {'The voices' if many else 'The voice'} {', '.join(voices)} {'were' if many else 'was'} tuned on it"
            )
            said += f" and still know{'' if many else 's'} it until tuned again."
        return said

    def action_close(self) -> None:
        """Leave the collection line, then the sheet."""
        if self.query_one("#choosing").display:
            self._end_choosing()
        elif self._marked:
            self._marked.clear()
            self._marks_changed()
        else:
            self.dismiss(None)
