"""What the trained heads say of one English text, on the critic's scale: 5 is the median of published prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.critique import calibration
from agents.critique.measure import curve

if TYPE_CHECKING:
    from agents.critique.features.reading import Reading

LONGEST = 400
"""Tokens the heads look at; they were trained on stories of up to about 300, and paragraphs of up to 400 words."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The heads' results of one text."""

    fluent: float
    """0-10."""
    enjoyed: float
    """0-10: how much readers of loose stories would like it."""
    quality: float
    """0-10: how good professional writers would find it as a paragraph."""
    polish: float
    """0 (a loose story) to 1 (a polished paragraph): whose judgement counts."""
    damage: float
    """0 (whole) to 1 (damaged)."""
    damages: tuple[tuple[str, float], ...]
    numbers: Mapping[str, float]
    """What the style heads looked at."""

    @property
    def liked(self) -> float:
        """0-10: what its readers would say, by the kind of text it is."""
        return (1 - self.polish) * self.enjoyed + self.polish * self.quality


def opinion(text: str, reading: Reading) -> Opinion:
    """Ask the heads. `reading` is of the beginning of `text`; they look at its first LONGEST tokens."""
    from agents.critique.features.reading import beginning
    from agents.critique.heads import judge

    start = beginning(reading, LONGEST)
    cut = text[: int(start.offsets[-1, 1])] if len(start.offsets) else text
    numbers = judge.style_numbers(cut, start)
    damage, each = judge.damaged(cut if len(reading.offsets) > LONGEST else text, start)
    return Opinion(
        fluent=curve(judge.fluent(numbers), calibration.FLUENT),
        enjoyed=curve(judge.enjoyed(numbers), calibration.ENJOYED),
        quality=curve(judge.quality(cut), calibration.QUALITY),
        polish=judge.polish(numbers),
        damage=damage,
        damages=tuple(each.items()),
        numbers=numbers,
    )


def damage_loss(opinion: Opinion, *, verse: bool) -> float:
    """Points that damage costs: any of it beyond what published texts show, and clear repetition more."""
    any_of_it = calibration.DAMAGE_POINTS * max(0.0, opinion.damage - calibration.DAMAGE["verse" if verse else "prose"])
    again = calibration.REPEAT_POINTS * max(0.0, dict(opinion.damages)["repeat"] - calibration.REPEAT)
    return any_of_it + again
