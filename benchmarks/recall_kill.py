"""kill -9 at random moments of adding, removing and searching, and a look at everything that is left."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory

DIMENSION = 32
EXACT_MOST = 30
"""So that the compressed index and its file are under way too."""
LONGEST = 1.5
"""Seconds from the first work until the kill, at most."""

WORKER = """
import random, sys
from pathlib import Path
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.works import Memory
home, seed = Path(sys.argv[1]), int(sys.argv[2])
memory = Memory(Database.open(home / "cocreate.db"), HashEmbedder(32), home / "index", exact_most=30)
draw = random.Random(seed)
print("ready", flush=True)
for number in range(100_000):
    name = f"r{seed}n{number}"
    more = f"Lanterns {number} and gulls. " * draw.randint(1, 160)
    print("adding", name, flush=True)
    memory.add_text(name, f"Token{name}x stands in work {number}. {more}")
    print("searching", name, flush=True)
    memory.search(f"lanterns {number}", 2)
    if number % 3 == 2:
        work = draw.choice(memory.works())
        print("removing", work.title, flush=True)
        memory.remove(work.id)
"""


def rounds(count: int, seed: int) -> dict[str, Any]:
    """Kill `count` times on one data directory; return when it hit and what was wrong afterwards."""
    draw = random.Random(seed)
    moments: dict[str, int] = {}
    removed: list[str] = []
    wrong: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(count):
            lines = _killed(Path(folder), seed * 1000 + round_, draw.uniform(0, LONGEST))
            moment = lines[-1].split()[0] if lines else "starting"
            moments[moment] = moments.get(moment, 0) + 1
            removed += [line.split()[1] for line in lines if line.startswith("removing")]
            began = time.perf_counter()
            wrong += [f"round {round_}, {moment}: {what}" for what in _wrong(Path(folder), removed)]
            slowest = max(slowest, time.perf_counter() - began)
            print(f"kill {round_ + 1} of {count}, {moment}: {len(wrong)} wrong so far", file=sys.stderr)
    return {"kills": count, "while": moments, "removals_begun": len(removed), "wrong": wrong}


def _killed(home: Path, seed: int, seconds: float) -> list[str]:
    command = [sys.executable, "-c", WORKER, str(home), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(seconds)
        child.kill()
        return [line for line in child.stdout if line.endswith("\n")]


def _wrong(home: Path, removed: list[str]) -> list[str]:
    """Everything that does not agree, in words."""
    found: list[str] = []
    embedder = HashEmbedder(DIMENSION)
    with closing(Database.open(home / "cocreate.db")) as database:
        memory = Memory(database, embedder, home / "index", exact_most=EXACT_MOST)
        if database.query("PRAGMA integrity_check")[0][0] != "ok" or database.query("PRAGMA foreign_key_check"):
            found.append("the database is damaged")
        with database.transaction() as connection:
            connection.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab('main', 'passage_words', 'instance')")
        stored = [row[0] for row in database.query("SELECT id FROM passages ORDER BY id")]
        for name, ids in (
            ("vectors", [row[0] for row in database.query("SELECT passage_id FROM vectors ORDER BY 1")]),
            ("words", [row[0] for row in database.query("SELECT DISTINCT doc FROM temp.seen ORDER BY 1")]),
            ("index", memory._index.ids(embedder.name, embedder.dimension)),
        ):
            if ids != stored:
                found.append(f"{name} and passages differ")
        titles = set()
        for work in memory.works():
            titles.add(work.title)
            ends = database.query("SELECT end_offset FROM passages WHERE work_id = ? ORDER BY ordinal", (work.id,))
            marks = database.query("SELECT 1 FROM marks WHERE work_id = ?", (work.id,))
            if not ends or ends[-1][0] != work.characters or not marks:
                found.append(f"{work.title} is half there")
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file()).lower()
    found += [f"{title} left words" for title in set(removed) - titles if f"token{title}x".encode() in data]
    return found
