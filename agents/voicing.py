"""Which adapter speaks for the voice of a brief. The application sees to it that the engine has it."""

from __future__ import annotations

import re

from agents.contracts import Brief, Engine
from agents.prose_forms import is_told

STEP = 0.25
"""How far "more like me" turns the dial."""
_MORE = re.compile(
    r"^\W*(?:please\s+)?(?:(?:make\s+(?:it|this)\s+)?(?:sound\s+)?(?:a\s+(?:bit|little)\s+)?more\s+like\s+(?:me|my\s+voice)|"
    r"(?:请)?(?:再)?(?:更|多)(?:像|似)(?:一点|一些|点)?我(?:一点|一些|点|自己)?)\W*$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"^\W*(?:please\s+)?(?:(?:make\s+(?:it|this)\s+)?(?:sound\s+)?(?:a\s+(?:bit|little)\s+)?less\s+like\s+(?:me|my\s+voice)|"
    r"(?:请)?(?:(?:再)?(?:少|别|不要|不用)(?:那么|这么|太)?(?:像|似)(?:一点|一些|点)?我|没那么像我|不那么像我)"
    r"(?:一点|一些|点|自己)?)\W*$",
    re.IGNORECASE,
)
_QUOTATION = re.compile(
    r"\b(?:quote[sd]?|quoting|quotations?|epigraphs?|verbatim|word for word|cite)\b"
    r"|引用|引文|摘引|摘录|原文|题记|照录",
    re.IGNORECASE,
)
_NOT_QUOTED = re.compile(
    r"\b(?:don't|do not|without|no|never|not)\s+(?:\w+\s+)?quot\w*|(?:不要|别|不|勿|无)引用", re.IGNORECASE
)


def dial(text: str) -> float:
    """How far a message turns the dial: "more like me" and "更像我" one step up, "less like me" one down, else 0."""
    return STEP if _MORE.match(text) else -STEP if _LESS.match(text) else 0.0


def wants_quotation(request: str) -> bool:
    """Whether the writer asks for words of an existing text: then those are no copy to be marked."""
    return bool(_QUOTATION.search(request)) and not _NOT_QUOTED.search(request)


def speaks(brief: Brief) -> bool:
    """Whether a voice speaks in a brief: one is chosen, and not dialled to nothing."""
    return bool(brief.voice) and brief.voice_strength > 0


def adapter_name(voice: str, strength: float = 1.0) -> str:
    """The engine's name for a voice or a mix at a place of the dial: "voice/noir", "voice/noir@0.8"."""
    return f"voice/{voice}" + ("" if strength == 1 else f"@{strength:g}")


def adapter_of(brief: Brief, engine: Engine, *otherwise: str) -> str | None:
    """The adapter of the brief's voice, else the first of `otherwise` that the engine has, else None.

    A server may know the voice by its bare name.
    """
    wanted: list[str] = []
    if speaks(brief):
        wanted = [adapter_name(brief.voice, brief.voice_strength)]
        wanted += [brief.voice] if brief.voice_strength == 1 else []
    return next((name for name in (*wanted, *otherwise) if name in engine.adapters), None)


def drafter_of(brief: Brief, engine: Engine) -> str | None:
    """The adapter new text is written with: the voice's, else the drafting agent's where the form is one it learned."""
    return adapter_of(brief, engine, *(("role/drafting",) if is_told(brief.form) else ()))
