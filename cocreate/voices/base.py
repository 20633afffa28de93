"""Which base model is in use, and the hash that an adapter is bound to. Loads nothing and fetches nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cocreate.models.listing import configured
from cocreate.settings import Settings
from cocreate.voices.migrations import MIGRATIONS
from memory.database import Database

SCRIPTED = "scripted"


@dataclass(frozen=True, slots=True)
class Base:
    """The model that would carry an adapter now."""

    name: str
    engine: str
    """llamacpp, torch, server or scripted."""
    sha256: str
    """Of its weights; "" when they are not here: a server's, the scripted engine's, or not yet fetched."""
    path: Path | None = None


class Bases:
    """Looks at the settings; remembers the hash of a file for as long as the file does not change."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        database.migrate("voices", MIGRATIONS)

    def now(self) -> Base:
        """The model of the settings. Reads the whole file the first time. Raises OSError."""
        if self._settings.engine == SCRIPTED:
            return Base(SCRIPTED, SCRIPTED, "")
        row = configured(self._settings)[0]
        if row.engine == "server":
            return Base(row.name, "server", "")
        path = Path(row.path)
        return Base(row.name, self._engine(row.engine), self.sha256(path) if row.present else "", path)

    def _engine(self, natural: str) -> str:
        if self._settings.engine != "auto":
            return self._settings.engine
        from cocreate.engines.choose import has_cuda

        return "torch" if natural == "torch" or has_cuda() else "llamacpp"

    def sha256(self, path: Path) -> str:
        """SHA-256 of a GGUF file, or of the safetensors files of a folder, joined in the order of their names."""
        files = _weights(path)
        stamp = repr([(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files])
        key = str(path.resolve())
        for row in self._database.query("SELECT sha256 FROM model_hashes WHERE path = ? AND stamp = ?", (key, stamp)):
            return str(row["sha256"])
        digest = hashlib.sha256()
        for file in files:
            with file.open("rb") as weights:
                while block := weights.read(1 << 20):
                    digest.update(block)
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO model_hashes VALUES (?, ?, ?)", (key, stamp, digest.hexdigest()))
        return digest.hexdigest()


def _weights(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(path.glob("*.safetensors")) or sorted(path.glob("*.gguf"))
