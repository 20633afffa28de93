"""One run of adding files: read, cut, embed in batches, write in batches; stopped between works, continued any time.

A batch is written in one transaction, after its passages were embedded together, sorted by length. What is reported is
written. A file that was seen with the same size and time is not read again, so that a continued run passes quickly
over what the stopped one did.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memory.codes import as_bytes
from memory.embedder import Embedder, unit_vectors
from memory.errors import WorkRefused
from memory.files import count, files
from memory.form import kind_of, language_of
from memory.passages import cut
from memory.readers import Stamp, read, stamp
from memory.readers.document import Document, Unreadable
from memory.records import AddReport, Work
from memory.sanitise import sanitise
from memory.shelf import Shelf
from memory.store import NewWork, Span, Store

BATCH_WORKS = 64
BATCH_PASSAGES = 64
"""Passages embedded together; a longer work is embedded in so many at a time, and can be stopped in between."""
BATCH_SECONDS = 0.5
"""A batch that took so long to read is not waited for any longer."""
FRESH_NS = 2_000_000_000
"""A file changed so shortly before it was read may change again without its time showing it: it is read again."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    path: str
    file: bytes | None
    text: str
    content_hash: str
    spans: tuple[Span, ...]
    work: Work
    """Without an id."""
    replaces: str


@dataclass(frozen=True, slots=True)
class _Read:
    """The end of a file, all of which can become works."""

    file: bytes
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class _Item:
    what: _Prepared | AddReport | _Read
    ids: list[str]
    """Ids of the works of the same file, gathered as they are written."""


class Adding:
    """Iterate over it for the reports, in order of the files. Raises as `memory.works.Memory.add` does."""

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        embedder: Embedder,
        paths: Sequence[Path],
        *,
        reference: bool = False,
        collection: str = "",
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stopped` is asked often; from then on nothing more is read or written."""
        self._store = store
        self._shelf = shelf
        self._embedder = embedder
        self._paths = paths
        self._reference = reference
        self._collection = self._shelf.collection(collection)
        self._stopped = stopped
        self._names: dict[str, str] = {}
        self.done = 0
        """Files looked at."""
        self.path = ""
        """The one that is read now."""
        self.cut_short = False
        """Whether it was stopped before everything was done."""

    def count(self) -> int:
        """How many files are meant; looks into the folders and at no file."""
        return count(self._paths)

    def __iter__(self) -> Iterator[AddReport]:
        """Yield what became of each file, or of each work in a file of several."""
        waiting: list[_Item] = []
        began = time.monotonic()
        for item in self._items():
            waiting.append(item)
            if _full(waiting) or time.monotonic() - began > BATCH_SECONDS:
                yield from self._write(waiting)
                waiting, began = [], time.monotonic()
            if self.cut_short:
                return
        yield from self._write(waiting)

    def text(self, title: str, text: str, source: str = "") -> AddReport:
        """Remember one text that is not in a file of its own."""
        path = shown(source) or one_line(title)
        try:
            file = shown(source).encode() or None
            document = Document(one_line(title), text)
            older = self._older(file, [document]) if file else {}
            item = self._prepare(document, path, shown(source), file, older)
        except WorkRefused as refusal:
            return refused(path, refusal)
        return next(iter(self._write([_Item(item, [])])))

    # --- reading --------------------------------------------------------------------------------------------

    def _items(self) -> Iterator[_Item]:
        """The works of all files; ends early when it is stopped."""
        for path, problem in files(self._paths):
            self.path = shown(str(path))
            ids: list[str] = []
            for what in [refused(self.path, problem)] if problem else self._file(path):
                if self._stopped():
                    self.cut_short = True
                    return
                yield _Item(what, ids)
            self.done += 1

    def _file(self, path: Path) -> Iterator[_Prepared | AddReport | _Read]:
        """The works of one file, each prepared, known or refused."""
        source = shown(str(path))
        try:
            file = _key(path)
            mark = stamp(path)
            if known := self._unread(source, file, mark):
                yield from known
                return
            documents = read(path)
        except WorkRefused as refusal:
            yield refused(source, refusal)
            return
        older = self._older(file, documents)
        whole = True
        for one in documents:
            place = f"#{one.place}" if one.place else ""
            what = self._one(one, source + place, file + place.encode(), older)
            whole = whole and not (isinstance(what, AddReport) and what.outcome == "refused")
            yield what
        if whole and time.time_ns() - mark.mtime_ns > FRESH_NS:
            yield _Read(file, mark)

    def _unread(self, source: str, file: bytes, mark: Stamp) -> list[AddReport]:
        """Reports on a file that is as it was; empty when it must be read, also to refuse another use of it."""
        works = [self._store.get(work_id) for work_id in self._shelf.seen(file, mark)]
        if any(work is None or work.reference != self._reference for work in works):
            return []
        return [self._known(work, source) for work in works if work is not None]

    def _older(self, file: bytes, documents: Sequence[Document | Unreadable]) -> dict[str, Work]:
        """Works that came from this file and whose texts do not stand in it any more, by title.

        The text of a file of its own replaces what was there, whatever its title; among several in one file a line
        may have moved, so it is the title that says which is which.
        """
        texts = [one for one in documents if isinstance(one, Document)]
        here = {hashlib.sha256(cleaned(one.text).encode()).hexdigest() for one in texts}
        gone = [work for work, digest in self._store.of_file(file) if digest not in here]
        single = len(texts) == 1 and not texts[0].place
        return {one_line(texts[0].title) if single else work.title: work for work in gone}

    def _one(
        self, one: Document | Unreadable, source: str, file: bytes, older: dict[str, Work]
    ) -> _Prepared | AddReport:
        try:
            if isinstance(one, Unreadable):
                raise WorkRefused(one.sentence, one.next_step)
            return self._prepare(one, source, source, file, older)
        except WorkRefused as refusal:
            return refused(source, refusal)

    def _prepare(
        self, document: Document, path: str, source: str, file: bytes | None, older: dict[str, Work]
    ) -> _Prepared | AddReport:
        """Clean, recognise and cut a text; the slow part, embedding, comes after. `older`: see `_older`."""
        text = cleaned(document.text)
        if not any(character.isalnum() for character in text):
            raise WorkRefused("There are no words in it.", "Add a file that holds a text.")
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = self._store.by_hash(digest)
        if known is not None:
            self._refuse_other_use(known)
            return self._met_again(known, document, path, source, file)
        replaced = older.pop(one_line(document.title), None)
        if replaced:
            self._refuse_other_use(replaced)
        spans = () if self._reference else tuple(cut(text))
        work = self._described(document, text, source, len(spans))
        return _Prepared(path, file, text, digest, spans, work, replaced.id if replaced else "")

    def _described(self, document: Document, text: str, source: str, passages: int) -> Work:
        return Work(
            id="",
            title=one_line(document.title) or first_line(text),
            kind=document.kind or kind_of(text),
            language=document.language or language_of(text),
            source=source,
            characters=len(text),
            passages=passages,
            added_at=time.time(),
            reference=self._reference,
            collection=self._collection or self._named(document.collection),
            written=document.written,
        )

    def _followed(self, known: Work, home: bytes | None, source: str, file: bytes | None) -> Work:
        """A known text that turns up elsewhere: where its old file is gone, it has moved."""
        if file is None or home is None or home == file:
            return known
        if _on_disk(home) != _on_disk(file) and Path(os.fsdecode(_on_disk(home))).exists():
            return known
        self._shelf.rehome(known.id, source, file)
        return self._store.get(known.id) or known

    def _met_again(self, known: Work, said: Document, path: str, source: str, file: bytes | None) -> AddReport:
        """The report on a text that is there. Its own file may say something else about it than before."""
        home = self._shelf.home(known.id)
        work = self._followed(known, home, source, file)
        if file is None or (work == known and home != file):
            return self._known(work, path)
        renewed = replace(
            work,
            title=one_line(said.title) or work.title,
            kind=said.kind or work.kind,
            language=said.language or work.language,
            written=said.written or work.written,
            collection=self._named(said.collection) or work.collection if not self._collection else work.collection,
        )
        if renewed == work:
            return self._known(work, path)
        self._shelf.describe(renewed)
        report = self._known(renewed, path)
        return replace(report, outcome="changed") if home == file else report

    def _named(self, collection: str) -> str:
        """The name of a collection as memory has it; asked once per run and name."""
        if collection not in self._names:
            self._names[collection] = self._shelf.collection(collection)
        return self._names[collection]

    def _known(self, work: Work, path: str) -> AddReport:
        """The report on a text that is there. One in no collection goes into the named one; none is taken out."""
        if self._collection and not work.collection:
            self._shelf.move(work.id, self._collection)
            work = self._store.get(work.id) or work
        reason = ""
        if self._collection and work.collection != self._collection:
            reason = (
                f"It stays in the collection “{work.collection}”. "
                f"To put it elsewhere: cocreate works move {work.id} COLLECTION"
            )
        return AddReport(path, "known", work, reason)

    def _refuse_other_use(self, known: Work) -> None:
        """A text is a work or a reference: which of them is for the writer to say, not for the order of adding."""
        if known.reference != self._reference:
            here, wanted = ("reference", "work") if known.reference else ("work", "reference")
            raise WorkRefused(
                f"This text is in memory already, as a {here}.",
                f"To have it as a {wanted}, forget it first: cocreate works remove {known.id}",
            )

    # --- writing --------------------------------------------------------------------------------------------

    def _write(self, items: Sequence[_Item]) -> Iterator[AddReport]:
        """Embed all prepared works together, write them in one transaction, then report."""
        prepared = [item.what for item in items if isinstance(item.what, _Prepared)]
        vectors = self._vectors([one.text[a:b] for one in prepared for a, b in one.spans])
        if vectors is None:
            self.cut_short = True
            return
        rows = iter(vectors)
        news = [
            NewWork(one.work, one.content_hash, one.text, one.spans, tuple(next(rows) for _ in one.spans),
                    one.file, one.replaces)
            for one in prepared
        ]  # fmt: skip
        reports: list[AddReport] = []
        name = self._embedder.name if vectors else ""
        with self._store.putting(news, name) as done:
            written = iter(done)
            for item in items:
                what = item.what
                if isinstance(what, _Read):
                    self._shelf.saw(what.file, what.stamp, item.ids)
                    continue
                if isinstance(what, _Prepared):
                    work, outcome = next(written)
                    what = AddReport(what.path, outcome, work, "")
                reports.append(what)
                item.ids.extend([what.work.id] if what.work else [])
        yield from reports

    def _vectors(self, texts: Sequence[str]) -> list[bytes] | None:
        """A vector a text, in order; None when it was stopped. Texts of like length go together: less is padded."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: list[bytes] = [b""] * len(texts)
        for start in range(0, len(order), BATCH_PASSAGES):
            if self._stopped():
                return None
            places = order[start : start + BATCH_PASSAGES]
            rows = as_bytes(unit_vectors(self._embedder, [texts[place] for place in places]))
            for place, row in zip(places, rows, strict=True):
                found[place] = row
        return found


def _full(items: Sequence[_Item]) -> bool:
    passages = sum(len(item.what.spans) for item in items if isinstance(item.what, _Prepared))
    works = sum(not isinstance(item.what, _Read) for item in items)
    return passages >= BATCH_PASSAGES or works >= BATCH_WORKS


def _key(path: Path) -> bytes:
    """The path as the system has it. Raises WorkRefused for one that no system could have."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError as error:
        raise WorkRefused("There is no file or folder of this name.", "Check the spelling of the path.") from error


def _on_disk(file: bytes) -> bytes:
    """The path of the file that holds a work (see memory.store.NewWork.file)."""
    path, _, place = file.rpartition(b"#")
    return path if place.isdigit() and path.lower().endswith((b".jsonl", b".ndjson")) else file


def cleaned(text: str) -> str:
    """The text as memory keeps it: without terminal control, empty lines above and white space at the end."""
    return re.sub(r"\A(?:[^\S\n]*\n)+", "", sanitise(text).removeprefix("\ufeff")).rstrip()


def refused(path: str, refusal: WorkRefused) -> AddReport:
    """The report on what cannot become a work."""
    return AddReport(path, "refused", None, sanitise(f"{refusal.sentence} {refusal.next_step}"))


def shown(path: str) -> str:
    """A path as it can be printed."""
    return sanitise(path).replace("\n", " ")


def one_line(text: str) -> str:
    """One clean line of at most 1,000 characters."""
    return " ".join(sanitise(text).split())[:1000]


def first_line(text: str) -> str:
    """How a text begins: the name of a work that has none."""
    return one_line(text.lstrip().split("\n", 1)[0].lstrip("# "))[:80]
