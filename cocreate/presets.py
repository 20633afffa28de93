"""Presets: how much a turn does, from which it comes that a writer waits seconds or minutes. One table, no behaviour.

Chosen by blind reading and by what a writer waits. The search over equal numbers of generated tokens
(`benchmarks/presets.py`) knew no way to spend them that is clearly better than plain drafts: see docs/log.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.contracts import Length

AS_PRESET = -1
"""The value of the settings ideas, drafts and revisions that leaves them to the preset."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What one turn is made of."""

    ideas: int
    """Directions to look for, for the writer to choose among; 0 skips ideation."""
    directed: float
    """Share of the drafts that follow a direction when the writer picked none; the rest have the brief alone.
    Drafts after a direction that nobody chose were rather given in .27 and .39 of pairs read blind: none do."""
    drafts: int
    """First drafts to write, of a piece that is not long."""
    openings: bool
    """Whether more drafts are begun than are written to their end, for the same tokens, where the critic can tell
    which openings are worth it (`plan_of`)."""
    words: int
    """What all first drafts together may come to, 0 for any number, so that a turn does not take much longer for a
    longer piece: that one gets fewer of them, LEAST at least."""
    shown: int
    """Texts that stand first when the turn ends; the rest stand behind them."""
    revisions: int
    """Rounds of revision. `balanced` has none: read blind, .42 of 12 and .36 of 7 revisions were rather given than the
    draft they came from."""
    parents: int
    """Drafts that the first round revises, best first; later rounds take the best text alone."""
    tried: int
    """Candidates of a revision or an adaptation, for each text that is changed."""
    temperatures: tuple[float, ...]
    """Drafts take these in turn."""
    adapt: bool
    """Whether the best text is bent to the writer's voice at the end, where there is one."""


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "quick": Preset(0, 0.0, 2, False, 0, 2, 0, 1, 2, (0.5,), False),
        "balanced": Preset(6, 0.0, 8, True, 1300, 4, 0, 1, 3, (0.5,), True),
        "patient": Preset(12, 0.0, 18, True, 5400, 5, 2, 2, 4, (0.6, 0.5, 0.4), True),
    }
)
FEW, SHORT = 5, 90.0
"""Drafts and words below which every draft is written to its end."""
LEAST = 3
"""Drafts of a piece of any length: there is something to choose from."""
_WORDS = {"lines": 9.0, "words": 1.0, "characters": 0.6}
"""Words in one of these, about."""
OPENING, KEPT_OF_BEST = 1 / 3, 2 / 3
"""Shares of its length: after the first a draft is judged for the first time; so much of the best one stays when other
ends are written for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the tokens of some whole drafts are spent on openings, on the best of them, and on other ends for the best
    draft."""

    openings: int
    kept: int
    """Openings that go on, each at least once."""
    drafts: int
    """Drafts that are written to their end."""
    ends: int
    """Other ends of the best of them."""


NAMES: tuple[str, ...] = tuple(PRESETS)
DEFAULT = "balanced"


def preset(name: str) -> Preset:
    """The preset of this name; that of DEFAULT for "" (a turn that was begun before there were presets)."""
    return PRESETS[name or DEFAULT]


def drafts_of(preset: Preset, length: Length | None) -> int:
    """First drafts of a piece of this length."""
    if length is None or not preset.words:
        return preset.drafts
    words = max(1.0, length.count * _WORDS[length.unit])
    return min(preset.drafts, max(LEAST, int(preset.words / words)))


def plan_of(drafts: int, length: Length | None) -> Plan | None:
    """What to begin and what to finish for the tokens of so many drafts, in thirds of them; None for so few that hardly
    a choice of drafts would be left, and for a piece whose openings would be a sentence."""
    if drafts < FEW or (length is not None and length.count * _WORDS[length.unit] < SHORT):
        return None
    ends = drafts // 2
    openings = int(1.4 * drafts)
    openings += (3 * drafts - ends - openings) % 2
    whole = (3 * drafts - ends - openings) // 2
    return Plan(openings, max(2, min(whole - 1, round(0.4 * drafts))), whole, ends)
