"""What `cocreate models`, the screen and `cocreate doctor` show: the models in force, in the cache, worth trying."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cocreate.machine import Machine
from cocreate.model_views import ModelRow, ModelsListed
from cocreate.models import recommended
from cocreate.models.errors import ModelRefused
from cocreate.models.fit import fit, need
from cocreate.models.measure import Measured, estimate, newest, recall, weights_size
from cocreate.models.recommended import DATE, RECOMMENDED, Recommended
from cocreate.models.resolve import languages_of, lies_at
from cocreate.models.shape import Shape, read_shape
from cocreate.models.specs import EMBEDDER, WRITER, ModelSpec
from cocreate.models.store import ModelStore
from cocreate.settings import Settings
from cocreate.wording import counted, size


def configured(settings: Settings) -> tuple[ModelRow, ModelRow]:
    """The writing model and the recall model the settings name."""
    return (
        _there(settings)
        if settings.engine == "server"
        else _row(settings, settings.model, "writing")
        if settings.model
        else _default(settings, WRITER),
        _row(settings, settings.embedder, "recall") if settings.embedder else _default(settings, EMBEDDER),
    )


def list_models(settings: Settings) -> list[ModelRow]:
    """The models in force first, then the list of recommended ones, then others in the cache."""
    rows = list(configured(settings))
    rows[0] = replace(rows[0], in_use=True)
    known = {row.path for row in rows}
    for item in RECOMMENDED:
        row = _recommended(settings, item)
        if row.path in known:
            rows[0] = replace(rows[0], listed=DATE, tried=item.tried, licence=item.licence, note=row.note, use=row.use)
        else:
            rows.append(row)
            known.add(row.path)
    rows += [row for path in _cached(settings.cache) if (row := _row(settings, str(path), "writing")).path not in known]
    return rows


def survey(settings: Settings, machine: Machine, threads: int) -> ModelsListed:
    """All of it with fit and speed. `threads`: those the engine runs on (the settings' 0 resolved)."""
    weighing = Weighing(settings, machine, threads)
    rows = tuple(weighing.weighed(row) for row in list_models(settings))
    best = tuple((code, found.name) for code in ("en", "zh") if (found := weighing.best(code)))
    return ModelsListed(rows, machine_words(machine), best)


def machine_words(machine: Machine) -> str:
    """One line: memory, cores, graphics."""
    memory = f"{size(machine.memory)} of memory, {size(machine.free)} free" if machine.memory else "memory unknown"
    cores = counted(machine.cores, "core")
    if machine.physical and machine.physical != machine.cores:
        cores += f" to use ({machine.physical} physical)"
    cards = ", ".join(f"{gpu.name} ({size(gpu.memory)})" if gpu.memory else gpu.name for gpu in machine.gpus)
    return f"{memory}; {cores}; GPU: {cards or 'none found'}"


@dataclass(frozen=True, slots=True)
class Weighing:
    """Holds models against this machine."""

    settings: Settings
    machine: Machine
    threads: int

    def weighed(self, row: ModelRow) -> ModelRow:
        """The row with memory, fit and speed; recall models stay as they are."""
        if row.role != "writing" or not row.size:
            return row
        path = Path(row.path)
        measured = recall(self.settings.cache, path, self.threads) if row.present else None
        bytes_ = weights_size(path) if row.present else row.size
        needed = need(bytes_, self._shape(row), self.settings.context, embedded=row.engine == "llamacpp")
        return replace(
            row,
            need=needed.total,
            fit=fit(needed, self.machine),
            speed=measured.one if measured else round(estimate(self._reference(), bytes_), 1),
            measured=measured is not None,
        )

    def best(self, language: str) -> Recommended | None:
        """What the list recommends for `language`: at most half of the memory, and quick enough to read along."""
        reference = self._reference()
        return recommended.recommend(language, self._roomy, lambda count: estimate(reference, count))

    def _roomy(self, item: Recommended) -> bool:
        needed = need(item.size, item.shape, self.settings.context, embedded=True)
        return needed.total * 2 <= self.machine.memory

    def _reference(self) -> Measured | None:
        return newest(self.settings.cache, self.threads)

    def _shape(self, row: ModelRow) -> Shape | None:
        item = recommended.known_file(row.path) or recommended.named(row.use)
        return item.shape if item else read_shape(Path(row.path)) if row.present else None


def _there(settings: Settings) -> ModelRow:
    """A server's model: nothing of it is on this machine, and the server is not asked here."""
    name = settings.model or "the first model the server offers"
    where = settings.server_url or "no server named"
    return ModelRow(name, "writing", where, 0, True, languages_of(settings.model), "server", use=settings.model)


def _default(settings: Settings, spec: ModelSpec) -> ModelRow:
    store = ModelStore(settings.cache)
    note = "default"
    try:
        present = store.find(spec) is not None
    except ModelRefused as error:
        present, note = False, error.sentence
    engine = "llamacpp" if spec.format == "gguf" else "sentence-transformers"
    count = spec.size if present else spec.download
    use = "default" if spec is WRITER else ""
    path = str(store.target(spec))
    return ModelRow(
        spec.name, spec.role, path, count, present, spec.languages, engine, note, use=use, licence=spec.licence
    )


def _row(settings: Settings, setting: str, role: str) -> ModelRow:
    found = lies_at(setting, settings.cache)
    path = found or Path(setting).expanduser()
    item = recommended.known_file(setting)
    count = _size(path) if found else item.size if item else 0
    gguf = setting.lower().endswith(".gguf") or (path.is_dir() and any(path.glob("*.gguf")))
    engine = "sentence-transformers" if role == "recall" else "llamacpp" if gguf else "torch"
    languages = languages_of(setting, path if path.is_dir() else None)
    use = setting if role == "writing" else ""
    shown = str(path) if found else setting
    return ModelRow(path.name, role, shown, count, found is not None, languages, engine, use=use)


def _recommended(settings: Settings, item: Recommended) -> ModelRow:
    if not item.setting:
        row = _default(settings, WRITER)
        return replace(row, listed=DATE, tried=item.tried)
    row = _row(settings, item.setting, "writing")
    return replace(
        row, name=item.title, note=item.note, use=item.name, licence=item.licence, listed=DATE, tried=item.tried
    )


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
