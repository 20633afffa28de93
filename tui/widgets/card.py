"""What brief, directions, drafts and offers have in common: they take the focus and pass on what is typed."""

from __future__ import annotations

from textual import events

from tui.messages import TypedElsewhere
from tui.widgets.flow import Flow


class Card(Flow, can_focus=True):
    """A focusable piece of text. Printable keys that it has no binding for go to the composer."""

    def on_key(self, event: events.Key) -> None:
        """Typing anywhere goes to the composer."""
        if event.is_printable and event.character and not self.uses(event.key):
            event.stop()
            event.prevent_default()
            self.post_message(TypedElsewhere(event.character))

    def uses(self, key: str) -> bool:
        """Whether the card has a binding for this key."""
        return key in self._bindings.key_to_bindings
