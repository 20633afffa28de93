"""The facade of memory: remember, show, find and forget the writer's works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from memory.adding import Adding
from memory.database import Database
from memory.echoes import Echoes
from memory.embedder import Embedder
from memory.errors import StoreUnusable
from memory.index import PassageIndex
from memory.recall import Recall
from memory.records import AddReport, Excerpt, Hit, Work
from memory.sanitise import sanitise
from memory.shelf import Shelf
from memory.store import Store


class Memory:
    """The writer's works. Cheap to make; the embedder's weights are needed only by `add`, `add_text` and `search`.

    Every method raises memory.errors.StoreUnusable when the disk does not let it work.
    """

    def __init__(self, database: Database, embedder: Embedder, index_dir: Path) -> None:
        self._database = database
        self._embedder = embedder
        self._store = Store(database)
        self._shelf = Shelf(database)
        self._index = PassageIndex(self._store, index_dir)
        self._recall = Recall(self._store, self._index, embedder)
        self._echoes = Echoes(self._store)

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


def _still_there(work: Work, reason: str) -> StoreUnusable:
    return StoreUnusable(
        f"“{work.title}” is forgotten, but its bytes could not be overwritten on the disk yet: {reason}",
        "Close other programs that use the data folder; the next removal overwrites them.",
    )
