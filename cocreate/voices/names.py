"""Names of voices: words of any script, and mixes of them such as "noir*0.7+letters*0.3". Pure.

A name becomes the name of a folder, so nothing that a file system reads as more than a name passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from cocreate.voices.errors import VoiceRefused
from memory.sanitise import sanitise

LONGEST = 40
"""Characters of a name."""
MOST_BYTES = 120
"""Bytes of a name in UTF-8: a file system takes 255."""
MOST_PARTS = 4
"""Voices of one mix."""
MOST_WEIGHT = 1.5
STRONGEST = 1.5
"""The dial's end."""
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$", re.IGNORECASE)
"""Names that Windows keeps for devices."""
_SIGNS = " -_'’·・"
"""What may stand between letters and digits."""


@dataclass(frozen=True, slots=True)
class Part:
    """One voice of a mix."""

    name: str
    weight: float


def check_name(text: str) -> str:
    """The name as it is kept (NFC, single spaces). Raises VoiceRefused with one sentence."""
    name = unicodedata.normalize("NFC", " ".join(sanitise(text).split()))
    shown = name[:LONGEST]
    if not name:
        raise VoiceRefused("A voice needs a name.", "Give it one, such as noir.")
    if len(name) > LONGEST or len(name.encode()) > MOST_BYTES:
        raise VoiceRefused(f"The name of a voice can have up to {LONGEST} characters.", "Choose a shorter one.")
    wrong = next((sign for sign in name if not _is_word(sign) and sign not in _SIGNS), "")
    if wrong:
        raise VoiceRefused(f"The name of a voice cannot hold {wrong!r}: {shown}", "Use letters, digits, spaces and -.")
    if not _is_word(name[0]) or not _is_word(name[-1]):
        raise VoiceRefused(f"The name of a voice begins and ends with a letter or digit: {shown}", "Choose another.")
    if _RESERVED.match(name) or name.casefold() in ("none", "off", "无"):
        raise VoiceRefused(f"A voice cannot be called {shown}.", "Choose another name.")
    return name


def _is_word(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNM"


def same(name: str) -> str:
    """What two names have in common that a file system may take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def parse(text: str) -> tuple[Part, ...]:
    """The voices of "noir" or "noir*0.7+letters*0.3", the heaviest first; the same voice named twice adds up.

    "" gives none. Raises VoiceRefused.
    """
    if not text.strip():
        return ()
    weights: dict[str, float] = {}
    for piece in re.split(r"[+＋]", text):
        written, *factor = re.split(r"[*×＊]", piece)
        name = check_name(written)
        weights[name] = round(weights.get(name, 0.0) + _weight(factor, name), 3)
    if len(weights) > MOST_PARTS:
        raise VoiceRefused(f"A mix can have up to {MOST_PARTS} voices; this one has {len(weights)}.", "Leave some out.")
    for name, weight in weights.items():
        if not 0 < weight <= MOST_WEIGHT:
            raise VoiceRefused(
                f"The weight of {name} must be above 0 and at most {MOST_WEIGHT:g}, not {weight:g}.",
                "Write a mix as noir*0.7+letters*0.3.",
            )
    return tuple(sorted((Part(*item) for item in weights.items()), key=lambda part: (-part.weight, part.name)))


def _weight(factor: list[str], name: str) -> float:
    if not factor:
        return 1.0
    try:
        if len(factor) > 1 or not re.fullmatch(r"\s*\d*[.,]?\d+\s*", factor[0]):
            raise ValueError
        return float(factor[0].replace(",", "."))
    except ValueError:
        raise VoiceRefused(
            f"The weight of {name} is not a number: {'*'.join(factor).strip()[:20] or '(nothing)'}",
            "Write a mix as noir*0.7+letters*0.3.",
        ) from None


def written(parts: Iterable[Part]) -> str:
    """The one way a mix is written: `parse` and `written` of it agree."""
    return "+".join(part.name if part.weight == 1 else f"{part.name}*{part.weight:g}" for part in parts)


def check_strength(value: float) -> float:
    """The dial's place, in hundredths. Raises VoiceRefused outside 0 to 1.5."""
    if not 0 <= value <= STRONGEST:  # also false for NaN
        raise VoiceRefused(
            f"The strength of a voice is from 0 to {STRONGEST:g}, not {value:g}.", "1 is as tuned, 0 is not at all."
        )
    return round(value, 2)
