"""What `cocreate models` and the screen show of models. Frozen data, picklable; the screen's process loads this."""

from __future__ import annotations

from dataclasses import dataclass


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
    """Default, made for what, under which terms, or why it is refused."""
    use: str = ""
    """What `cocreate models use` takes; "" for a model that does not write."""
    in_use: bool = False
    need: int = 0
    """Bytes of memory the studio takes with it; 0 when unknown."""
    fit: str = "unknown"
    """fits, tight (when other programs give memory up), too big, or unknown."""
    speed: float = 0.0
    """Tokens a second of one text; 0 when unknown."""
    measured: bool = False
    """Whether `speed` was measured with this model; else it is estimated from another by the bytes of the weights."""
    licence: str = ""
    listed: str = ""
    """Date of the list that recommends it; "" for a model of the writer's own."""
    tried: bool = False
    """Run by the authors of the list."""


@dataclass(frozen=True, slots=True)
class ModelsListed:
    """What there is, and what this machine can hold."""

    rows: tuple[ModelRow, ...]
    machine: str
    """Memory, cores and graphics in words."""
    best: tuple[tuple[str, str], ...]
    """Language code and the `use` of the model recommended for it."""


@dataclass(frozen=True, slots=True)
class ModelMissing:
    """The model asked for has to be fetched first: the writer is asked."""

    name: str
    """What to ask for again, with `fetch`."""
    sentence: str


@dataclass(frozen=True, slots=True)
class ModelChosen:
    """The setting is written; the studio has to start again to use it."""

    setting: str
    sentence: str
    back: str
    """What to ask for to have the one before again; "" when nothing changed."""
