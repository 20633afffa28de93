"""The main screen: transcript above, composer below. It shows events and sends commands; the studio decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic, strftime, time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.client import StudioClient
from cocreate.settings import Settings
from tui import hints, view_model, wording
from tui.messages import DirectionPicked, EventsArrived, TakeActed, TurnActed, TypedElsewhere
from tui.screens.doing import ANSWERS, Doing
from tui.unsent import UnsentTexts
from tui.view_model import DraftState, StudioState, TurnState
from tui.widgets.completions import Completions
from tui.widgets.composer import LIMIT, Composer
from tui.widgets.cue_line import CueLine
from tui.widgets.downloads import Downloads
from tui.widgets.hint_line import HintLine
from tui.widgets.notice import Notice
from tui.widgets.reference import Reference
from tui.widgets.status_line import StatusLine
from tui.widgets.title_line import TitleLine
from tui.widgets.too_small import LEAST, TooSmall
from tui.widgets.transcript import Transcript
from tui.widgets.welcome import Welcome


class StudioScreen(Screen[None]):
    """The page a writer keeps open all day."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Stop"),
        ("ctrl+c,super+c", "interrupt", "Copy or stop"),
        ("ctrl+o", "run('pieces')", "Pieces"),
        ("ctrl+n", "run('new')", "New piece"),
        ("ctrl+end", "follow", "Newest text"),
        ("f1", "run('help')", "Help"),
        ("f2", "run('works')", "Works"),
        ("f3", "run('voice')", "Voices"),
        ("f4", "run('recalled')", "Recalled"),
        ("pageup", "page(-1)", "Scroll up"),
        ("pagedown", "page(1)", "Scroll down"),
        ("end", "follow", "Newest text"),
    ]

    def __init__(self, client: StudioClient, settings: Settings, resume: str | None, *,
                 key_pressed: Callable[[], None] = lambda: None,
                 clock: Callable[[], float] = monotonic, wall: Callable[[], float] = time) -> None:  # fmt: skip
        super().__init__()
        self.client = client
        self.settings = settings
        self.state = StudioState(preset=settings.preset)
        self.unsent = UnsentTexts(settings.home)
        self.clock = clock
        self.key_pressed = key_pressed
        self.resume = resume
        self.further: tuple[TurnState, DraftState] | None = None
        self.doing = Doing(self)
        self.transcript = Transcript(self.state, clock, wall)
        self.composer = Composer(enter_sends=settings.enter_sends)
        self.title_line = TitleLine(self.state)
        self.notice = Notice()
        self.cue = CueLine()
        self.completions = Completions()
        self.reference = Reference()
        self.downloads = Downloads(self.state)
        self.hint_line = HintLine()
        self.status = StatusLine(self.state, clock)
        self._interrupted_at = -10.0
        self._serial = 0
        self._page = ""
        self._saving: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, transcript, what hangs over the composer, composer, hints, status."""
        yield TooSmall()
        with Vertical(id="page"):
            yield self.title_line
            yield self.transcript
            yield self.cue
            yield self.downloads
            yield self.completions
            yield self.notice
            yield self.reference
            yield self.composer
            yield self.hint_line
            yield self.status

    def on_mount(self) -> None:
        """Focus the composer and bring back what stood in it."""
        self.composer.put(self.unsent.get(self._page))
        self.composer.focus()
        self.set_interval(1.0, self._tick)
        self.watch(self, "focused", self._show_hints, init=False)
        self._show_hints()

    # --- what the studio says --------------------------------------------------------------------------------

    def on_events_arrived(self, message: EventsArrived) -> None:
        """Take a batch of events into the state and redraw once."""
        before = len(self.state.turns)
        self._serial += 1
        typed = self.composer.text.strip()
        self.state.engaged = (bool(typed) and typed not in ANSWERS) or self.app.screen is not self
        for event in message.events:
            first = self.state.turns[0] if self.state.turns else None
            view_model.reduce(self.state, event, self.clock())
            self._react(event)
            if isinstance(event, ev.PieceOpened) and event.before is not None and first in self.state.turns:
                self.transcript.older_arrived(self.state.turns.index(first))
        self._follow_page()
        self.refresh_state()
        self.doing.tell_sheets(message.events)
        if len(self.state.turns) > before and self.composer.has_focus:
            self.transcript.follow()

    def _react(self, event: ev.Event) -> None:
        match event:
            case ev.DirectionsFound(turn_id, _, True):
                self.call_after_refresh(self._offer_focus, turn_id)
            case ev.TurnFoundUnfinished(turn):
                self.call_after_refresh(self._offer_focus, turn.id)
            case ev.TurnFinished(turn_id):
                self.call_after_refresh(self._show_best, turn_id)
                self.client.send(cmd.ListPieces())
            case ev.PiecesListed(pieces, "") if self.resume == "last":
                self.resume = None
                if pieces and self.state.piece_id is None and not self.state.turns:
                    self.client.send(cmd.OpenPiece(pieces[0].id))
            case ev.StudioDied():
                self.doing.studio_died()
            case ev.CommandRefused():
                self.doing.refused(event)
            case ev.WorkShown() | ev.PiecesListed() | ev.ModelMissing() | ev.ModelChosen() | ev.TasteShown():
                self.doing.answer(event)
            case _:
                pass

    def _offer_focus(self, turn_id: str) -> None:
        """Put the focus on what waits for an answer, unless the writer is in the middle of a sentence."""
        turn = self.state.turn(turn_id)
        widget = self.transcript.widget_of(turn) if turn else None
        if widget is None or turn is None or self.composer.text or not self.is_current:
            return
        if turn.phase == "waiting":
            widget.directions.focus(scroll_visible=self.transcript.following)
        elif turn.phase == "unfinished":
            widget.offer.focus(scroll_visible=self.transcript.following)

    def _show_best(self, turn_id: str) -> None:
        """At the end of a turn show the top of its drafts, when the writer was following."""
        turn = self.state.turn(turn_id)
        widget = self.transcript.widget_of(turn) if turn else None
        if widget is None or not (self.transcript.following and widget.board.display):
            return
        if widget.board.size.height > self.transcript.size.height:
            self.transcript.release_anchor()
            self.transcript.scroll_to_widget(widget.progress, animate=False, top=True, immediate=True)

    def _follow_page(self) -> None:
        """Keep the unsent text with the piece it belongs to."""
        page = self.state.piece_id or ""
        if page == self._page:
            return
        typed = self.composer.text
        if self._page == "" and self.state.turns and self.state.turns[-1].fresh:
            self.unsent.put("", "")  # the new piece has got its name: what is being typed goes on in it
            self.unsent.put(page, typed)
        else:
            self.unsent.put(self._page, typed)
            self.composer.put(self.unsent.get(page))
            self.let_go()
        self._page = page
        self.composer.earlier = [t.request for t in self.state.turns]

    # --- showing -------------------------------------------------------------------------------------------

    def refresh_state(self) -> None:
        """Redraw what moved on."""
        self.transcript.sync()
        self.title_line.changed()
        self.downloads.sync()
        self.status.changed()
        self._show_hints()

    def say(self, sentence: str) -> None:
        """One sentence above the composer."""
        self.notice.say(sentence)

    def _tick(self) -> None:
        if self.state.busy() is not None:
            self.transcript.tick()
            self.status.changed()

    def _show_hints(self) -> None:
        self.composer.placeholder = Content(hints.placeholder(self.state, self.further is not None))
        self.hint_line.show(hints.hints(self.focused, self.state, self.settings.enter_sends, self.composer.text))

    def on_resize(self, event: events.Resize) -> None:
        """Say what is needed when there is too little room."""
        small = event.size.width < LEAST[0] or event.size.height < LEAST[1]
        cover, page = self.query_one(TooSmall), self.query_one("#page")
        cover.display, page.display = small, not small
        if small:
            cover.changed()
        elif self.focused is None:
            self.composer.focus()

    # --- what the writer does --------------------------------------------------------------------------------

    def on_composer_sent(self, message: Composer.Sent) -> None:
        """A message, a command, or a direction in the writer's own words."""
        self.doing.sent(message.text)

    def on_composer_paste_refused(self, message: Composer.PasteRefused) -> None:
        """Too much for a message: it is put into a file, and nothing in the composer is touched."""
        path = self.unsent.keep_paste(message.text, strftime("%Y%m%d-%H%M%S"))
        kept = f"It is kept in {path}; /works add {path} lets the studio remember it." if path else (
            "It could not be kept: the data directory refuses. It is still in your clipboard.")  # fmt: skip
        self.say(f"That paste has {len(message.text):,} characters, a message holds {LIMIT:,}. {kept}")

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Keep what is typed, and complete commands."""
        if message.text_area is not self.composer:
            return
        self.key_pressed()
        self.completions.complete(self.composer.text)
        self.unsent.put(self._page, self.composer.text)
        self._show_hints()
        self._save_soon()

    def _save_soon(self) -> None:
        if self._saving is None:
            self._saving = self.set_timer(0.4, self.save_unsent)

    def save_unsent(self) -> None:
        """Write the unsent texts to disk."""
        self._saving = None
        if not self.unsent.save() and not self.notice.text:
            self.say(f"What you type cannot be kept in {self.settings.home}. Check that it is writable and not full.")

    def send_message(self, text: str) -> None:
        """Start a turn."""
        self._serial += 1
        view_model.queue_message(self.state, text, self._serial)
        take_id = self.further[1].take_id or None if self.further else None
        options = cmd.TurnOptions(preset=self.state.preset if self.state.preset_picked else None)
        if self.state.piece_id is None and (chosen := self.state.chosen_voice()).voice:
            options = replace(options, voice=chosen.voice, strength=chosen.strength)
        self.client.send(cmd.Write(text, piece_id=self.state.piece_id, take_id=take_id, options=options))
        self.let_go()
        self.transcript.follow()
        self.refresh_state()

    def on_direction_picked(self, message: DirectionPicked) -> None:
        """Pick a direction, or none."""
        ids = (message.direction_id,) if message.direction_id else ()
        self.client.send(cmd.Choose(message.turn_id, ids))
        self.composer.focus()
        self.transcript.follow()

    def on_turn_acted(self, message: TurnActed) -> None:
        """Correct a brief, go on, end, or unfold."""
        turn = self.state.turn(message.turn_id)
        if turn is not None:
            self.doing.on_turn(message.action, turn)

    def on_take_acted(self, message: TakeActed) -> None:
        """Keep, reject, take further, edit or copy a draft."""
        turn = self.state.turn(message.turn_id)
        draft = turn.drafts.get(message.draft_id) if turn else None
        if turn is not None and draft is not None:
            self.doing.on_take(message.action, turn, draft)

    def on_new_page(self) -> None:
        """The page is empty now."""
        self._follow_page()
        self.let_go()
        self.refresh_state()
        self.composer.focus()

    def refer_to(self, turn: TurnState, draft: DraftState) -> None:
        """The next message changes this draft."""
        self.further = (turn, draft)
        self.reference.refer(f"{draft.name}: {wording.first_line(draft.text, 50)}")
        self.composer.focus()
        self._show_hints()

    def let_go(self) -> None:
        """The next message refers to nothing in particular."""
        self.further = None
        self.reference.refer("")
        self._show_hints()

    def on_typed_elsewhere(self, message: TypedElsewhere) -> None:
        """Typing anywhere goes to the composer."""
        self.composer.focus()
        self.composer.insert(message.character)

    def on_key(self, event: events.Key) -> None:
        """Typing with nothing focused goes to the composer as well."""
        if self.focused is None and event.is_printable and event.character:
            event.stop()
            self.on_typed_elsewhere(TypedElsewhere(event.character))

    def on_transcript_older_wanted(self) -> None:
        """Fetch the turns before the oldest one here."""
        if self.state.piece_id and self.state.turns:
            self.client.send(cmd.OpenPiece(self.state.piece_id, most_turns=30, before=self.state.turns[0].number))

    def on_transcript_follow_changed(self, message: Transcript.FollowChanged) -> None:
        """Show or hide the cue."""
        self.cue.display = message.below

    def on_cue_line_clicked(self) -> None:
        """Go to the newest text."""
        self.action_follow()

    def on_hint_line_clicked(self, message: HintLine.Clicked) -> None:
        """A clicked hint is the key it stands for."""
        self.app.simulate_key(message.key)

    def on_welcome_piece_wanted(self, message: Welcome.PieceWanted) -> None:
        """Open one of the newest pieces."""
        self.client.send(cmd.OpenPiece(message.piece_id))

    # --- keys ------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Stop what runs; else let go of a reference; else back to the composer."""
        if self.state.busy() is not None or self.state.changing or self.state.ideas.asking:
            self.action_stop()
        elif self.further is not None:
            self.let_go()
        else:
            self.say("")
            self.composer.focus()

    def action_stop(self) -> None:
        """Stop the running turn."""
        self.client.stop()
        self.state.ideas.stopping = self.state.ideas.asking > 0
        if view_model.mark_stopping(self.state):
            self.refresh_state()

    def action_interrupt(self) -> None:
        """Copy the selection; else stop; twice: quit."""
        selected = self.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
            self.clear_selection()
            self.say("Copied.")
            return
        now = self.clock()
        if now - self._interrupted_at < 2.0:
            self.app.action_quit_now()  # type: ignore[attr-defined]  # CocreateApp; importing it here would be a circle
            return
        self._interrupted_at = now
        if self.state.busy() is not None:
            self.action_stop()
        self.say("Ctrl+C again quits. Everything is kept.")

    def action_page(self, direction: int) -> None:
        """Scroll the transcript by a page."""
        self.transcript.release_anchor()
        if direction < 0:
            self.transcript.scroll_page_up(animate=False)
        else:
            self.transcript.scroll_page_down(animate=False)

    def action_follow(self) -> None:
        """Go to the newest text and follow it."""
        self.transcript.follow()

    def action_run(self, name: str) -> None:
        """A key that stands for a command."""
        self.doing.run(name, "")
