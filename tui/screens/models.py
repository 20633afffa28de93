"""The writing models: those here, those recommended, how they fit this machine. Choosing one takes it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cocreate import events as ev
from cocreate.model_views import ModelRow
from tui import wording
from tui.screens.sheet import Sheet

FAINT = "$foreground 60%"
SHOWN = 2
"""Languages that are named before the rest is counted."""
FITS = {"fits": "fits", "tight": "fits when other programs are closed", "too big": "too big for this machine"}


def row(model: ModelRow, best: tuple[str, ...]) -> Content:
    """Name and state, then the facts, in two lines. `best`: languages it is the recommended one for."""
    state = "in use" if model.in_use else "here" if model.present else f"{wording.size(model.size)} to download"
    for_ = f"   best here for {' and '.join(wording.language(code) for code in best)}" if best else ""
    facts = [FITS.get(model.fit, ""), f"{wording.size(model.need)} of memory" if model.need else "", speed(model),
             languages(model), model.licence, "" if model.tried or not model.listed else "not run by us"]  # fmt: skip
    return Content.assemble(
        (model.name, "bold"), f"   {state}", (for_, "$primary"), "\n",
        (", ".join(fact for fact in facts if fact), FAINT),
    )  # fmt: skip


def speed(model: ModelRow) -> str:
    """Tokens a second, "about" where it is an estimate; "" when unknown."""
    return f"{'' if model.measured else 'about '}{model.speed:.0f} tokens/s" if model.speed else ""


def languages(model: ModelRow) -> str:
    """The first few by name, the others by their number."""
    named = [wording.language(code) for code in model.languages]
    more = len(named) - SHOWN
    return " ".join(named) if more <= 0 else f"{' '.join(named[:SHOWN])} and {more} more"


class ModelsSheet(Sheet[str]):
    """Returns what to take: a name of the list, a path or a hub id."""

    def __init__(self) -> None:
        super().__init__()
        self._listed: ev.ModelsListed | None = None

    def compose(self) -> ComposeResult:
        """Title, machine, list, keys."""
        with Vertical():
            yield Static("The writing model", markup=False, classes="title")
            yield Static("Looking...", markup=False, id="machine")
            yield OptionList()
            yield Static("Enter take it   Esc close   /model PATH or HUB-ID takes any other", markup=False,
                         classes="keys")  # fmt: skip

    def on_mount(self) -> None:
        """Arrow keys walk through the list."""
        self.query_one(OptionList).focus()
        self._fill()

    def answer(self, event: ev.Event) -> None:
        """The list has come."""
        if isinstance(event, ev.ModelsListed):
            self._listed = event
            if self.is_mounted:
                self._fill()

    def _fill(self) -> None:
        if self._listed is None:
            return
        rows = [model for model in self._listed.rows if model.use]
        self.query_one("#machine", Static).update(Content.styled(self._listed.machine, FAINT))
        options = self.query_one(OptionList)
        options.clear_options()
        for model in rows:
            best = tuple(code for code, use in self._listed.best if use == model.use)
            options.add_option(Option(row(model, best), id=model.use))
        options.highlighted = 0 if rows else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(str(event.option.id))
