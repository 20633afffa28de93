"""Tuning a voice: a form before it, two curves while it runs, the figures after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from tui import wording
from tui.screens.sheet import Panel
from tui.view_model import StudioState
from tui.voice_state import Tuning, choose
from tui.widgets.choice import Choice
from tui.widgets.tuning import TuningView

FORM_KEYS = "Enter, Tab next   Left, Right choose   Ctrl+L your edits   Ctrl+S start   Esc leave it"
RUN_KEYS = "s stop and keep the best   Esc close; it goes on"
DONE_KEYS = "u use it for this piece   n tune another   Esc close"
END_KEYS = "n tune another   Esc close"
ALL = "*"
"""Value of the choice that means all works; "" means those in no collection."""
METHODS = (
    ("lora", "LoRA: can be mixed and dialled"), ("adalora", "AdaLoRA: rank where it helps"),
    ("ia3", "IA3: the smallest"), ("prefix", "prefix: learnt words"),
)  # fmt: skip
EDITS = (("no", "no"), ("yes", "yes, from those I marked"))
MOST_MINUTES = 24 * 60


class TunePanel(Panel[None]):
    """Shows the form, or the tuning that runs."""

    HEADING = "Tune a voice"
    KEYS_LINE = FORM_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        ("ctrl+s", "start", "Start"), ("ctrl+l", "edits", "Your edits"), ("s", "stop", "Stop"), ("u", "use", "Use it"),
        ("n", "again", "Another"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    TunePanel Horizontal { height: auto; margin: 0 0 1 0; }
    TunePanel.-short Horizontal { margin: 0; }
    TunePanel .name { width: 22; color: $foreground 70%; }
    TunePanel Input { width: 1fr; }
    TunePanel #form { height: auto; }
    TunePanel #amount { color: $foreground 60%; height: auto; }
    TunePanel VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    def __init__(self, client: StudioClient, state: StudioState, name: str = "") -> None:
        super().__init__()
        self._client = client
        self._state = state
        self._voice_name = name
        self._form = state.voice.tuning is None or not state.voice.tuning.running
        self._looked = False
        """Whether the edits were shown: they are before they are used."""
        self._view = TuningView(state)
        known = next((voice for voice in state.voice.voices or () if voice.name == name), None)
        self._collection = ALL if known is None or known.collection is None else known.collection

    def body(self) -> Iterable[Widget]:
        """Form and view; one of them shows."""
        rows = (
            (
                "name of the voice",
                Input(self._voice_name, id="name", placeholder="such as noir", select_on_focus=False),
            ),
            ("tuned on", Choice(self._collections(), self._collection, id="collection")),
            ("at most, in minutes", Input("10", id="minutes", select_on_focus=False)),
            ("method", Choice(METHODS, id="method")),
            ("learn from my edits", Choice(EDITS, id="edits")),
        )
        lines = [Horizontal(Static(name, classes="name", markup=False), field) for name, field in rows]
        yield Vertical(*lines, Static("", id="amount", markup=False), id="form")
        yield VerticalScroll(self._view)

    def on_mount(self) -> None:
        """Ask for what the form offers."""
        for field in self.query(Input):
            field.cursor_blink = False
        self._client.send(cmd.ListWorks())
        self._client.send(cmd.ListEdits())
        self._client.send(cmd.ListVoices(self._state.piece_id or ""))
        self._show()
        if self._form:
            self.query_one("#name" if not self._voice_name else "#collection").focus()

    def _collections(self) -> list[tuple[str, str]]:
        own = [work for work in self._state.memory.works or () if not work.reference]
        loose = [("", "works in no collection")] if any(not w.collection for w in own) else []
        names = sorted({work.collection for work in own if work.collection} | ({self._collection} - {ALL, ""}))
        return [(ALL, "all my works"), *((name, name) for name in names), *loose]

    # --- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """The form or the view, and the keys that go with it."""
        tuning = self._state.voice.tuning
        self.query_one("#form").display = self._form
        self.query_one(VerticalScroll).display = not self._form
        if self._form:
            self.title_is("Tune a voice")
            self.keys(FORM_KEYS)
        else:
            self.title_is(f"Tuning {tuning.name}" if tuning and tuning.running else f"The voice {tuning.name}" if tuning
                          else "Tune a voice")  # fmt: skip
            done = tuning is not None and tuning.finished is not None
            self.keys(RUN_KEYS if tuning is not None and tuning.running else DONE_KEYS if done else END_KEYS)
            if self.focused is None or isinstance(self.focused, Input | Choice):
                self.query_one(VerticalScroll).focus()

    def sync(self) -> None:
        """Bring form or view up to the state."""
        if not self.is_mounted:
            return
        tuning = self._state.voice.tuning
        if self._form and tuning is not None and tuning.running:
            self._form = False
        self._show()
        if self._form:
            self.query_one("#collection", Choice).offer(self._collections())
            self._amount()
        else:
            self._view.changed()

    def on_resize(self, event: events.Resize) -> None:
        """The curves take the room there is."""
        super().on_resize(event)
        self.call_after_refresh(self._view.changed)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A known name makes another version."""
        if self.is_mounted:
            self._amount()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another collection holds another amount of text."""
        self._amount()

    def _amount(self) -> None:
        where = self.query_one("#collection", Choice).value
        own = [w for w in self._state.memory.works or () if not w.reference and where in (ALL, w.collection)]
        said = f"{wording.counted(len(own), 'work')}, {sum(work.characters for work in own):,} characters. "
        said += "It learns behind everything else: write on, it waits while your turn runs."
        edits = self._state.voice.edits
        if edits is not None and self.query_one("#edits", Choice).value == "yes":
            used = sum(edit.use for edit in edits)
            said += f" It learns from {used} of {wording.counted(len(edits), 'edit')}; Ctrl+L shows them."
        name = self.query_one("#name", Input).value.strip().casefold()
        known = next((v for v in self._state.voice.voices or () if v.name.casefold() == name), None)
        said += f" This makes version {max(known.versions) + 1} of {known.name}." if known is not None else ""
        self.query_one("#amount", Static).update(said if own else "There are no works there yet. F2 adds some.")

    def answer(self, event: ev.Event) -> None:
        """A tuning that was refused goes back to its form."""
        super().answer(event)
        if isinstance(event, ev.CommandRefused) and event.command == "TuneVoice":
            self._form, self._state.voice.tuning = True, None

    # --- what the writer does --------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on."""
        self.focus_next()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        """Enter goes on, and starts in the last line."""
        if event.choice.id == "edits":
            self.action_start()
        else:
            self.focus_next()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters are keys only where nothing is typed."""
        return (
            self._form
            if action in ("start", "edits")
            else not self._form
            if action in ("stop", "again", "use")
            else True
        )

    def action_edits(self) -> None:
        """Show the edits."""
        from tui.screens.edits import EditsPanel

        self._looked = True
        self.app.push_screen(EditsPanel(self._client, self._state.voice), lambda _: self._amount())

    def action_start(self) -> None:
        """Start, once everything is said."""
        name = self.query_one("#name", Input).value.strip()
        minutes = self.query_one("#minutes", Input).value.strip()
        edits = self.query_one("#edits", Choice).value == "yes"
        if not name:
            self.say("Give the voice a name, such as noir.")
        elif not minutes.isascii() or not minutes.isdecimal() or not 1 <= int(minutes) <= MOST_MINUTES:
            self.say(f"The minutes are a whole number from 1 to {MOST_MINUTES}.")
        elif edits and not self._looked:
            self.say("These are the edits it learns from. Ctrl+S here starts the tuning.")
            self.action_edits()
        else:
            self._start(name, int(minutes), edits)

    def _start(self, name: str, minutes: int, edits: bool) -> None:
        where = self.query_one("#collection", Choice).value
        method = self.query_one("#method", Choice).value
        self._state.voice.tuning = Tuning(name)
        self._form = False
        self._client.send(cmd.TuneVoice(name, None if where == ALL else where, minutes, method, edits))  # type: ignore[arg-type]
        self.say("")
        self.sync()

    def action_stop(self) -> None:
        """End it; the best so far becomes the voice."""
        tuning = self._state.voice.tuning
        if tuning is not None and tuning.running:
            tuning.stopping = True
            self._client.send(cmd.StopTuning())
            self.sync()

    def action_use(self) -> None:
        """Write this piece in the new voice."""
        tuning, state = self._state.voice.tuning, self._state
        if tuning is not None and tuning.finished is not None:
            command = choose(state.voice, state.piece_id, tuning.finished.voice.name, 1.0)
            if command is not None:
                self._client.send(command)
            self.dismiss(None)

    def action_again(self) -> None:
        """Back to the form."""
        tuning = self._state.voice.tuning
        if tuning is None or not tuning.running:
            self._form = True
            self._state.voice.tuning = None
            self.sync()
            self.query_one("#name").focus()
