"""Forgetting a work for real: rows, terms, vectors, index files, free pages, in an order that a kill cannot spoil."""

from __future__ import annotations

from collections.abc import Callable

from memory.errors import StoreUnusable
from memory.index import PassageIndex
from memory.records import Work
from memory.sanitise import sanitise
from memory.store import Store


def forget(store: Store, index: PassageIndex, work: Work, also: Callable[[], None]) -> None:
    """Forget `work`; `also` removes what others keep of it, in the same transaction as the work's rows.

    From the end of that transaction on the work is gone. Its bytes are overwritten afterwards; a kill in between leaves
    a note in the store, by which `finish` does the rest at the next opening.

    Raises:
        StoreUnusable: also when the work is forgotten but its bytes could not be overwritten yet.
    """
    store.remove(work.id, also)
    try:
        index.forget()
        scrubbed = store.scrub()
    except (OSError, StoreUnusable) as error:
        reason = error.sentence if isinstance(error, StoreUnusable) else sanitise(str(error))
        raise _still_there(work, reason) from error
    if not scrubbed:
        raise _still_there(work, "Another cocreate is reading the file.")


def finish(store: Store, index: PassageIndex) -> None:
    """Overwrite what a removal that was cut off has left. Raises OSError and StoreUnusable."""
    if store.unscrubbed():
        index.forget()
        store.scrub()


def _still_there(work: Work, reason: str) -> StoreUnusable:
    return StoreUnusable(
        f"“{work.title}” is forgotten, but its bytes could not be overwritten on the disk yet: {reason}",
        "Close other programs that use the data folder; the next start or removal overwrites them.",
    )
