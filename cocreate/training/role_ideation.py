"""Lessons for the ideation agent: themes with ideas of many angles, and ideas pushed further by one change each.

What was read off literature (a sentence, and a theme near it) taught fragments of old novels that drop the request, by
blind reading (docs/log.md). So these lessons were written for this, by language models, and ship: a block for each
theme in `lessons/ideas.LANGUAGE.txt`,

    # the theme, as a writer types it
    an object | an idea that takes this angle
    + 1 | a smell | what becomes of the first idea by this change
    + 1,3 | they meet | what becomes of two of them
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from importlib.resources import files

from agents import prompts, wording
from agents.contracts import Brief
from agents.spans import is_chinese
from cocreate.training.corpus import Coder, Example
from cocreate.training.job import DataUsed, Lesson, TrainingText
from cocreate.training.split import Part

LANGUAGES = ("en", "zh")
AUTHOR = "written for cocreate by language models"
SPELT = 1.3
"""Tokens of a Chinese character above which a base spells it in bytes: it learns no Chinese lessons."""


def texts() -> tuple[TrainingText, ...]:
    """The lessons, each theme a text of its own, so that whole themes are held out."""
    return tuple(
        TrainingText(
            work_id=f"ideas.{language}",
            title=block.splitlines()[0].removeprefix("# "),
            text=block,
            kind="ideas",
            language=language,
            content_hash=hashlib.sha256(block.encode()).hexdigest(),
            author=AUTHOR,
        )
        for language in LANGUAGES
        for block in _file(language).strip().split("\n\n")
    )


def _file(language: str) -> str:
    return (files("cocreate.training") / "lessons" / f"ideas.{language}.txt").read_text(encoding="utf-8")


def sentences(lessons: Iterable[TrainingText]) -> list[str]:
    """The ideas themselves, so that no run of words of theirs need be written again."""
    return [row.rsplit(" | ", 1)[-1] for text in lessons for row in text.text.splitlines()[1:]]


def readable(lessons: Iterable[TrainingText], coder: Coder) -> list[TrainingText]:
    """Those in languages the base model has words for."""
    return [text for text in lessons if text.language != "zh" or len(coder.encode(text.text)) < SPELT * len(text.text)]


def lessons(block: str) -> list[Lesson]:
    """The lessons of one theme, in the order of the block. Raises ValueError for a line of another form."""
    head, *rows = block.splitlines()
    theme = head.removeprefix("# ")
    language = "zh" if is_chinese(theme) else "en"
    slots = wording.slots(Brief(theme, theme=theme, language=language))
    ideas: list[str] = []
    found: list[Lesson] = []
    for row in rows:
        how, *rest = row.removeprefix("+ ").split(" | ")
        if row.startswith("+ "):
            label, said = rest
            parents = tuple(ideas[int(number) - 1] for number in how.split(","))
            pushed = {"direction": parents[0], "after": parents[-1] if parents[1:] else "", "instruction": label}
            made = prompts.fill("push_short", language, slots | pushed)
        else:
            (said,) = rest
            ideas.append(said)
            made = prompts.fill("idea_short", language, slots | {"angle": how})
        found.append(Lesson(made.messages, said))
    return found


def used(parts: Iterable[Part], every: Iterable[TrainingText]) -> tuple[DataUsed, ...]:
    """The lines of the card: one for each file of lessons that was learned from or held out."""
    tokens: dict[str, int] = {}
    for part in parts:
        tokens[part.text.work_id] = tokens.get(part.text.work_id, 0) + part.tokens
    rows = []
    for name, size in sorted(tokens.items()):
        known = sorted(text.content_hash for text in every if text.work_id == name)
        digest = hashlib.sha256("".join(known).encode()).hexdigest()
        rows.append(DataUsed(name, f"Ideas for {len(known)} themes ({name})", digest, "parts", size, AUTHOR))
    return tuple(rows)


class IdeaCorpus:
    """Examples of the themes of a split, as `role_corpus.RoleCorpus` gives them. Not thread-safe.

    Args:
        learned: themes to learn from.
        coder: tokenizer of the base model.
        seed: same seed, same examples.
    """

    def __init__(self, learned: Sequence[Part], coder: Coder, *, seed: int) -> None:
        self._coder = coder
        self._seed = seed
        self._examples = self._all(learned)

    @property
    def tokens(self) -> int:
        """Of a pass, the prompts included."""
        return sum(len(example.tokens) for example in self._examples)

    def epoch(self, number: int) -> list[Example]:
        """Every lesson once, in another order each time; `number` counts from 0."""
        rng = random.Random(f"{self._seed} ideas {number}")  # noqa: S311  reproducible, not secret
        return rng.sample(self._examples, len(self._examples))

    def fixed(self, held_out: Sequence[Part], most: int) -> list[Example]:
        """Lessons of themes that are not learned, up to `most` learned tokens."""
        found: list[Example] = []
        size = 0
        for example in self._all(held_out):
            if size < most:
                found.append(example)
                size += len(example.tokens) - example.learned
        return found

    def _all(self, parts: Sequence[Part]) -> list[Example]:
        return [self._example(lesson) for part in parts for lesson in lessons(part.said)]

    def _example(self, lesson: Lesson) -> Example:
        before = self._coder.prompt(lesson.messages, "")
        reply = (*self._coder.encode(lesson.reply), self._coder.tokenizer.eos_token_id)
        return Example((*before, *reply), len(before))
