"""What was learnt of the writer's taste, as it is shown. Frozen data, picklable; the screen's process loads this."""

from __future__ import annotations

from dataclasses import dataclass

from cocreate.wording import counted

QUALITIES = {"theme_fit": "theme fit"}
"""Names of qualities that are written otherwise than they are called."""
HOW = "taste reset forgets it, taste undo takes that back, taste off goes without it, taste on goes with it again."


@dataclass(frozen=True, slots=True)
class TasteShown:
    """The weights of the overall score: as shipped, and as the writer's choices have shifted them."""

    on: bool
    """Whether the writer's own weights are used."""
    shipped: tuple[tuple[str, float], ...]
    """Quality and weight, largest first; the weights sum to 1."""
    yours: tuple[tuple[str, float], ...]
    """The same qualities in the same order; equal to `shipped` while nothing was learnt."""
    choices: int
    """Turns in which something was kept or rejected, since the last reset."""
    forgotten: int = 0
    """Choices before the last reset that `undo` would bring back; 0 when there was no reset."""

    def lines(self) -> tuple[str, ...]:
        """The same in words, a sentence a line."""
        told = [f"Shipped: overall = {_sum(self.shipped)}."]
        if not self.choices:
            told.append("Nothing is learnt from your choices yet. Keep or reject drafts; one choice changes little.")
        else:
            old = dict(self.shipped)
            shown = ", ".join(f"{_name(name)} {now:.1%} ({_points(now - old[name])})" for name, now in self.yours)
            told.append(f"Yours, after {counted(self.choices, 'choice')}: {shown}.")
        if not self.on:
            told.append("Learning is switched off: the shipped weights are used.")
        if self.forgotten:
            told.append(f"{counted(self.forgotten, 'choice')} before the last reset can be taken up again: taste undo.")
        return (*told, HOW)


def _sum(weights: tuple[tuple[str, float], ...]) -> str:
    return " + ".join(f"{weight:.1%} {_name(name)}" for name, weight in weights if weight)


def _name(quality: str) -> str:
    return QUALITIES.get(quality, quality)


def _points(change: float) -> str:
    points = round(100 * change, 1)
    return "as shipped" if points == 0 else f"{points:+.1f}"
