"""What the writer's messages, commands and keys do. Each ends in a command to the studio or in a sheet."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.presets import PRESETS
from tui import commands, view_model, wording
from tui.screens.ideas_doing import IdeasDoing
from tui.screens.memory_doing import MemoryDoing
from tui.screens.model_change import ModelChange
from tui.screens.sheet import Sheet
from tui.view_model import DraftState, TurnState
from tui.widgets.composer import LIMIT
from tui.widgets.draft_card import DraftCard

if TYPE_CHECKING:
    from tui.screens.studio import StudioScreen

DEATHS = 3
"""Deaths of the studio within a minute after which it is not restarted by itself."""
ANSWERS = {"g": "continue", "d": "discard"}
"""What a message of one letter answers to a turn that was left unfinished."""
STREAMED = (ev.DraftGrew, ev.DraftStarted, ev.EngineMeasured, ev.CommandDone)
"""Events that no sheet waits for."""


class Doing:
    """The writer's side of the main screen."""

    def __init__(self, screen: StudioScreen) -> None:
        self._screen = screen
        self._open_newest = False
        self._deaths: list[float] = []
        self._model = ModelChange(screen)
        self.memory = MemoryDoing(screen)
        self.ideas = IdeasDoing(screen)

    def sent(self, text: str) -> None:
        """Enter in the composer."""
        screen, stripped = self._screen, text.strip()
        screen.say("")
        if not stripped:
            screen.say("There is nothing to send yet. Say what you want to write.")
            return
        if len(stripped) > LIMIT:
            screen.say(f"This message has {len(stripped):,} characters, the most is {LIMIT:,}. "
                       "Put long material into a file and add it with /works add PATH.")  # fmt: skip
            return
        typed = commands.parse(stripped)
        if typed is not None:
            self._typed(typed, stripped)
            return
        early = screen.state.ready is None or (not screen.state.turns and screen.resume == "last")
        if stripped in ANSWERS and early and self._cut_off() is None:
            screen.say("The studio is still starting. Press Enter again when the page is there.")
            return
        if screen.state.changing:
            screen.say(f"{screen.state.changing} is on its way; send this when it is here. Esc stops it.")
            return
        picking = (waiting := screen.state.active()) is not None and waiting.phase == "waiting"
        if (slip := wording.slip(stripped, picking=picking)) and not (self._cut_off() and stripped in ANSWERS):
            screen.say(slip)
            return
        stripped = stripped[1:] if stripped.startswith("//") else stripped
        screen.composer.sent(stripped)
        if picking:
            self._do_pick("" if stripped == "s" else stripped)
            screen.transcript.follow()
        elif (cut := self._cut_off()) is not None and stripped in ANSWERS:
            self.on_turn(ANSWERS[stripped], cut)  # typed while the page was still being drawn
        else:
            screen.send_message(stripped)

    def _cut_off(self) -> TurnState | None:
        """The newest turn of the page, where it was left unfinished and asks what to do."""
        newest = self._screen.state.turns[-1] if self._screen.state.turns else None
        return newest if newest is not None and newest.phase == "unfinished" else None

    def _typed(self, typed: commands.Typed, text: str) -> None:
        if commands.find(typed.name) is None:
            if self.memory.dropped(text):
                self._screen.composer.sent("")
                return
            near = commands.nearest(typed.name)
            guess = f" Did you mean /{near}?" if near else " /help lists them."
            self._screen.say(f"There is no command /{typed.name}.{guess} Two slashes send it as text.")
            return
        self._screen.composer.sent(text)
        self.run(typed.name, typed.argument)

    # --- commands ------------------------------------------------------------------------------------------

    def run(self, name: str, argument: str) -> None:
        """Run a slash command."""
        if name in ("keep", "reject", "further", "edit", "copy", "why", "heat"):
            self._numbered(name, argument)
        elif name in self.memory.NAMES:
            self.memory.run(name, argument)
        else:
            getattr(self, f"_do_{name}")(argument)

    def _numbered(self, action: str, argument: str) -> None:
        focused = self._screen.focused
        if isinstance(focused, DraftCard) and not argument.strip():  # from the palette: the draft in use
            self.on_take(action, focused.turn, focused.draft)
            return
        turn = next((t for t in reversed(self._screen.state.turns) if t.drafts), None)
        if turn is None:
            self._screen.say("There is no draft here yet. Say what you want to write.")
            return
        widget = self._screen.transcript.widget_of(turn)
        number = argument.strip() or (str(widget.board.looked_at() or "") if widget else "")
        found = [d for d in turn.drafts.values() if str(d.number) == number] if number else [turn.best()]
        if not found or found[0] is None:
            self._screen.say(f"There is no draft {number}. The newest turn has 1 to {len(turn.drafts)}.")
            return
        self.on_take(action, turn, found[0])

    def _do_new(self, argument: str) -> None:
        view_model.show_new_piece(self._screen.state)
        self._screen.on_new_page()
        self._screen.client.send(cmd.ListPieces())

    def _do_pieces(self, argument: str) -> None:
        from tui.screens.pieces import PiecesSheet

        sheet = PiecesSheet(self._screen.client, self._screen.state.pieces, argument)
        self._screen.app.push_screen(sheet, self._pieces_done)

    def _pieces_done(self, piece_id: str | None) -> None:
        if piece_id:
            self._screen.client.send(cmd.OpenPiece(piece_id))

    def _do_open(self, argument: str) -> None:
        if not argument:
            self._do_pieces("")
            return
        self._open_newest = True
        self._screen.client.send(cmd.ListPieces(argument))

    def _do_taste(self, argument: str) -> None:
        if argument in ("", "show", "reset", "undo", "on", "off"):
            self._screen.client.send(cmd.TuneTaste(argument or "show"))  # type: ignore[arg-type]  # checked here
        else:
            self._screen.say("/taste, /taste reset, /taste undo, /taste on or /taste off.")

    def _do_preset(self, argument: str) -> None:
        if argument and argument not in PRESETS:
            near = get_close_matches(argument, PRESETS, 1, 0.5)
            guess = f"Did you mean {near[0]}?" if near else "There are quick, balanced and patient."
            self._screen.say(f"There is no preset {argument}. {guess}")
            return
        if argument:
            view_model.pick_preset(self._screen.state, argument)
            self._screen.refresh_state()
        self._screen.say(wording.preset_text(self._screen.state, self._screen.settings))

    def _do_ideas(self, argument: str) -> None:
        self.ideas.run(argument)

    def _do_brief(self, argument: str) -> None:
        turn = next((t for t in reversed(self._screen.state.turns) if t.brief is not None), None)
        if turn is None:
            self._screen.say("There is no brief yet. Say what you want to write.")
        else:
            self.on_turn("brief", turn)

    def _do_pick(self, argument: str) -> None:
        turn = self._screen.state.active()
        if turn is None or turn.phase != "waiting":
            self._screen.say("Nothing waits for a choice now.")
            return
        words = argument.replace(",", " ").split()
        if all(word.isdigit() for word in words):
            places = [int(word) - 1 for word in words]
            if any(not 0 <= place < len(turn.directions) for place in places):
                self._screen.say(f"The directions are numbered 1 to {len(turn.directions)}.")
                return
            ids = tuple(turn.directions[place].id for place in places)
            self._screen.client.send(cmd.Choose(turn.id, ids))
        else:
            self._screen.client.send(cmd.Choose(turn.id, own=argument))
        self._screen.composer.focus()

    def _do_stop(self, argument: str) -> None:
        state = self._screen.state
        if state.busy() is None and state.active() is None and not state.ideas.asking:
            self._screen.say("Nothing runs now.")
        else:
            self._screen.action_stop()

    def _do_continue(self, argument: str) -> None:
        self._unfinished("continue")

    def _do_discard(self, argument: str) -> None:
        self._unfinished("discard")

    def _unfinished(self, action: str) -> None:
        turn = next((t for t in reversed(self._screen.state.turns) if t.phase == "unfinished"), None)
        if turn is None:
            self._screen.say("There is no unfinished turn in this piece.")
        else:
            self.on_turn(action, turn)

    def _do_rename(self, argument: str) -> None:
        if not self._screen.state.piece_id:
            self._screen.say("This piece is not there yet; it gets a title with its first message.")
        elif not argument:
            self._screen.say("/rename TITLE gives the piece a title.")
        else:
            self._screen.client.send(cmd.RenamePiece(self._screen.state.piece_id, argument))

    def _do_delete(self, argument: str) -> None:
        from tui.screens.confirm import Confirm

        state = self._screen.state
        if state.piece_id is None:
            self._screen.say("There is no piece to delete here.")
            return
        piece_id = state.piece_id
        title = (state.piece.title or state.piece.first_line) if state.piece else "this piece"

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.client.send(cmd.DeletePiece(piece_id))

        self._screen.app.push_screen(Confirm(f"Delete “{title}” with all its drafts?", "Delete"), answered)

    def _do_model(self, argument: str) -> None:
        if argument:
            self._model.take(argument)
        elif self._model.allowed():
            from tui.screens.models import ModelsSheet

            self._screen.app.push_screen(ModelsSheet(), self._model_picked)
            self._screen.client.send(cmd.ListModels())

    def _model_picked(self, use: str | None) -> None:
        if use:
            self._model.take(use)

    def _do_theme(self, argument: str) -> None:
        if not argument:
            self._screen.app.search_themes()
        elif argument in self._screen.app.available_themes:
            self._screen.app.theme = argument
        else:
            self._screen.say(f"There is no theme {argument}. /theme without a name shows them all.")

    def _do_restart(self, argument: str) -> None:
        view_model.started_again(self._screen.state)
        self._screen.client.restart(self._screen.settings)

    def _do_help(self, argument: str) -> None:
        from tui.screens.help import HelpSheet

        self._screen.app.push_screen(HelpSheet())

    def _do_quit(self, argument: str) -> None:
        self._screen.app.action_quit_now()  # type: ignore[attr-defined]  # CocreateApp

    # --- turns and takes -----------------------------------------------------------------------------------

    def on_turn(self, action: str, turn: TurnState) -> None:
        """brief, push, recalled, continue, discard or expand."""
        screen = self._screen
        if action == "continue":
            screen.client.send(cmd.Continue(turn.id))
            screen.composer.focus()
        elif action == "discard":
            screen.client.send(cmd.Abandon(turn.id))
            screen.composer.focus()
        elif action == "recalled":
            self.memory.recalled_for(turn)
        elif action == "push":
            widget = screen.transcript.widget_of(turn)
            self.ideas.from_turn(turn, widget.directions.marked if widget else 0)
        elif action == "expand":
            screen.transcript.unfold(turn)
        elif turn.brief is not None:
            self._revise(turn)

    def _revise(self, turn: TurnState) -> None:
        from tui.screens.brief import BriefSheet

        if turn.brief is None or turn.phase != "waiting":
            self._screen.say("A brief can be corrected while the studio waits for your choice. "
                             "Say in a new message what should be different.")  # fmt: skip
            return

        def revised(brief: object) -> None:
            if brief is not None and brief != turn.brief:
                self._screen.client.send(cmd.ReviseBrief(turn.id, brief))  # type: ignore[arg-type]  # a Brief

        self._screen.app.push_screen(BriefSheet(turn.brief), revised)

    def on_take(self, action: str, turn: TurnState, draft: DraftState) -> None:
        """keep, reject, further, edit, copy, why, heat, stronger or weaker."""
        screen = self._screen
        if action in ("stronger", "weaker"):
            self.memory.voice(action)
        elif action == "copy":
            screen.app.copy_to_clipboard(draft.text)
            screen.say(f"Draft {draft.number} is copied, if your terminal lets programs reach the clipboard.")
        elif action in ("why", "heat"):
            self._look(action, turn, draft)
        elif not draft.take_id:
            screen.say("A draft becomes yours to keep or change as soon as the turn ends. Esc ends it now.")
        elif action == "keep":
            screen.client.send(cmd.KeepTake(draft.take_id))
        elif action == "reject":
            screen.client.send(cmd.RejectTake(draft.take_id))
        elif action == "further":
            screen.refer_to(turn, draft)
        else:
            self._edit(draft)

    def _look(self, action: str, turn: TurnState, draft: DraftState) -> None:
        """Why it scored so, or its lines by heat."""
        screen, card = self._screen, draft.scorecard
        widget = screen.transcript.widget_of(turn)
        if card is None or draft.status == "writing":
            coming = turn.phase == "running" and draft.agent != "writer"
            screen.say(f"Draft {draft.number} has no score yet. It gets one when all drafts are written." if coming else
                       f"Draft {draft.number} was not scored. `cocreate score FILE` scores any text.")  # fmt: skip
        elif action == "why":
            from tui.screens.why import WhySheet

            screen.app.push_screen(WhySheet(draft.name, draft.text, card))
        elif not card.heat:
            screen.say(f"Draft {draft.number} was not measured line by line, so there is no heat to show.")
        elif widget is None:
            screen.say("That turn is folded. Enter on it shows its drafts.")
        else:
            screen.call_after_refresh(screen.transcript.look_at, widget.board.heat(draft.number))

    def _edit(self, draft: DraftState) -> None:
        from tui.screens.edit import EditSheet

        def edited(text: str | None) -> None:
            if text is not None and text.strip() and text != draft.text:
                self._screen.client.send(cmd.EditTake(draft.take_id, text))
                self._screen.say("Saved beside the draft it came from.")

        self._screen.app.push_screen(EditSheet(draft.name, draft.text), edited)

    # --- answers -------------------------------------------------------------------------------------------

    def answer(self, event: ev.Event) -> None:
        """An answer of the studio that the page itself waits for."""
        if isinstance(event, ev.PiecesListed) and self._open_newest and event.query:
            self._open_newest = False
            if event.pieces:
                self._screen.client.send(cmd.OpenPiece(event.pieces[0].id))
            else:
                self._screen.say(f"No piece holds “{event.query}”. Ctrl+O lists them all.")
        elif isinstance(event, ev.ModelMissing | ev.ModelChosen):
            self._model.answer(event)
        elif isinstance(event, ev.TasteShown):
            # A studio that is started again must not forget what the writer switched.
            self._screen.settings = replace(self._screen.settings, learn_taste=event.on)
        elif isinstance(event, ev.WorkShown) and not self._sheets():
            from tui.screens.reading import ReadingSheet

            self._screen.app.push_screen(ReadingSheet(event.work, event.text))

    def _sheets(self) -> list[Sheet[Any]]:
        """The sheets that are open, the lowest first."""
        return [screen for screen in self._screen.app.screen_stack if isinstance(screen, Sheet)]

    def tell_sheets(self, batch: list[ev.Event]) -> None:
        """Hand the sheets that are open what they may have asked for, then let each redraw once."""
        told = [event for event in batch if not isinstance(event, STREAMED)]
        for sheet in self._sheets() if told else ():
            for event in told:
                sheet.answer(event)
            sheet.sync()

    def refused(self, event: ev.CommandRefused) -> None:
        """Say why; a message that was refused goes back into the composer."""
        self._screen.say(f"{event.sentence} {event.next_step}".strip())
        if event.command == "Write":
            text = view_model.take_back(self._screen.state)
            if text and not self._screen.composer.text:
                self._screen.composer.put(text)

    def studio_died(self) -> None:
        """Start it again, unless it keeps dying."""
        screen, now = self._screen, self._screen.clock()
        self._deaths = [t for t in self._deaths if now - t < 60] + [now]
        if len(self._deaths) < DEATHS:
            screen.client.restart(screen.settings)
            return
        sentence = "The studio keeps ending, so it is not started again by itself."
        view_model.add_note(screen.state, sentence, "/restart tries again; `cocreate doctor` may say why.")
