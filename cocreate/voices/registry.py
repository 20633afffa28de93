"""The voices there are. SQLite is the truth; the adapters lie in COCREATE_HOME/voices/NAME/vN, for their owner only.

A version is a row and a folder. The folder comes first: one without a row was left by a crash, and is taken away before
the voice is tuned again.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from agents.errors import AdapterRefused
from cocreate.private import private_folder, write_private
from cocreate.training.job import CARD, TuneResult
from cocreate.voice_views import TunedOn, VoiceView
from cocreate.voices.base import SCRIPTED, Base
from cocreate.voices.errors import NoSuchVoice, VoiceRefused
from cocreate.voices.migrations import MIGRATIONS
from cocreate.voices.names import check_name, same
from memory.database import Database
from memory.sanitise import sanitise

WORK = "work"
"""Folder of a voice that holds the checkpoints of a tuning under way."""
_VOICES = """SELECT n.*, v.version AS chosen FROM voices v
    JOIN voice_versions n ON n.name = v.name AND n.version = v.version"""


class Registry:
    """The voices of one data directory."""

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self._root = home / "voices"
        database.migrate("voices", MIGRATIONS)

    # --- reading --------------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """All voices, by name."""
        return tuple(row["name"] for row in self._database.query("SELECT name FROM voices ORDER BY name"))

    def views(self, base: Base) -> tuple[VoiceView, ...]:
        """All voices in the versions in use, the newest first; `base` decides which can be used."""
        rows = self._database.query(f"{_VOICES} ORDER BY n.created_at DESC, n.name")
        return tuple(self._view(row, base) for row in rows)

    def view(self, name: str, base: Base) -> VoiceView:
        """One voice. Raises NoSuchVoice."""
        return self._view(self._row(name), base)

    def adapter(self, name: str, base: Base) -> Path:
        """Folder of the adapter of a voice, in the version in use.

        Raises:
            NoSuchVoice: there is none of that name.
            AdapterRefused: it was tuned for another model, cannot run on the engine, or its files are gone.
        """
        view = self.view(name, base)
        if not view.usable:
            raise AdapterRefused(view.why_not, way_out(view, base))
        return self.folder(view.name, view.version)

    def method(self, name: str) -> str:
        """How the version in use was tuned. Raises NoSuchVoice."""
        return str(self._row(name)["method"])

    def collections(self, names: Sequence[str]) -> tuple[str, ...] | None:
        """Collections the voices were tuned on; None when one of them was tuned on all works, or none is known."""
        found: list[str] = []
        for name in names:
            with contextlib.suppress(NoSuchVoice):
                collection = self._row(name)["collection"]
                if collection is None:
                    return None
                found.append(str(collection))
        return tuple(dict.fromkeys(found)) or None

    def folder(self, name: str, version: int) -> Path:
        """Where a version lies, or will."""
        return self._root / check_name(name) / f"v{version}"

    def work_folder(self, name: str) -> Path:
        """Where the checkpoints of a tuning lie; made when missing."""
        return private_folder(private_folder(private_folder(self._root) / check_name(name)) / WORK)

    def known(self, name: str) -> str:
        """The name as an existing voice has it ("Noir" is "noir"), or the checked name of a new one."""
        checked = check_name(name)
        rows = self._database.query("SELECT name FROM voices WHERE same = ?", (same(checked),))
        return str(rows[0]["name"]) if rows else checked

    def _row(self, name: str) -> sqlite3.Row:
        rows = self._database.query(f"{_VOICES} WHERE v.same = ?", (same(check_name(name)),))
        if not rows:
            known = ", ".join(self.names()[:8])
            raise NoSuchVoice(
                f"There is no voice called {sanitise(name)[:60]}.",
                f"There {'is' if ',' not in known else 'are'}: {known}" if known else
                "Tune one on your works: cocreate tune voice NAME",
            )  # fmt: skip
        return rows[0]

    def _view(self, row: sqlite3.Row, base: Base) -> VoiceView:
        versions = self._database.query(
            "SELECT version FROM voice_versions WHERE name = ? ORDER BY version", (row["name"],)
        )
        works = self._database.query(
            "SELECT * FROM voice_works WHERE name = ? AND version = ? ORDER BY rowid", (row["name"], row["version"])
        )
        why = self._why_not(row, base)
        return VoiceView(
            name=row["name"],
            version=row["version"],
            versions=tuple(one["version"] for one in versions),
            collection=row["collection"],
            method=row["method"],
            base_model=row["base_model"],
            base_hash=row["base_hash"],
            usable=not why,
            why_not=why,
            bytes=row["bytes"],
            created_at=row["created_at"],
            tokens=row["tokens"],
            perplexity_before=row["perplexity_before"],
            perplexity_after=row["perplexity_after"],
            works=tuple(
                TunedOn(one["work_id"], one["content_hash"], one["title"], bool(one["forgotten"])) for one in works
            ),
        )

    def _why_not(self, row: sqlite3.Row, base: Base) -> str:
        name, folder = row["name"], self.folder(row["name"], row["version"])
        if not (folder / "adapter_config.json").is_file():
            return f"The files of the voice {name} are gone from {folder}."
        if base.engine == SCRIPTED:
            return ""
        if base.engine == "server":
            return f"The voice {name} is on this machine, and the model in use is a server's."
        if not base.sha256:
            return f"The model {base.name} is not on this machine yet."
        if row["base_hash"] != base.sha256:
            return f"The voice {name} was tuned for the model {row['base_model']}; the one in use is {base.name}."
        if base.engine not in row["engines"].split():
            return f"The voice {name} was tuned with {row['method']}, which the engine {base.engine} cannot run."
        return ""

    # --- writing --------------------------------------------------------------------------------------------

    @contextmanager
    def tuning(self, name: str) -> Iterator[int]:
        """Hold the right to tune, and say which version comes next. Raises VoiceRefused when another studio tunes."""
        lock = FileLock(private_folder(self._root) / ".tuning.lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise VoiceRefused(
                "Another cocreate is tuning a voice on this data directory.", "Wait for it, or stop it there."
            ) from None
        try:
            rows = self._database.query("SELECT version FROM voice_versions WHERE name = ?", (name,))
            there = {int(row["version"]) for row in rows}
            for folder in self._left_behind(name, there):
                shutil.rmtree(folder, ignore_errors=True)
            yield max(there, default=0) + 1
        finally:
            lock.release()

    def _left_behind(self, name: str, versions: set[int]) -> list[Path]:
        folder = self._root / check_name(name)
        known = {f"v{version}" for version in versions} | {WORK}
        return [one for one in folder.iterdir() if one.name not in known] if folder.is_dir() else []

    def add(self, name: str, version: int, collection: str | None, result: TuneResult, here: Sequence[str]) -> None:
        """Keep a tuned version and use it from now on; `here`: ids of the works that are still in memory."""
        _protect(result.adapter)
        gone = [item.work_id for item in result.data if item.work_id not in here]
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO voices VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                (name, same(name), version),
            )
            connection.execute(
                "INSERT INTO voice_versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    name, version, collection, result.method, result.rank, sanitise(result.base_name),
                    result.base_sha256, result.bytes, result.tokens, result.held_out, _finite(result.perplexity_before),
                    _finite(result.perplexity_after), " ".join(result.engines), time.time(),
                ),
            )  # fmt: skip
            connection.executemany(
                "INSERT OR IGNORE INTO voice_works VALUES (?, ?, ?, ?, ?, 0)",
                [
                    (name, version, item.work_id, item.content_hash, sanitise(item.title))
                    for item in result.data
                    if item.part != "unused"
                ],
            )
        for work_id in gone:
            self.forget_work(work_id, "")
        shutil.rmtree(self._root / name / WORK, ignore_errors=True)

    def roll_back(self, name: str, version: int, base: Base) -> VoiceView:
        """Use another version. Raises NoSuchVoice when it is not kept."""
        view = self.view(name, base)
        if version not in view.versions:
            kept = ", ".join(str(one) for one in view.versions)
            raise NoSuchVoice(f"The voice {view.name} has no version {version}.", f"Kept are: {kept}")
        with self._database.transaction() as connection:
            connection.execute("UPDATE voices SET version = ? WHERE name = ?", (version, view.name))
        return self.view(name, base)

    def forget(self, name: str) -> str:
        """Delete a voice, all its versions and checkpoints; return its name. Raises NoSuchVoice."""
        known = str(self._row(name)["name"])
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM voices WHERE name = ?", (known,))
        shutil.rmtree(self._root / known, ignore_errors=True)
        return known

    def forget_work(self, work_id: str, title: str) -> tuple[str, ...]:
        """Take the title of a forgotten work out of every list and card; its hash stays, marked as forgotten.

        `title` is taken out of the cards' notes besides; "" when only the id is known. Checkpoints of tunings that
        were broken off go too: they may have been made with the work. Return the names of the voices tuned on it.
        """
        rows = self._database.query("SELECT DISTINCT name, version FROM voice_works WHERE work_id = ?", (work_id,))
        with self._database.transaction() as connection:
            connection.execute("UPDATE voice_works SET title = '', forgotten = 1 WHERE work_id = ?", (work_id,))
        for row in rows:
            _forget_title(self.folder(row["name"], row["version"]) / CARD, work_id, title)
        for work in self._root.glob(f"*/{WORK}"):
            with contextlib.suppress(Timeout), FileLock(self._root / ".tuning.lock", timeout=0, mode=0o600):
                shutil.rmtree(work, ignore_errors=True)
        return tuple(dict.fromkeys(str(row["name"]) for row in rows))


def way_out(view: VoiceView, base: Base) -> str:
    """What the writer can do about a voice that cannot be used."""
    again = f"cocreate tune voice {view.name}"
    if base.engine == "server":
        return "Use a voice the server offers, or another engine: cocreate config set engine auto"
    if view.base_hash == base.sha256 and "cannot run" in view.why_not:
        return f"Use the other engine (cocreate config set engine torch), or tune it again as lora: {again}"
    return f"Go back to {view.base_model}, or tune it for the model in use: {again}"


def _finite(value: float) -> float:
    """0 for what could not be measured: a column takes no NaN."""
    return value if math.isfinite(value) else 0.0


def _protect(folder: Path) -> None:
    """What a library wrote is for its owner only."""
    folder.chmod(0o700)
    for file in folder.rglob("*"):
        file.chmod(0o700 if file.is_dir() else 0o600)


def _forget_title(card: Path, work_id: str, title: str) -> None:
    """Take a title out of the card beside an adapter; a card that cannot be read is taken away."""
    try:
        data = json.loads(card.read_text("utf-8"))
        for item in data.get("data", ()):
            if item.get("work_id") == work_id:
                item["title"] = ""
        if title and title in str(data.get("note", "")):
            data["note"] = ""
        text = json.dumps(data, ensure_ascii=False, indent=1)
    except FileNotFoundError:
        return
    except (ValueError, AttributeError, TypeError):
        card.unlink(missing_ok=True)
        return
    write_private(card, text)
