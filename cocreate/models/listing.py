"""What `cocreate models` and `cocreate doctor` show: the models in force, those in the cache, those worth trying."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cocreate.models.errors import ModelRefused
from cocreate.models.resolve import languages_of
from cocreate.models.specs import DEFAULTS, EMBEDDER, SUGGESTIONS, WRITER, ModelSpec, Suggestion
from cocreate.models.store import ModelStore
from cocreate.settings import Settings


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model, present or not. Nothing is loaded or fetched to make it."""

    name: str
    role: str
    """writing or recall."""
    path: str
    """Where it lies, or what to set to get it."""
    size: int
    """Bytes on the disk when present, else about what the download takes; 0 when unknown."""
    present: bool
    languages: tuple[str, ...]
    engine: str
    """llamacpp, torch, or sentence-transformers."""
    note: str = ""
    """In use, default, suggested, or why it is refused."""


def configured(settings: Settings) -> tuple[ModelRow, ModelRow]:
    """The writing model and the recall model the settings name."""
    return (
        _row(settings, settings.model, WRITER) if settings.model else _default(settings, WRITER),
        _row(settings, settings.embedder, EMBEDDER) if settings.embedder else _default(settings, EMBEDDER),
    )


def list_models(settings: Settings) -> list[ModelRow]:
    """The models in force first, then the other defaults, then those in the cache, then suggestions."""
    rows = list(configured(settings))
    known = {row.path for row in rows}
    rows += [row for spec in DEFAULTS if (row := _default(settings, spec)).path not in known]
    rows += [row for path in _cached(settings.cache) if (row := _row(settings, str(path), WRITER)).path not in known]
    rows += [_suggested(item) for item in SUGGESTIONS if item.setting != settings.model]
    return rows


def suggest(memory: int, language: str = "en") -> Suggestion | None:
    """The largest suggestion for a machine with `memory` bytes that writes `language`; None: stay with the default."""
    fitting = [item for item in SUGGESTIONS if item.memory <= memory and language in item.languages]
    return max(fitting, key=lambda item: item.size, default=None)


def _default(settings: Settings, spec: ModelSpec) -> ModelRow:
    store = ModelStore(settings.cache)
    note = "default"
    try:
        present = store.find(spec) is not None
    except ModelRefused as error:
        present, note = False, error.sentence
    engine = "llamacpp" if spec.format == "gguf" else "sentence-transformers"
    size = spec.size if present else spec.download
    return ModelRow(spec.name, spec.role, str(store.target(spec)), size, present, spec.languages, engine, note)


def _row(settings: Settings, setting: str, like: ModelSpec) -> ModelRow:
    path = Path(setting).expanduser()
    if not path.exists():
        cached = settings.cache / "hub" / "--".join(setting.split("/")[:2]) / "/".join(setting.split("/")[2:])
        path = cached if cached.exists() else path
    present = path.exists()
    size = _size(path) if present else next((s.size for s in SUGGESTIONS if s.setting == setting), 0)
    gguf = setting.lower().endswith(".gguf") or (path.is_dir() and any(path.glob("*.gguf")))
    engine = "sentence-transformers" if like is EMBEDDER else "llamacpp" if gguf else "torch"
    languages = languages_of(setting, path if path.is_dir() else None)
    return ModelRow(path.name, like.role, str(path) if present else setting, size, present, languages, engine)


def _suggested(item: Suggestion) -> ModelRow:
    name = item.setting.rsplit("/", 1)[1]
    return ModelRow(name, "writing", item.setting, item.size, False, item.languages, "llamacpp", "suggested")


def _cached(cache: Path) -> list[Path]:
    hub = cache / "hub"
    folders = sorted(hub.iterdir()) if hub.is_dir() else []
    found: list[Path] = []
    for folder in folders:
        if folder.is_dir() and not folder.name.startswith("."):
            found += sorted(folder.glob("*.gguf")) or [folder]
    return found


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
