"""Which base model is in use, and the hash that an adapter is bound to. Loads nothing and fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cocreate.models.hashes import model_hash
from cocreate.models.listing import configured
from cocreate.settings import Settings

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
    """Looks at the settings; the hash of a model is remembered in the cache (`cocreate.models.hashes`)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

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
        """Of the weights at `path`. Raises OSError."""
        return model_hash(path, self._settings.cache)
