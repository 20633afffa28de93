"""One reply on its way, word by word: a word that would end a known run is taken back, and another one is drawn.

The pieces of a word are held back until the word is whole, so nothing that was told is ever taken back.
"""

from __future__ import annotations

from agents.contracts import Chunk
from agents.spans import tokens
from cocreate.engines.known_runs import RUN, KnownRuns

MOST = 6
"""Tries at one place, after which the word stands: there may be no other."""
_JOINING = "'’-"
"""Signs after which a word may go on."""


class CheckedReply:
    """What has come of a reply. Not thread-safe.

    `add` each piece. Once `barred` is not empty the request is to be ended: it goes on from `text`, and the pieces of
    `barred` may not come next.
    """

    def __init__(self, known: KnownRuns) -> None:
        self._known = known
        self._pieces: list[Chunk] = []
        self._told = 0
        self._words: list[str] = []
        self._open = 0
        self._tries: dict[int, list[str]] = {}
        self.text = ""
        self.barred: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Pieces that were kept."""
        return len(self._pieces)

    def add(self, piece: Chunk) -> list[Chunk]:
        """Take the next piece; return those that can be told now. One with a finish lets go of all, if nothing is cut.

        A reply that is cut at its very end has not ended: its last piece is taken back as well.
        """
        if not piece.text and not piece.finish:
            return []
        self.barred = ()
        self._pieces.append(piece)
        self.text += piece.text
        place = self._known_end(whole=bool(piece.finish))
        if place is not None:
            self._take_back(place)
        return self.rest() if piece.finish and not self.barred else self._tell(self._open)

    def let_stand(self) -> None:
        """Take whatever comes next: nothing else can be drawn here."""
        self._tries[len(self._pieces)] = [""] * MOST
        self.barred = ()

    def rest(self) -> list[Chunk]:
        """What was held back."""
        return self._tell(len(self.text))

    def _known_end(self, *, whole: bool) -> int | None:
        """Where the word begins that ends a known run, among the words that are whole by now; None without one."""
        begun = self._open
        for start, end in tokens(self.text[begun:]):
            after = self.text[begun + end : begun + end + 1]
            if not whole and (not after or after in _JOINING):
                return None
            self._words.append(self.text[begun + start : begun + end].lower())
            if self._known.holds(self._words[-RUN:]) and self._may_try(begun + start):
                return begun + start
            self._open = begun + end
        return None

    def _may_try(self, place: int) -> bool:
        """What was told stands: a word that was whole then may have gone on since ("of", "often")."""
        number = self._piece_at(place)
        return number >= self._told and len(self._tries.get(number, ())) < MOST

    def _piece_at(self, place: int) -> int:
        """Number of the piece that holds the character at `place`."""
        end = 0
        for number, piece in enumerate(self._pieces):
            end += len(piece.text)
            if end > place:
                return number
        return len(self._pieces)

    def _take_back(self, place: int) -> None:
        """Drop all from the piece on in which the word at `place` begins."""
        number = self._piece_at(place)
        tried = self._tries.setdefault(number, [])
        tried.append(self._pieces[number].text)
        self.barred = tuple(tried)
        del self._pieces[number:]
        self.text = "".join(piece.text for piece in self._pieces)
        kept = tokens(self.text)
        self._words = [self.text[start:end].lower() for start, end in kept]
        self._open = len(self.text)
        if kept and kept[-1][1] == len(self.text):  # the last word may go on: it is looked at again
            self._words.pop()
            self._open = kept[-1][0]

    def _tell(self, end: int) -> list[Chunk]:
        """The pieces that end at `end` or before and were not told."""
        found: list[Chunk] = []
        at = sum(len(piece.text) for piece in self._pieces[: self._told])
        for piece in self._pieces[self._told :]:
            at += len(piece.text)
            if at > end:
                break
            found.append(piece)
        self._told += len(found)
        return found
