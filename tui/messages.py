"""Messages that travel between the parts of the screen. Past-tense facts; those of one widget are nested in it."""

from __future__ import annotations

from textual.message import Message

from cocreate.events import Event


class EventsArrived(Message):
    """Posted when events of the studio have been drained from the client's thread."""

    def __init__(self, events: list[Event]) -> None:
        super().__init__()
        self.events = events


class TakeActed(Message):
    """Posted when the writer asked for something to be done with a draft."""

    def __init__(self, action: str, turn_id: str, draft_id: str) -> None:
        """`action`: keep, reject, further, edit, copy, heat, why, stronger or weaker."""
        super().__init__()
        self.action = action
        self.turn_id = turn_id
        self.draft_id = draft_id


class TurnActed(Message):
    """Posted when the writer asked for something to be done with a turn."""

    def __init__(self, action: str, turn_id: str) -> None:
        """`action`: brief, push, recalled, continue, discard or expand."""
        super().__init__()
        self.action = action
        self.turn_id = turn_id


class DirectionPicked(Message):
    """Posted when the writer picked a direction; no id means that the studio may pick."""

    def __init__(self, turn_id: str, direction_id: str) -> None:
        super().__init__()
        self.turn_id = turn_id
        self.direction_id = direction_id


class TypedElsewhere(Message):
    """Posted when a printable key came to a card that has no use for it: it belongs to the composer."""

    def __init__(self, character: str) -> None:
        super().__init__()
        self.character = character
