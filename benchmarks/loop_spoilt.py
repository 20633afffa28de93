"""Texts made worse by program, so that the second judge knows a broken text when it sees one.

Writers' ratings of polished paragraphs say nothing of loops, drift and nonsense: fitted to them alone, the judge
preferred every repeated or denied excerpt to its original. So each of some paragraphs of half B gets one broken
version, and so do some poems of authors that neither the critic's damage heads were fitted to nor anything is measured
on. A broken version keeps the style of its original: the judge learns nothing of literature against machines.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import critic_sets as sets
import numpy as np
from corruptions import SPOILERS, pieces, spoil

WAYS = (*SPOILERS, "mix", "salad", "loop")
DROP = 2.0
"""Points of quality (0 to 10, spread 1.7) a broken version is below its original: with 3 the judge told broken texts a
little better and good from bad paragraphs a little worse (folds: .79 and .84, here .76 and .86)."""
PARAGRAPHS = 240
POEMS = {
    "edgar_lee_masters_verse": (8, 21), "william_carlos_williams_verse": (8, 22), "wilfred_owen_verse": (8, 23),
}  # fmt: skip
"""Author to (excerpts, seed)."""


@dataclass(frozen=True)
class Lessons:
    """Texts, the group of each (an original and its versions) and how good each is."""

    texts: list[str]
    groups: np.ndarray
    target: np.ndarray


def mix(text: str, rng: random.Random, other: str) -> str:
    """A third of the pieces are another text's: what is told loses its thread."""
    parts, foreign = pieces(text), pieces(other)
    for at in rng.sample(range(len(parts)), max(1, len(parts) // 3)):
        end = parts[at][len(parts[at].rstrip()) :]
        parts[at] = rng.choice(foreign).strip() + end
    return "".join(parts)


def salad(text: str, rng: random.Random, other: str) -> str:
    """Every eighth word of four letters or more is another text's."""
    foreign = re.findall(r"\b[a-z]{4,}\b", other) or ["thing"]
    return re.sub(r"\b[a-z]{4,}\b", lambda m: rng.choice(foreign) if rng.random() < 0.125 else m[0], text)


def loop(text: str, rng: random.Random, other: str) -> str:
    """From the middle on, the text says two of its own pieces over and over, as a small model that is stuck."""
    parts = pieces(text)
    half = max(1, len(parts) // 2)
    stuck = parts[max(0, half - 2) : half]
    rest = [stuck[at % len(stuck)] for at in range(len(parts) - half)]
    return "".join(part if part[-1:].isspace() else part + " " for part in [*parts[:half], *rest]).strip()


def broken(text: str, way: str, seed: int, other: str) -> str:
    """`text` broken one way, the same every time."""
    own = {"mix": mix, "salad": salad, "loop": loop}.get(way)
    return own(text, random.Random(f"{way}:{seed}"), other) if own else spoil(text, way, seed)


def lessons(source: sets.Source, texts: Sequence[str], groups: np.ndarray, target: np.ndarray) -> Lessons:
    """The rated paragraphs, with broken versions of some of them and of poems.

    Args:
        source: the data folder.
        texts, groups, target: the paragraphs of half B, which are versions of one, and their quality.
    """
    found, group, quality = list(texts), list(groups), list(target)
    order = np.random.default_rng(5).permutation(len(texts))
    for number, at in enumerate(order[:PARAGRAPHS]):
        found.append(broken(texts[at], WAYS[number % len(WAYS)], number, texts[order[-1 - number]]))
        group.append(groups[at])
        quality.append(target[at] - DROP)
    poems = [
        text for name, (count, seed) in POEMS.items()
        for text in sets.excerpts(source.rows(f"literature/{name}"), count, seed, verse=True)
    ]  # fmt: skip
    middle, last = float(np.mean(target)), int(max(groups)) + 1
    for number, poem in enumerate(poems):
        others = [broken(poem, way, number, poems[number - 1]) for way in WAYS[number % 2 :: 2]]
        found += [poem, *others]
        group += [last + number] * (1 + len(others))
        quality += [middle, *[middle - DROP] * len(others)]
    return Lessons(found, np.array(group), np.array(quality))
