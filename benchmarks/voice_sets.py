"""Authors for the benchmarks of tuned voices: their works, split into what is learned from and what is held out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.spans import is_chinese, paragraphs
from cocreate.training.job import TrainingText


@dataclass(frozen=True, slots=True)
class Author:
    """One author's works."""

    name: str
    """Name of the file without its ending, such as "poe_prose"."""
    verse: bool
    chinese: bool
    train: tuple[TrainingText, ...]
    """Works of the one half, together at most as many tokens as were asked for."""
    held_out: tuple[TrainingText, ...]
    """Works of the other half."""

    @property
    def form(self) -> str:
        """Authors are told apart within one form and language."""
        return ("zh " if self.chinese else "en ") + ("verse" if self.verse else "prose")


def find(data: Path, name: str) -> Path:
    """The file of an author, anywhere below `data`. Raises SystemExit."""
    found = sorted(data.rglob(f"{name}.jsonl"))
    if not found:
        raise SystemExit(f"No file {name}.jsonl below {data}.")
    return found[0]


def read(path: Path, tokens: int, count: Callable[[str], int], seed: int) -> Author:
    """Read one author: works in the order of a hash, every other one held out, cut off at `tokens` of each half."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    verse = not path.stem.endswith(("_prose", "_play"))
    texts = [_text(str(row["title"]), str(row["text"]), verse) for row in rows if str(row["text"]).strip()]
    texts = list({text.content_hash: text for text in texts}.values())
    texts.sort(key=lambda text: hashlib.sha256(f"{seed} {text.content_hash}".encode()).hexdigest())
    return Author(
        path.stem,
        verse,
        is_chinese(texts[0].text),
        tuple(_until(texts[::2], tokens, count)),
        tuple(_until(texts[1::2], tokens, count)),
    )


def _text(title: str, text: str, verse: bool) -> TrainingText:
    digest = hashlib.sha256(text.encode()).hexdigest()
    language = "zh" if is_chinese(text) else "en"
    return TrainingText(digest[:12], title, text, "poem" if verse else "story", language, digest)


def _until(texts: Sequence[TrainingText], most: int, count: Callable[[str], int]) -> list[TrainingText]:
    """The first works with `most` tokens together; the last one is cut off at a paragraph."""
    found: list[TrainingText] = []
    left = most
    for text in texts:
        size = count(text.text)
        if size <= left:
            found.append(text)
            left -= size
            continue
        kept = ""
        for _, end in paragraphs(text.text):
            if count(text.text[:end]) > left:
                break
            kept = text.text[:end]
        if kept:
            found.append(_text(text.title, kept, text.kind == "poem"))
        break
    return found


def others(data: Path, authors: Sequence[Author], form: str, count: int) -> list[Path]:
    """More authors of a form in the same folder, in the order of their names, to make `count` with those given."""
    chinese, verse = form.startswith("zh"), form.endswith("verse")
    taken = {author.name for author in authors}
    poets = {author.name.rsplit("_", 1)[0] for author in authors}
    found: list[Path] = []
    for path in sorted(data.rglob("*_verse.jsonl" if verse else "*_prose.jsonl")):
        if path.stem in taken or path.stem.rsplit("_", 1)[0] in poets or path.stat().st_size < 60_000:
            continue
        first = json.loads(path.open(encoding="utf-8").readline())["text"]
        if is_chinese(first) == chinese:
            found.append(path)
    have = sum(author.form == form for author in authors)
    return found[: max(0, count - have)]
