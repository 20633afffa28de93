"""The brief as a form, while the studio waits for a choice."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from agents.contracts import KINDS, Brief, Kind
from tui import wording
from tui.screens.sheet import Sheet

FIELDS = ("kind", "theme", "mood", "form", "length", "language", "must", "must_not")
NAMES = {"must": "with", "must_not": "without"}
HELP = {
    "kind": ", ".join(KINDS),
    "form": "sonnet, haiku, free verse, 五言绝句 ...; empty leaves it open",
    "length": "12 lines, 300 words, 200 characters",
    "language": "English, Chinese, ...",
    "must": "words that must occur, with commas",
    "must_not": "words that must not occur, with commas",
}


def read_brief(brief: Brief, values: dict[str, str]) -> Brief | str:
    """The corrected brief, or one sentence that says what is wrong with a field."""
    kind = values["kind"].strip().lower()
    if kind not in KINDS:
        return f"The kind is one of {', '.join(KINDS)}."
    length = wording.parse_length(values["length"])
    if length is None:
        return "The length is a number and lines, words or characters, such as 12 lines."
    language = wording.language_code(values["language"])
    if not language:
        return "The language is a name or a two-letter code, such as English or zh."
    kinds: dict[str, Kind] = {k: k for k in KINDS}
    words = {name: tuple(w.strip() for w in values[name].replace("，", ",").split(",") if w.strip())
             for name in ("must", "must_not")}  # fmt: skip
    return replace(
        brief, kind=kinds[kind], theme=values["theme"].strip(), mood=values["mood"].strip(),
        form=values["form"].strip(), length=length, language=language, must=words["must"], must_not=words["must_not"],
    )  # fmt: skip


def shown_values(brief: Brief) -> dict[str, str]:
    """What stands in the fields at first."""
    return {
        "kind": brief.kind, "theme": brief.theme, "mood": brief.mood, "form": brief.form,
        "length": wording.length(brief.length), "language": wording.language(brief.language),
        "must": ", ".join(brief.must), "must_not": ", ".join(brief.must_not),
    }  # fmt: skip


class BriefSheet(Sheet[Brief]):
    """One line a field; Enter goes on, Ctrl+S (or Enter in the last field) hands it to the studio."""

    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+s", "save", "Use this brief")]

    DEFAULT_CSS = """
    BriefSheet Horizontal { height: auto; margin: 0 0 1 0; }
    BriefSheet.-short Horizontal { margin: 0; }
    BriefSheet .name { width: 12; color: $foreground 70%; }
    BriefSheet Input { width: 1fr; }
    """

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        self._brief = brief

    def compose(self) -> ComposeResult:
        """The form."""
        values = shown_values(self._brief)
        with Vertical():
            yield Static("What the studio understood", markup=False, classes="title")
            for name in FIELDS:
                with Horizontal():
                    yield Static(NAMES.get(name, name), markup=False, classes="name")
                    yield Input(values[name], id=name, placeholder=HELP.get(name, ""), select_on_focus=False)
            yield Static("", markup=False, classes="sentence")
            yield Static("Enter next   Ctrl+S use this brief   Esc leave it", markup=False, classes="keys")

    def on_mount(self) -> None:
        """Start at the theme, which is corrected most."""
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#theme", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field."""
        if event.input.id == FIELDS[-1]:
            self.action_save()
        else:
            self.focus_next(Input)

    def action_save(self) -> None:
        """Hand the brief back, or say what is wrong."""
        read = read_brief(self._brief, {name: self.query_one(f"#{name}", Input).value for name in FIELDS})
        if isinstance(read, str):
            self.query_one(".sentence", Static).update(read)
        else:
            self.dismiss(read)
