"""Fit the critic's heads and write their weights. The same data and models give the same weights.

    python benchmarks/train_critic.py --data FOLDER [--out agents/critique/data] [--keep FOLDER] [--only NAME ...]

`--keep`: a folder for the matrices of features, so that a second run need not read all texts again (about 15 minutes on
two cores). One thread throughout: sums in another order differ in their last bits.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":  # what is imported from here must not slow its importer down
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy loads its linear algebra
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import critic_drafts
import critic_fits as fits
import critic_promise
import critic_sets as sets
import numpy as np
from corruptions import SPOILERS

from agents.critique.heads.store import pack_kernel, pack_linear, save
from cocreate.engines.torch_score import TorchScorer
from cocreate.models import resolve, resolve_embedder
from cocreate.settings import Settings
from memory.embedder import SentenceEmbedder


def open_source(data: Path, kept: Path | None, home: Path, cache: Path, *, exact: bool = True) -> sets.Source:
    """The default models, on one thread. `exact`: in floating point, as the shipped heads were fitted; else as the
    product reads on this machine (8-bit where it can)."""
    settings = Settings(home=home, cache=cache, threads=1)
    resolved = resolve(settings, lambda done, total: None)
    embedder = SentenceEmbedder(resolve_embedder(settings, lambda done, total: None), threads=1, exact=exact)
    reader = TorchScorer(resolved.path, cache=cache, threads=1, exact=exact)
    return sets.Source(data, reader, embedder, kept)


def stories(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = sets.stories(source)
    rows = np.ones(len(arrays["rows"]), dtype=bool)
    human = arrays["human"] > 0
    style = arrays["rows"][:, fits.style_columns(arrays)]
    found: dict[str, np.ndarray] = {}
    heads = {name: (fits.fit_style(arrays, rows, name), style) for name in ("fluent", "enjoy")}
    heads["relevant"] = (fits.fit_theme(arrays, rows), fits.fit_columns(arrays)[0])
    for name, (head, matrix) in heads.items():
        found |= pack_linear(name, head)
        found[f"{name}.human"] = np.percentile(head.predict(matrix[human]), np.arange(101)).astype(np.float32)
    return found


def quality(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = sets.prose(source)
    count = len(arrays["target"])  # the ranked texts stand after the rated ones and are never fitted to
    head = fits.fit_quality(arrays["rows"][:count], arrays["grams"][:count], arrays["target"], fits.names(arrays))
    packed = pack_linear("counts", head.counts)
    return packed | {"rarity": head.rarity.astype(np.float16), "grams": head.weights.astype(np.float16)}


def damage(source: sets.Source) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for how, head in zip(SPOILERS, fits.fit_damage(sets.spoilt(source, sets.LEARN)), strict=True):
        found |= pack_linear(how, head)
    return found


def gate(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = sets.stories(source)
    return pack_linear("gate", fits.fit_gate(arrays, np.ones(len(arrays["rows"]), dtype=bool), sets.prose(source)))


def same(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = sets.same(source)
    return pack_linear("same", fits.fit_same(arrays, np.ones(len(arrays["target"]), dtype=bool)))


def ideas(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = sets.ideas(source)
    rows = np.ones(len(arrays["target"]), dtype=bool)
    return {
        **pack_kernel("near", fits.fit_idea_kernel(arrays, rows)),
        **pack_linear("known", fits.fit_idea(arrays, rows)),
        **pack_linear("unknown", fits.fit_idea_centred(arrays, rows)),
        "names": arrays["names"],
        "things": np.unique(arrays["groups"]),
    }


def drafts(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = critic_drafts.drafts(source)
    return pack_linear("drafted", critic_drafts.fit(arrays, np.ones(len(arrays["target"]), dtype=bool)))


def promise(source: sets.Source) -> dict[str, np.ndarray]:
    arrays = critic_promise.ideas(source)
    return pack_linear("promised", critic_promise.fit(arrays, np.ones(len(arrays["target"]), dtype=bool)))


HEADS = {
    "stories": stories, "gate": gate, "quality": quality, "damage": damage, "same": same, "ideas": ideas,
    "drafts": drafts, "promise": promise,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("agents/critique/data"))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", nargs="+", choices=HEADS, default=list(HEADS))
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    options = parser.parse_args()
    source = open_source(options.data, options.keep, options.home, options.cache)
    sizes = {
        name: save(options.out, name, fit(source)).stat().st_size for name, fit in HEADS.items() if name in options.only
    }
    json.dump({"bytes": sizes, "total": sum(sizes.values())}, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
