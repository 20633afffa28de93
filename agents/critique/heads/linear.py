"""A linear head: standardise, clip, weigh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIMIT = 3.0
"""Standard deviations beyond which a number counts no further: odd texts must not run away."""

STEPS = 12
"""Newton steps of the logistic fit; it stands still after about eight."""


@dataclass(frozen=True, slots=True)
class Linear:
    """k named numbers in, one number out."""

    names: tuple[str, ...]
    mean: NDArray[np.float64]
    """(k,)."""
    scale: NDArray[np.float64]
    """(k,), standard deviations, never 0."""
    weights: NDArray[np.float64]
    """(k,)."""
    bias: float

    def predict(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n, k) to (n,)."""
        inside = np.clip((np.asarray(rows, dtype=float) - self.mean) / self.scale, -LIMIT, LIMIT)
        return np.asarray(inside @ self.weights + self.bias, dtype=float)

    def predict_one(self, numbers: Mapping[str, float]) -> float:
        """The same for one text; numbers it does not know are ignored. Raises KeyError when one is missing."""
        return float(self.predict(np.array([[numbers[name] for name in self.names]]))[0])

    def shares(self, numbers: Mapping[str, float]) -> list[tuple[str, float]]:
        """What each number adds to the result, largest first: the evidence for "why this score"."""
        row = np.array([numbers[name] for name in self.names])
        parts = np.clip((row - self.mean) / self.scale, -LIMIT, LIMIT) * self.weights
        return sorted(zip(self.names, map(float, parts), strict=True), key=lambda item: -abs(item[1]))


def fit(
    rows: NDArray[np.floating], target: NDArray[np.floating], penalty: float, names: tuple[str, ...] = ()
) -> Linear:
    """Ridge regression on standardised, clipped numbers; the bias is free."""
    matrix = np.asarray(rows, dtype=float)
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-6
    inside = np.clip((matrix - mean) / scale, -LIMIT, LIMIT)
    bias = float(np.mean(target))
    centre = inside.mean(axis=0)
    inside = inside - centre
    if len(inside) >= inside.shape[1]:
        gram = inside.T @ inside + penalty * np.eye(inside.shape[1])
        weights = np.linalg.solve(gram, inside.T @ (target - bias))
    else:
        gram = inside @ inside.T + penalty * np.eye(len(inside))
        weights = inside.T @ np.linalg.solve(gram, target - bias)
    return Linear(names, mean, scale, weights, bias - float(centre @ weights))


def fit_chance(
    rows: NDArray[np.floating], target: NDArray[np.floating], penalty: float, names: tuple[str, ...] = ()
) -> Linear:
    """Logistic regression by Newton's method, on standardised, clipped numbers: `predict` gives log-odds."""
    matrix = np.asarray(rows, dtype=float)
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-6
    inside = np.hstack([np.clip((matrix - mean) / scale, -LIMIT, LIMIT), np.ones((len(matrix), 1))])
    strength = penalty * np.eye(inside.shape[1])
    strength[-1, -1] = 1e-6  # the bias is free
    weights = np.zeros(inside.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inside @ weights, -30, 30)))
        slope = inside.T @ (target - chance) - strength @ weights
        bend = (inside * (chance * (1 - chance))[:, None]).T @ inside + strength
        weights = weights + np.linalg.solve(bend, slope)
    return Linear(names, mean, scale, weights[:-1], float(weights[-1]))
