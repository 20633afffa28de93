"""Fit the style embedding and write its weights. The same data gives the same bytes.

    python benchmarks/train_style.py --data FOLDER [--out memory/data]

English is learnt on FOLDER/literature only: the authors of FOLDER/authors measure it (benchmarks/voice_style.py).
Chinese is not learnt: means and deviations of all Chinese passages of FOLDER/authors together, whoever wrote them.
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

from memory.form import language_of
from memory.style import BLOCKS, CLIP, KIND, PLACES, chinese_row, english_row, set_in_verse
from memory.style_text import count_chinese, count_english
from memory.voice import SPREAD
from memory.voice_measures import measure, sample

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
    mean, scale = chosen.mean(axis=0), chosen.std(axis=0)
    scale = np.where(columns < PLACES["letters"] + PLACES["words"], scale + 0.05, scale + 1e-6)
    z = np.clip((chosen - mean) / scale, -CLIP, CLIP) * share
    verse = np.array([set_in_verse(piece.text) for piece in pieces])
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


def step(matrix: np.ndarray, pieces: list[sets.Piece]) -> float:
    """How many deviations of a voice's own passages away the passages of other writers of its kind are, in the median.

    Cross-fitted: the writers of a third are measured by what was learnt from the others.
    """
    files = np.array([piece.file for piece in pieces])
    authors = sorted({piece.author for piece in pieces})
    away: list[float] = []
    for fold in range(3):
        held = set(authors[fold::3])
        learn = [at for at, piece in enumerate(pieces) if piece.author not in held]
        test = [at for at, piece in enumerate(pieces) if piece.author in held]
        found = fit(matrix[learn], [pieces[at] for at in learn])
        rows = projected(found, matrix[test], [pieces[at] for at in test])
        of = files[test]
        for file in np.unique(of):
            own = rows[of == file]
            others = own.sum(axis=0) - own
            cosines = (own * others).sum(axis=1) / np.linalg.norm(others, axis=1)
            middle = own.mean(axis=0) / np.linalg.norm(own.mean(axis=0))
            for other in np.unique(of):
                if other != file and other.split("_")[-1] == file.split("_")[-1]:
                    away.append(float(np.median((cosines.mean() - rows[of == other] @ middle) / cosines.std())))
    return float(np.median(away))


def projected(found: dict[str, np.ndarray], matrix: np.ndarray, pieces: list[sets.Piece]) -> np.ndarray:
    """Unit rows as `memory.style` makes them."""
    z = np.clip((matrix[:, found["columns"]] - found["mean"]) / found["scale"], -CLIP, CLIP) * found["share"]
    verse = np.array([set_in_verse(piece.text) for piece in pieces]).astype(int)
    rows = z @ (found["basis"] * found["steps"]) - found["kinds"][verse]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    along = 1 / np.sqrt(1 + KIND)
    side = np.sqrt(1 - along**2) * (2 * verse - 1)
    return np.column_stack([along * rows, side])


def chinese(pieces: list[sets.Piece]) -> dict[str, np.ndarray]:
    """Mean and deviation of each count over all passages, and the weight of each block (its mean square is one)."""
    matrix = np.stack([chinese_row(count_chinese(piece.text)) for piece in pieces])
    mean, scale, share = matrix.mean(axis=0), np.ones(matrix.shape[1]), []
    numbers = matrix.shape[1] - PLACES["characters"] - PLACES["function"]
    scale[-numbers:] = matrix[:, -numbers:].std(axis=0) + 1e-3
    z, start = (matrix - mean) / scale, 0
    for name, width in (("characters", PLACES["characters"]), ("function", PLACES["function"]), ("numbers", numbers)):
        share.append(np.full(width, BLOCKS[name] / np.sqrt((z[:, start : start + width] ** 2).sum(axis=1).mean())))
        start += width
    found = {"mean": mean, "scale": scale, "share": np.concatenate(share)}
    return {key: value.astype(np.float32) for key, value in found.items()}


def usual(data: Path) -> dict[str, dict[str, list[float]]]:
    """By kind and language, for each trait: median of the authors, deviation of the logarithm between them."""
    found: dict[str, dict[str, list[float]]] = {}
    for path in sorted((data / "literature").glob("*.jsonl")) + sorted((data / "authors").glob("*.jsonl")):
        texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
        language = language_of("\n".join(text[:500] for text in texts[:20]))
        if path.parent.name == "authors" and language != "zh":
            continue
        some = sample(texts[:: max(1, sum(map(len, texts)) // 300_000)], chinese=language == "zh")
        kind = found.setdefault(f"{'verse' if some.verse else 'prose'}_{language}", {})
        for trait in measure(some):
            if trait.name != "first lines":
                kind.setdefault(trait.name, []).append(trait.value)
    return {kind: {name: _middle(values) for name, values in traits.items()} for kind, traits in found.items()}


def _middle(values: list[float]) -> list[float]:
    spread = float(np.log(np.array(values) + 0.5).std()) if len(values) > 2 else SPREAD
    return [round(float(np.median(values)), 2), round(spread, 3)]


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
    found = fit(matrix, pieces) | {"common": np.array(words), "step": np.array(step(matrix, pieces), dtype=np.float32)}
    options.out.mkdir(parents=True, exist_ok=True)
    arrays = {
        "style_en": found,
        "style_zh": chinese([p for p in sets.load(options.data / "authors") if p.language == "zh"]),
    }
    for name, packed in arrays.items():
        np.savez_compressed(options.out / f"{name}.npz", **{key: packed[key] for key in sorted(packed)})
    text = json.dumps(usual(options.data), ensure_ascii=False, indent=1, sort_keys=True)
    (options.out / "voice_common.json").write_text(text + "\n", encoding="utf-8")
    sizes = {name: (options.out / f"{name}.npz").stat().st_size for name in arrays}
    json.dump({"bytes": sizes, "passages": len(pieces)}, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
