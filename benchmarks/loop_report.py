"""Figures from the texts that were made: who is preferred, what it costs, what is copied, what is obeyed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import critic_fits as fits
import critic_table
import numpy as np
from loop_arms import Kept, Task
from loop_judge import SecondJudge
from loop_measures import Literature, distinct, distinct_same_size, interval, interval_of, obeys, repeated, score_ideas
from loop_others import Gap, around, seam_holds

from agents.contracts import Embedder

Judged = Callable[[str], float]
LOOP = (
    ("all", "raw"), ("all", "plain"), ("all", "tuned"), ("all", "best_of_n"), ("all", "likeliest_of_n"),
    ("best_of_n", "tuned"), ("all", "no_ideas"), ("all", "no_critique"), ("all", "no_revision"), ("all", "no_style"),
)  # fmt: skip
DRAFTING = (("tuned", "raw"), ("tuned", "plain"), ("raw", "plain"))
ARMS = (
    "plain", "raw", "tuned", "best_of_n", "likeliest_of_n", "no_ideas", "no_critique", "no_revision", "no_style", "all",
)  # fmt: skip


@dataclass
class Scores:
    """The judge's score of each text, asked once."""

    judge: SecondJudge
    known: dict[str, float]

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """(n,)."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known |= dict(zip(new, map(float, self.judge.score(new)), strict=True))
        return np.array([self.known[text] for text in texts])


@dataclass(frozen=True)
class Cases:
    """All (brief, seed) that have every arm asked for."""

    kept: Kept
    tasks: Sequence[Task]
    seeds: Sequence[int]

    def having(self, *arms: str) -> list[tuple[Task, int]]:
        """Cases with a text of each arm; an empty text counts as one."""
        return [
            (t, s) for t in self.tasks for s in self.seeds if all((t.key, s, arm) in self.kept.rows for arm in arms)
        ]

    def texts(self, arm: str, cases: Sequence[tuple[Task, int]]) -> list[str]:
        """Of one arm, in the order of the cases."""
        return [self.kept.text(task.key, seed, arm) for task, seed in cases]


def wins(cases: Cases, scores: Scores, one: str, other: str) -> dict[str, Any]:
    """How often the judge prefers one arm's text; the same text in both is half a win. An empty text always loses."""
    some = cases.having(one, other)
    if not some:
        return {"n": 0}
    ours, theirs = cases.texts(one, some), cases.texts(other, some)
    a = np.where([bool(text.strip()) for text in ours], scores.of([text or "." for text in ours]), -np.inf)
    b = np.where([bool(text.strip()) for text in theirs], scores.of([text or "." for text in theirs]), -np.inf)
    values = np.where(a == b, 0.5, (a > b).astype(float))
    found: dict[str, Any] = interval([float(v) for v in values], [task.key for task, _ in some])
    found["same_text"] = round(float(np.mean([x == y for x, y in zip(ours, theirs, strict=True)])), 3)
    return found


def theme_fit(cases: Cases, embedder: Embedder, arms: Sequence[str], bases: Sequence[str]) -> dict[str, Any]:
    """Cosine of text and theme by arm, and the differences from `bases` with their intervals."""
    some = cases.having(*arms)
    asked = embedder.embed([task.brief.theme or task.request for task, _ in some])
    fit = {arm: (embedder.embed([text or "." for text in cases.texts(arm, some)]) * asked).sum(axis=1) for arm in arms}
    groups = [task.key for task, _ in some]
    return {
        arm: {"mean": round(float(values.mean()), 3)}
        | {f"more_than_{base}": interval(list(values - fit[base]), groups) for base in bases}
        for arm, values in fit.items()
    }


def per_arm(cases: Cases, arms: Sequence[str], literature: Literature | None) -> dict[str, Any]:
    """Variety on equally many trigrams, repetition, tokens, obedience, copies."""
    some = cases.having(*arms)
    sets = {arm: cases.texts(arm, some) for arm in arms}
    variety = distinct_same_size(sets)
    return {
        arm: {
            "distinct_3": variety[arm],
            "repeated_trigrams": round(repeated(texts), 4),
            "tokens": round(float(np.mean([cases.kept.rows[t.key, s, arm].get("tokens", 0) for t, s in some])), 1),
            "obeys": obedience(texts, [task for task, _ in some]),
            "words": round(float(np.mean([len(text.split()) for text in texts])), 1),
        }
        | (copied(texts, literature) if literature else {})
        for arm, texts in sets.items()
    }


def obedience(texts: Sequence[str], tasks: Sequence[Task]) -> dict[str, Any]:
    """Share of all wishes that are obeyed, and of each kind of wish; interval over briefs."""
    rows = []
    for text, task in zip(texts, tasks, strict=True):
        rows += [(task.key, wish, float(held)) for wish, held in obeys(text, task.brief).items()]
    if not rows:
        return {}
    named = {wish: [held for _, other, held in rows if other == wish] for wish in dict.fromkeys(w for _, w, _ in rows)}
    kinds = {wish: round(float(np.mean(held)), 3) for wish, held in named.items()}
    return {"all": interval([value for _, _, value in rows], [key for key, _, _ in rows]), **kinds}


def copied(texts: Sequence[str], literature: Literature) -> dict[str, Any]:
    """Words inside 6-grams of the training literature, and the longest run."""
    return {
        "in_6grams": round(literature.share(texts), 4),
        "longest_copied": max((literature.longest(text) for text in texts), default=0),
    }


def turns(cases: Cases, arm: str = "all") -> dict[str, Any]:
    """Seconds and tokens of whole turns, tokens by step, and what stood first."""
    rows = [cases.kept.rows[task.key, seed, arm] for task, seed in cases.having(arm)]
    if not rows:
        return {}
    steps = {step for row in rows for step in row.get("steps", {})}
    seconds = [row["seconds"] for row in rows]
    return {
        "seconds": {"median": round(float(np.median(seconds)), 1), "max": round(max(seconds), 1)},
        "tokens_by_step": {s: round(float(np.mean([r["steps"].get(s, 0) for r in rows])), 1) for s in sorted(steps)},
        "first_is_a_first_draft": round(float(np.mean([row["text"] in row["firsts"] for row in rows])), 3),
        "first_is_of_style": round(float(np.mean([row["agent"] == "style" for row in rows])), 3),
        "distinct_3_of_first_drafts": round(_within([row["firsts"] for row in rows]), 4),
    }


def _within(pools: Sequence[Sequence[str]]) -> float:
    return float(np.mean([distinct(pool) for pool in pools if pool]))


def ideas(
    kept: Kept, prompts: Sequence[Mapping[str, Any]], seeds: Sequence[int], reader: Any, embedder: Embedder,
    least: float, same: float,
) -> dict[str, Any]:  # fmt: skip
    """Distinct and on theme of ten, and originality, by arm; differences with intervals over prompts."""
    arms = ("ideas_plain", "ideas_raw", "ideas_tuned")
    cases = [
        (row["id"], seed) for row in prompts for seed in seeds if all((row["id"], seed, a) in kept.rows for a in arms)
    ]
    if not cases:
        return {}
    table: dict[str, Any] = {"on_theme_from_cosine": round(least, 3), "cases": len(cases)}
    original: dict[str, list[float]] = {}
    for arm in arms:
        rows = [kept.rows[key, seed, arm] for key, seed in cases]
        found = [score_ideas(row["texts"], row["prompt"], row["theme"], reader, embedder, least, same) for row in rows]
        groups = [key for key, _ in cases]
        original[arm] = [one.originality for one in found]
        table[arm] = {
            "distinct_and_on_theme": interval([float(one.distinct_on_theme) for one in found], groups),
            "distinct": interval([float(one.classes) for one in found], groups),
            "distinct_from_half": interval([float(one.classes_from_half) for one in found], groups),
            "on_theme": interval([float(one.on_theme) for one in found], groups),
            "originality": interval(original[arm], groups),
            "shown": round(float(np.mean([one.shown for one in found])), 2),
        }
    gain = np.array(original["ideas_tuned"]) - np.array(original["ideas_raw"])
    table["originality_tuned_over_raw"] = interval(list(gain), [key for key, _ in cases])
    return table


def infill(kept: Kept, gaps: Sequence[Gap], seeds: Sequence[int], scores: Scores) -> dict[str, Any]:
    """Seams, and how often the judge prefers the filled gap to "continue, then cut", and the author to both.

    A gap that going on left empty is counted apart and in no comparison.
    """
    every = [(gap, seed) for gap in gaps for seed in seeds if (gap.key, seed, "cut") in kept.rows]
    if not every:
        return {}
    whole = [seam_holds(kept.text(gap.key, seed, "infill"), gap) for gap, seed in every]
    cases = [(gap, seed) for gap, seed in every if seam_holds(kept.text(gap.key, seed, "cut"), gap)]
    table: dict[str, Any] = {
        "seams_hold": round(float(np.mean(whole)), 4),
        "gaps": len(every),
        "cut_is_empty": round(1 - len(cases) / len(every), 3),
    }
    for name, verse in (("all", None), ("prose", False), ("verse", True)):
        some = [(gap, seed) for gap, seed in cases if verse is None or (gap.brief.kind == "poem") == verse]
        table[name] = _joins(kept, some, scores) if some else {}
    return table


def _joins(kept: Kept, cases: Sequence[tuple[Gap, int]], scores: Scores) -> dict[str, Any]:
    groups = [gap.key for gap, _ in cases]
    near = {
        arm: scores.of([around(kept.text(gap.key, seed, arm), gap) for gap, seed in cases]) for arm in ("infill", "cut")
    }
    own = scores.of([around(gap.before + gap.middle + gap.after, gap) for gap, _ in cases])

    def share(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
        return interval([float(v) for v in np.where(a == b, 0.5, a > b)], groups)

    return {
        "preferred_to_cut": share(near["infill"], near["cut"]),
        "author_preferred_to_infill": share(own, near["infill"]),
        "author_preferred_to_cut": share(own, near["cut"]),
        "tokens": {
            arm: round(float(np.mean([kept.rows[g.key, s, arm]["tokens"] for g, s in cases])), 1)
            for arm in ("infill", "cut")
        },
    }


SHORT = 40
"""Words of the longer of two texts that count as short; an idea has up to 30."""


def same_head(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """AUC of the same-or-different head by folds over prompts, and from which chance two short texts are the same.

    The head was fitted to texts of all lengths and gives short ones too high a chance; "short_from" is where it decides
    pairs of short texts best, both kinds weighing the same.
    """
    target, groups, score = arrays["target"], arrays["groups"], np.zeros(len(arrays["target"]))
    fold = critic_table.folds(groups, 5)
    for at in np.unique(fold):
        score[fold == at] = fits.fit_same(dict(arrays), fold != at).predict(arrays["rows"][fold == at])
    chance = 1 / (1 + np.exp(-score))
    long = arrays["rows"][:, list(map(str, arrays["names"])).index("long")]
    few = long <= np.log(SHORT + 1)
    steps = np.arange(0.3, 0.96, 0.01)
    right = [_balanced(chance[few] >= step, target[few] > 0.5) for step in steps]
    best = int(np.argmax(right))
    return {
        "auc": interval_of(lambda rows: critic_table.auc(score[rows], target[rows]), list(groups), 300),
        "short_pairs": int(few.sum()),
        "short_auc": round(critic_table.auc(score[few], target[few]), 3),
        "short_from": round(float(steps[best]), 2),
        "short_right": round(right[best], 3),
        "short_right_from_half": round(_balanced(chance[few] >= 0.5, target[few] > 0.5), 3),
    }


def _balanced(said: np.ndarray, truth: np.ndarray) -> float:
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)
