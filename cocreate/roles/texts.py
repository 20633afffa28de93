"""The literature an adapter learns its job from: every text of a folder, and of each author a share.

No author is more than a fifth of what is drawn, where that leaves enough of the text: a job is to be learned, not a
voice. The same folder, seed and minutes draw the same texts.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.spans import chinese_count
from cocreate.errors import InputRefused
from cocreate.training.job import TrainingText
from memory.adding import cleaned, first_line, one_line, shown
from memory.errors import WorkRefused
from memory.files import files
from memory.form import kind_of, language_of
from memory.readers import NAMED, about, read
from memory.readers.document import Document

SHARES = (1 / 5, 1 / 4, 1 / 3, 1.0)
"""Most of one author; the first that leaves enough text."""
LEAST_KEPT = 2 / 3
"""Of the text, for it to be enough."""
A_MINUTE = 50_000
"""Tokens drawn for each minute: several times what a CPU reads in one; a GPU reads what is drawn more than once."""
LEAST = 100_000
"""Tokens drawn however short the time."""
_ENDS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?])\s|(?<=[。！？])"))
"""Where a text is cut: between paragraphs, else between lines, else between sentences."""


@dataclass(frozen=True, slots=True)
class Author:
    """What is drawn of one author."""

    name: str
    """"" for texts that name nobody."""
    texts: int
    drawn: int
    """Texts of them that are learned from, the last one perhaps in part."""
    tokens: int
    """About as many."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The texts of a folder."""

    texts: tuple[TrainingText, ...]
    """What is learned from."""
    literature: tuple[str, ...]
    """All texts, whether they are learned from or not."""
    authors: tuple[Author, ...]
    """The largest first."""
    refused: tuple[str, ...]
    """A sentence for each file or line that could not be read."""


def gather(folder: Path, minutes: float, seed: int) -> Gathered:
    """Read every text under `folder` and draw what a tuning of so many minutes learns from.

    Author and kind are what the file says; else what the folder it lies in or its own name says
    (robert_frost_verse.jsonl); else the kind is what the form of the text shows.

    Raises:
        InputRefused: there is no such folder, or no text in it.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "is not there"
        raise InputRefused(f"The folder {shown(str(folder))} {what}.", "Name the folder of the texts: --data FOLDER")
    refused: list[str] = []
    found = {text.content_hash: text for text in _texts(folder, refused)}
    if not found:
        why = f" {refused[0]}" if refused else ""
        raise InputRefused(
            f"There is no text in {shown(str(folder))}.{why}", f"Put texts there ({NAMED}), or name another folder."
        )
    drawn, authors = draw(list(found.values()), max(LEAST, round(minutes * A_MINUTE)), seed)
    literature = tuple(text.text for text in found.values())
    return Gathered(tuple(drawn), literature, tuple(authors), tuple(refused))


def draw(texts: Sequence[TrainingText], most: int, seed: int) -> tuple[list[TrainingText], list[Author]]:
    """About `most` tokens of the texts, evenly over the authors; and how much of each that is."""
    by_author: dict[str, list[TrainingText]] = defaultdict(list)
    for text in texts:
        by_author[text.author or text.content_hash].append(text)
    sizes = {name: sum(map(_tokens, theirs)) for name, theirs in by_author.items()}
    limits = _limits(sizes, {name for name, theirs in by_author.items() if theirs[0].author}, most)
    drawn: list[TrainingText] = []
    authors: list[Author] = []
    for name, theirs in sorted(by_author.items()):
        some = _some(theirs, limits[name], seed)
        drawn += some
        authors.append(Author(theirs[0].author, len(theirs), len(some), sum(map(_tokens, some))))
    return drawn, sorted(authors, key=lambda one: (-one.tokens, one.name))


def _texts(folder: Path, refused: list[str]) -> Iterator[TrainingText]:
    for path, problem in files([folder]):
        try:
            if problem is not None:
                raise problem
            documents = read(path)
        except WorkRefused as error:
            refused.append(f"{shown(str(path))}: {error.sentence}")
            continue
        author, kind = _named(path, folder)
        for one in documents:
            if not isinstance(one, Document):
                refused.append(f"{shown(str(path))}: {one.sentence}")
            elif any(character.isalnum() for character in one.text):
                yield _text(one, author, kind)


def _text(document: Document, author: str, kind: str) -> TrainingText:
    text = cleaned(document.text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return TrainingText(
        work_id=digest[:12],
        title=one_line(document.title) or first_line(text),
        text=text,
        kind=document.kind or kind or kind_of(text),
        language=document.language or language_of(text),
        content_hash=digest,
        author=one_line(document.author)[:200] or author,
    )


def _named(path: Path, folder: Path) -> tuple[str, str]:
    """Author and kind by the names: the folder between `folder` and the file, else robert_frost_verse.jsonl."""
    words = re.split(r"[\s_]+", one_line(path.stem))
    kind = about.kind(words[-1])
    if path.parent != folder:
        return one_line(path.parent.name), kind
    if kind and len(words) > 1:
        return " ".join(word.capitalize() if word.islower() else word for word in words[:-1]), kind
    return "", kind


def _until(text: str, ends: re.Pattern[str], tokens: float) -> str:
    end, size = 0, 0
    for match in ends.finditer(text):
        size += _count(text[end : match.start()])
        if size > tokens:
            break
        end = match.start()
    return text[:end]


def _tokens(text: TrainingText) -> int:
    """About as many as a tokenizer makes: one a Chinese character, one for four others."""
    return _count(text.text)


def _count(text: str) -> int:
    chinese = chinese_count(text)
    return 1 + chinese + (len(text) - chinese) // 4


def _limits(sizes: Mapping[str, int], named: Collection[str], most: int) -> dict[str, float]:
    """Most tokens of each author: first to his share of the whole, then evenly to `most` in all.

    A text that names nobody stands for itself: it has no author who could be too much of the whole.
    """
    whole = sum(sizes.values())
    for share in SHARES:
        fair = _shared(sizes, named, share)
        if sum(fair.values()) >= LEAST_KEPT * whole:
            break
    level = _highest(max(fair.values()), lambda level: _sum(fair, level) <= most)
    return {name: min(size, level) for name, size in fair.items()}


def _shared(sizes: Mapping[str, int], named: Collection[str], share: float) -> dict[str, float]:
    """The sizes with no named author above `share` of their sum."""

    def at(level: float) -> dict[str, float]:
        return {name: min(size, level) if name in named else size for name, size in sizes.items()}

    def fits(level: float) -> bool:
        found = at(level)
        return max((found[name] for name in named), default=0) <= share * sum(found.values()) * (1 + 1e-9)

    return at(_highest(max(sizes.values()), fits))


def _highest(top: float, fits: Callable[[float], bool]) -> float:
    """The highest level up to `top` that fits, by bisection: what fits at a level fits below it too."""
    if fits(top):
        return top
    low, high = 0.0, top
    for _ in range(50):
        level = (low + high) / 2
        low, high = (level, high) if fits(level) else (low, level)
    return low


def _sum(sizes: Mapping[str, float], level: float) -> float:
    return sum(min(size, level) for size in sizes.values())


def _some(texts: Sequence[TrainingText], limit: float, seed: int) -> list[TrainingText]:
    """Texts of one author up to the limit, in an order drawn by the seed; the last is cut where a paragraph ends."""
    found: list[TrainingText] = []
    left = limit + 1  # a share of whole numbers
    for text in sorted(texts, key=lambda one: hashlib.sha256(f"{seed} {one.content_hash}".encode()).hexdigest()):
        if _tokens(text) > left:
            text = _beginning(text, left)
        if _tokens(text) > left or not text.text:
            break
        found.append(text)
        left -= _tokens(text)
    return found


def _beginning(text: TrainingText, tokens: float) -> TrainingText:
    """The paragraphs (or lines) of a text that are so many tokens; empty where the first is longer."""
    begun = next((begun for ends in _ENDS if (begun := _until(text.text, ends, tokens))), "")
    digest = hashlib.sha256(begun.encode()).hexdigest()
    return replace(text, text=begun, content_hash=digest, work_id=digest[:12])
