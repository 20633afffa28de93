"""Passages of known authors for the style embedding: who wrote it, in which work, in which kind."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from memory.form import language_of
from memory.style import _parts as parts
from memory.style_text import LENGTH, plain

MOST = 200
"""Passages of one author and kind."""
OF_A_WORK = 4
"""Passages of one work, where the author has enough works."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    author: str
    kind: str
    """verse or prose; a play counts as prose."""
    work: str
    language: str

    @property
    def file(self) -> str:
        return f"{self.author}_{self.kind}"


def load(folder: Path, most: int = MOST, size: int = LENGTH) -> list[Piece]:
    """Passages of `size` words or characters. Works too short for one are joined, author by author, each used once."""
    found: list[Piece] = []
    for path in sorted(folder.glob("*.jsonl")):
        found += _author(path, most, size)
    return found


def _author(path: Path, most: int, size: int) -> list[Piece]:
    author, _, kind = path.stem.rpartition("_")
    kind = "verse" if kind == "verse" else "prose"
    draw = random.Random(1)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    draw.shuffle(rows)
    language = language_of("\n".join(row["text"][:500] for row in rows[:20]))
    each = max(OF_A_WORK, most // max(1, len(rows)))
    pieces: list[Piece] = []
    rest: list[str] = []
    for number, row in enumerate(rows):
        cut = parts(plain(row["text"]), size, language)
        work = f"{path.stem}/{number}"
        if not cut:
            rest.append(plain(row["text"]))
            cut = parts("\n\n".join(rest), size, language)[:1]
            rest = [] if cut else rest
        pieces += [Piece(text, author, kind, work, language) for text in draw.sample(cut, min(each, len(cut)))]
        if len(pieces) >= most:
            break
    return pieces[:most]
