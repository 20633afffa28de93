"""Drafts in a voice, and what they are judged by: a judge of authors, copies, theme fit."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voice_sets import Author

from agents.contracts import Brief, Engine, Length
from agents.critique.theme import theme_words
from agents.drafting import Drafting
from agents.spans import is_chinese, parts, tokens, words
from cocreate.training.job import TrainingText
from memory.embedder import unit_vectors
from memory.records import Hit
from memory.works import Memory

THEMES = (
    "a letter that came too late", "the old house by the river", "a stranger at the door", "the first snow of the year",
    "a lost ring", "two brothers who quarrelled", "the sound of a clock at night", "a journey by sea",
    "a garden in the evening", "the death of a friend", "a promise that was broken", "the market in the morning",
    "a dream of a distant country", "the face in the mirror", "money and love", "a child asleep",
    "the road home", "a song heard from far away", "rain on the roof", "the last day of summer",
)  # fmt: skip
THEMES_ZH = (
    "秋天的雨", "离别的朋友", "山中的月亮", "一封没有寄出的信", "故乡的河", "雪夜", "老人和酒",
    "春天的花", "远行的船", "深夜的灯", "黄昏的路", "一只飞鸟", "母亲的手", "江上的风",
    "旧时的城", "清晨的钟声", "失去的时光", "孤独的旅人", "梦里的人", "门外的树",
)  # fmt: skip
WORDS = 85
"""English words of about 120 tokens; Chinese drafts have as many tokens in 110 characters."""


def brief(author: Author, theme: str, voice: str) -> Brief:
    """What every author is asked for: the same themes, in the author's form."""
    if author.verse:
        length = Length(8 if author.chinese else 12, "lines")
    else:
        length = Length(110, "characters") if author.chinese else Length(WORDS, "words")
    kind = "poem" if author.verse else "story"
    language = "zh" if author.chinese else "en"
    return Brief(theme, "poem" if kind == "poem" else "story", theme, language=language, length=length, voice=voice)


def write(engine: Engine, author: Author, memory: Memory | None, count: int, seed: int) -> list[tuple[str, str]]:
    """(theme, draft) by the drafting agent: with `memory` in the author's voice and with recall, else the base's."""
    agent, stop = Drafting(engine), threading.Event()
    found = []
    for i, theme in enumerate((THEMES_ZH if author.chinese else THEMES)[:count]):
        recalled: Sequence[Hit] = memory.search(theme, 3) if memory else ()
        wanted = brief(author, theme, author.name if memory else "")
        made = agent.write(wanted, (), recalled, count=1, seed=seed + i, stop=stop, progress=lambda i, text: None)
        found.append((theme, made[0].text))
    return found


def passages(texts: Sequence[TrainingText], size: int) -> list[str]:
    """Real text in pieces of `size` words or Chinese characters, cut at lines or sentences."""
    found: list[str] = []
    for text in texts:
        start, count = 0, 0
        for begin, end in parts(text.text):
            count += len(tokens(text.text[begin:end]))
            if count >= size:
                found.append(text.text[start:end].strip())
                start, count = end, 0
    return found


class Judge:
    """Says who wrote a text: character n-grams and a linear SVM, trained on real text of the learned half only."""

    def __init__(self, authors: Sequence[Author]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC

        size = 110 if authors[0].chinese else WORDS
        texts: list[str] = []
        names: list[str] = []
        most = min(len(passages(author.train, size)) for author in authors)
        for author in authors:
            found = passages(author.train, size)
            texts += found[:: max(1, len(found) // most)][:most]
            names += [author.name] * min(most, len(found[:: max(1, len(found) // most)]))
        grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 5), sublinear_tf=True, min_df=2)
        self._model: Any = make_pipeline(grams, LinearSVC(C=1.0))
        self._model.fit(texts, names)
        held = [(author.name, text) for author in authors for text in passages(author.held_out, size)[:60]]
        self.real = self.right([text for _, text in held], [name for name, _ in held])
        """Share of real held-out passages that are given to the right author."""
        self.authors = [author.name for author in authors]

    def right(self, texts: Sequence[str], names: Sequence[str]) -> float:
        """Share of the texts that are given to the named authors."""
        said = self._model.predict(list(texts))
        return sum(a == b for a, b in zip(said, names, strict=True)) / max(1, len(names))


def _units(text: str) -> list[str]:
    """Words, or Chinese characters."""
    return words(text)


def longest_run(draft: str, train: Sequence[TrainingText]) -> int:
    """Words (Chinese characters) of the longest run of the draft that stands in the training works."""
    units = _units(draft)
    works = [f" {' '.join(_units(text.text))} " for text in train]
    best = 0
    for start in range(len(units)):
        while start + best < len(units) and any(f" {' '.join(units[start : start + best + 1])} " in w for w in works):
            best += 1
    return best


def overlap(texts: Sequence[str], train: Sequence[TrainingText], size: int = 6) -> float:
    """Share of the 6-grams of the texts that stand in the training works."""
    known = {tuple(units[i : i + size]) for text in train for units in [_units(text.text)] for i in range(len(units))}
    grams = [tuple(u[i : i + size]) for text in texts for u in [_units(text)] for i in range(len(u) - size + 1)]
    return sum(gram in known for gram in grams) / max(1, len(grams))


def theme_fit(drafts: Sequence[tuple[str, str]], embedder: Any) -> float:
    """Mean fit of drafts to their themes: cosine of sentence embeddings; for Chinese the share of theme words said."""
    if is_chinese(drafts[0][0]):
        return sum(theme_words(theme, text)[0] for theme, text in drafts) / len(drafts)
    asked = unit_vectors(embedder, [theme for theme, _ in drafts])
    said = unit_vectors(embedder, [text or "." for _, text in drafts])
    return float((asked * said).sum(1).mean())


def remembered(author: Author, folder: Path, embedder: Any) -> Memory:
    """A memory of the author's training works, opened anew when it is there."""
    from memory.database import Database

    memory = Memory(Database.open(folder / "memory.sqlite"), embedder, folder / "index")
    if not memory.count():
        for text in author.train:
            memory.add_text(text.title, text.text)
    return memory
