"""Every row of the critic's table, by grouped folds: the head never sees the group it is measured on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import critic_fits as fits
import critic_sets as sets
import numpy as np
from corruptions import SPOILERS
from critic_fits import Arrays, ranks

Measure = Callable[[np.ndarray, np.ndarray], float]


def pearson(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if one.std() and other.std() else 0.0


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    return pearson(ranks(one), ranks(other))


def auc(score: np.ndarray, truth: np.ndarray) -> float:
    """Chance that a true one stands above a false one; ties count half."""
    yes = truth > 0.5
    if not yes.any() or yes.all():
        return 0.5
    place = ranks(score) + 1
    count = int(yes.sum())
    return float((place[yes].sum() - count * (count + 1) / 2) / (count * (len(yes) - count)))


def folds(groups: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """A fold for each row; a group lies in one fold, and folds are about as large as each other."""
    found, sizes = np.unique(groups, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(found))
    load, place = np.zeros(count), {}
    for at in sorted(order, key=lambda at: -sizes[at]):
        place[found[at]] = int(load.argmin())
        load[load.argmin()] += sizes[at]
    return np.array([place[group] for group in groups])


def cross(fold: np.ndarray, predict: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Predictions for every row by a head that did not see its fold. `predict(train, test)` takes two masks."""
    out = np.zeros(len(fold))
    for at in np.unique(fold):
        out[fold == at] = predict(fold != at, fold == at)
    return out


def interval(
    score: np.ndarray, truth: np.ndarray, groups: np.ndarray, measure: Measure, times: int
) -> dict[str, float]:
    """The figure and its 95% interval; whole groups are resampled."""
    rng = np.random.default_rng(3)
    found = np.unique(groups)
    rows = [np.flatnonzero(groups == group) for group in found]
    drawn = []
    for _ in range(times):
        picked = np.concatenate([rows[at] for at in rng.integers(len(found), size=len(found))])
        drawn.append(measure(score[picked], truth[picked]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"value": round(measure(score, truth), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def bag(texts: np.ndarray, target: np.ndarray, fold: np.ndarray, places: int = 4096) -> np.ndarray:
    """The TF-IDF baseline: ridge on hashed n-grams, by the same folds."""
    grams = np.array([sets.hashed(str(text), places) for text in texts])

    def predict(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        seen = (grams[train] > 0).sum(axis=0)
        rarity = np.log((1 + train.sum()) / (1 + seen)) + 1
        known, asked = (fits.tfidf(grams[mask], rarity).astype(np.float64) for mask in (train, test))
        mean = target[train].mean()
        if len(known) > places:
            weights = np.linalg.solve(known.T @ known + np.eye(places), known.T @ (target[train] - mean))
        else:
            weights = known.T @ np.linalg.solve(known @ known.T + np.eye(len(known)), target[train] - mean)
        return np.asarray(asked @ weights + mean)

    return cross(fold, predict)


def ideas(arrays: Arrays, times: int) -> dict[str, Any]:
    """Random folds with known things; then each thing left out."""
    target, things = arrays["target"], arrays["groups"]
    random = np.random.default_rng(0).permutation(len(target)) % 5
    length = np.array([float(len(str(text))) for text in arrays["texts"]])
    rows = np.arange(len(target))

    def known(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        return fits.idea_score(fits.fit_idea_kernel(arrays, train), fits.fit_idea(arrays, train), arrays, test)

    def unseen(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        return fits.fit_idea_centred(arrays, train).predict(fits.idea_matrix(arrays)[test])

    seen, left_out = cross(random, known), cross(folds(things, len(np.unique(things))), unseen)

    def within(score: np.ndarray, truth: np.ndarray, group: np.ndarray) -> float:
        """Mean over things of the correlation inside each, by number of ideas; things with fewer than 20 left out."""
        large = [thing for thing in np.unique(group) if (group == thing).sum() >= 20]
        sizes = [int((group == thing).sum()) for thing in large]
        return float(np.average([pearson(score[group == t], truth[group == t]) for t in large], weights=sizes))

    return {
        "random_folds_r": {
            "critic": interval(seen, target, rows, pearson, times),
            "length": round(pearson(length, target), 3),
            "tfidf": round(pearson(bag(arrays["texts"], target, random, 2048), target), 3),
        },
        "unseen_objects_r": {
            "critic_pooled": interval(left_out, target, things, pearson, times),
            "critic_within_object": round(within(left_out, target, things), 3),
            "length_pooled": round(pearson(length, target), 3),
            "length_within_object": round(within(length, target, things), 3),
        },
    }


def stories(arrays: Arrays, times: int) -> dict[str, Any]:
    groups = arrays["groups"]
    fold = folds(groups, 10)
    length = np.array([float(len(str(text).split())) for text in arrays["texts"]])
    matrix, columns = fits.fit_columns(arrays)
    found = {
        "theme_fit_rho": ("relevant", lambda a, b: fits.fit_theme(arrays, a).predict(matrix[b])),
        "fluency_rho": (
            "fluent",
            lambda a, b: fits.fit_style(arrays, a, "fluent").predict(arrays["rows"][b][:, fits.style_columns(arrays)]),
        ),
        "enjoyment_rho": (
            "enjoy",
            lambda a, b: fits.fit_style(arrays, a, "enjoy").predict(arrays["rows"][b][:, fits.style_columns(arrays)]),
        ),
    }
    table: dict[str, Any] = {}
    for name, (target, predict) in found.items():
        people = arrays[target]
        splits = [spearman(cross(folds(groups, 10, seed), predict), people) for seed in range(5)]
        table[name] = {
            "critic": interval(cross(fold, predict), people, groups, spearman, times),
"critic_mean_of_5_splits": round(float(np.mean(splits)), 3),
            "length": round(spearman(length, people), 3),
            "tfidf": round(spearman(bag(arrays["texts"], people, fold), people), 3),
        }  # fmt: skip
    table["theme_fit_rho"]["whole_text_cosine"] = round(
        spearman(matrix[:, columns.index("whole")], arrays["relevant"]), 3
    )
    return table | {"off_theme_auc_wpa_stories": off_theme(arrays, fold, times)}


def off_theme(arrays: Arrays, fold: np.ndarray, times: int) -> dict[str, Any]:
    """A story with its own prompt against the same story with another's; the theme head, fitted to ratings alone."""
    count = len(fold)
    style = fits.names(arrays)
    extra = arrays["rows"][:, [style.index(name) for name in fits.FIT_STYLE]]
    every = np.hstack([arrays["fit"], np.tile(extra, (len(arrays["fit"]) // count, 1))])
    which = np.tile(fold, len(every) // count)
    truth = (np.arange(len(every)) < count).astype(float)
    score = np.zeros(len(every))
    for at in np.unique(fold):
        score[which == at] = fits.fit_theme(arrays, fold != at).predict(every[which == at])
    place = list(map(str, arrays["fit_names"])).index("whole")
    groups = np.tile(arrays["groups"], len(every) // count)
    human = np.tile(arrays["human"], len(every) // count) > 0
    return {
        "critic": interval(score, truth, groups, auc, min(times, 300)),
        "by_people_only": round(auc(score[human], truth[human]), 3),
        "whole_text_cosine": round(auc(every[:, place], truth), 3),
    }


def prose(arrays: Arrays, rankings: list[dict[str, Any]], times: int) -> dict[str, Any]:
    """Fitted to paragraph_quality alone, judged on the ranked texts."""
    count = len(arrays["target"])
    head = fits.fit_quality(arrays["rows"][:count], arrays["grams"][:count], arrays["target"], fits.names(arrays))
    scores = {
        "critic": head.predict(arrays["rows"][count:], arrays["grams"][count:]),
        "shorter_wins": -arrays["rows"][count:, fits.names(arrays).index("words")],
    }
    table: dict[str, Any] = {}
    for name, score in scores.items():
        right, groups, machine = pairs(score.reshape(-1, 3), rankings)
        one = np.ones(len(right))
        share: Measure = lambda a, b: float(a.mean())  # noqa: E731
        table[name] = {
            "all": interval(right, one, groups, share, times),
            "machine_alone": interval(right[machine], one[machine], groups[machine], share, times),
        }
    return {"expert_pairs": table}


def pairs(score: np.ndarray, rankings: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pair of texts on which most writers agree: 1 when the score does; its item; if machine alone."""
    right, groups, machine = [], [], []
    for at, row in enumerate(rankings):
        for a in range(3):
            for b in range(a + 1, 3):
                votes = [float(r[sets.VERSIONS[a]] < r[sets.VERSIONS[b]]) for r in row["rankings"]]
                if np.mean(votes) == 0.5:
                    continue
                right.append(float((score[at, a] > score[at, b]) == (np.mean(votes) > 0.5)))
                groups.append(at)
                machine.append((a, b) == (0, 1))
    return np.array(right), np.array(groups), np.array(machine)


def same(arrays: Arrays, times: int) -> dict[str, Any]:
    target, groups = arrays["target"], arrays["groups"]
    score = cross(folds(groups, 5), lambda a, b: fits.fit_same(arrays, a).predict(arrays["rows"][b]))
    columns = fits.names(arrays)
    on = arrays["on"]
    long = on[:, 2] >= 20
    truth = np.repeat([1.0, 0.0], len(on))
    mixed = np.repeat(long[None], 2, axis=0).ravel()
    cosine = np.concatenate([on[:, 0], on[:, 1]])
    return {
        "same_idea_auc": {
            "critic": interval(score, target, groups, auc, min(times, 1000)),
            "length": round(auc(-arrays["rows"][:, columns.index("lengths")], target), 3),
            "char_ngrams": round(auc(arrays["rows"][:, columns.index("letters")], target), 3),
            "embedding": round(auc(arrays["rows"][:, columns.index("cosine")], target), 3),
        },
        "off_theme_auc_creative_prompts": {
            "cosine_all": round(auc(cosine, truth), 3),
            "cosine_20_words_or_more": round(auc(cosine[mixed], truth[mixed]), 3),
        },
    }


def spoilt(learn: Arrays, judge: Arrays) -> dict[str, Any]:
    """Fitted to other authors' texts, judged on O. Henry and Keats: (original, spoilt) AUC over all texts together, of
    all heads and of the head meant for it, and how often a spoilt text scores worse than its own original."""
    odds = fits.damage_odds(fits.fit_damage(learn), judge)
    together = fits.damage_score(odds).reshape(-1, 1 + len(SPOILERS))
    single = odds.reshape(-1, 1 + len(SPOILERS), len(SPOILERS))
    authors = judge["groups"].reshape(-1, 1 + len(SPOILERS))[:, 0]
    table: dict[str, Any] = {}
    for author in np.unique(authors):
        mine = authors == author
        found = {
            how: {
                "critic": spoilt_auc(together[mine, 0], together[mine, at]),
                "head_meant_for_it": spoilt_auc(single[mine, 0, at - 1], single[mine, at, at - 1]),
                "own_original": own_original(together[mine, 0], together[mine, at]),
            }
            for at, how in enumerate(SPOILERS, 1)
        }
        found["mean"] = {key: round(float(np.mean([found[how][key] for how in SPOILERS])), 3) for key in found["cut"]}
        table[str(author)] = found
    return {"spoilt_auc": table}


def spoilt_auc(whole: np.ndarray, broken: np.ndarray) -> float:
    return round(auc(np.r_[whole, broken], np.repeat([0.0, 1.0], [len(whole), len(broken)])), 3)


def own_original(whole: np.ndarray, broken: np.ndarray) -> float:
    """Share of spoilt texts that look worse than the text they were made from; ties count half."""
    return round(float(np.mean(np.sign(broken - whole) / 2 + 0.5)), 3)
