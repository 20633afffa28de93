"""The facade of memory: remember, show, find and forget the writer's works."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from memory.database import Database
from memory.echoes import Echoes
from memory.embedder import Embedder, unit_vectors
from memory.errors import StoreUnusable, WorkRefused
from memory.files import files
from memory.form import kind_of, language_of
from memory.index import PassageIndex
from memory.passages import cut
from memory.readers import read
from memory.recall import Recall, as_bytes
from memory.records import AddReport, Excerpt, Hit, Work
from memory.sanitise import sanitise
from memory.store import NewWork, Span, Store

_BATCH = 32
"""Passages embedded together: many short works in one folder go through the model as one batch."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    path: str
    title: str
    source: str
    text: str
    content_hash: str
    spans: tuple[Span, ...]
    reference: bool = False


class Memory:
    """The writer's works. Cheap to make; the embedder's weights are needed only by `add`, `add_text` and `search`.

    Every method raises memory.errors.StoreUnusable when the disk does not let it work.
    """

    def __init__(self, database: Database, embedder: Embedder, index_dir: Path) -> None:
        self._database = database
        self._embedder = embedder
        self._store = Store(database)
        self._index = PassageIndex(self._store, index_dir)
        self._recall = Recall(self._store, self._index, embedder)
        self._echoes = Echoes(self._store)

    def add(self, paths: Sequence[Path], *, reference: bool = False) -> Iterator[AddReport]:
        """Remember files, and the .txt and .md files inside folders; yield what became of each, in order.

        A work is either there whole or not at all, also after a crash; what was reported is safe. A reference is only
        checked against (`near`): it has no passages, so nothing recalls it, and no model reads it.

        Raises:
            EmbedderFailed: the model cannot be loaded or gives no usable numbers.
        """
        waiting: list[_Prepared | AddReport] = []
        passages = 0
        for path, problem in files(paths):
            item = _refused(path, problem) if problem else self._prepare_file(path, reference)
            waiting.append(item)
            passages += len(item.spans) if isinstance(item, _Prepared) else 0
            if passages >= _BATCH or not passages:
                yield from self._write(waiting)
                waiting, passages = [], 0
        yield from self._write(waiting)

    def add_text(self, title: str, text: str, source: str = "", *, reference: bool = False) -> AddReport:
        """Remember a text that is not in a file of its own. Raises as `add` does."""
        try:
            item = self._prepare(title, text, source, reference)
        except WorkRefused as refusal:
            item = AddReport(_path(source) or _line(title), "refused", None, _reason(refusal))
        return next(iter(self._write([item])))

    def near(self, text: str) -> list[Excerpt]:
        """The parts of works and references that may share a run of words with `text`: none of 10 words is missed.

        Needs no model; sees what other processes have added.
        """
        return self._echoes.near(text)

    def works(self) -> list[Work]:
        """All works and references, oldest first."""
        return self._store.works()

    def count(self) -> int:
        """How many works of the writer there are; references are not counted."""
        return self._store.count()

    def work(self, work_id: str) -> tuple[Work, str]:
        """The work whose id begins with `work_id`, and its text. Raises memory.errors.NoSuchWork."""
        work = self._store.find(work_id)
        return work, self._store.text(work.id)

    def search(self, query: str, count: int = 8) -> list[Hit]:
        """The `count` passages nearest to `query`, best first; sees what other processes have added.

        Raises:
            EmbedderFailed: the model cannot be loaded or gives no usable numbers.
        """
        return self._recall.search(query, count)

    def hits(self, ranked: Sequence[tuple[int, float]]) -> list[Hit]:
        """The passages with these ids and scores, in this order; forgotten ones are left out."""
        return self._store.hits(ranked)

    def remove(self, work_id: str) -> Work:
        """Forget a work: text, passages, vectors and every byte of them in the data directory.

        Raises:
            NoSuchWork: no work, or several, have an id that begins with `work_id`.
            StoreUnusable: also when the work is forgotten but its bytes could not be overwritten.
        """
        work = self._store.find(work_id)
        self._store.remove(work.id)
        try:
            self._index.forget()
            scrubbed = self._database.scrub()
        except (OSError, StoreUnusable) as error:
            reason = error.sentence if isinstance(error, StoreUnusable) else sanitise(str(error))
            raise _still_there(work, reason) from error
        if not scrubbed:
            raise _still_there(work, "Another cocreate is reading the file.")
        return work

    def _prepare_file(self, path: Path, reference: bool) -> _Prepared | AddReport:
        try:
            document = read(path)
            return self._prepare(document.title, document.text, str(path), reference)
        except WorkRefused as refusal:
            return _refused(path, refusal)

    def _prepare(self, title: str, text: str, source: str, reference: bool = False) -> _Prepared | AddReport:
        """Clean, recognise and cut a text; the slow part, embedding, comes after."""
        text = re.sub(r"\A(?:[^\S\n]*\n)+", "", sanitise(text).removeprefix("\ufeff")).rstrip()
        if not any(character.isalnum() for character in text):
            raise WorkRefused("There are no words in it.", "Add a file that holds a text.")
        source = _path(source)
        path = source or _line(title)
        content_hash = hashlib.sha256(text.encode()).hexdigest()
        known = self._store.by_hash(content_hash)
        if known is not None:
            _refuse_other_use(known, reference)
            return AddReport(path, "known", known, "")
        title, spans = _line(title) or _first_line(text), () if reference else tuple(cut(text))
        return _Prepared(path, title, source, text, content_hash, spans, reference)

    def _write(self, items: Sequence[_Prepared | AddReport]) -> Iterator[AddReport]:
        """Embed all prepared works as one batch, then write each in a transaction of its own."""
        texts = [item.text[a:b] for item in items if isinstance(item, _Prepared) for a, b in item.spans]
        vectors = iter(as_bytes(unit_vectors(self._embedder, texts)) if texts else [])
        for item in items:
            if isinstance(item, AddReport):
                yield item
                continue
            own = tuple(next(vectors) for _ in item.spans)
            new = NewWork(_work(item), item.content_hash, item.text, item.spans, own)
            work, outcome = self._store.add(new, self._embedder.name)
            yield AddReport(item.path, outcome, work, "")


def _work(item: _Prepared) -> Work:
    return Work(
        id=item.content_hash[:12],
        title=item.title,
        kind=kind_of(item.text),
        language=language_of(item.text),
        source=item.source,
        characters=len(item.text),
        passages=len(item.spans),
        added_at=time.time(),
        reference=item.reference,
    )


def _refuse_other_use(known: Work, reference: bool) -> None:
    """A text is a work or a reference: which of the two is for the writer to say, not for the order of adding."""
    if known.reference != reference:
        here, wanted = ("reference", "work") if known.reference else ("work", "reference")
        raise WorkRefused(
            f"This text is in memory already, as a {here}.",
            f"To have it as a {wanted}, forget it first: cocreate works remove {known.id}",
        )


def _refused(path: Path, refusal: WorkRefused) -> AddReport:
    return AddReport(_path(str(path)), "refused", None, _reason(refusal))


def _reason(refusal: WorkRefused) -> str:
    return sanitise(f"{refusal.sentence} {refusal.next_step}")


def _still_there(work: Work, reason: str) -> StoreUnusable:
    return StoreUnusable(
        f"“{work.title}” is forgotten, but its bytes could not be overwritten on the disk yet: {reason}",
        "Close other programs that use the data folder; the next removal overwrites them.",
    )


def _first_line(text: str) -> str:
    return _line(text.lstrip().split("\n", 1)[0].lstrip("# "))[:80]


def _path(text: str) -> str:
    return sanitise(text).replace("\n", " ")


def _line(text: str) -> str:
    """One clean line of at most 1,000 characters."""
    return " ".join(sanitise(text).split())[:1000]
