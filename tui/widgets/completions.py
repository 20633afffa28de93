"""Commands that begin like what is typed."""

from __future__ import annotations

from textual.content import Content

from tui import commands
from tui.widgets.flow import Flow


class Completions(Flow):
    """Commands that begin like what is typed."""

    DEFAULT_CSS = """
    Completions { padding: 0 2; background: $surface; display: none; }
    """

    text = ""

    def complete(self, text: str) -> None:
        """Show what fits; nothing for an ordinary message."""
        if text != self.text:
            self.text = text
            self.display = bool(commands.complete(text))
            self.changed()

    def lines(self, width: int) -> list[Content]:
        """One line a command."""
        found = commands.complete(self.text)
        lines = []
        for number, command in enumerate(found[:7]):
            line = Content.styled(f"/{command.name}", "bold $primary" if number == 0 else "$primary").pad_right(
                max(2, 13 - len(command.name))
            ) + Content.styled(command.help, "$foreground 80%")
            if command.arguments:
                line += Content.styled(f"   {command.arguments}", "$foreground 50%")
            lines.append(line.truncate(width))
        if len(found) > 7:
            lines.append(Content.styled(f"and {len(found) - 7} more; Tab completes the first", "$foreground 55%"))
        return lines
