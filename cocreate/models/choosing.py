"""Taking another writing model: is it there, does it fit, bring it, write the setting. The screen and the command
line both go through here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from agents.contracts import StopFlag
from cocreate.config_file import unset, write_setting
from cocreate.machine import Machine
from cocreate.models.errors import ModelRefused, ModelUnavailable
from cocreate.models.fetch import NotThere, Progress, hub_offer
from cocreate.models.fit import fit, need, sentence
from cocreate.models.measure import weights_size
from cocreate.models.recommended import RECOMMENDED, Recommended, known_file, named
from cocreate.models.resolve import check_model, is_hub_id, lies_at, resolve
from cocreate.models.shape import Shape, read_shape
from cocreate.models.specs import WRITER
from cocreate.models.store import ModelStore
from cocreate.settings import Settings
from cocreate.wording import size

Offer = Callable[[str], tuple[str, int]]
"""Asks the hub about "ORG/NAME" or "ORG/NAME/FILE.gguf": the setting to use, and bytes of its weights."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that can be used, perhaps after a download."""

    setting: str
    """For the setting `model`; "" is the default model."""
    title: str
    path: Path | None
    """Where it lies; None: it has to be fetched."""
    size: int
    """Bytes of the weights."""
    tight: bool
    """It fits only when other programs give memory up."""
    licence: str = ""
    note: str = ""

    @property
    def question(self) -> str:
        """What to ask before a download."""
        terms = f" Licence: {self.licence}." if self.licence else ""
        note = f" {self.note[:1].upper()}{self.note[1:]}." if self.note else ""
        return f"{self.title} is not on this machine: {size(self.size)} to download.{terms}{note}"


@dataclass(frozen=True, slots=True)
class Changed:
    """What `apply` did, in words."""

    settings: Settings
    sentence: str
    back: str
    """What `choose` takes to have the one before again; "" when nothing changed."""


def choose(
    settings: Settings, name: str, machine: Machine, *, anyway: bool = False, offer: Offer | None = None
) -> Choice:
    """Find out what `name` means and whether this machine can run it. Fetches nothing.

    Args:
        settings: those in force.
        name: a name of the list, "default", a path of a GGUF file or a Hugging Face folder, or a hub id.
        machine: what there is.
        anyway: take it even when it cannot fit.
        offer: asks the hub; None: `hub_offer`.

    Raises:
        ModelRefused: it is there but cannot be used, or cannot fit.
        ModelUnavailable: there is no such model.
    """
    wanted = name.strip()
    if settings.engine == "server":
        raise ModelRefused(
            "The engine is set to server, and a server has models of its own.",
            "Name one of them: cocreate config set model NAME; or use models here: cocreate config set engine auto",
        )
    item = named(wanted)
    if item is None and not (wanted and (lies_at(wanted, settings.cache) or is_hub_id(wanted))):
        raise _unknown(wanted)
    choice, shape, gguf = _listed(settings, item) if item else _other(settings, wanted, offer or hub_offer)
    _refuse_engine(settings, choice, gguf)
    needed = need(choice.size, shape, settings.context, embedded=gguf)
    how = fit(needed, machine)
    if how == "too big" and not anyway:
        raise ModelRefused(
            sentence(choice.title, needed, machine),
            "Take a smaller one (cocreate models), lower the context (cocreate config set context N), or add --anyway.",
        )
    if choice.path is None:
        _refuse_full_disk(settings.cache, choice)
    return replace(choice, tight=how != "fits")


def apply(
    settings: Settings, choice: Choice, progress: Progress | None = None, stop: StopFlag | None = None
) -> Changed:
    """Fetch what is missing, then write the setting. Nothing is changed when the download fails or is stopped.

    Raises:
        ModelUnavailable, ModelRefused, FetchStopped: as `resolve`.
        SettingsRefused: config.toml is not TOML.
        OSError: it cannot be written.
    """
    after = replace(settings, model=choice.setting)
    resolved = resolve(after, progress, stop)
    if choice.setting:
        write_setting(settings.config_path, "model", choice.setting)
    else:
        unset(settings.config_path, "model")
    if choice.setting == settings.model:
        return Changed(after, f"{resolved.name} is the writing model already.", "")
    tight = " It needs more memory than is free now: close what you do not need." if choice.tight else ""
    idle = " The engine is set to scripted, which uses none: cocreate config set engine auto."
    said = f"The writing model is now {choice.title}.{idle if settings.engine == 'scripted' else tight}"
    return Changed(after, said, name_of(settings.model))


def name_of(setting: str) -> str:
    """What `cocreate models use` takes for a setting: a name of the list where there is one."""
    if not setting:
        return "default"
    item = next((one for one in RECOMMENDED if one.setting == setting), None)
    return item.name if item else setting


def _listed(settings: Settings, item: Recommended) -> tuple[Choice, Shape | None, bool]:
    path = lies_at(item.setting, settings.cache) if item.setting else ModelStore(settings.cache).find(WRITER)
    return Choice(item.setting, item.title, path, item.size, False, item.licence, item.note), item.shape, True


def _other(settings: Settings, wanted: str, offer: Offer) -> tuple[Choice, Shape | None, bool]:
    path = lies_at(wanted, settings.cache)
    if path is None:
        return _on_hub(settings, wanted, offer)
    model = check_model(path, wanted)
    gguf = model.format == "gguf"
    setting = wanted if is_hub_id(wanted) and not Path(wanted).expanduser().exists() else str(path.absolute())
    return (
        Choice(setting, model.name, path, weights_size(model.path), False),
        read_shape(model.path) if gguf else None,
        gguf,
    )


def _on_hub(settings: Settings, wanted: str, offer: Offer) -> tuple[Choice, Shape | None, bool]:
    try:
        setting, count = offer(wanted)
    except NotThere as error:
        raise ModelUnavailable(
            f"{wanted} is not here, and the hub cannot be asked about it ({error}).",
            "Check the name and the network, or take a model of the list: cocreate models",
        ) from error
    item = known_file(setting)
    path = lies_at(setting, settings.cache)
    return Choice(setting, setting, path, count, False), item.shape if item else None, setting.lower().endswith(".gguf")


def _unknown(wanted: str) -> ModelUnavailable:
    near = get_close_matches(wanted.lower(), [one.name for one in RECOMMENDED], n=1, cutoff=0.5)
    guess = f"Did you mean {near[0]}? " if near else ""
    return ModelUnavailable(
        f"There is no model {wanted!r}: no such path and no such name in the list.",
        f"{guess}cocreate models shows the list; a hub id has the form ORG/NAME or ORG/NAME/FILE.gguf.",
    )


def _refuse_engine(settings: Settings, choice: Choice, gguf: bool) -> None:
    if settings.engine == "llamacpp" and not gguf:
        raise ModelRefused(
            f"{choice.title} is a Hugging Face folder, and the engine is set to llamacpp, which needs a GGUF file.",
            "Let the studio choose the engine: cocreate config set engine auto",
        )


def _refuse_full_disk(cache: Path, choice: Choice) -> None:
    place = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if choice.size > free:
        raise ModelRefused(
            f"{choice.title} takes {size(choice.size)}, and {size(free)} are free at {place}.",
            "Free some space, or set COCREATE_CACHE to another disk.",
        )
