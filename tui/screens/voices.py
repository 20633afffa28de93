"""Voices: choose one for the piece, mix, turn the dial, tune, roll back, forget."""

from __future__ import annotations

from collections.abc import Iterable
from time import time
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
from cocreate.voice_views import VoiceView
from tui.screens.sheet import Panel
from tui.view_model import StudioState
from tui.voice_state import choose, turned
from tui.widgets import voice_rows
from tui.widgets.flow import Flow

KEYS = ("Enter use it here   - + dial   m mix   n no voice   t tune   N new   v card   b versions   d forget   "
        "Esc close")  # fmt: skip
EMPTY = ("No voice yet. N tunes one on your works: the studio then writes closer to how you write. "
         "Add works first (F2) when memory is empty.")  # fmt: skip


class Dial(Flow):
    """What the piece is written in."""

    DEFAULT_CSS = "Dial { margin: 0 0 1 0; }"

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """The voice and its strength; a tuning that runs."""
        lines = voice_rows.dial(self._state.chosen_voice(), width)
        sign = voice_rows.sign(self._state.voice.tuning)
        return [*lines, Content.styled(f"{sign}; t shows it", "$primary")] if sign else lines


class VoicesPanel(Panel[None]):
    """One row a voice, best known by its figures."""

    HEADING = "Voices"
    KEYS_LINE = KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        ("plus,equals_sign,right", "turn(1)", "More like me"), ("minus,left", "turn(-1)", "Less like me"),
        ("n", "none", "No voice"), ("m", "mix", "Mix"), ("t", "tune", "Tune"), ("N", "tune_new", "New voice"),
        ("v", "card", "Card"), ("b", "versions", "Versions"), ("d,delete", "forget", "Forget"),
        ("f3", "close", "Close"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    VoicesPanel OptionList { height: 1fr; max-height: 100%; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    VoicesPanel #none { height: auto; color: $foreground 70%; }
    """

    def __init__(self, client: StudioClient, state: StudioState, draft: str = "") -> None:
        """`draft`: the text on the page, which a voice card can be held against."""
        super().__init__()
        self._client = client
        self._state = state
        self._draft = draft
        self._dial = Dial(state)
        self._seen: list[Content] = []

    def body(self) -> Iterable[Widget]:
        """Dial, list."""
        yield self._dial
        yield Static("", id="none", markup=False)
        yield OptionList()

    def on_mount(self) -> None:
        """Ask for the newest list."""
        self._client.send(cmd.ListVoices(self._piece))
        self.query_one(OptionList).focus()
        self.sync()

    @property
    def _piece(self) -> str:
        return self._state.piece_id or ""

    def _voices(self) -> tuple[VoiceView, ...]:
        return tuple(sorted(self._state.voice.voices or (), key=lambda voice: voice.name.lower()))

    def sync(self) -> None:
        """Bring dial and list up to the state."""
        if not self.is_mounted:
            return
        self._dial.changed()
        options, none = self.query_one(OptionList), self.query_one("#none", Static)
        none.display = not self._state.voice.voices
        none.update("Looking..." if self._state.voice.voices is None else EMPTY)
        chosen, width = self._state.chosen_voice(), max(30, options.scrollable_content_region.width - 2)
        rows = [Content("\n").join([*voice_rows.row(v, chosen, time(), width), Content("")]) for v in self._voices()]
        if len(rows) != len(self._seen):
            at = options.highlighted or 0
            options.clear_options()
            options.add_options([Option(content) for content in rows])
            options.highlighted = min(at, len(rows) - 1) if rows else None
        else:
            for place, content in enumerate(rows):
                if not content.is_same(self._seen[place]):
                    options.replace_option_prompt_at_index(place, content)
        self._seen = rows

    def on_resize(self, event: events.Resize) -> None:
        """Lines break anew."""
        super().on_resize(event)
        self.call_after_refresh(self.sync)

    def _here(self) -> VoiceView | None:
        at, voices = self.query_one(OptionList).highlighted, self._voices()
        return voices[at] if at is not None and at < len(voices) else None

    def _use(self, voice: str, strength: float) -> None:
        self.say("")
        command = choose(self._state.voice, self._state.piece_id, voice, strength)
        if command is None:
            self.say("The piece that you begin now will be written in it." if voice else "")
            self.sync()
        else:
            self._client.send(command)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The piece is written in this voice from now on."""
        voice = self._here()
        if voice is not None and voice.usable:
            self._use(voice.name, self._state.chosen_voice().strength)
        elif voice is not None:
            self.say(voice.why_not or f"{voice.name} cannot be used now.")

    def action_turn(self, by: int) -> None:
        """Turn the dial."""
        chosen = self._state.chosen_voice()
        if not chosen.voice:
            self.say("Choose a voice first: Enter on one of them.")
        elif turned(chosen.strength, by) != chosen.strength:
            self._use(chosen.voice, turned(chosen.strength, by))

    def action_none(self) -> None:
        """No voice for this piece."""
        self._use("", 1.0)

    def action_mix(self) -> None:
        """Several voices at once."""
        from tui.screens.mix import MixSheet

        usable = [voice.name for voice in self._voices() if voice.usable]
        if len(usable) < 2:
            self.say("A mix needs two voices that can be used with this model.")
            return

        def mixed(voice: str | None) -> None:
            if voice:
                self._use(voice, self._state.chosen_voice().strength)

        here = self._here()
        self.app.push_screen(MixSheet(usable, self._state.chosen_voice().voice or (here.name if here else "")), mixed)

    def _tune(self, name: str) -> None:
        from tui.screens.tune import TunePanel

        self.app.push_screen(TunePanel(self._client, self._state, name))

    def action_tune(self) -> None:
        """Tune this voice again, or show the tuning that runs."""
        here = self._here()
        self._tune(here.name if here else "")

    def action_tune_new(self) -> None:
        """Tune a new voice."""
        self._tune("")

    def action_card(self) -> None:
        """What makes its works sound like one person."""
        from tui.screens.voice_card import VoiceCardPanel

        here = self._here()
        whose = here.collection if here else None
        self.app.push_screen(VoiceCardPanel(self._client, self._state, whose, draft=self._draft))

    def action_versions(self) -> None:
        """Go back to an older version, or forward again."""
        from tui.screens.mix import VersionsSheet

        here = self._here()
        if here is None or len(here.versions) < 2:
            self.say("This voice has one version; each tuning makes another.")
            return
        name = here.name

        def picked(version: int | None) -> None:
            if version is not None:
                self._client.send(cmd.RollBackVoice(name, version))
                self._client.send(cmd.ListVoices(self._piece))

        self.app.push_screen(VersionsSheet(here), picked)

    def action_forget(self) -> None:
        """Ask, then delete it."""
        from tui.screens.confirm import Confirm

        here = self._here()
        if here is None:
            return
        name = here.name

        def answered(yes: bool | None) -> None:
            if yes:
                self._client.send(cmd.ForgetVoice(name))
                self._client.send(cmd.ListVoices(self._piece))

        versions = f" with its {len(here.versions)} versions" if len(here.versions) > 1 else ""
        self.app.push_screen(Confirm(f"Forget the voice {name}{versions}? Your works stay.", "Forget"), answered)

    def answer(self, event: ev.Event) -> None:
        """Refusals; a new version means a new list."""
        super().answer(event)
        if isinstance(event, ev.TuningFinished):
            self._client.send(cmd.ListVoices(self._piece))
