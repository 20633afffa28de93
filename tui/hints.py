"""Which keys to name on the hint line, and what the empty composer says. Pure functions of focus and state."""

from __future__ import annotations

from textual.widget import Widget

from tui.view_model import StudioState
from tui.widgets.brief_line import BriefLine
from tui.widgets.directions import Directions
from tui.widgets.draft_card import DraftCard
from tui.widgets.offer import Offer
from tui.widgets.past_turn import PastTurn
from tui.widgets.recalled import Recalled

Hint = tuple[str, str, str]
DIAL: Hint = ("- +", "less, more like me", "")
DRAFT: tuple[Hint, ...] = (
    ("k", "keep", "k"), ("x", "reject", "x"), ("t", "further", "t"), ("w", "why", "w"),
    ("m", "heat", "m"), ("h", "edit", "h"), ("e", "notes", "e"), ("c", "copy", "c"), ("Esc", "back", "escape"),
)  # fmt: skip


ANSWERS = {"g": "continue the turn", "d": "keep what is there"}
"""What a message of one letter does where the newest turn was cut off."""


def hints(focused: Widget | None, state: StudioState, enter_sends: bool, typed: str = "") -> tuple[Hint, ...]:
    """(key as shown, what it does, key a click presses). `typed`: what stands in the composer."""
    if isinstance(focused, DraftCard):
        return (*DRAFT[:3], DIAL, *DRAFT[3:]) if state.chosen_voice().voice else DRAFT
    if isinstance(focused, Recalled):
        return (("Enter", "look closer: pin, leave out, correct", "enter"), ("Esc", "back", "escape"))
    if isinstance(focused, Directions):
        last = len(focused.turn.directions)
        return ((f"1-{last}", "pick", ""), ("Enter", "pick the marked one", "enter"), ("s", "none of these", "s"),
                ("p", "push further", "p"), ("b", "correct the brief", "b"), ("Esc", "back", "escape"))  # fmt: skip
    if isinstance(focused, BriefLine):
        return (("b", "correct", "b"), ("Esc", "back", "escape"))
    if isinstance(focused, Offer):
        return (("g", "continue", "g"), ("d", "keep what is there", "d"), ("Esc", "later", "escape"))
    if isinstance(focused, PastTurn):
        return (("Enter", "show all of it", "enter"), ("Esc", "back", "escape"))
    send = "Enter" if enter_sends else "Ctrl+J"
    line = "Ctrl+J" if enter_sends else "Enter"
    general: tuple[Hint, ...] = (
        ("Ctrl+O", "pieces", "ctrl+o"), ("Ctrl+P", "commands", "ctrl+p"), ("F1", "help", "f1"), ("F2", "works", "f2"),
        ("F3", "voices", "f3"),
    )  # fmt: skip
    if state.busy() is not None:
        return (("Esc", "stop and keep", "escape"), *general)
    if state.turns and state.turns[-1].phase == "unfinished" and typed.strip() in ("", *ANSWERS):
        answers = {typed.strip(): send} if typed.strip() else {letter: f"{letter} {send}" for letter in ANSWERS}
        return (*((keys, ANSWERS[letter], "") for letter, keys in answers.items()), *general)
    if any(turn.drafts for turn in state.turns):
        return ((send, "send", ""), ("Shift+Tab", "to the drafts", "shift+tab"), (line, "new line", ""), *general)
    return ((send, "send", ""), (line, "new line", ""), *general)


def placeholder(state: StudioState, refers: bool) -> str:
    """What the empty composer says."""
    active = state.active()
    if active is not None and active.phase == "waiting":
        return "Choose above, or say in your own words where it should go."
    if refers:
        return "What should change? For example: make the second stanza darker."
    if state.turns:
        return "What next? Say what to change, or ask for something new."
    return "Say what you want to write."
