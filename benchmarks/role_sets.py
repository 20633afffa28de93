"""The literature that roles are tuned on, as the command line reads it."""

from __future__ import annotations

import hashlib
import json
import math
import random
from pathlib import Path

from cocreate.training.job import TrainingText

KINDS = {"verse": "poem", "prose": "story", "play": "script"}
MOST = 700_000
"""Characters of one author."""


STRANGERS = ("keats_verse", "o_henry_prose", "poe_prose", "whitman_verse")
"""Authors in English that stay out of every tuning."""


def strangers(data: Path) -> list[TrainingText]:
    """The texts of authors that no adapter learned from, in English."""
    return [text for name in STRANGERS for text in _texts(data / "authors" / f"{name}.jsonl", math.inf)]


def literature(data: Path, most: float = MOST) -> list[TrainingText]:
    """The texts of the folder `literature`, no more than `most` characters of an author."""
    return [text for path in sorted((data / "literature").glob("*.jsonl")) for text in _texts(path, most)]


def _texts(path: Path, most: float) -> list[TrainingText]:
    author, form = path.stem.rsplit("_", 1)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    random.Random(0).shuffle(rows)
    found: list[TrainingText] = []
    size = 0
    for row in rows:
        if size > most:
            break
        size += len(row["text"])
        digest = hashlib.sha256(row["text"].encode()).hexdigest()
        name = author.replace("_", " ").title()
        found.append(TrainingText(row["title"], row["title"], row["text"], KINDS[form], "en", digest, author=name))
    return found
