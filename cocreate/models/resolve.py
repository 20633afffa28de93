"""From the settings to a model on this machine.

The order: nothing set: the default model. An existing path: that. Something that looks like a path but is not there: a
sentence. ORG/NAME or ORG/NAME/FILE.gguf: the local cache, then the hub. safetensors and GGUF only; pickled weights are
refused, and code that comes with a model is never run.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agents.contracts import StopFlag
from cocreate.models.errors import ModelRefused, ModelUnavailable
from cocreate.models.fetch import NotThere, Progress, hub_file, hub_folder
from cocreate.models.recommended import known_file
from cocreate.models.specs import EMBEDDER, WRITER, ModelSpec
from cocreate.models.store import ModelStore
from cocreate.private import private_folder
from cocreate.settings import Settings

_HUB = re.compile(r"[\w.-]+/[\w.-]+(/[\w.-]+\.gguf)?")
_QUANTISED = re.compile(r"\.(?=(I?Q\d|B?F16|F32)\w*$)", re.IGNORECASE)
"""The point before the kind of numbers in a file name: SmolLM2-135M-Instruct.Q4_1, but not qwen2.5-0.5b."""
_BILINGUAL = re.compile(r"qwen|glm|internlm|minicpm|baichuan|deepseek|hunyuan|(^|[-_/])yi[-_]", re.IGNORECASE)
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A language model on this machine."""

    path: Path
    """The GGUF file, or the Hugging Face folder."""
    format: Literal["gguf", "hf"]
    name: str
    languages: tuple[str, ...]
    """ISO 639-1 codes it writes; see `languages_of`."""
    spec: ModelSpec | None = None
    """Set for the default model."""


def resolve(settings: Settings, progress: Progress | None = None, stop: StopFlag | None = None) -> ResolvedModel:
    """Return the model the settings ask for; bring it first when it has to be fetched.

    Raises:
        ModelRefused: it is there but cannot be used.
        ModelUnavailable: it is not there and cannot be brought.
    """
    if not settings.model or settings.engine == "server":  # a server's model is not here; the critic's is
        path = ModelStore(settings.cache).fetch(WRITER, progress, stop)
        return ResolvedModel(path, "gguf", WRITER.name, WRITER.languages, WRITER)
    path = _locate(settings.model, settings.cache, "model", progress, stop)
    return check_model(path, settings.model)


def resolve_embedder(settings: Settings, progress: Progress | None = None, stop: StopFlag | None = None) -> Path:
    """Return the folder of the sentence-transformers model the settings ask for. Raises as `resolve`."""
    if not settings.embedder:
        return ModelStore(settings.cache).fetch(EMBEDDER, progress, stop)
    path = _locate(settings.embedder, settings.cache, "embedder", progress, stop)
    if not path.is_dir() or not any(path.glob("*.safetensors")):
        raise ModelRefused(
            f"{path} is not a sentence-transformers folder with safetensors weights.",
            "Choose another: cocreate config set embedder PATH",
        )
    return path


def languages_of(name: str, folder: Path | None = None) -> tuple[str, ...]:
    """ISO 639-1 codes a model writes, as far as one can tell.

    What the list of recommended models says of the file; else what the model card in the folder says (`language:` in
    its header); else English and Chinese for families known to write both (Qwen, GLM, InternLM, MiniCPM, Baichuan,
    DeepSeek, Hunyuan, Yi); else English.
    """
    item = known_file(name)
    if item is not None:
        return item.languages
    stated = _card_languages(folder / "README.md") if folder is not None else ()
    if stated:
        return stated
    return ("en", "zh") if _BILINGUAL.search(name) else ("en",)


def _card_languages(card: Path) -> tuple[str, ...]:
    try:
        text = card.read_text("utf-8", "replace")
    except OSError:
        return ()
    header = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    listed = re.search(r"^language:(.*(?:\n\s*- .*)*)", header[1], re.MULTILINE) if header else None
    codes = re.findall(r"\b[a-z]{2}\b", listed[1]) if listed else []
    return tuple(dict.fromkeys(codes))


def _locate(setting: str, cache: Path, key: str, progress: Progress | None, stop: StopFlag | None) -> Path:
    path = Path(setting).expanduser()
    if path.exists():
        return path
    if path.is_absolute() or setting[0] in ".~" or not _HUB.fullmatch(setting):
        raise ModelUnavailable(
            f"There is no model at {path}.",
            f"Check the path, set another with cocreate config set {key} PATH, or go back to the default with "
            f'cocreate config set {key} ""',
        )
    return _from_hub(setting, cache, key, progress, stop)


def _from_hub(setting: str, cache: Path, key: str, progress: Progress | None, stop: StopFlag | None) -> Path:
    parts = setting.split("/")
    repo, file = "/".join(parts[:2]), "/".join(parts[2:])
    parent = private_folder(private_folder(cache) / "hub")
    folder = parent / repo.replace("/", "--")
    here = folder / file if file else folder
    if found := lies_at(setting, cache):
        return found
    aside = Path(tempfile.mkdtemp(prefix=".fetch-", dir=parent))
    try:
        if file:
            came = hub_file(repo, file, aside, progress, stop)
            private_folder(folder)
            came.replace(here)
        else:
            hub_folder(repo, aside / "all", progress, stop)
            (aside / "all" / ".complete").touch()
            if folder.exists():
                folder.replace(aside / "before")
            (aside / "all").replace(folder)
    except NotThere as error:
        raise ModelUnavailable(
            f"{setting} is not in the cache and could not be fetched from the hub ({error}).",
            "Check the name and the network, or name a file or folder you have: "
            f"cocreate config set {key} PATH; without a model: cocreate --engine scripted",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return here


def is_hub_id(text: str) -> bool:
    """Whether it has the form ORG/NAME or ORG/NAME/FILE.gguf."""
    return _HUB.fullmatch(text) is not None


def lies_at(setting: str, cache: Path) -> Path | None:
    """Where a model named by path or hub id lies on this machine; None when it does not. Looks only at the disk."""
    path = Path(setting).expanduser()
    if path.exists():
        return path
    if not is_hub_id(setting):
        return None
    parts = setting.split("/")
    folder = cache / "hub" / "--".join(parts[:2])
    here = folder / parts[2] if parts[2:] else folder
    return here if (here.is_file() if parts[2:] else (folder / ".complete").is_file()) else None


def check_model(path: Path, setting: str) -> ResolvedModel:
    """What lies at `path`, looked at but not loaded. Raises ModelRefused when it cannot be used."""
    if path.is_dir():
        ggufs = sorted(path.glob("*.gguf"))
        if len(ggufs) == 1 and not (path / "config.json").is_file():
            return check_model(ggufs[0], setting)
        return _hf_model(path, setting)
    if path.suffix.lower() != ".gguf":
        raise _refused(path, "is neither a GGUF file nor a Hugging Face folder")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise _refused(path, "is called .gguf but does not hold a GGUF model")
    found = known_file(path.name)
    name = found.title if found else _QUANTISED.sub(" ", path.stem)
    return ResolvedModel(path, "gguf", name, found.languages if found else languages_of(f"{setting} {name}"))


def _hf_model(path: Path, setting: str) -> ResolvedModel:
    if not any(path.glob("*.safetensors")):
        pickled = any(file.suffix in _PICKLES for file in path.iterdir())
        why = "has only pickled weights, which could run code" if pickled else "holds no model (no safetensors in it)"
        raise _refused(path, why)
    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _refused(path, "has no readable config.json") from error
    if not isinstance(config, dict) or "auto_map" in config:
        raise _refused(path, "needs code of its own to run, which is never run here")
    name = setting if _HUB.fullmatch(setting) else path.resolve().name
    return ResolvedModel(path, "hf", name, languages_of(name, path))


def _refused(path: Path, why: str) -> ModelRefused:
    return ModelRefused(
        f"{path} {why}.", "Name a GGUF file or a folder with safetensors: cocreate config set model PATH"
    )
