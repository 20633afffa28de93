"""One exchange: the message, what was understood and recalled, the directions, the drafts, what became of them."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui import wording
from tui.view_model import TurnState
from tui.widgets.brief_line import BriefLine
from tui.widgets.directions import Directions
from tui.widgets.draft_board import DraftBoard
from tui.widgets.flow import Flow, hang
from tui.widgets.offer import Offer
from tui.widgets.recalled import Recalled


class Message(Flow):
    """The writer's own words."""

    DEFAULT_CSS = """
    Message { padding: 0 2; }
    """

    def __init__(self, turn: TurnState) -> None:
        super().__init__()
        self.turn = turn

    def lines(self, width: int) -> list[Content]:
        """The message behind a small sign."""
        lines = hang(Content.styled(self.turn.request, "bold"), min(width, 96), "› ")
        lines[0] = lines[0].stylize("$primary", 0, 1)
        return lines


class Progress(Flow):
    """What the turn does now, and in the end how it went."""

    DEFAULT_CSS = """
    Progress { padding: 0 2; color: $foreground 60%; }
    """

    def __init__(self, turn: TurnState, clock: Callable[[], float], ready: Callable[[], bool]) -> None:
        super().__init__()
        self.turn = turn
        self._clock = clock
        self._ready = ready

    def lines(self, width: int) -> list[Content]:
        """One line, or a sentence and a next step when it went wrong."""
        turn = self.turn
        if turn.phase == "queued":
            text = "will start after the turn before" if self._ready() else "will start as soon as the model is ready"
            return hang(Content.styled(text, "italic"), width)
        if turn.phase == "running":
            return hang(Content.styled(wording.doing(turn, self._clock()), "italic"), width)
        if turn.phase == "failed":
            lines = hang(Content.styled(turn.note, "$error"), width)
            return lines + (hang(Content(turn.next_step), width) if turn.next_step else [])
        if turn.phase in ("finished", "stopped"):
            return self._ended(width)
        return []

    def _ended(self, width: int) -> list[Content]:
        turn = self.turn
        lines = hang(Content.styled("stopped, what was written is kept", "$warning"), width) if (
            turn.phase == "stopped") else []  # fmt: skip
        if turn.fresh and turn.seconds:
            judged = [draft for draft in turn.drafts.values() if draft.accepted is not None]
            revised, aside = sum(1 for one in judged if one.parent), sum(1 for one in judged if not one.parent)
            figures = wording.counted(len(turn.order) - len(judged), "draft")
            figures += f", {wording.counted(aside, 'opening')} set aside" if aside else ""
            figures += f" and {wording.counted(revised, 'revision')}" if revised else ""
            figures += f" in {wording.seconds(turn.seconds)}"
            figures += "" if turn.diversity is None else f", diversity {turn.diversity:.1f}"
            how = wording.done(turn)
            lines += hang(Content.styled(f"{figures}: {how}" if how else figures, "$foreground 50%"), width)
        if turn.note:
            lines += hang(Content.styled(turn.note, "$foreground 60%"), width)
        return lines


class Turn(Vertical):
    """A turn in full."""

    DEFAULT_CSS = """
    Turn { height: auto; margin: 1 0 1 0; }
    """

    def __init__(self, turn: TurnState, clock: Callable[[], float], ready: Callable[[], bool]) -> None:
        super().__init__()
        self.turn = turn
        self.seen = -1
        self.brief = BriefLine(turn)
        self.directions = Directions(turn)
        self.board = DraftBoard(turn)
        self.progress = Progress(turn, clock, ready)
        self.offer = Offer(turn)
        self.recalled = Recalled(turn)
        self._texts: tuple[Flow, ...] = (
            Message(turn), self.brief, self.recalled, self.directions, self.progress, self.offer,
        )  # fmt: skip
        self._shape: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """In the order of the work."""
        message, brief, recalled, directions, progress, offer = self._texts
        yield from (message, brief, recalled, directions, progress, self.board, offer)

    def on_mount(self) -> None:
        """Show what is there."""
        self.sync()

    def sync(self) -> None:
        """Redraw what moved on. While drafts grow only the board is touched."""
        turn = self.turn
        if turn.version == self.seen:
            return
        self.seen = turn.version
        shape = (turn.phase, turn.id, turn.brief, turn.hits, turn.directions, turn.chosen, len(turn.steps),
                 turn.stopping, turn.edit, turn.note)  # fmt: skip
        if shape != self._shape:
            self._shape = shape
            for text in self._texts:
                text.changed()
            self.brief.can_focus = turn.brief is not None
            self.recalled.can_focus = bool(turn.hits)
            self.directions.can_focus = turn.phase == "waiting"
            self.offer.can_focus = self.offer.display = turn.phase == "unfinished"
        self.board.sync()

    def tick(self) -> None:
        """Move the clock of a running turn."""
        if self.turn.phase == "running":
            self.progress.changed()
