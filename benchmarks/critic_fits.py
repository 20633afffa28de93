"""How each head is fitted: one function a head, used by the trainer on all rows and by the benchmark fold by fold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from corruptions import SPOILERS

from agents.critique.heads import kernel, linear
from agents.critique.heads.judge import MOST_ODDS

Arrays = dict[str, np.ndarray]
KERNEL_SHARE = 0.65
"""Of the kernel in the score of an idea for a known thing; the rest is the linear head's."""


def names(arrays: Arrays, key: str = "names") -> tuple[str, ...]:
    return tuple(map(str, arrays[key]))


def ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks, ties shared."""
    place = np.empty(len(values))
    place[values.argsort(kind="stable")] = np.arange(len(values), dtype=float)
    for value in np.unique(values):
        place[values == value] = place[values == value].mean()
    return place


def spread(values: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1: what three readers' means are worth, and no more."""
    return ranks(values) / max(1, len(values) - 1)


STYLE_PENALTY, FIT_PENALTY, QUALITY_PENALTY, PAIR_PENALTY = 150.0, 100.0, 3.0, 30.0
FIT_STYLE = ("lm_gap_spread", "lm_below_10", "lm_agreement")
"""Signs of a person's hand: people stay with the prompt more often than GPT-2 does."""


ESSAYISTIC = frozenset(
    """newlines dashes colons adverbs ing abstract likening trailing triads not_just joining shortest first quotes
    commas exclaims questions""".split()  # noqa: SIM905  a list of words reads better as words
)
"""Counts meant for polished paragraphs; with 191 stories they only add noise."""


def style_columns(arrays: Arrays) -> list[int]:
    return [at for at, name in enumerate(names(arrays)) if name not in ESSAYISTIC]


def fit_style(arrays: Arrays, rows: np.ndarray, target: str) -> linear.Linear:
    """Fluency or enjoyment of a story from counts and surprise.

    Fluency is fitted to what readers said of grammar and cohesion and, half as much, of enjoyment: the three readers
    of a story agree little (one against another: .47), and the same three gave both.
    """
    wanted = spread(arrays[target][rows])
    if target == "fluent":
        wanted = (wanted + spread(arrays["enjoy"][rows]) / 2) / 1.5
    columns = style_columns(arrays)
    return linear.fit(
        arrays["rows"][rows][:, columns], wanted, STYLE_PENALTY, tuple(names(arrays)[at] for at in columns)
    )


def fit_columns(arrays: Arrays) -> tuple[np.ndarray, tuple[str, ...]]:
    """Matrix and names of theme fit's features, for the stories with their own prompts."""
    style = names(arrays)
    columns = [style.index(name) for name in FIT_STYLE]
    count = len(arrays["rows"])
    return np.hstack([arrays["fit"][:count], arrays["rows"][:, columns]]), (*names(arrays, "fit_names"), *FIT_STYLE)


def fit_theme(arrays: Arrays, rows: np.ndarray) -> linear.Linear:
    matrix, columns = fit_columns(arrays)
    return linear.fit(matrix[rows], spread(arrays["relevant"][rows]), FIT_PENALTY, columns)


@dataclass(frozen=True)
class Quality:
    """Writers' quality of a paragraph: counts, and hashed n-grams weighed by how few paragraphs hold them."""

    counts: linear.Linear
    """Only its means and scales are used before the joint fit; its weights are the joint ones."""
    rarity: np.ndarray
    weights: np.ndarray

    def predict(self, rows: np.ndarray, grams: np.ndarray) -> np.ndarray:
        return self.counts.predict(rows) + tfidf(grams, self.rarity) @ self.weights


def tfidf(grams: np.ndarray, rarity: np.ndarray) -> np.ndarray:
    weighed = grams.astype(np.float32) * rarity
    return weighed / np.maximum(1e-9, np.linalg.norm(weighed, axis=1, keepdims=True))


COUNT_SCALE = 0.08
"""Of a standardised count beside a TF-IDF row of length 1."""


def fit_quality(rows: np.ndarray, grams: np.ndarray, target: np.ndarray, columns: tuple[str, ...]) -> Quality:
    seen = (grams > 0).sum(axis=0)
    rarity = (np.log((1 + len(grams)) / (1 + seen)) + 1).astype(np.float32)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inside = np.clip((rows - mean) / scale, -linear.LIMIT, linear.LIMIT)
    matrix = np.hstack([tfidf(grams, rarity), COUNT_SCALE * inside]).astype(np.float64)
    centre, bias = matrix.mean(axis=0), float(target.mean())
    matrix -= centre
    weights = matrix.T @ np.linalg.solve(matrix @ matrix.T + QUALITY_PENALTY * np.eye(len(matrix)), target - bias)
    places = grams.shape[1]
    rest = bias - float(centre @ weights)
    return Quality(linear.Linear(columns, mean, scale, COUNT_SCALE * weights[places:], rest), rarity, weights[:places])


GATE_PENALTY = 30.0
SIZES = frozenset({"words", "sentences", "longest", "shortest", "once"})
"""Counts that say how long a text is: the two sets differ there by chance."""


def fit_gate(stories: Arrays, rows: np.ndarray, prose: Arrays) -> linear.Linear:
    """Log-odds that a text is a polished paragraph (1,971 of them) and not a loose story; both kinds weigh the same."""
    columns = tuple(name for name in names(prose) if name not in SIZES)
    loose = stories["rows"][rows][:, [names(stories).index(name) for name in columns]]
    polished = prose["rows"][: len(prose["target"])][:, [names(prose).index(name) for name in columns]]
    target = np.repeat([0.0, 1.0], [len(loose), len(polished)])
    head = linear.fit_chance(np.vstack([loose, polished]), target, GATE_PENALTY, columns)
    return linear.Linear(
        head.names, head.mean, head.scale, head.weights, head.bias - float(np.log(len(polished) / len(loose)))
    )


DAMAGE_SIGNS = {
    "repeat": ("same_parts", "repeat_5", "certain", "loss"),
    "shuffle": (
        "quotes", "rhyme", "rhyme_lost", "starts", "starts_gap", "start_first", "start_worst", "start_open", "loss",
        "certain", "person_loss", "name_loss", "verse",
    ),
    "swap_names": ("name_loss", "name_sum", "person_loss", "person_worst", "agree", "poss", "loss", "tail", "verse"),
    "negate": (
        "denied", "denied_twice", "denied_nothing", "denials", "denial_loss", "denial_spikes", "after_denial", "verse",
    ),
    "cut": ("open_end", "last_mark", "last_comma", "dangling", "short_end", "verse"),
}  # fmt: skip
"""What each kind of damage is told by: with 44 excerpts, other numbers only add noise."""
DAMAGE_PENALTY = {"repeat": 0.3, "shuffle": 3.0, "swap_names": 3.0, "negate": 0.3, "cut": 0.3}
"""Small where the signs are sure, so that a clear sign outweighs four faint ones."""


def fit_damage(arrays: Arrays) -> list[linear.Linear]:
    """Log-odds of each way to spoil a text: spoilt that way or whole."""
    every = arrays["rows"].reshape(-1, 1 + len(SPOILERS), arrays["rows"].shape[1])
    return [
        linear.fit_chance(
            np.vstack([every[:, 0], every[:, at + 1]])[:, _columns(arrays, how)],
            np.repeat([0.0, 1.0], len(every)),
            DAMAGE_PENALTY[how],
            DAMAGE_SIGNS[how],
        )
        for at, how in enumerate(SPOILERS)
    ]


def _columns(arrays: Arrays, how: str) -> list[int]:
    return [names(arrays).index(name) for name in DAMAGE_SIGNS[how]]


def damage_odds(heads: list[linear.Linear], arrays: Arrays) -> np.ndarray:
    """Log-odds of each kind, (n, 5)."""
    return np.array(
        [head.predict(arrays["rows"][:, _columns(arrays, how)]) for how, head in zip(SPOILERS, heads, strict=True)]
    ).T


def damage_score(odds: np.ndarray) -> np.ndarray:
    """Log-odds (n, 5) to log of the sum of the odds, (n,): one clear sign weighs more than five faint ones."""
    return np.asarray(np.log(np.exp(np.clip(odds, -MOST_ODDS, MOST_ODDS)).sum(axis=1)))


def fit_same(arrays: Arrays, rows: np.ndarray) -> linear.Linear:
    return linear.fit_chance(arrays["rows"][rows], arrays["target"][rows], PAIR_PENALTY, names(arrays))


def idea_matrix(arrays: Arrays) -> np.ndarray:
    """States of the language model, and the scalars three times as heavy in the penalty."""
    return np.hstack([arrays["states"], np.repeat(arrays["rows"], 3, axis=1)])


def fit_idea(arrays: Arrays, rows: np.ndarray) -> linear.Linear:
    matrix = idea_matrix(arrays)
    return linear.fit(matrix[rows], arrays["target"][rows], 3.0 * matrix.shape[1])


def fit_idea_centred(arrays: Arrays, rows: np.ndarray) -> linear.Linear:
    """For things nobody rated: what makes a use more original than others of the same thing."""
    matrix = idea_matrix(arrays)[rows]
    return fit_centred(matrix, arrays["target"][rows], arrays["groups"][rows], 5.0 * matrix.shape[1])


def fit_centred(matrix: np.ndarray, target: np.ndarray, groups: np.ndarray, penalty: float) -> linear.Linear:
    """Ridge regression on what differs inside a group, in numbers and target; the bias is the mean of the groups."""
    target = target.copy()
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-6
    inside = np.clip((matrix - mean) / scale, -linear.LIMIT, linear.LIMIT)
    bias = float(np.mean([target[groups == group].mean() for group in np.unique(groups)]))
    for group in np.unique(groups):
        inside[groups == group] -= inside[groups == group].mean(axis=0)
        target[groups == group] -= target[groups == group].mean()
    weights = np.linalg.solve(inside.T @ inside + penalty * np.eye(matrix.shape[1]), inside.T @ target)
    return linear.Linear((), mean, scale, weights, bias)


def fit_idea_kernel(arrays: Arrays, rows: np.ndarray) -> kernel.Kernel:
    return kernel.fit(arrays["vectors"][rows], arrays["target"][rows])


def idea_score(near: kernel.Kernel, flat: linear.Linear, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
    """A known thing."""
    smooth = flat.predict(idea_matrix(arrays)[rows])
    return np.asarray(KERNEL_SHARE * near.predict(arrays["vectors"][rows]) + (1 - KERNEL_SHARE) * smooth)
