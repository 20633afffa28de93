"""What the second judge is worth: against writers' rankings, on spoilt texts, on people's texts and drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import critic_fits as fits
import critic_sets as sets
import critic_table
import numpy as np
from corruptions import SPOILERS
from loop_arms import Kept, Task
from loop_judge import SecondJudge, half_b, versions
from loop_measures import passages

from agents.critique.features.counts import counts
from agents.critique.features.ngrams import hashed
from agents.spans import is_verse, words

TIMES = 1000
HELD_OUT = ("poe_prose", "o_henry_prose", "whitman_verse", "keats_verse", "poe_verse")
"""English authors that nothing is tuned on."""
WANTED = 0.71
"""Share of pairs that word TF-IDF decides rightly in the issue's table: a judge below counts for nothing."""


def accuracy(judge: SecondJudge, source: sets.Source) -> dict[str, Any]:
    """Pairs of ranked texts decided as most writers do, with intervals over items; baselines on the same pairs.

    The share is that of `benchmarks/critic.py`: pairs of one item on which most of its writers agree.
    """
    rankings, rated = source.rows("expert_rankings"), source.rows("paragraph_quality")
    ranked = [row["texts"][version] for row in rankings for version in sets.VERSIONS]
    texts, quality = [row["text"] for row in rated], np.array([row["quality"] for row in rated])
    mine = half_b(texts, versions(texts))
    own, every = [texts[at] for at in np.flatnonzero(mine)], np.ones(len(texts), dtype=bool)
    scores = {
        "judge": judge.score(ranked),
        "shorter_wins": -np.array([float(len(text.split())) for text in ranked]),
        "tfidf_half_b": tfidf(own, quality[mine], ranked),
        "tfidf_all": tfidf(texts, quality, ranked),
        "critic_half_a": _critic_head(texts, quality, ~mine, ranked),
        "critic_all": _critic_head(texts, quality, every, ranked),
    }
    table: dict[str, Any] = {name: _pairs(score, rankings) for name, score in scores.items()}
    table["rho_with_critic_half_a"] = round(critic_table.spearman(scores["judge"], scores["critic_half_a"]), 3)
    return table | {"counts": table["judge"]["all"]["value"] > WANTED, "fitted_to": int(mine.sum())}


def _pairs(score: np.ndarray, rankings: list[dict[str, Any]]) -> dict[str, Any]:
    right, groups, machine = critic_table.pairs(score.reshape(-1, 3), rankings)
    one = np.ones(len(right))

    def share(a: np.ndarray, b: np.ndarray) -> float:
        return float(a.mean())

    return {
        "all": critic_table.interval(right, one, groups, share, TIMES),
        "machine_alone": critic_table.interval(right[machine], one[machine], groups[machine], share, TIMES),
        "pairs": len(right),
    }


def tfidf(texts: Sequence[str], quality: np.ndarray, asked: Sequence[str]) -> np.ndarray:
    """Ridge on TF-IDF of words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    bags = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    return np.asarray(Ridge(alpha=1.0).fit(bags.fit_transform(texts), quality).predict(bags.transform(asked)))


def _critic_head(texts: Sequence[str], quality: np.ndarray, keep: np.ndarray, asked: Sequence[str]) -> np.ndarray:
    """What the product's head for paragraphs says when it is fitted to `keep`."""
    known = [texts[at] for at in np.flatnonzero(keep)]
    numbers = sets.table(counts(text) for text in [*known, *asked])
    grams = np.array([hashed(text, sets.PLACES) for text in [*known, *asked]])
    count = len(known)
    head = fits.fit_quality(numbers["rows"][:count], grams[:count], quality[keep], fits.names(numbers))
    return head.predict(numbers["rows"][count:], grams[count:])


def spoilt(judge: SecondJudge, source: sets.Source, limit: int) -> dict[str, Any]:
    """Share of excerpts preferred to their own spoilt version, and AUC over different texts, by author and damage."""
    found: dict[str, Any] = {}
    for author, (count, seed) in sets.JUDGE.items():
        texts, _ = sets.versions(source, {author: (min(count, limit or count), seed)})
        score = -judge.score(texts).reshape(-1, 1 + len(SPOILERS))
        found[author] = {
            how: {
                "own_original": critic_table.own_original(score[:, 0], score[:, at]),
                "auc": critic_table.spoilt_auc(score[:, 0], score[:, at]),
            }
            for at, how in enumerate(SPOILERS, 1)
        }
    return found


def people(source: sets.Source, each: int, *, verse: bool, size: tuple[int, int]) -> list[str]:
    """Passages of held-out authors, `each` an author, of `size` words, drawn by a fixed seed."""
    rng, found = np.random.default_rng(11), []
    for author in HELD_OUT:
        if author.endswith("verse") != verse:
            continue
        every = [piece for row in source.rows(f"authors/{author}") for piece in passages(row["text"], *size)]
        fitting = [piece for piece in every if is_verse(piece) == verse]
        found += [fitting[at] for at in rng.permutation(len(fitting))[:each]]
    return found


def against_people(
    judge: SecondJudge, source: sets.Source, kept: Kept, every: Sequence[Task], arm: str
) -> dict[str, Any]:
    """Held-out authors against the drafts of one arm, by kind; pairs nearest in length; interval over drafts."""
    table: dict[str, Any] = {}
    for verse in (False, True):
        drafts = [
            str(row["text"])
            for task in every
            if ((task.brief.kind in ("poem", "lyric")) == verse)
            for (key, _, name), row in sorted(kept.rows.items())
            if key == task.key and name == arm and len(words(str(row["text"]))) >= 15
        ]
        if len(drafts) < 2:
            continue
        sizes = [len(words(draft)) for draft in drafts]
        real = people(source, 60, verse=verse, size=(max(12, min(sizes) - 10), max(sizes) + 40))
        near = [min(real, key=lambda piece: abs(len(words(piece)) - size)) for size in sizes]
        real_score, draft_score = judge.score(near), judge.score(drafts)
        wins = (real_score > draft_score).astype(float)
        rng = np.random.default_rng(3)
        drawn = [float(wins[rng.integers(len(wins), size=len(wins))].mean()) for _ in range(TIMES)]
        table["verse" if verse else "prose"] = {
            "people_preferred": round(float(wins.mean()), 3),
            "low": round(float(np.percentile(drawn, 2.5)), 3),
            "high": round(float(np.percentile(drawn, 97.5)), 3),
            "auc": round(critic_table.auc(np.r_[real_score, draft_score], np.repeat([1.0, 0.0], len(drafts))), 3),
            "drafts": len(drafts),
        }
    return table
