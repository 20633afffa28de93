"""What stands on an empty page."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.message import Message

from tui import wording
from tui.view_model import StudioState
from tui.widgets.flow import Flow, hang

TRY = ("a poem about autumn rain in a quiet courtyard", "写一首关于秋雨的诗")


class Welcome(Flow):
    """A greeting, two things to try, and the newest pieces."""

    DEFAULT_CSS = """
    Welcome { padding: 1 2; }
    """

    class PieceWanted(Message):
        """Posted when the writer clicked one of the newest pieces."""

        def __init__(self, piece_id: str) -> None:
            super().__init__()
            self.piece_id = piece_id

    def __init__(self, state: StudioState, now: Callable[[], float]) -> None:
        super().__init__()
        self._state = state
        self._now = now
        self._rows: dict[int, str] = {}
        self._seen: object = None

    def lines(self, width: int) -> list[Content]:
        """The page."""
        self._rows = {}
        faint = "$foreground 60%"
        lines = [Content.styled("What shall we write?", "bold $primary"), Content("")]
        lines += hang(
            Content.styled("Say it in your own words: a subject, a mood, a form, a line you already have.", faint),
            width,
        )
        lines += hang(Content.assemble(("for example  ", faint), (TRY[0], "italic")), width, "", "  ")
        lines += hang(Content.styled(TRY[1], "italic"), width, " " * 13)
        if self._state.pieces:
            lines += [Content(""), Content.styled("Your pieces", "bold")]
            for piece in self._state.pieces[:5]:
                self._rows[len(lines)] = piece.id
                title = wording.first_line(piece.title or piece.first_line or "untitled", max(16, width - 28))
                lines.append(Content.assemble("  ", title, (f"  {wording.ago(piece.updated_at, self._now())}", faint)))
            lines += [Content(""), *hang(Content.styled("Ctrl+O opens any of them.", faint), width)]
        elif self._state.ready is not None and not self._state.works:
            lines += [
                Content(""),
                *hang(
                    Content.styled(
                        "The studio knows nothing of your writing yet. F2 brings in your works.",
                        faint,
                    ),
                    width,
                ),
            ]
        return lines

    def sync(self) -> None:
        """Redraw when there is news."""
        now = (self._state.pieces, self._state.ready, self._state.works)
        if now != self._seen:
            self._seen = now
            self.changed()

    def on_click(self, event: events.Click) -> None:
        """A click opens a piece."""
        if piece_id := self._rows.get(event.y - 1):
            self.post_message(self.PieceWanted(piece_id))
