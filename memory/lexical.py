"""Finding passages by their words: SQLite's FTS5 over words, and over pairs of characters where words have no spaces.

Chinese needs no dictionary: every two neighbouring characters are a term, so a query of two characters is answered as
well, which a trigram index cannot do. English words are stemmed (Porter 1980, in FTS5). Terms of a passage are kept
without counts and places (detail=none, no content): a third of what trigrams take (docs/log.md).

The score of a passage is the sum of the weights of the query's terms in it: the idf of BM25 (Robertson and Zaragoza
2009) with a term counted once, for passages are cut to one length. Rare terms decide: their lists are read whole, the
lists of common ones only where rare ones have led.
"""

from __future__ import annotations

import math
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING

from memory.database import Database

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.allowed import Allowed

CREATE = (
    "CREATE VIRTUAL TABLE passage_words USING fts5("
    "words, content='', tokenize='porter unicode61 remove_diacritics 2', detail=none, columnsize=0)"
)
MOST_TERMS = 64
"""Terms of a query that count, the longest first."""
ROWS = 2_000
"""Entries of term lists that are read whole for one query."""
NARROWING = 3
"""Further terms whose weight is given to what the rare ones found."""
_COUNTED = 2_500
"""Up to here a term's passages are counted; above, they are estimated. Also the most of one list that is read."""
TIDY_EVERY = 4_096
"""Passages after which `tidy_words` is due."""
_MERGED_PAGES = 1_000
"""Pages of 4 KB that are written at a time: a tenth of a second."""
_TELLING = 5
"""A term that more than one passage in so many holds tells little."""
_KNOWN = 50_000
"""Terms whose counts are kept; then they are counted anew."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(r"[^\W_]+")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")


def terms(text: str) -> list[str]:
    """The terms of a text in order: words, and character pairs of scripts without spaces (a lone one stays alone)."""
    return _TOKEN.findall(_spaced(text).lower())


def _spaced(text: str) -> str:
    """The text as FTS5 is given it, which tells words apart by itself: unspaced scripts become pairs."""
    return _UNSPACED_RUN.sub(_pairs, unicodedata.normalize("NFKC", text))


def _pairs(run: re.Match[str]) -> str:
    text = run[0]
    return f" {' '.join(map(add, text, text[1:])) if len(text) > 1 else text} "


def write_words(connection: sqlite3.Connection, passages: Iterable[tuple[int, str]]) -> None:
    """Take up (passage id, text) pairs, inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO passage_words (rowid, words) VALUES (?, ?)",
        ((passage_id, _spaced(text)) for passage_id, text in passages),
    )


def drop_words(connection: sqlite3.Connection, passages: Iterable[tuple[int, str]]) -> None:
    """Take (passage id, text) pairs out again; the text has to be what was taken up."""
    connection.executemany(
        "INSERT INTO passage_words (passage_words, rowid, words) VALUES ('delete', ?, ?)",
        ((passage_id, _spaced(text)) for passage_id, text in passages),
    )


def purge_words(connection: sqlite3.Connection) -> None:
    """Leave no term of dropped passages: FTS5 only marks them as deleted until its segments are merged."""
    connection.execute("INSERT INTO passage_words (passage_words) VALUES ('optimize')")


def tidy_words(connection: sqlite3.Connection) -> None:
    """Go on with merging FTS5's segments into one, for a while: fewer are a quarter smaller and faster to search."""
    connection.execute("INSERT INTO passage_words (passage_words, rank) VALUES ('merge', ?)", (-_MERGED_PAGES,))


@dataclass(frozen=True, slots=True)
class _Term:
    match: str
    """As FTS5 reads it."""
    passages: int
    """How many hold it, counted or estimated."""


class WordIndex:
    """Searches the terms of passages. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._counted_at = 0

    def search(self, query: str, count: int, total: int, allowed: Allowed | None = None) -> list[tuple[int, float]]:
        """Return up to `count` (passage id, score) pairs, best first; scores are sums of idf, above 0.

        Args:
            query: Any text.
            count: Most results.
            total: Passages there are.
            allowed: Only these passages; None for all.

        Raises:
            StoreUnusable: the store cannot be read.
        """
        import numpy as np

        wanted = self._counted(_matches(query), total)
        if count < 1 or not wanted:
            return []
        lists = self._lists(wanted, count, total)
        ids = np.concatenate([np.empty(0, dtype=np.int64), *(rows for _, rows in lists)])
        weights = np.concatenate([np.empty(0), *(np.full(len(rows), _idf(term, total)) for term, rows in lists)])
        if allowed is not None:
            kept = allowed.holds(ids)
            ids, weights = ids[kept], weights[kept]
        return _best(ids, weights, count)

    def _lists(self, wanted: Sequence[_Term], enough: int, total: int) -> list[tuple[_Term, NDArray[np.int64]]]:
        """(term, passages) for the rare terms, and for some of the others where they stand beside rarer ones."""
        whole, rest = _split(wanted)
        lists = [(term, self._rows(term.match)) for term in whole]
        if whole:
            telling = [term for term in rest if term.passages * _TELLING < total]
            lists += self._beside("(" + " OR ".join(term.match for term in whole) + ")", telling)
        if sum(len(rows) for _, rows in lists) < enough and rest:
            lists += self._beside(rest[0].match, rest[1:] or rest)
        return lists

    def _beside(self, lead: str, others: Sequence[_Term]) -> list[tuple[_Term, NDArray[np.int64]]]:
        return [(term, self._rows(f"{lead} AND {term.match}")) for term in others[:NARROWING]]

    def _rows(self, match: str) -> NDArray[np.int64]:
        """Ids of the first _COUNTED passages that match."""
        import numpy as np

        # As one text: a row of Python each would take ten times as long.
        rows = self._database.query(
            "SELECT group_concat(rowid) FROM (SELECT rowid FROM passage_words WHERE passage_words MATCH ? LIMIT ?)",
            (match, _COUNTED),
        )
        return np.fromstring(rows[0][0] or "", dtype=np.int64, sep=",")

    def _counted(self, matches: Sequence[str], total: int) -> list[_Term]:
        """The terms that any passage holds, rarest first."""
        with self._lock:
            # Counts need not be exact; they are made anew when the library has grown or shrunk by a tenth.
            if abs(total - self._counted_at) * 10 > self._counted_at or len(self._counts) > _KNOWN:
                self._counts, self._counted_at = {}, total
            for match in matches:
                if match not in self._counts:
                    self._counts[match] = self._count(match, total)
            found = [_Term(match, self._counts[match]) for match in matches if self._counts[match]]
        return sorted(found, key=lambda term: term.passages)

    def _count(self, match: str, total: int) -> int:
        """How many passages hold a term; beyond _COUNTED by how far the first so many of them reach."""
        row = self._database.query(
            "SELECT count(*), max(rowid), (SELECT seq FROM sqlite_sequence WHERE name = 'passages') FROM "
            "(SELECT rowid FROM passage_words WHERE passage_words MATCH ? LIMIT ?)",
            (match, _COUNTED),
        )[0]
        counted = int(row[0])
        return counted if counted < _COUNTED else max(counted, min(total, counted * int(row[2]) // int(row[1])))


def _matches(query: str) -> list[str]:
    """The query's terms as FTS5 reads them.

    Where a query is nothing but lone characters of an unspaced script, they stand for all pairs they begin. Beside
    other terms they are left out: at a million passages the pairs of a common character took 100 ms to read.
    """
    unique = sorted(dict.fromkeys(terms(query)), key=len, reverse=True)[:MOST_TERMS]
    lone = [term for term in unique if len(term) == 1 and _UNSPACED_RUN.match(term)]
    if len(lone) == len(unique):
        return [f'"{term}"*' for term in lone]
    return [f'"{term}"' for term in unique if term not in lone]


def _split(wanted: Sequence[_Term]) -> tuple[list[_Term], list[_Term]]:
    """The rarest terms, as many as ROWS entries allow, and the others."""
    read = 0
    for place, term in enumerate(wanted):
        read += term.passages
        if read > ROWS:
            return list(wanted[:place]), list(wanted[place:])
    return list(wanted), []


def _idf(term: _Term, total: int) -> float:
    return math.log1p(max(0.0, total - term.passages + 0.5) / (term.passages + 0.5))


def _best(ids: NDArray[np.int64], weights: NDArray[np.float64], count: int) -> list[tuple[int, float]]:
    import numpy as np

    if not len(ids):
        return []
    unique, places = np.unique(ids, return_inverse=True)
    scores = np.bincount(places, weights)
    # By score, the older passage first where scores are alike.
    order = np.lexsort((unique, -scores))[:count]
    return list(zip(unique[order].tolist(), scores[order].tolist(), strict=True))
