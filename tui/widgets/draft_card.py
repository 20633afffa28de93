"""One draft: its text, its scorecard, and what can be done with it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from tui.messages import TakeActed
from tui.view_model import DraftState, TurnState
from tui.widgets import scorecard
from tui.widgets.card import Card
from tui.widgets.flow import ends, hang
from tui.widgets.heat import Mode, legend, rows

STEP = 4
"""Rows by which a card grows while it is being written."""
MEASURE = 88
"""Columns after which prose breaks: longer lines tire the eye."""
STATUS = {
    "writing": ("writing", "$foreground 55%"),
    "kept": ("kept", "bold $success"),
    "rejected": ("put aside", "$foreground 55%"),
    "dropped": ("", ""),
    "partial": ("stopped, kept", "$warning"),
}


class DraftCard(Card):
    """A draft as a card. Unfolded it shows the evidence, with the spans marked in the text while focused."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("k", "act('keep')", "Keep"),
        ("x", "act('reject')", "Reject"),
        ("t", "act('further')", "Take further"),
        ("h", "act('edit')", "Edit by hand"),
        ("c,y", "act('copy')", "Copy"),
        ("w", "act('why')", "Why this score"),
        ("m", "act('heat')", "Heat"),
        ("e,enter", "unfold", "Notes"),
        ("plus,equals_sign", "act('stronger')", "More like me"),
        ("minus", "act('weaker')", "Less like me"),
        ("left", "step(-1)", "Draft before"),
        ("right", "step(1)", "Next draft"),
        *((str(n), f"number({n})", f"Draft {n}") for n in range(1, 10)),
    ]

    DEFAULT_CSS = """
    DraftCard { background: $surface; padding: 1 2; }
    DraftCard:focus { background: $panel; }
    DraftCard.-aside { color: $foreground 60%; }
    DraftCard.-line { padding: 0 2; }
    """

    unfolded: reactive[bool] = reactive(False)
    """Whether evidence and advice show."""
    best: reactive[bool] = reactive(False)
    """Whether it stands first."""

    heat: reactive[Mode] = reactive[Mode]("off", repaint=False)
    """By which value the lines are shaded."""

    class Wanted(Message):
        """Posted when the writer wants to look at another draft: by number, or a step before or after this one."""

        def __init__(self, card: DraftCard, number: int = 0, step: int = 0) -> None:
            super().__init__()
            self.card = card
            self.number = number
            self.step = step

    def __init__(self, turn: TurnState, draft: DraftState) -> None:
        super().__init__()
        self.turn = turn
        self.draft = draft
        self.seen = -1

    def show(self, draft: DraftState, best: bool) -> None:
        """Take the newest state; redraws only when it moved on."""
        same = draft is self.draft and draft.version == self.seen
        self.draft, self.seen = draft, draft.version
        self.set_class(self.small, "-aside")
        self.set_class(self.folded, "-line")
        self.best = best
        if not same:
            self.changed()

    @property
    def small(self) -> bool:
        """A draft that was put aside, or a revision that was not better, is one line until it is unfolded."""
        return self.draft.status == "rejected" or self.draft.accepted is False

    @property
    def folded(self) -> bool:
        """Whether it is one line now."""
        return self.small and not self.unfolded

    @property
    def hot(self) -> bool:
        """Whether the text is shown as a heat map; never while it is being written."""
        card = self.draft.scorecard
        return self.heat != "off" and card is not None and bool(card.heat) and self.draft.status != "writing"

    def lines(self, width: int) -> list[Content]:
        """Head, text, bars, reasons."""
        draft = self.draft
        if self.folded:
            return [self._head(width)]
        lines = [self._head(width), *self._origin(width)]
        if draft.direction and len(self.turn.chosen) != 1:
            lines += hang(Content.styled(draft.direction, "italic $foreground 60%"), width)
        lines.append(Content(""))
        if self.hot:
            lines += [*legend(self.heat, width), Content("")]
        body = self._body(width)
        if draft.status == "writing":  # grow by a few rows at a time: each growth lays the whole page out anew
            body += [Content("")] * (-len(body) % STEP)
        lines += body
        if draft.scorecard is not None:
            lines += [Content(""), *scorecard.bars(draft.scorecard, width)]
            below = scorecard.reasons if self.unfolded else scorecard.rest
            lines += below(draft.scorecard, width)
        return lines

    def _head(self, width: int) -> Content:
        draft = self.draft
        label = "" if draft.label == f"draft {draft.number}" else draft.label
        if self.folded:
            label = self._verdict() or label
        left = Content.assemble(
            (f"{draft.number}", "bold $primary"), (f"  {label}" if label else "", "$foreground 70%")
        )
        right = Content("")
        if draft.scorecard is not None:
            right = scorecard.overall(draft.scorecard)
        words, style = STATUS.get(draft.status, ("best", "$success") if self.best else ("", ""))
        if draft.status == "partial" and self.turn.phase == "unfinished":
            words = "cut off, kept"
        if words:
            right = Content.assemble((words, style), "  " if right else "", right)
        return ends(left, right, width)

    def _verdict(self) -> str:
        """Where it comes from and what became of it, where the critic has decided on it."""
        draft = self.draft
        if draft.accepted is None:
            return ""
        if not draft.parent:  # an opening comes from no other draft
            return "" if draft.accepted else "opening set aside"
        parent = self.turn.drafts.get(draft.parent)
        name = f"draft {parent.number}" if parent else "the draft"
        if self.folded:
            return f"revised from {name}" if draft.accepted else f"not better than {name}"
        return f"revised from {name}: {'accepted' if draft.accepted else 'not better, kept the original'}"

    def _origin(self, width: int) -> list[Content]:
        draft, text = self.draft, self._verdict()
        if text and draft.reason and (self.unfolded or draft.accepted):
            text += f". {draft.reason}"
        return hang(Content.styled(text, "$foreground 60%"), width) if text else []

    def _body(self, width: int) -> list[Content]:
        card = self.draft.scorecard
        if self.hot and card is not None:
            return rows(self.draft.text, card.heat, self.heat, min(width, MEASURE), card.copied)
        text = Content(self.draft.text.strip("\n"))
        lead = len(self.draft.text) - len(self.draft.text.lstrip("\n"))
        if card is not None and self.draft.status != "writing":
            text = scorecard.mark(text, card, lead) if self.unfolded else scorecard.copied(text, card.copied, lead)
        return hang(text, min(width, MEASURE), "", "  ")

    def watch_unfolded(self) -> None:
        """Show or hide the reasons."""
        self.set_class(self.folded, "-line")
        self.changed()

    def watch_heat(self) -> None:
        """Shade the lines by another value, or by none."""
        self.changed()

    def watch_best(self) -> None:
        """Show the mark."""
        self.changed()

    def on_click(self, event: events.Click) -> None:
        """A second click unfolds."""
        if event.chain == 2:
            self.action_unfold()

    def action_unfold(self) -> None:
        """Show or hide evidence and advice."""
        self.unfolded = not self.unfolded

    def action_act(self, action: str) -> None:
        """Ask for something to be done with this draft."""
        self.post_message(TakeActed(action, self.turn.id, self.draft.id))

    def action_step(self, by: int) -> None:
        """Go to the draft beside this one."""
        self.post_message(self.Wanted(self, step=by))

    def action_number(self, number: int) -> None:
        """Go to the draft of this number."""
        self.post_message(self.Wanted(self, number=number))
