"""Terminal control out of text.

Text from a model, a file, the clipboard, a file name or an exception may hold escape sequences that a terminal obeys
and bidirectional controls that make a line read differently from what it holds. Every boundary where such text enters
calls this module. It lies in the lowest layer so that every layer above can. Pure: no state but the stream's own.

Removed: CSI, OSC, DCS, APC, PM and SOS sequences (7- and 8-bit), lone ESC, C0 except line feed and tab, DEL, C1,
bidi embeddings, overrides and isolates, surrogates. Carriage returns become line feeds. Everything else is kept,
joiners (ZWJ, ZWNJ) and bidi marks included.
"""

from __future__ import annotations

import re

MOST_HIDDEN = 4096
"""Most characters an unterminated control string may swallow before the text counts as text again."""

_FORBIDDEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
# ECMA-48 (5th edition) 5.4: parameter bytes, intermediate bytes, then one final byte.
_CSI = r"(?:\x1b\[|\x9b)[0-?]{0,256}[ -/]{0,16}"
# ECMA-48 5.6. A line break, another control or the limit ends the string where its terminator is missing: no payload
# can hold an introducer, so the sequences of a text never overlap and a stream can be cut at the first open one.
_STRING = rf"(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x18\x1a\x1b\r\n\x80-\x9f]{{0,{MOST_HIDDEN}}}"

_SUSPICIOUS = re.compile(f"[\r{_FORBIDDEN}]")
_TOKEN = re.compile(rf"\r\n?|{_CSI}[@-~]?|{_STRING}(?:\x07|\x9c|\x1b\\)?|\x1b\\|\x1b[()][0-2AB]|[{_FORBIDDEN}]")
_OPEN = re.compile(rf"(?:\r|{_CSI}|{_STRING}\x1b?|\x1b[()]?)\Z")


def _replacement(token: re.Match[str]) -> str:
    return "\n" if token[0][0] == "\r" else ""


class Sanitiser:
    """Sanitises a stream whose escape sequences may be split between chunks.

    The chunks' results joined, with `flush` at the end, are what `sanitise` makes of the whole text.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, chunk: str) -> str:
        """Return what can be shown so far; an unfinished sequence (at most about 4 kB) waits for its rest."""
        text = self._held + chunk
        self._held = ""
        if not _SUSPICIOUS.search(text):
            return text
        if unfinished := _OPEN.search(text):
            self._held = text[unfinished.start() :]
            text = text[: unfinished.start()]
        return _TOKEN.sub(_replacement, text)

    def flush(self) -> str:
        """End the stream: return what the held tail shows (a line feed at most) and be ready for another."""
        held, self._held = self._held, ""
        return _TOKEN.sub(_replacement, held)


def sanitise(text: str) -> str:
    """Return `text` without anything a terminal would obey; clean text comes back as it is."""
    if not _SUSPICIOUS.search(text):
        return text
    return _TOKEN.sub(_replacement, text)
