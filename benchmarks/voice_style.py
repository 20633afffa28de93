"""How well the style embedding tells one author's passages from another's. Prints JSON.

    python benchmarks/voice_style.py --data FOLDER [--json] [--embedder FOLDER] [--folder authors]

Pairs of passages of 150 words (characters in Chinese) of FOLDER/authors: by one author, from two works, against by two
authors. AUC; every pair of authors counts alike. Beside it: MiniLM, TF-IDF of character n-grams, and length (words a
sentence or line). Intervals: 100 bootstrap samples of works.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import style_sets as sets

from memory.style import style_vectors

SAMPLES = 100
Measure = Callable[[list[sets.Piece]], np.ndarray]


def style(pieces: list[sets.Piece]) -> np.ndarray:
    """Cosines of style; two languages have nothing in common."""
    likeness = np.full((len(pieces), len(pieces)), -1.0)
    for language in ("en", "zh"):
        at = [place for place, piece in enumerate(pieces) if piece.language == language]
        if at:
            vectors = style_vectors([pieces[place].text for place in at], language)
            likeness[np.ix_(at, at)] = vectors @ vectors.T
    return likeness


def minilm(folder: str) -> Measure:
    def measure(pieces: list[sets.Piece]) -> np.ndarray:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        vectors = SentenceTransformer(folder, device="cpu").encode(
            [piece.text for piece in pieces], normalize_embeddings=True, show_progress_bar=False
        )
        return vectors @ vectors.T

    return measure


def tfidf(pieces: list[sets.Piece]) -> np.ndarray:
    """Character 2- to 4-grams; the weights know all passages measured here, which flatters it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True).fit_transform(
        [piece.text for piece in pieces]
    )
    return (vectors @ vectors.T).toarray()


def length(pieces: list[sets.Piece]) -> np.ndarray:
    """Minus the difference of the logarithms of characters a line."""
    of = np.array([np.log(len(piece.text) / max(1, len(piece.text.splitlines()))) for piece in pieces])
    return -np.abs(of[:, None] - of[None])


class Pairs:
    """All pairs of passages from different works, sorted by likeness once for each measure."""

    def __init__(self, pieces: list[sets.Piece]) -> None:
        self.pieces = pieces
        self.one, self.other = np.triu_indices(len(pieces), 1)
        self.file = self._of(lambda piece: piece.file)
        self.author = self._of(lambda piece: piece.author)
        self.kind = self._of(lambda piece: piece.kind)
        self.language = self._of(lambda piece: piece.language)
        self.work = self._of(lambda piece: piece.work)
        self.apart = self.work[self.one] != self.work[self.other]

    def _of(self, key: Callable[[sets.Piece], str]) -> np.ndarray:
        return np.unique([key(piece) for piece in self.pieces], return_inverse=True)[1]

    def alike(self, what: np.ndarray) -> np.ndarray:
        return what[self.one] == what[self.other]

    def only(self, kind: str, language: str) -> np.ndarray:
        fits = np.array([(piece.kind, piece.language) == (kind, language) for piece in self.pieces])
        return fits[self.one] & fits[self.other]

    def language_is(self, language: str) -> np.ndarray:
        fits = np.array([piece.language == language for piece in self.pieces])
        return fits[self.one] & fits[self.other]

    def auc(self, likeness: np.ndarray, some: np.ndarray, same: np.ndarray) -> dict[str, float]:
        """AUC over the pairs `some`, and its interval over works drawn with replacement."""
        some = np.flatnonzero(some & self.apart)
        scores = likeness[self.one[some], self.other[some]]
        order = np.argsort(scores, kind="stable")
        some, scores = some[order], scores[order]
        one, other, hit = self.one[some], self.other[some], same[some]
        groups = np.sort(np.stack([self.file[one], self.file[other]]), axis=0)
        cell = np.unique(groups, axis=1, return_inverse=True)[1].ravel()
        _, ties = np.unique(scores, return_inverse=True)
        value = _weighted(hit, cell, ties, np.ones(len(hit)))
        draw = np.random.default_rng(1)
        values = []
        for _ in range(SAMPLES):
            times = np.bincount(draw.integers(0, self.work.max() + 1, self.work.max() + 1), minlength=len(self.work))
            values.append(_weighted(hit, cell, ties, (times[self.work[one]] * times[self.work[other]]).astype(float)))
        low, high = np.nanpercentile(values, (2.5, 97.5))
        return {"auc": round(value, 3), "low": round(float(low), 3), "high": round(float(high), 3), "pairs": len(hit)}


def _weighted(hit: np.ndarray, cell: np.ndarray, ties: np.ndarray, weight: np.ndarray) -> float:
    """AUC of sorted pairs; every cell (pair of files) counts alike."""
    total = np.bincount(cell, weights=weight)
    weight = weight / np.maximum(total[cell], 1e-12)
    yes, no = (np.bincount(ties, weights=weight * mask) for mask in (hit, ~hit))
    below = np.cumsum(no) - no / 2
    return float((yes * below).sum() / (yes.sum() * no.sum())) if yes.sum() and no.sum() else float("nan")


def report(pieces: list[sets.Piece], measures: dict[str, Measure]) -> dict[str, object]:
    pairs = Pairs(pieces)
    everything = np.ones(len(pairs.one), dtype=bool)
    one_language, one_kind = pairs.alike(pairs.language), pairs.alike(pairs.kind)
    by_file, by_author = pairs.alike(pairs.file), pairs.alike(pairs.author)
    across = by_author & ~by_file
    asked = {
        "all pairs": (everything, by_author),
        "all pairs, an author's verse and prose not paired": (~across, by_file),
        "one language": (one_language, by_author),
        "one language, an author's verse and prose not paired": (one_language & ~across, by_file),
        "one language and kind": (one_language & one_kind, by_file),
        "English": (pairs.language_is("en"), by_file),
        "English prose": (pairs.only("prose", "en"), by_file),
        "English verse": (pairs.only("verse", "en"), by_file),
        "Chinese": (pairs.language_is("zh"), by_file),
        "Chinese verse": (pairs.only("verse", "zh"), by_file),
    }  # fmt: skip
    found: dict[str, object] = {}
    for name, measure in measures.items():
        started = time.perf_counter()
        likeness = measure(pieces)
        seconds = time.perf_counter() - started
        rows = {
            ask: pairs.auc(likeness, some, same)
            for ask, (some, same) in asked.items()
            if 0 < same[some & pairs.apart].sum() < (some & pairs.apart).sum()
        }
        found[name] = {"milliseconds a passage": round(1000 * seconds / len(pieces), 2), **rows}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folder", default="authors", help="folder of FOLDER with a file for each author and kind")
    parser.add_argument("--most", type=int, default=80, help="passages of a file")
    parser.add_argument("--embedder", default="", help="folder of a sentence-transformers model to compare with")
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    options = parser.parse_args()
    pieces = sets.load(options.data / options.folder, options.most)
    measures: dict[str, Measure] = {"style": style, "tf-idf of letters": tfidf, "length": length}
    if options.embedder:
        measures["MiniLM"] = minilm(options.embedder)
    found = {"passages": len(pieces), "measures": report(pieces, measures)}
    json.dump(found, sys.stdout, indent=None if options.json else 1, ensure_ascii=False)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
