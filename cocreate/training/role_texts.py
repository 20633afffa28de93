"""Pieces of literature that can stand alone, and what a writer could have asked for to get them. Pure.

A piece is a poem or a run of its stanzas, an opening or a passage of prose from paragraph to paragraph, a run of a
scene. Its brief is read off the piece: kind, a theme of its own words, lines and stanzas or words, feelings that are
named in it, the person it is told in. What no program can see (irony, allusion, an argument) is left open.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agents.contracts import Brief, Kind, Length
from agents.critique.emotion import feelings_in
from agents.spans import Span, blocks, chinese_count, is_chinese, is_verse, lines, paragraphs, sentences, words
from cocreate.training import themes
from cocreate.training.corpus import length_of
from cocreate.training.split import Part

LINES = (3, 28)
"""Fewest and most lines of a piece of verse."""
WORDS = (40, 210)
"""Fewest and most words of a piece of prose (Chinese: characters times 1.6)."""
SPOKEN_MOST = 0.35
"""Largest share of a prose piece inside quotation marks: talk without its scene is no story."""
NOUN_SHARE = 0.45
_ARTICLE = r"\b(?:the|an?|my|his|its|our|their|your)\s+"
_AFTER_ARTICLE = re.compile(_ARTICLE + r"([a-z]{3,14})\b", re.IGNORECASE)
_NOUN = re.compile(
    _ARTICLE
    + r"([a-z]{3,14})(?=\s+(?:of|and|in|was|is|were|are|that|which|who|had|has|on|at|to|with|from|by|as|for|but|"
    r"when|where|into|upon|over|through|he|she|they|I)\b|\s*[.,;:!?—\n])",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200a\u200b\u2060\ufeff]")
_MARKUP = re.compile(r"epub:type|z3998|https?://|<[a-z/]|Project Gutenberg")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」")
_KINDS: dict[str, Kind] = {"poem": "poem", "lyric": "lyric", "script": "script", "ad": "ad"}
_FIRST = re.compile(r"\b(?:I|me|my|mine)\b|我")
_THIRD = re.compile(r"\b(?:he|she|his|her|him|they|them)\b|他|她", re.IGNORECASE)
_MOODS = {
    "joy": ("joyful", "欢快"), "tenderness": ("tender", "温柔"), "calm": ("quiet", "宁静"),
    "wonder": ("dreamy", "梦幻"), "sadness": ("sad", "忧伤"), "fear": ("eerie", "诡异"), "anger": ("angry", "愤怒"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: characters [start, end) of `part.said`."""

    part: Part
    start: int
    end: int

    @property
    def text(self) -> str:
        """The piece itself."""
        return self.part.said[self.start : self.end]


def nouns_of(texts: Iterable[str]) -> frozenset[str]:
    """English words that these texts use as nouns: often right between an article and a word that ends its phrase.

    No tagger is asked: of a word's uses after an article or possessive, at least NOUN_SHARE end there.
    """
    ended: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for text in texts:
        ended.update(match.lower() for match in _NOUN.findall(text))
        used.update(match.lower() for match in _AFTER_ARTICLE.findall(text))
    return frozenset(word for word, count in ended.items() if count >= 2 and count >= NOUN_SHARE * used[word])


def cleaned(part: Part) -> Part | None:
    """The part without invisible characters; None where it holds mark-up or a licence."""
    if _MARKUP.search(part.said):
        return None
    said = _INVISIBLE.sub("", part.said).replace("\t", " ")
    return replace(part, text=replace(part.text, text=said), start=0, end=len(said))


@dataclass(frozen=True, slots=True)
class World:
    """What a lesson may draw on besides its own piece."""

    others: Callable[[Piece], Sequence[Piece]]
    """Pieces of other texts by the same author."""
    nouns: frozenset[str]
    """English words known to name things."""

    def themes(self, text: str) -> list[str]:
        """Words of a text that could be its theme, best first; in English only nouns."""
        chinese = is_chinese(text)
        found = themes.candidates(text, chinese=chinese)
        return found if chinese else [word for word in found if word in self.nouns]


def pieces_of(part: Part, rng: random.Random) -> list[Piece]:
    """Cut a text into pieces that can stand alone; another `rng`, other cuts. What cannot is left out."""
    cut = _verse if part.text.kind in ("poem", "lyric") or is_verse(part.said) else _prose
    return [Piece(part, *span) for span in cut(part.said, rng) if _stands_alone(part.said[slice(*span)])]


def _verse(text: str, rng: random.Random) -> Iterator[Span]:
    """A short poem whole; of a longer one runs of whole stanzas, of a long stanza runs of lines."""
    least, most = LINES
    stanzas = blocks(text)
    if least <= len(lines(text)) <= most and rng.random() < 0.8:
        yield stanzas[0][0], stanzas[-1][1]
        return
    begun: Span | None = None
    size, wanted = 0, rng.randint(4, most)
    for start, end in stanzas:
        count = len(lines(text[start:end]))
        if count > most:
            yield from _runs(text, (start, end), rng)
            continue
        if begun is not None and size + count > wanted:
            yield begun
            begun, size, wanted = None, 0, rng.randint(4, most)
        begun = (begun[0] if begun else start, end)
        size += count
    if begun is not None and size >= least:
        yield begun


def _runs(text: str, stanza: Span, rng: random.Random) -> Iterator[Span]:
    """Runs of lines of one long stanza, each ending where a sentence ends if there is such a line near."""
    found = [(stanza[0] + a, stanza[0] + b) for a, b in lines(text[slice(*stanza)])]
    at = 0
    while at < len(found):
        wanted = min(len(found), at + rng.randint(6, 24))
        ends = [i for i in range(at + 4, wanted) if text[found[i - 1][1] - 1] in ".!?。！？"]
        past = ends[-1] if ends else wanted
        if past - at >= LINES[0]:
            yield found[at][0], found[past - 1][1]
        at = past


def _prose(text: str, rng: random.Random) -> Iterator[Span]:
    """Runs of paragraphs, or of sentences of a long paragraph, of changing length."""
    start: int | None = None
    size, wanted = 0.0, rng.randint(*WORDS)
    for begin, end in paragraphs(text):
        for first, last in sentences(text[begin:end]):
            start = begin + first if start is None else start
            size += _size(text[begin + first : begin + last])
            if size >= wanted:
                yield start, begin + last
                start, size, wanted = None, 0.0, rng.randint(*WORDS)
        # A piece that could end with its paragraph does, more often than not.
        if start is not None and size >= 0.6 * wanted and size >= WORDS[0]:
            yield start, end
            start, size, wanted = None, 0.0, rng.randint(*WORDS)


def _size(text: str) -> float:
    return chinese_count(text) / 1.6 if is_chinese(text) else len(words(text))


def _stands_alone(text: str) -> bool:
    if is_verse(text):
        return len(lines(text)) >= LINES[0]
    spoken = sum(len(found) for found in _QUOTED.findall(text))
    return _size(text) >= WORDS[0] * 0.75 and spoken <= SPOKEN_MOST * len(text) and not text[:1].islower()


def brief_for(piece: Piece, world: World, rng: random.Random, premise: str = "") -> Brief:
    """The brief a piece could have been written for; each wish beyond kind, theme and length only now and then.

    Its theme is the `premise` where there is one, else a few words of the piece.
    """
    text = piece.text
    chinese = is_chinese(text)
    kind = _KINDS.get(piece.part.text.kind, "poem" if piece.part.text.kind == "text" and is_verse(text) else "story")
    verse = kind in ("poem", "lyric") and is_verse(text)
    length = length_of(text) if verse or kind == "poem" else prose_length(text)
    theme = premise or themes.said(world.themes(text), chinese=chinese, rng=rng)
    language = "zh" if chinese else "en"
    stanzas = len(blocks(text)) if verse else 0
    brief = Brief(theme, kind, theme, language=language, length=length)
    if stanzas > 1 and rng.random() < 0.7:
        brief = replace(brief, stanzas=stanzas)
    if rng.random() < 0.3:
        brief = replace(brief, mood=mood_of(text))
    if rng.random() < 0.25:
        brief = replace(brief, view=view_of(text))
    if rng.random() < 0.15:
        brief = replace(brief, must=_must(world.themes(text), theme, rng))
    return brief


def prose_length(text: str) -> Length:
    """The length of prose as a brief would say it, rounded to tens."""
    count = chinese_count(text) if is_chinese(text) else len(words(text))
    return Length(max(10, round(count, -1)), "characters" if is_chinese(text) else "words")


def mood_of(text: str) -> str:
    """The feeling most words of a text name, as a mood; "" where fewer than two do."""
    chinese = is_chinese(text)
    found = Counter(feelings_in(text, "zh" if chinese else "en")).most_common(1)
    if not found or found[0][1] < 2 or found[0][0] not in _MOODS:
        return ""
    return _MOODS[found[0][0]][chinese]


def view_of(text: str) -> str:
    """First or third person outside quotation marks, where it is clear; else ""."""
    told = _QUOTED.sub("", text)
    first, third = len(_FIRST.findall(told)), len(_THIRD.findall(told))
    chinese = is_chinese(text)
    if first >= 3 and first > third:
        return "第一人称" if chinese else "first person"
    if third >= 3 and not first:
        return "第三人称" if chinese else "third person"
    return ""


def _must(known: Sequence[str], theme: str, rng: random.Random) -> tuple[str, ...]:
    said = set(themes.words_of(theme))
    left = [word for word in known[:12] if word not in said]
    return tuple(rng.sample(left, min(len(left), rng.choice((1, 1, 2)))))


def things(text: str, most: int, world: World, rng: random.Random) -> str:
    """A few things a text shows, as words: "the stove, sand"."""
    known = world.themes(text)[:10]
    some = rng.sample(known, min(len(known), most))
    return ("、" if is_chinese(text) else ", ").join(some)
