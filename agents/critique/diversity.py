"""Diversity: how different the texts of a set are, as the chance that two of them do not say the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from agents.contracts import Embedder, Evidence, Score
from agents.critique.features.words import split_sentences
from agents.critique.measure import bounded, mean, shorten

FIRST = 200
"""Characters of a first sentence, as in the training."""
SAME = 0.5
"""Chance from which on two texts are said to say the same."""


def score(texts: Sequence[str], prompt: str, embedder: Embedder, *, trained: bool) -> Score:
    """Judge a set. `trained`: the head for pairs holds for these texts and vectors; else their cosine alone counts.

    Fewer than two texts have no diversity: 0, and the advice says so.
    """
    if len(texts) < 2:
        return Score(0.0, advice="Not scored, because one text alone has no diversity.")
    chances = _chances(texts, prompt, embedder, trained=trained)
    value = bounded(10 * (1 - mean(list(chances.values()))))
    (a, b), most = max(chances.items(), key=lambda item: (item[1], item[0]))
    alike = sum(chance >= SAME for chance in chances.values())
    quote = shorten(texts[b])
    evidence: tuple[Evidence, ...] = ()
    if most >= SAME:
        reason = f"Texts {a + 1} and {b + 1} say nearly the same: “{shorten(texts[a])}” and “{quote}”."
        evidence = (Evidence(0, 0, reason, quote, f"text {a + 1}", round(most, 3)),)
    advice = f"{evidence[0].reason} Try another beginning for one of them." if evidence else "No two say the same."
    measures = (("same_pairs", float(alike)), ("pairs", float(len(chances))), ("nearest", round(most, 3)))
    return Score(value, evidence, advice, measures)


def _chances(texts: Sequence[str], prompt: str, embedder: Embedder, *, trained: bool) -> dict[tuple[int, int], float]:
    """For each pair of places the chance that the two say the same."""
    from agents.critique.features.pairs import side
    from agents.critique.heads import judge

    firsts = [split_sentences(text)[0][:FIRST] for text in texts]
    rows = embedder.embed([*texts, *firsts])
    count = len(texts)
    pairs = list(combinations(range(count), 2))
    if not trained:
        return {(a, b): max(0.0, float(rows[a] @ rows[b])) for a, b in pairs}
    sides = [side(text, prompt) for text in texts]
    return {
        (a, b): judge.same(sides[a], sides[b], rows[a], rows[b], rows[count + a], rows[count + b]) for a, b in pairs
    }
