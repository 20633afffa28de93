"""Which engine and which scorer go with the settings.

auto: torch on a CUDA GPU; else llamacpp for a GGUF file and torch for a Hugging Face folder. llamacpp cannot score
given text, so a torch engine with the same weights (de-quantised once, kept in the cache) does it. A server cannot
either: there the default model on this machine does it.
"""

from __future__ import annotations

from typing import TypeGuard

from agents.contracts import Engine, Scorer
from agents.errors import EngineFailed
from cocreate.models import ResolvedModel
from cocreate.settings import Settings


def open_engine(settings: Settings, resolved: ResolvedModel | None) -> Engine:
    """Load the engine; `resolved` may be None for the scripted one and the server only.

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
        from cocreate.engines.torch_engine import TorchEngine

        return TorchEngine(
            resolved.path,
            cache=settings.cache,
            threads=settings.threads,
            context=settings.context,
            name=resolved.name,
        )
    if resolved.format != "gguf":
        raise EngineFailed(
            f"llama.cpp needs a GGUF file, and {resolved.path} is a Hugging Face folder.",
            "Use the other engine: cocreate config set engine torch",
        )
    from cocreate.engines.llamacpp import LlamaCppEngine

    return LlamaCppEngine(
        resolved.path,
        threads=settings.threads,
        context=settings.context,
        cache=settings.cache,
        name=resolved.name,
    )


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
