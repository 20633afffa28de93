"""Scales of published human writing.

Figures by `benchmarks/calibrate_critic.py` on excerpts of the length of a draft: English verse and prose from
Standard Ebooks (CC0: Eliot, Yeats, Masters, Owen, Williams, Frost, Keats, Whitman, Poe; Dick, Sheckley, Leiber,
Fitzgerald, Chekhov, Chopin, Saki, Joyce, Anderson, O. Henry), Chinese verse from chinese-poetry (MIT: Li Bai, Wang
Wei, Li Shangyin), Chinese prose by Lu Xun (public domain). Log-probabilities are those of
SmolLM2-135M-Instruct: another scorer shifts them.
"""

from __future__ import annotations

from dataclasses import dataclass

Scale = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind of writing. Quantiles are (1, 5, 25, 50, 75, 95, 99) in 100."""

    logprob: tuple[float, float, float, float, float, float, float]
    """Mean natural log-probability a token."""
    part_floor: float
    """Mean log-probability that 99 in 100 lines or sentences exceed."""
    trigrams_high: float
    """Repeated-trigram rate that 95 in 100 texts stay below."""
    variety: tuple[float, float, float, float, float, float, float]
    """Moving-average type-token ratio."""
    openings_high: float
    """Share of lines with the same first word that 95 in 100 texts stay below."""
    stock_usual: float
    """Stock phrases a hundred tokens, 75 in 100 texts stay below."""
    cosine: tuple[float, float, float]
    """Cosine of a text to a wrong title (median), to its own title (median), to its own title (95 in 100)."""

    @property
    def variety_low(self) -> float:
        """Variety that 99 in 100 texts exceed, with a little room."""
        return self.variety[0] - 0.03

    def logprob_scale(self) -> Scale:
        """Broken, then the published middle at 5, then plain and smooth, then a loop."""
        p1, _, p25, p50, p75, p95, p99 = self.logprob
        smooth = p99 + 0.9
        return ((p1 - 1.5, 0.0), (p1, 2.5), (p25, 4.3), (p50, 5.0), (p75, 5.8), (p95, 7.2), (p99, 8.0), (smooth, 8.5),
                (max(smooth + 0.4, -0.9), 5.0), (-0.3, 0.0))  # fmt: skip

    def surprise_scale(self) -> Scale:
        """Minus mean log-probability: the more expected the words, the less new; noise is no novelty either."""
        p1, p5, p25, p50, p75, p95, p99 = (-value for value in self.logprob)
        return (
            (0.5, 0.0),
            (p99 - 0.5, 2.5),
            (p95, 3.3),
            (p75, 4.4),
            (p50, 5.0),
            (p25, 5.8),
            (p5, 7.2),
            (p1, 8.0),
            (p1 + 1.5, 4.0),
        )

    def variety_scale(self) -> Scale:
        """Moving-average type-token ratio; the published middle at 5."""
        p1, p5, p25, p50, p75, p95, _ = self.variety
        return ((p1 - 0.3, 0.0), (p1, 2.0), (p5, 3.0), (p25, 4.3), (p50, 5.0), (p75, 6.0), (p95, 7.5), (1.001, 8.5))

    def cosine_scale(self) -> Scale:
        """A wrong theme scores 1, a published poem against its own title 5."""
        wrong, own, near = self.cosine
        return ((wrong - 0.1, 0.0), (wrong, 1.0), (own, 5.0), (near, 8.5), (0.95, 10.0))


# Prompt against story in 191 rated stories (WP-A, MIT): wrong pairs .12, right .31, 95 in 100 below .54. Titles of
# published poems are no themes (own title .16, wrong title .11), so verse uses this scale.
_ENGLISH_COSINE = (0.12, 0.31, 0.54)

FIGURES = {
    "verse_en": Figures(
        logprob=(-5.46, -5.27, -4.73, -4.47, -4.21, -3.76, -3.53), part_floor=-8.0, trigrams_high=0.064,
        variety=(0.665, 0.726, 0.787, 0.830, 0.861, 0.906, 0.934), openings_high=0.42, stock_usual=0.0,
        cosine=_ENGLISH_COSINE,
    ),
    "prose_en": Figures(
        logprob=(-5.03, -4.29, -3.95, -3.73, -3.49, -3.24, -2.77), part_floor=-6.75, trigrams_high=0.025,
        variety=(0.780, 0.798, 0.822, 0.843, 0.869, 0.889, 0.913), openings_high=0.34, stock_usual=0.0,
        cosine=_ENGLISH_COSINE,
    ),
    "verse_zh": Figures(
        logprob=(-4.79, -4.44, -4.21, -4.02, -3.85, -3.53, -3.29), part_floor=-5.8, trigrams_high=0.02,
        variety=(0.790, 0.876, 0.961, 0.976, 0.985, 0.995, 1.0), openings_high=0.30, stock_usual=0.0,
        cosine=(0.35, 0.44, 0.68),
    ),
    "prose_zh": Figures(
        logprob=(-3.53, -3.32, -3.13, -3.01, -2.86, -2.61, -2.47), part_floor=-6.05, trigrams_high=0.078,
        variety=(0.730, 0.778, 0.831, 0.856, 0.880, 0.899, 0.920), openings_high=0.33, stock_usual=0.0,
        cosine=(0.14, 0.26, 0.43),
    ),
}  # fmt: skip


def figures_for(*, verse: bool, chinese: bool) -> Figures:
    """The scale of a kind of writing."""
    return FIGURES[f"{'verse' if verse else 'prose'}_{'zh' if chinese else 'en'}"]


# --- the trained heads and the counts of craft, on the same excerpts -----------------------------------------------

FLUENT: Scale = ((0.1, 0.0), (0.47, 2.5), (0.57, 4.2), (0.62, 5.0), (0.69, 6.0), (0.77, 7.5), (1.0, 10.0))
ENJOYED: Scale = ((0.05, 0.0), (0.52, 2.8), (0.60, 4.2), (0.655, 5.0), (0.71, 6.0), (0.82, 7.5), (1.05, 10.0))
QUALITY: Scale = ((3.5, 0.0), (5.65, 2.5), (6.19, 4.1), (6.56, 5.0), (6.93, 6.0), (7.29, 7.5), (8.5, 10.0))
"""Results of the heads on 100 excerpts of published prose (`calibrate_critic.py --heads`) to points: their 5, 25, 50,
75 and 95 in 100 lie at 2.5, 4.2, 5, 6 and 7.5."""
RELEVANT: Scale = ((-0.125, 0.0), (0.5, 5.0), (1.125, 10.0))
"""The middle of the rated stories is 5: titles of published prose are no themes."""
ORIGINAL: Scale = ((1.0, 0.5), (1.7, 3.5), (2.3, 5.0), (3.0, 6.5), (3.8, 8.5), (5.0, 10.0))
"""5, 25, 50, 75 and 95 in 100 of 5,165 rated ideas lie at 1.0, 1.7, 2.3, 3.0 and 3.8."""
DAMAGE, CUT, DAMAGE_STEP = 1.5, 1.0, 0.5
"""Log-odds of damage beyond which it costs: 95 in 100 published excerpts of prose and 90 of verse stay below (authors
left out one by one). CUT: of a missing end alone; whole excerpts lie below -3 in prose, 0.3 in verse."""
DAMAGE_POINTS = 6.0
"""Points of sure damage. On the rated stories rho of fluency falls from .39 to .37: readers mind other things."""
CUT_POINTS = {"prose": 0.75, "verse": 6.0}
"""Of a missing end; the finding itself costs half a point more in prose. Readers of stories forgave it (1.5: rho .35,
2.5: .30)."""
VERSE_BASE = 0.5
"""Of how far the mean log-probability of a poem lies from the middle: no reader rated it, and it says little of it."""
READERS_OFF = {"story": (-2.6, 1.9), "paragraph": (-1.8, 1.8)}
"""Points by which readers differ from the overall, 5 and 95 in 100: stories by cross-validation on 191 (both on one
scale), paragraphs from the correlation of .29 in cross-validation and the spread of the overall."""

CRAFT: dict[str, dict[str, Scale]] = {
    "verse_en": {
        "rhythm": ((0.0, 2.0), (0.10, 3.5), (0.21, 5.0), (0.44, 7.5), (0.8, 8.5)),
        "exact": ((0.0, 0.0), (5.6, 2.0), (12.3, 4.0), (17.9, 5.0), (23.1, 6.0), (30.4, 8.0), (40.0, 9.0)),
        "abstract": ((-12.0, 0.0), (-6.1, 2.0), (-3.15, 4.0), (-1.36, 5.0), (0.0, 6.5)),
        "stock": ((-5.0, 0.0), (-1.74, 2.5), (0.0, 5.5)),
    },
    "prose_en": {
        "rhythm": ((0.0, 0.0), (0.35, 2.5), (0.48, 4.0), (0.64, 5.0), (0.79, 6.0), (1.12, 7.5), (1.6, 8.0)),
        "exact": ((0.0, 0.0), (7.1, 2.5), (10.2, 4.0), (12.9, 5.0), (16.7, 6.0), (20.7, 8.0), (30.0, 9.0)),
        "abstract": ((-10.0, 0.0), (-4.26, 2.5), (-2.71, 4.0), (-1.63, 5.0), (-1.02, 6.0), (0.0, 7.5)),
        "adverbs": ((-8.0, 0.0), (-3.27, 2.5), (-2.15, 4.0), (-1.41, 5.0), (-0.55, 6.0), (0.0, 7.0)),
        "stock": ((-3.0, 0.0), (-0.56, 2.5), (0.0, 5.5)),
    },
    "verse_zh": {
        "rhythm": ((0.0, 5.0), (0.17, 5.5), (0.5, 6.0)),
        "abstract": ((-6.0, 0.0), (-1.5, 3.0), (0.0, 5.0)),
        "stock": ((-6.0, 0.0), (-1.5, 3.0), (0.0, 5.0)),
    },
    "prose_zh": {
        "rhythm": ((0.0, 0.0), (0.40, 2.5), (0.49, 4.0), (0.59, 5.0), (0.69, 6.0), (0.88, 7.5), (1.4, 8.0)),
        "abstract": ((-4.0, 0.0), (-0.99, 2.5), (-0.31, 4.0), (0.0, 5.2)),
        "stock": ((-3.0, 0.0), (-0.32, 3.0), (0.0, 5.2)),
    },
}
"""Numbers of `craft.counts` to points: 5, 25, 50, 75 and 95 in 100 of the excerpts at 2.5, 4, 5, 6 and 7.5 or so."""
STRENGTH: dict[str, Scale] = {
    "verse_en": ((0.0, 0.5), (0.052, 2.5), (0.123, 4.0), (0.194, 5.0), (0.258, 6.0), (0.385, 7.5), (0.8, 10.0)),
    "prose_en": ((0.0, 0.5), (0.113, 2.5), (0.165, 4.0), (0.233, 5.0), (0.297, 6.0), (0.438, 7.5), (0.8, 10.0)),
    "verse_zh": ((0.0, 2.5), (0.97, 4.0), (2.49, 5.0), (3.89, 6.0), (6.06, 7.5), (12.0, 10.0)),
    "prose_zh": ((0.0, 1.5), (0.27, 2.5), (0.78, 4.0), (1.30, 5.0), (1.91, 6.0), (3.14, 7.5), (8.0, 10.0)),
}
"""How strong a feeling is: English by the mean absolute valence of a line, Chinese by feeling words in 100."""
DRAFTED: Scale = ((2.62, 0.0), (2.95, 1.5), (4.35, 5.0), (5.98, 8.0), (6.26, 10.0))
"""`judge.drafted` of the drafts with the adapter it was fitted to: 5 is their middle, 1.5 and 8 their 2nd and 98th
percentile (`benchmarks/critic_drafts.py`). Verse stands .5 higher than prose, what the bare model wrote .7 higher."""


def slope(scale: Scale) -> float:
    """Points a unit in the middle of a scale."""
    (x0, y0), (x1, y1) = scale[0], scale[-1]
    return (y1 - y0) / (x1 - x0)
