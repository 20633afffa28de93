"""Models on their way."""

from __future__ import annotations

from textual.content import Content

from tui import wording
from tui.view_model import StudioState
from tui.widgets.flow import Flow


class Downloads(Flow):
    """Models on their way, each with a bar."""

    DEFAULT_CSS = """
    Downloads { padding: 0 2; display: none; background: $surface; }
    """

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """One line a model."""
        lines = []
        for name, (done, total) in self._state.downloads.items():
            share = done / total if total else 0.0
            cells = 20 if width >= 70 else 8
            full = round(share * cells)
            figures = f"{wording.size(done)} of {wording.size(total)}" if total else wording.size(done)
            lines.append(Content.assemble(
                ("▰" * full + "▱" * (cells - full), "$primary"), f"  {figures}  ", (name, "$foreground 70%"),
            ).truncate(width))  # fmt: skip
        if lines:
            note = "You can write already; your message starts as soon as the model is here."
            if self._state.changing:
                note = "The model changes as soon as it is here. Esc stops the download."
            lines.append(Content.styled(note, "$foreground 60%").truncate(width))
        return lines

    def sync(self) -> None:
        """Show or hide."""
        showing = bool(self._state.downloads)
        if showing or self.display:
            self.display = showing
            self.changed()
