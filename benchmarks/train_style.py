"""Fit the English style embedding and write its weights. The same data gives the same bytes.

    python benchmarks/train_style.py --data FOLDER [--out memory/data]

Reads FOLDER/literature only: the authors of FOLDER/authors measure it (benchmarks/voice_style.py). One thread, a few
minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy loads its linear algebra
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import style_sets as sets
from wordfreq import top_n_list

from memory.style import CLIP, PLACES, _is_verse, english_row
from memory.style_text import count_english

COMMON = 3000
CHOSEN = {"letters": 3000, "words": 1500}
"""Columns kept of each set: those that stand in most passages."""
DIRECTIONS = 96
SHRINK = 0.1
"""Share of the within-author covariance that is replaced by its mean variance."""


def rows(pieces: list[sets.Piece], common: dict[str, int]) -> np.ndarray:
    return np.stack([english_row(count_english(piece.text, common)) for piece in pieces])


def fit(matrix: np.ndarray, pieces: list[sets.Piece]) -> dict[str, np.ndarray]:
    """Everything `memory.style` needs but the calibration."""
    columns, share = choose(matrix)
    chosen = matrix[:, columns]
    mean, scale = chosen.mean(axis=0), chosen.std(axis=0) + 0.05
    z = np.clip((chosen - mean) / scale, -CLIP, CLIP) * share
    verse = np.array([_is_verse(piece.text) for piece in pieces])
    authors = np.array([piece.author for piece in pieces])
    middle = np.stack([_mean_of_authors(z, authors, verse == kind) for kind in (False, True)])
    centred = z - middle[verse.astype(int)]
    basis = within(centred, authors)
    steps = np.abs(basis).max(axis=0) / 127
    whole = np.rint(basis / steps).astype(np.int8)
    return {
        "columns": columns.astype(np.int32),
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        "share": share.astype(np.float32),
        "basis": whole,
        "steps": steps.astype(np.float32),
        "kinds": (middle @ (whole * steps)).astype(np.float32),
    }


def choose(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns, and for each the weight that lets every set count alike."""
    columns, share, start = [], [], 0
    for name, number in CHOSEN.items():
        spread = (matrix[:, start : start + PLACES[name]] > 0).sum(axis=0)
        columns.append(start + np.sort(np.argsort(-spread, kind="stable")[:number]))
        share.append(np.full(number, number**-0.5))
        start += PLACES[name]
    numbers = matrix.shape[1] - start
    columns.append(np.arange(start, matrix.shape[1]))
    share.append(np.full(numbers, numbers**-0.5))
    return np.concatenate(columns), np.concatenate(share)


def within(z: np.ndarray, authors: np.ndarray) -> np.ndarray:
    """Principal directions, then whitened by the mean covariance within authors: shape (columns, DIRECTIONS)."""
    _, vectors = np.linalg.eigh(z @ z.T)
    main = z.T @ vectors[:, ::-1][:, :DIRECTIONS]
    main /= np.linalg.norm(main, axis=0)
    projected = z @ main
    covariance = np.mean([np.cov(projected[authors == author].T, bias=True) for author in np.unique(authors)], axis=0)
    covariance = (1 - SHRINK) * covariance + SHRINK * np.trace(covariance) / DIRECTIONS * np.eye(DIRECTIONS)
    values, turned = np.linalg.eigh(covariance)
    whitened: np.ndarray = main @ (turned * values**-0.5) @ turned.T
    return whitened


def _mean_of_authors(z: np.ndarray, authors: np.ndarray, some: np.ndarray) -> np.ndarray:
    means = [z[some & (authors == author)].mean(axis=0) for author in np.unique(authors[some])]
    return np.mean(means, axis=0)  # type: ignore[no-any-return]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("memory/data"))
    options = parser.parse_args()
    pieces = sets.load(options.data / "literature")
    words = top_n_list("en", COMMON)
    matrix = rows(pieces, {word: rank for rank, word in enumerate(words)})
    found = fit(matrix, pieces) | {"common": np.array(words), "step": np.array(1.0, dtype=np.float32)}
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "style_en.npz"
    np.savez_compressed(path, **{key: found[key] for key in sorted(found)})
    json.dump({"bytes": path.stat().st_size, "passages": len(pieces)}, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
