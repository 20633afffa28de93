"""A voice in use: named, checked against the model, mixed, and handed to the engine before the batch that needs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agents.contracts import Brief, Engine
from agents.errors import AdapterRefused
from agents.voicing import adapter_name
from cocreate.voices.base import SCRIPTED, Base, Bases
from cocreate.voices.mixing import Share, forget_mixes, mixed
from cocreate.voices.names import check_strength, parse, same, written
from cocreate.voices.registry import Registry

KEPT = 3
"""Voices an engine holds at once: each costs memory, and llama.cpp loads the model anew when one comes or goes."""
MIXABLE = ("lora", "adalora")
OFF = ("none", "off", "无")
"""Words for no voice."""

Distance = Callable[[str], float]
"""How far a text is from a voice: 0 the same, 1 nothing in common."""


class Voices:
    """Voices for turns. `ready` and `forget` are called by the thread that runs models; the rest by any."""

    def __init__(self, registry: Registry, bases: Bases, cache: Path, engine: Callable[[], Engine]) -> None:
        self._registry = registry
        self._bases = bases
        self._cache = cache
        self._engine = engine
        self._loaded: dict[str, str] = {}
        """Name in the engine to the folder it was loaded from, the one used last at the end."""

    def canonical(self, voice: str, strength: float = 1.0) -> str:
        """The one way this voice or mix is written, with names as the registry has them; "" for "", none and off.

        Raises:
            VoiceRefused: it cannot be read, or names a voice that is not there.
            AdapterRefused: one of the voices is for another model, or cannot be mixed.
        """
        parts = () if voice.strip().casefold() in OFF else parse(voice)
        base = self._bases.now()
        if base.engine == "server":
            return written(parts)
        names = {part.name: self._registry.view(part.name, base).name for part in parts}
        known = parse("+".join(f"{names[part.name]}*{part.weight:g}" for part in parts))
        self._folders(written(known), strength or 1.0, base)
        return written(known)

    def ready(self, brief: Brief) -> None:
        """Make sure the engine has the adapter of the brief's voice; without a voice nothing happens.

        Raises:
            VoiceRefused: there is no such voice.
            AdapterRefused: it does not go with the model or the engine; one sentence says why.
            OSError: the cache cannot be written.
        """
        if not brief.voice or brief.voice_strength <= 0:
            return
        engine, base = self._engine(), self._bases.now()
        name = adapter_name(brief.voice, brief.voice_strength)
        if base.engine == "server":
            self._offered(brief, name, engine)
            return
        folder = str(self._folder(brief.voice, brief.voice_strength, base))
        if self._loaded.get(name) != folder or name not in engine.adapters:
            for old in [name, *list(self._loaded)[: max(0, len(self._loaded) - KEPT + 1)]]:
                if self._loaded.pop(old, None) is not None:
                    engine.remove_adapter(old)
            engine.add_adapter(name, folder)
        self._loaded.pop(name, None)
        self._loaded[name] = folder

    def collections(self, voice: str) -> tuple[str, ...] | None:
        """Collections the voice was tuned on, to which recall keeps; None: all works."""
        return self._registry.collections([part.name for part in parse(voice)]) if voice else None

    def forget(self, name: str) -> str:
        """Delete a voice with everything made of it; return its name. Raises NoSuchVoice."""
        if self._loaded:
            engine = self._engine()
            for loaded in list(self._loaded):
                engine.remove_adapter(loaded)
            self._loaded.clear()
        known = self._registry.forget(name)
        forget_mixes(self._cache)
        return known

    def _folders(self, voice: str, strength: float, base: Base) -> list[Share]:
        parts = parse(voice)
        shares = [Share(self._registry.adapter(part.name, base), part.weight * strength) for part in parts]
        plain = len(shares) == 1 and shares[0].weight == 1
        for part in parts:
            method = self._registry.method(part.name)
            if not plain and method not in MIXABLE:
                raise AdapterRefused(
                    f"The voice {part.name} was tuned with {method}, which cannot be mixed or dialled.",
                    f"Use it alone at strength 1, or tune it as lora: cocreate tune voice {part.name}",
                )
        return shares

    def _folder(self, voice: str, strength: float, base: Base) -> Path:
        shares = self._folders(voice, check_strength(strength), base)
        if len(shares) == 1 and shares[0].weight == 1:
            return shares[0].folder
        if base.engine == SCRIPTED:  # it looks at no weights
            return shares[0].folder
        return mixed(shares, self._cache)

    def _offered(self, brief: Brief, name: str, engine: Engine) -> None:
        """A server has its own adapters: nothing is sent there."""
        if name in engine.adapters or (brief.voice_strength == 1 and brief.voice in engine.adapters):
            return
        offered = ", ".join(engine.adapters[:8]) or "none"
        raise AdapterRefused(
            f"The server does not offer the voice {brief.voice}"
            + (f" at strength {brief.voice_strength:g}." if brief.voice_strength != 1 else "."),
            f"It offers: {offered}. Start it with the adapter under the name {name}, or choose another voice.",
        )


def uses(voice: str, name: str) -> bool:
    """Whether a voice or mix holds the voice `name`."""
    return any(same(part.name) == same(name) for part in parse(voice))
