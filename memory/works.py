"""The facade of memory: remember, show, find and forget the writer's works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from memory.adding import Adding
from memory.database import Database
from memory.echoes import Echoes
from memory.embedder import Embedder
from memory.errors import StoreUnusable
from memory.forgetting import finish, forget
from memory.index import EXACT_MOST, PassageIndex
from memory.lexical import WordIndex
from memory.passage_store import PassageStore
from memory.recall import Recall
from memory.records import AddReport, Excerpt, Filters, Hit, Work
from memory.shelf import Shelf
from memory.store import Store


class Memory:
    """The writer's works. Cheap to make; the embedder's weights are needed only by `add`, `add_text` and `search`.

    Every method raises memory.errors.StoreUnusable when the disk does not let it work.
    """

    def __init__(
        self, database: Database, embedder: Embedder, index_dir: Path, *, exact_most: int = EXACT_MOST
    ) -> None:
        """`exact_most`: passages that are compared one by one before a compressed index is made."""
        self._database = database
        self._embedder = embedder
        self._store = Store(database)
        self._shelf = Shelf(database)
        self._passages = PassageStore(database)
        self._index = PassageIndex(self._store, self._passages, index_dir, exact_most=exact_most)
        self._recall = Recall(self._store, self._passages, self._index, WordIndex(database), embedder)
        self._echoes = Echoes(self._store)
        # Another process may be reading: then the next opening or removal does it.
        with suppress(OSError, StoreUnusable):
            finish(self._store, self._index)

    def add(self, paths: Sequence[Path], *, reference: bool = False, collection: str = "") -> Iterator[AddReport]:
        """Remember files, and the readable ones inside folders; yield what became of each, in order.

        A work is either there whole or not at all, also after a crash; what was reported is safe. A reference is only
        checked against (`near`): it has no passages, so nothing recalls it, and no model reads it. `collection` takes
        the new works; "" leaves it to what each file says.

        Raises:
            EmbedderFailed: the model cannot be loaded or gives no usable numbers.
        """
        return iter(self.adding(paths, reference=reference, collection=collection))

    def adding(
        self,
        paths: Sequence[Path],
        *,
        reference: bool = False,
        collection: str = "",
        stopped: Callable[[], bool] = lambda: False,
    ) -> Adding:
        """As `add`, with how far it is, and a way to stop it: from when `stopped` is true nothing more is written."""
        return Adding(
            self._store,
            self._shelf,
            self._embedder,
            paths,
            reference=reference,
            collection=collection,
            stopped=stopped,
        )

    def add_text(
        self, title: str, text: str, source: str = "", *, reference: bool = False, collection: str = ""
    ) -> AddReport:
        """Remember a text that is not in a file of its own. Raises as `add` does."""
        return self.adding((), reference=reference, collection=collection).text(title, text, source)

    def move(self, work_id: str, collection: str) -> Work:
        """Put the work whose id begins with `work_id` into a collection ("" for none). Raises NoSuchWork."""
        work = self._store.find(work_id)
        self._shelf.move(work.id, self._shelf.collection(collection))
        return self._store.find(work.id)

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

    def revision(self) -> str:
        """A mark that is new after every change of works, passages or vectors, whichever process made it."""
        return self._store.revision()

    def work(self, work_id: str) -> tuple[Work, str]:
        """The work whose id begins with `work_id`, and its text. Raises memory.errors.NoSuchWork."""
        work = self._store.find(work_id)
        return work, self._store.text(work.id)

    def search(self, query: str, count: int = 8, filters: Filters | None = None, piece_id: str = "") -> list[Hit]:
        """The `count` passages nearest to `query` by meaning and words, best first.

        `filters` says which works are looked at (None for all); `piece_id` whose marks count beside those for good.
        Sees what other processes have added.

        Raises:
            EmbedderFailed: the model cannot be loaded or gives no usable numbers.
        """
        return self._recall.search(query, count, filters, piece_id)

    def hits(self, ranked: Sequence[tuple[int, float]], piece_id: str = "") -> list[Hit]:
        """The passages with these ids and scores, in this order; forgotten ones are left out."""
        return self._recall.hits(ranked, piece_id)

    def mark(self, passage_id: int, mark: str, piece_id: str = "", text: str = "") -> None:
        """Pin, exclude or correct a passage for a piece or for good ("" takes that back). Raises NoSuchWork."""
        self._passages.mark(passage_id, mark, piece_id, text)

    def usable(self, ranked: Sequence[tuple[int, float]], piece_id: str = "") -> list[Hit]:
        """As `hits`, without those the writer excluded."""
        return self._recall.hits(ranked, piece_id, excluded=False)

    def remove(self, work_id: str, also: Callable[[Work], None] = lambda work: None) -> Work:
        """Forget a work: text, passages, vectors and every byte of them in the data directory.

        `also` removes what others keep of it; it is called inside the transaction that removes the work.

        Raises:
            NoSuchWork: no work, or several, have an id that begins with `work_id`.
            StoreUnusable: also when the work is forgotten but its bytes could not be overwritten.
        """
        work = self._store.find(work_id)
        forget(self._store, self._index, work, lambda: also(work))
        return work
