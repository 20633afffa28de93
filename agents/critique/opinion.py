"""What the trained heads say of one English text, on the critic's scale: 5 is the median of published prose."""

from __future__ import annotations

import math
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
    """Log of the odds of all damages together; about 0 for a whole text."""
    damages: tuple[tuple[str, float], ...]
    """Log-odds that it was spoilt one way: said twice, shuffled, and so on."""
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
    damage, each = judge.damaged(cut, start, text)
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
    """Points that damage costs a text of a fluency of 5: next to nothing up to what 95 in 100 published excerpts show,
    nearly all from two steps of log-odds beyond. An ending that is missing costs readers of stories little."""
    odds = dict(opinion.damages)
    cut = odds.pop("cut")
    together = math.log(sum(math.exp(value) for value in odds.values()))
    lost = calibration.DAMAGE_POINTS * _sure(together, calibration.DAMAGE)
    return lost + calibration.CUT_POINTS["verse" if verse else "prose"] * _sure(cut, calibration.CUT)


def _sure(odds: float, least: float) -> float:
    """0 well below `least`, 1 well above it."""
    return 1 / (1 + math.exp(-(odds - least) / calibration.DAMAGE_STEP))
