"""Kernel ridge regression on landmarks (Nyström; Williams & Seeger 2001): remembers how people rated what is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEPS = 256.0
"""Steps of the 8-bit grid to one unit of a projected vector."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Vectors of d numbers in, one number out, by their distance to m landmarks in p dimensions."""

    mean: NDArray[np.float32]
    """(d,)."""
    basis: NDArray[np.float16]
    """(d, p)."""
    landmarks: NDArray[np.int8]
    """(m, p)."""
    weights: NDArray[np.float32]
    """(m,)."""
    bias: float
    width: float
    """The kernel is exp(-width * squared distance)."""

    def project(self, rows: NDArray[np.floating]) -> NDArray[np.int8]:
        """(n, d) to (n, p) on the 8-bit grid."""
        flat = (np.asarray(rows, dtype=np.float64) - self.mean) @ self.basis.astype(np.float64)
        return np.clip(np.round(flat * STEPS), -127, 127).astype(np.int8)

    def near(self, points: NDArray[np.int8]) -> NDArray[np.float64]:
        """(n, p) to the kernel's values (n, m)."""
        a, b = points.astype(np.float64) / STEPS, self.landmarks.astype(np.float64) / STEPS
        squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :] - 2 * a @ b.T
        return np.asarray(np.exp(-self.width * np.maximum(squares, 0)), dtype=np.float64)

    def predict(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n, d) to (n,)."""
        return np.asarray(self.near(self.project(rows)) @ self.weights.astype(np.float64) + self.bias)


def fit(rows: NDArray[np.floating], target: NDArray[np.floating], *, landmarks: int = 3000, dimensions: int = 80,
        penalty: float = 0.2, width: float = 2.0, seed: int = 0) -> Kernel:  # fmt: skip
    """Fit to (n, d) vectors and (n,) numbers; landmarks are rows drawn by `seed`."""
    matrix = np.asarray(rows, dtype=np.float64)
    mean = matrix.mean(axis=0).astype(np.float32)
    _, directions = np.linalg.eigh(np.cov((matrix - mean).T))
    basis = directions[:, ::-1][:, :dimensions].astype(np.float16)
    chosen = np.random.default_rng(seed).permutation(len(matrix))[:landmarks]
    bias = float(np.mean(target))
    blank = Kernel(mean, basis, np.zeros((1, basis.shape[1]), np.int8), np.zeros(1, np.float32), bias, width)
    points = blank.project(matrix)
    head = Kernel(mean, basis, points[chosen], np.zeros(len(chosen), np.float32), bias, width)
    near = head.near(points)
    gram = near.T @ near + penalty * near[chosen] + 1e-5 * np.eye(len(chosen))
    weights = np.linalg.solve(gram, near.T @ (target - bias)).astype(np.float32)
    return Kernel(mean, basis, points[chosen], weights, bias, width)
