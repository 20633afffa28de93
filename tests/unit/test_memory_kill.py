"""kill -9 at random moments of adding, removing and searching: the store opens, nothing is half there."""

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory

WORKER = """
import random, sys
from pathlib import Path
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory
home, round_ = Path(sys.argv[1]), int(sys.argv[2])
memory = Memory(Database.open(home / "cocreate.db"), HashEmbedder(32), home / "index", exact_most=30)
draw = random.Random(round_)
print("ready", flush=True)
for number in range(10_000):
    name = f"r{round_}n{number}"
    more = f"Lanterns {number} and gulls. " * draw.randint(1, 160)
    memory.add_text(name, f"Token{name}x stands in work {number}. {more}")
    memory.search(f"lanterns {number}", 2)
    if number % 3 == 2:
        work = draw.choice(memory.works())
        print("removing", work.title, flush=True)
        memory.remove(work.id)
"""


def killed_at(home: Path, round_: int, seconds: float) -> list[str]:
    """Run the worker, kill it, and return the titles it had begun to remove."""
    command = [sys.executable, "-c", WORKER, str(home), str(round_)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        child.kill()
        return [line.split()[1] for line in child.stdout if line.startswith("removing") and line.endswith("\n")]


def check_agreement(home: Path, removed: list[str]) -> None:
    """Open as the studio does, and compare all that is kept of every work."""
    embedder = HashEmbedder(32)
    with closing(Database.open(home / "cocreate.db")) as database:
        memory = Memory(database, embedder, home / "index", exact_most=30)
        assert database.query("PRAGMA integrity_check")[0][0] == "ok"
        assert database.query("PRAGMA foreign_key_check") == []
        with database.transaction() as connection:
            connection.execute("INSERT INTO passage_words (passage_words) VALUES ('integrity-check')")
            connection.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab('main', 'passage_words', 'instance')")
        stored = [row[0] for row in database.query("SELECT id FROM passages ORDER BY id")]
        assert [row[0] for row in database.query("SELECT passage_id FROM vectors ORDER BY 1")] == stored
        assert [row[0] for row in database.query("SELECT DISTINCT doc FROM temp.seen ORDER BY 1")] == stored
        assert memory._index.ids(embedder.name, embedder.dimension) == stored
        for work in memory.works():
            text = memory.work(work.id)[1]
            rows = database.query("SELECT end_offset FROM passages WHERE work_id = ? ORDER BY ordinal", (work.id,))
            assert (rows[-1][0], len(rows)) == (len(text), work.passages)
            assert database.query("SELECT 1 FROM marks WHERE work_id = ?", (work.id,))
        gone = set(removed) - {work.title for work in memory.works()}
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file()).lower()
    assert [title for title in gone if f"token{title}x".encode() in data] == []


def test_kills_at_random_moments_of_adding_and_removing_leave_store_and_index_in_agreement(tmp_path: Path) -> None:
    draw = random.Random(1)
    removed: list[str] = []
    for round_ in range(6):
        removed += killed_at(tmp_path, round_, draw.uniform(0.02, 0.5))
        check_agreement(tmp_path, removed)
