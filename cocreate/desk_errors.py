"""What can go wrong on the desk.

DeskError
    NoSuchPiece  NoSuchTurn  NoSuchTake     an id that is not there
    NotNow                                  the command does not fit the state of the turn
"""

from __future__ import annotations


class DeskError(Exception):
    """Root. `sentence` says what happened, `next_step` what the writer can do."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class NoSuchPiece(DeskError):
    """No piece has this id."""


class NoSuchTurn(DeskError):
    """No turn has this id."""


class NoSuchTake(DeskError):
    """No take has this id."""


class NotNow(DeskError):
    """The command does not fit the state of the turn."""
