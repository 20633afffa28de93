"""How much an idea promises for its theme: what tells ideas of one theme apart. English.

A cosine to the theme that is neither far nor a restatement, a sentence that is likely after its theme, some length.
Of 953 ideas for 24 themes, scored blind by two readers each (language models, not people), on themes it was not fitted
to, rank correlation within a theme with how glad a writer would be of one, and with how fresh it is: .45 and .36 (the
choice before: .36 and .08); among ideas that a form of it had chosen already .25 and .20 (.32 and .03). How original
the trained head finds an idea said nothing there (-.27 and .01), so it is shown and does not choose (docs/log.md).
"""

from __future__ import annotations

import math

from agents.spans import words

NEAR = 0.62
"""Cosine to the theme of the most promising: nearer ones say it over again."""
CURVE, LIKELY, LONG = -10.0, 0.26, 0.91
"""Points for the squared distance from NEAR, for a nat of mean log-probability, and for the logarithm of the words."""


def before(theme: str) -> str:
    """What stands before an idea when the language model reads it."""
    return f"Theme: {theme}. A sentence from a story about {theme}:"


def promise(idea: str, cosine: float, likely: float) -> float:
    """Points; only those of ideas for one theme compare. The spread between such ideas is about one.

    Args:
        idea: one line.
        cosine: of its vector to the theme's.
        likely: mean log-probability of its tokens after `before(theme)`, in nats.
    """
    return CURVE * (cosine - NEAR) ** 2 + LIKELY * likely + LONG * math.log(max(1, len(words(idea))))
