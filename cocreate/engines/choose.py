"""Which engine and which scorer go with the settings.

auto: torch on a CUDA GPU; else llamacpp for a GGUF file and torch for a Hugging Face folder. llamacpp cannot score
given text, so a torch engine with the same weights (de-quantised once, kept in the cache) does it. A server cannot
either: there the default model on this machine does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from agents.contracts import Engine, Scorer
from agents.errors import AdapterRefused, EngineFailed
from cocreate.models import ResolvedModel
from cocreate.roles.library import PREFIX, Warn, left_out, silent, way_out
from cocreate.settings import Settings
from memory.sanitise import sanitise

if TYPE_CHECKING:
    from cocreate.engines.known_runs import KnownRuns
    from cocreate.engines.llamacpp import LlamaCppEngine
    from cocreate.engines.torch_engine import TorchEngine


def open_engine(
    settings: Settings,
    resolved: ResolvedModel | None,
    adapters: Mapping[str, Path] | None = None,
    warn: Warn = silent,
) -> Engine:
    """Load the engine.

    Args:
        settings: which, and how many threads and tokens.
        resolved: the model; may be None for the scripted engine and the server only.
        adapters: peft folders by name, for the engines that run in this process; see `cocreate.roles.library`.
        warn: told of each adapter that cannot be used; the engine goes without it.

    Raises:
        EngineFailed: the model cannot be loaded, or the engine and the model do not go together.
    """
    if settings.engine == "scripted":
        from cocreate.engines.scripted import ScriptedEngine

        return ScriptedEngine(delay=0.02)
    if settings.engine == "server":
        return _open_server(settings)
    if resolved is None:
        raise EngineFailed("No language model was named.", "Set one with: cocreate config set model PATH")
    if _choice(settings, resolved) == "torch":
        return _open_torch(settings, resolved, adapters or {}, warn)
    if resolved.format != "gguf":
        raise EngineFailed(
            f"llama.cpp needs a GGUF file, and {resolved.path} is a Hugging Face folder.",
            "Use the other engine: cocreate config set engine torch",
        )
    return _open_llama(settings, resolved, adapters or {}, warn)


def open_scorer(settings: Settings, resolved: ResolvedModel | None, engine: Engine) -> Scorer:
    """Return what scores texts: the engine itself where it can, else torch on the same weights.

    Raises EngineFailed.
    """
    if can_score(engine):
        return engine
    if resolved is None:
        raise EngineFailed("No language model was named.", "Set one with: cocreate config set model PATH")
    from cocreate.engines.torch_engine import TorchScorer

    return TorchScorer(resolved.path, cache=settings.cache, threads=settings.threads)


def can_score(engine: Engine) -> TypeGuard[Scorer]:
    """Whether the engine scores given texts itself."""
    return hasattr(engine, "score")


def _open_torch(settings: Settings, resolved: ResolvedModel, adapters: Mapping[str, Path], warn: Warn) -> TorchEngine:
    from cocreate.engines.torch_engine import TorchEngine

    engine = TorchEngine(
        resolved.path,
        cache=settings.cache,
        threads=settings.threads,
        context=settings.context,
        name=resolved.name,
    )
    for name, folder in adapters.items():
        try:
            engine.add_adapter(name, str(folder))
        except AdapterRefused as error:
            _left_out(name, folder, error.sentence, warn)
    return engine


def _open_llama(
    settings: Settings, resolved: ResolvedModel, adapters: Mapping[str, Path], warn: Warn
) -> LlamaCppEngine:
    """The engine with the adapters loaded from the start: one that comes later loads the model anew."""
    from cocreate.engines.llamacpp import LlamaCppEngine

    def opened(files: Mapping[str, str]) -> LlamaCppEngine:
        return LlamaCppEngine(
            resolved.path,
            threads=settings.threads,
            context=settings.context,
            adapters=files,
            known={name: known for name, _, known in converted if known and name in files},
            cache=settings.cache,
            name=resolved.name,
        )

    converted = list(_converted(settings, resolved, adapters, warn))
    files = {name: file for name, file, _ in converted}
    try:
        return opened(files)
    except EngineFailed:
        if not files:
            raise
        engine = opened({})  # raises when it was the model
    for name in files:
        _left_out(name, adapters[name], "llama.cpp cannot load it.", warn)
    return engine


def _converted(
    settings: Settings, resolved: ResolvedModel, adapters: Mapping[str, Path], warn: Warn
) -> Iterator[tuple[str, str, KnownRuns | None]]:
    """Each adapter as a GGUF file, kept in the cache, with what it must not repeat; broken ones are left out."""
    if not adapters:
        return
    from cocreate.engines.known_runs import known_runs
    from cocreate.training.gguf_lora import gguf_of

    for name, folder in adapters.items():
        try:
            yield name, str(gguf_of(folder, resolved.path, settings.cache)), known_runs(folder)
        except AdapterRefused as error:
            _left_out(name, folder, error.sentence, warn)
        except OSError as error:
            reason = sanitise(error.strerror or type(error).__name__)
            _left_out(name, folder, f"It cannot be converted for llama.cpp: {reason}.", warn)


def _left_out(name: str, folder: Path, why: str, warn: Warn) -> None:
    role = name.removeprefix(PREFIX)
    warn(left_out(role, why), way_out(role, folder))


def _open_server(settings: Settings) -> Engine:
    import os

    from cocreate.engines.server import ServerEngine
    from cocreate.engines.server_address import parse
    from cocreate.engines.server_client import Waits
    from cocreate.engines.server_key import find_key

    if not settings.server_url:
        raise EngineFailed(
            "The engine is server, and no server is named.",
            "Name one: cocreate config set server_url http://127.0.0.1:8000/v1",
        )
    return ServerEngine(
        settings.server_url,
        model=settings.model,
        key=find_key(parse(settings.server_url).url, os.environ),
        context=settings.context,
        waits=Waits(first=float(settings.server_wait)),
    )


def _choice(settings: Settings, resolved: ResolvedModel) -> str:
    if settings.engine != "auto":
        return settings.engine
    return "torch" if resolved.format == "hf" or has_cuda() else "llamacpp"


def has_cuda() -> bool:
    """Whether PyTorch sees a CUDA GPU. Looks for the driver first: importing torch takes seconds."""
    import ctypes.util
    from pathlib import Path

    driver = ctypes.util.find_library("cuda") or ctypes.util.find_library("nvcuda")
    if not driver and not Path("/proc/driver/nvidia/version").exists():
        return False
    import torch

    return bool(torch.cuda.is_available())
