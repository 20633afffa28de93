"""What the commands on works, recalled passages, voices, tuning and the voice card do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocreate import commands as cmd
from tui import memory_state
from tui.view_model import TurnState
from tui.voice_state import choose, turned, unknown
from tui.widgets import voice_rows

if TYPE_CHECKING:
    from tui.screens.studio import StudioScreen

WORKS = "/works, /works add PATH, /works search WORDS, /works show ID or /works remove ID."
DRAFT = "draft"
"""What to name in /card to compare with the draft in use."""


class MemoryDoing:
    """One per main screen; opens the panels and sends what needs none."""

    NAMES = ("works", "recalled", "voice", "tune", "card")

    def __init__(self, screen: StudioScreen) -> None:
        self._screen = screen

    def run(self, name: str, argument: str) -> None:
        """Run one of the commands of NAMES."""
        getattr(self, name)(argument)

    # --- works ---------------------------------------------------------------------------------------------

    def works(self, argument: str) -> None:
        """List, add, search, read or forget."""
        verb, _, rest = argument.partition(" ")
        rest = rest.strip()
        if verb == "add":
            self._add(rest)
        elif verb == "remove" and rest:
            self._screen.client.send(cmd.RemoveWork(rest))
        elif verb == "search" and rest:
            self._search(rest)
        elif verb == "show" and rest:
            self._screen.client.send(cmd.ShowWork(rest))
        elif verb in ("", "list"):
            self.works_panel()
        else:
            self._screen.say(WORKS)

    def works_panel(self, named: str = "") -> None:
        """The works, with `named` on the line for paths."""
        from tui.screens.works import WorksPanel

        self._screen.app.push_screen(WorksPanel(self._screen.client, self._screen.state, named))

    def dropped(self, text: str) -> bool:
        """Offer paths that were dropped on the composer for adding; False when it is other text."""
        from tui import paths

        if not paths.dropped(text):
            return False
        self.works_panel(text)
        return True

    def _add(self, rest: str) -> None:
        from tui import paths

        words = list(paths.read(rest))
        collection = ""
        if "--collection" in words[:-1]:
            at = words.index("--collection")
            collection = words[at + 1]
            del words[at : at + 2]
        found = tuple(word for word in words if word != "--reference")
        adding = self._screen.state.memory.adding
        if not found:
            self.works_panel()
        elif adding is not None and adding.running:
            self._screen.say("Texts are being read already. F2 shows how far that is, and stops it.")
        else:
            memory_state.begin(self._screen.state.memory)
            self._screen.client.send(cmd.AddWorks(found, "--reference" in words, collection))
            self._screen.refresh_state()

    def _search(self, text: str) -> None:
        from tui import search_words
        from tui.screens.recalled import RecalledPanel

        screen = self._screen
        query, filters = search_words.read(text)
        if not query:
            screen.say("Say what to look for, such as /works search rain in:noir kind:poem language:zh since:2019.")
            return
        screen.app.push_screen(RecalledPanel(screen.client, screen.state.memory, None, query=query))
        screen.client.send(cmd.SearchWorks(query, filters=filters))

    def recalled(self, argument: str) -> None:
        """What was recalled for the newest turn that has something."""
        turn = next((t for t in reversed(self._screen.state.turns) if t.hits), None)
        if turn is None:
            self._screen.say("Nothing of yours was recalled in this piece yet. F2 shows your works, and adds more.")
        else:
            self.recalled_for(turn)

    def recalled_for(self, turn: TurnState) -> None:
        """What was recalled for this turn."""
        from tui.screens.recalled import RecalledPanel

        screen = self._screen
        panel = RecalledPanel(screen.client, screen.state.memory, turn.hits, piece_id=turn.piece_id)
        screen.app.push_screen(panel)

    # --- voices --------------------------------------------------------------------------------------------

    def voice(self, argument: str) -> None:
        """Choose a voice, turn its dial, or look at all of them."""
        words = argument.strip()
        if not words:
            self._voices_panel()
        elif words in ("stronger", "more", "+"):
            self.turn_dial(1)
        elif words in ("weaker", "less", "-"):
            self.turn_dial(-1)
        elif words in ("none", "off"):
            self._use("", 1.0)
        elif (strength := _figure(words)) is not None:
            self._strength(strength)
        else:
            name, _, at = words.partition("@")
            self._use(name, _figure(at) if _figure(at) is not None else self._screen.state.chosen_voice().strength)

    def _voices_panel(self) -> None:
        from tui.screens.voices import VoicesPanel

        panel = VoicesPanel(self._screen.client, self._screen.state, self._draft())
        self._screen.app.push_screen(panel, lambda _: self._screen.refresh_state())

    def turn_dial(self, by: int) -> None:
        """Less like the writer (-1) or more (1), by a step."""
        chosen = self._screen.state.chosen_voice()
        if not chosen.voice:
            self._screen.say("This piece has no voice yet. F3 lists yours, and tunes one on your works.")
        elif turned(chosen.strength, by) == chosen.strength:
            self._screen.say("The dial is at its end.")
        else:
            self._strength(turned(chosen.strength, by))

    def _strength(self, strength: float) -> None:
        chosen = self._screen.state.chosen_voice()
        if not chosen.voice:
            self._screen.say("This piece has no voice yet. /voice NAME chooses one.")
        else:
            self._use(chosen.voice, strength)
            self._screen.say(f"The dial stands at {strength:g} for the next drafts. "
                             "“more like me” or “less like me” as a message bends the newest one.")  # fmt: skip

    def _use(self, voice: str, strength: float | None) -> None:
        state = self._screen.state
        if name := unknown(state.voice, voice):
            self._screen.say(f"There is no voice {name}. F3 lists yours, and tunes new ones.")
            return
        command = choose(state.voice, state.piece_id, voice, 1.0 if strength is None else strength)
        if command is not None:
            self._screen.client.send(command)
        elif voice:
            said = voice_rows.said(state.chosen_voice())
            self._screen.say(f"The piece that you begin now will be written in the voice {said}.")
        self._screen.refresh_state()

    def tune(self, argument: str) -> None:
        """Tune a voice, or look at the tuning that runs."""
        from tui.screens.tune import TunePanel

        panel = TunePanel(self._screen.client, self._screen.state, argument)
        self._screen.app.push_screen(panel, lambda _: self._screen.refresh_state())

    def card(self, argument: str) -> None:
        """What makes the works sound like one person: `/card [COLLECTION] [vs COLLECTION | vs draft]`."""
        from tui.screens.voice_card import VoiceCardPanel

        named, _, other = f" {argument} ".partition(" vs ")
        panel = VoiceCardPanel(self._screen.client, self._screen.state, named.strip() or None,
                               against=other.strip() or None, draft=self._draft())  # fmt: skip
        self._screen.app.push_screen(panel)

    def _draft(self) -> str:
        """The draft in use: the one that the writer looks at, else the best of the newest turn."""
        turn = next((t for t in reversed(self._screen.state.turns) if t.drafts), None)
        if turn is None:
            return ""
        widget = self._screen.transcript.widget_of(turn)
        number = widget.board.looked_at() if widget else 0
        draft = next((d for d in turn.drafts.values() if d.number == number), turn.best())
        return draft.text if draft is not None else ""


def _figure(words: str) -> float | None:
    """A strength of the dial, or None."""
    try:
        value = float(words.removesuffix("%")) / (100 if words.endswith("%") else 1)
    except ValueError:
        return None
    return value if 0 <= value <= 10 else None
