"""Tokens to text that may be shown: whole characters only, nothing of a stop string, nothing twice. No model inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_BROKEN = "\ufffd"
_LONGEST_CHARACTER = 4
"""Bytes, and so tokens, that one character may be spread over."""


class Detokeniser:
    """Turns one reply's token ids into text as they come.

    Decodes a short tail twice, with and without the new token, and gives out the difference: tokenizers decode a token
    differently at the beginning of a text. A character whose bytes are still coming is held back.
    """

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._ids: list[int] = []
        self._from = 0
        self._shown = 0

    def add(self, token: int) -> str:
        """Return the text that `token` completes, often "" in the middle of a character."""
        self._ids.append(token)
        before = self._decode(self._ids[self._from : self._shown])
        now = self._decode(self._ids[self._from :])
        waiting = len(self._ids) - self._shown
        if now.endswith(_BROKEN) and waiting < _LONGEST_CHARACTER:
            return ""
        self._from, self._shown = self._shown, len(self._ids)
        return now[len(before) :]

    def rest(self) -> str:
        """Return what is still held back, without a broken last character."""
        before = self._decode(self._ids[self._from : self._shown])
        return self._decode(self._ids[self._from :])[len(before) :].rstrip(_BROKEN)


class StopStrings:
    """Holds back text that might be the beginning of a stop string."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    def add(self, text: str) -> tuple[str, bool]:
        """Return (text to show, whether a stop string was met)."""
        self._held += text
        met = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if met:
            shown, self._held = self._held[: min(met)], ""
            return shown, True
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown, False

    def rest(self) -> str:
        """Return what was held back for nothing."""
        shown, self._held = self._held, ""
        return shown

    def _overlap(self, stop: str) -> int:
        """Length of the longest end of the held text that begins `stop`."""
        most = min(len(stop) - 1, len(self._held))
        return next((n for n in range(most, 0, -1) if self._held.endswith(stop[:n])), 0)
