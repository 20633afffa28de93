"""A forgotten work leaves no word anywhere in the data directory, whatever the studio did with it before."""

import gzip
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from agents.contracts import Copied, Evidence, Score, Scorecard
from cocreate.commands import AddWorks, Command, MarkPassage, RemoveWork, SearchWorks, ShowWork, TurnOptions, Write
from cocreate.events import (
    CommandRefused,
    Event,
    Noticed,
    PassageMarked,
    PassagesFound,
    PassagesRecalled,
    WorkAdded,
    WorkRemoved,
)
from cocreate.forgetting import FORGOTTEN
from cocreate.recall_desk import RecallDesk
from cocreate.settings import Settings
from cocreate.studio import Studio
from memory.records import Filters

Send = Callable[[Studio, Command], list[Event]]

SECRET = (
    "Xylotomist Quenbrudge kept the vermeltine lantern under the stair, and every quorvane night "
    "the zephyrskald came to count the oil that was left in the vermeltine lantern."
)
OLDER = "Xylotomist Quenbrudge kept the palimquist lamp under the stair."
WORDS = ("xylotomist", "xylotom", "quenbrudge", "vermeltin", "quorvan", "zephyrskald", "palimquist")


def unpacked(data: bytes) -> bytes:
    """What comes out where bytes are compressed."""
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            return unpack(data)
        except (OSError, EOFError, zlib.error):
            continue
    return b""


def blobs(path: Path) -> Iterator[bytes]:
    """The blobs of a SQLite file's tables, unpacked."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
        for (table,) in tables.fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield from (unpacked(value) for value in row if isinstance(value, bytes))


def every_form(path: Path) -> bytes:
    """A file's bytes, and what comes out where they are compressed."""
    data = path.read_bytes()
    inside = blobs(path) if data.startswith(b"SQLite format 3") else ()
    return b"\n".join([data, unpacked(data), *inside])


def traces(home: Path) -> list[str]:
    """Which words stand where below a folder: as UTF-8 or UTF-16, in any case, in names and in bytes."""
    found: list[str] = []
    for path in home.rglob("*"):
        data = (every_form(path) if path.is_file() else b"").lower() + path.name.lower().encode()
        for word in WORDS:
            forms = (word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"))
            found += [f"{word} in {path.name}" for form in forms if form in data]
    return found


def used_in_a_turn(studio: Studio, send: Send, tmp_path: Path) -> tuple[str, str]:
    """Add the work in two versions, mark a passage, recall it in a turn, and have a scorecard quote it."""
    path = tmp_path / "outside" / "Zephyrskald papers.txt"
    path.parent.mkdir()
    path.write_text(OLDER, encoding="utf-8")
    send(studio, AddWorks((str(path),), collection="noir"))
    path.write_text(SECRET, encoding="utf-8")
    added = [event.report for event in send(studio, AddWorks((str(path),))) if isinstance(event, WorkAdded)]
    assert added[0].outcome == "changed"
    assert added[0].work is not None
    found = send(studio, SearchWorks("lantern under the stair", 1, Filters(collection="noir")))
    hit = next(event for event in found if isinstance(event, PassagesFound)).hits[0]
    marked = send(studio, MarkPassage(hit.passage.id, "corrected", text="The vermeltine lantern, put better."))
    assert any(isinstance(event, PassageMarked) for event in marked)
    options = TurnOptions(ideas=2, drafts=2, revisions=0, seed=1, ask=False)
    turn = send(studio, Write("a poem about a lantern under the stair", options=options))
    recalled = next(event for event in turn if isinstance(event, PassagesRecalled))
    assert recalled.hits[0].corrected == "The vermeltine lantern, put better."
    take = studio._database.query("SELECT id, turn_id FROM takes ORDER BY created_at LIMIT 1")[0]
    title = added[0].work.title
    quote = Evidence(0, 9, f"“the quorvane night” stands word for word in your “{title}”.", "the quorvane night", title)
    card = Scorecard(
        Score(5.0, (quote,)), Score(5.0, ()), Score(5.0, ()), 5.0,
        copied=(Copied(0, 9, 12, title, "vermeltine lantern"),), shared=Copied(0, 9, 8, title, "zephyrskald"),
    )  # fmt: skip
    studio._desk.set_scorecard(take["id"], card)
    return added[0].work.id, take["id"]


def test_a_work_that_was_used_in_a_turn_leaves_no_word_after_it_was_forgotten(
    studio: Studio, settings: Settings, send: Send, tmp_path: Path
) -> None:
    work_id, take_id = used_in_a_turn(studio, send, tmp_path)
    assert {line.split(" ")[0] for line in traces(settings.home)} >= {"quenbrudge", "zephyrskald", "palimquist"}
    (removed,) = [event for event in send(studio, RemoveWork(work_id)) if isinstance(event, WorkRemoved)]
    assert removed.work_id == work_id
    assert traces(settings.home) == []
    card = studio._desk.take(take_id).scorecard
    assert card is not None
    assert (card.novelty.evidence[0].source, card.novelty.evidence[0].quote) == (FORGOTTEN, "")
    assert [item.source for item in (*card.copied, card.shared) if item] == [FORGOTTEN] * 2
    assert any(isinstance(event, CommandRefused) for event in send(studio, ShowWork(work_id)))


def test_voices_tuned_on_a_forgotten_work_are_named(studio: Studio, send: Send, tmp_path: Path) -> None:
    work_id, _ = used_in_a_turn(studio, send, tmp_path)
    desk = RecallDesk(studio._memory, studio._database, studio._resources, lambda *_: ("noir", "letters"))
    told, removed = desk.handlers()[RemoveWork](RemoveWork(work_id))
    assert isinstance(told, Noticed)
    assert (told.sentence, told.next_step) == (
        "Voices that were tuned on it still know it: noir, letters.",
        "Tune again without it: cocreate tune voice noir",
    )
    assert isinstance(removed, WorkRemoved)


def test_a_date_that_is_none_and_an_empty_correction_are_refused(studio: Studio, send: Send, tmp_path: Path) -> None:
    (refused,) = send(studio, SearchWorks("rain", filters=Filters(since="last May")))
    assert isinstance(refused, CommandRefused)
    assert refused.sentence == "“last May” is not a date."
    (refused,) = send(studio, MarkPassage(1, "corrected", text=" "))
    assert isinstance(refused, CommandRefused)


def test_the_studio_still_writes_after_its_only_work_was_forgotten(studio: Studio, send: Send, tmp_path: Path) -> None:
    work_id, _ = used_in_a_turn(studio, send, tmp_path)
    send(studio, RemoveWork(work_id))
    options = TurnOptions(ideas=0, drafts=1, revisions=0, seed=1, ask=False)
    turn = send(studio, Write("a poem about rain", options=options))
    assert next(event for event in turn if isinstance(event, PassagesRecalled)).hits == ()
