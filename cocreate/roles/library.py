"""Which adapters are there for a base model: those tuned on this machine before those that ship with the program.

    HOME/roles/FIRST 16 OF THE BASE'S SHA-256/ROLE     made by `cocreate tune role`
    cocreate/roles/shipped/ROLE                        in the package, for the default model

Each folder holds a peft LoRA and its card (`cocreate.training.job.TuneResult`), which names the base by its SHA-256.
Nothing here loads a model or the weights of an adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from agents.errors import AdapterRefused
from cocreate.models.hashes import model_hash, weights_of
from cocreate.models.specs import WRITER
from cocreate.settings import Settings
from cocreate.training.adapter_files import read_config
from cocreate.training.card import read_card
from cocreate.training.job import TuneResult
from memory.sanitise import sanitise

ROLES = ("drafting", "ideation", "style")
"""Jobs an adapter can be tuned for; an engine knows it as "role/drafting"."""
PREFIX = "role/"
SHORT = 16
"""Digits of the base's hash that name a folder."""

Warn = Callable[[str, str], None]
"""Told a sentence and a next step for each adapter that is left out."""


def silent(sentence: str, next_step: str) -> None:
    """Where nobody listens."""


def shipped() -> Path:
    """Folder of the adapters in the package; it need not be there."""
    return Path(str(files("cocreate.roles"))) / "shipped"


def own_folder(home: Path, base_sha256: str) -> Path:
    """Folder of the adapters that were tuned on this machine for a base."""
    return home / "roles" / base_sha256[:SHORT]


def roles_for(base_sha256: str, home: Path, warn: Warn = silent) -> dict[str, Path]:
    """Names as an engine knows them ("role/drafting") to folders, of the adapters for this base.

    Args:
        base_sha256: of the base's weights (`cocreate.models.hashes.model_hash`); "" has none.
        home: the data directory.
        warn: told of each adapter of this base that is broken; it is left out, and one that ships takes its place.
    """
    found: dict[str, Path] = {}
    if not base_sha256:
        return found
    for role in ROLES:
        for folder in (own_folder(home, base_sha256) / role, shipped() / role):
            if PREFIX + role not in found and _there(folder) and _fits(folder, role, base_sha256, warn):
                found[PREFIX + role] = folder
    return found


def roles_of(settings: Settings, model: Path, warn: Warn = silent) -> dict[str, Path]:
    """As `roles_for`, for the weights at `model`; none where the setting `roles` is off or the model is not here.

    The weights are read (once) only where an adapter may be for them.
    """
    try:
        if not settings.roles or not _may_fit(model, settings.home):
            return {}
        return roles_for(model_hash(model, settings.cache), settings.home, warn)
    except OSError as error:
        reason = sanitise(error.strerror or type(error).__name__)
        warn(f"The adapters for each agent's job are left out: {reason}.", "Check that the model can be read.")
        return {}


def cards(folder: Path) -> Iterator[TuneResult]:
    """The cards of the adapters in `folder`, in the order of ROLES. Raises AdapterRefused for one that is broken."""
    for role in ROLES:
        if _there(folder / role):
            yield read_card(folder / role)


def taught(folder: Path) -> frozenset[str]:
    """Languages of the lessons (`ideas.LANGUAGE`) that the adapter for ideas in `folder` has learned."""
    return frozenset(row.work_id.removeprefix("ideas.") for row in read_card(folder).data)


def is_own(folder: Path) -> bool:
    """Whether an adapter was tuned on this machine, rather than shipped."""
    return folder.parent != shipped()


def in_words(found: dict[str, Path]) -> str:
    """Such as "drafting, ideation (your own)"; "none" for none."""
    names = [name.removeprefix(PREFIX) + (" (your own)" if is_own(folder) else "") for name, folder in found.items()]
    return ", ".join(names) or "none"


def _may_fit(model: Path, home: Path) -> bool:
    """False only where no adapter can be for this model: then a large file is never read for its hash."""
    weights = weights_of(model)
    if not weights or not all(file.is_file() for file in weights):
        return False
    if (home / "roles").is_dir():
        return True
    # What ships is for the default model, and its size is known.
    return shipped().is_dir() and sum(file.stat().st_size for file in weights) == WRITER.size


def _there(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False


def _fits(folder: Path, role: str, base_sha256: str, warn: Warn) -> bool:
    """Whether the adapter is whole, and for this base; a broken one is told of, one for another base is not."""
    try:
        card = read_card(folder)
        if card.base_sha256 != base_sha256:
            return False
        read_config(folder)
        if card.role != role:
            raise AdapterRefused(f"Its card is that of another job: {sanitise(str(card.role))[:40] or 'none'}.", "")
    except AdapterRefused as error:
        warn(left_out(role, error.sentence), way_out(role, folder))
        return False
    return True


def left_out(role: str, why: str) -> str:
    """The sentence on an adapter that cannot be used."""
    return f"The adapter for {role} is left out. {why}"


def way_out(role: str, folder: Path) -> str:
    """What the writer can do about one that cannot be used."""
    if is_own(folder):
        data = "" if role == "ideation" else " --data FOLDER"
        return f"Tune it again: cocreate tune role {role}{data}; or delete {sanitise(str(folder))}"
    return "Install cocreate again: pip install ."
