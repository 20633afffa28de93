"""The voice card: what makes some works sound like one person, in numbers and examples, and how two cards differ.

Favourite words are those used more than others use them, by log-odds with an informative Dirichlet prior (Monroe,
Colaresi and Quinn 2008) against the frequencies of wordfreq. What is common in published writing comes from
`data/voice_common.json` (benchmarks/train_style.py).
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from memory.form import language_of
from memory.style import distance
from memory.style_text import CHINESE_FUNCTION, WORD
from memory.voice_card import Trait, VoiceCard
from memory.voice_measures import PERSONS, Sample, measure, sample

LEAST = 30
"""Words or characters below which there is nothing to measure."""
MOST_CHARACTERS = 1_500_000
"""Characters measured of a collection; of a larger one, whole works taken evenly from all."""
PRIOR = 1000.0
"""Weight of common use, in words: a word must return before it counts as a favourite."""
FAVOURITES = 15
SPREAD = 0.5
"""Deviation, in logarithms, between writers, where it was not measured."""
_NOT_COMPARED = ("first lines", "favourite words")
_SHAPE = ("sentence length", "line length", "word length", "syllables", "rhythm", "variety of words")
_NUMERALS = "一二三四五六七八九十〇百千年月日"


def voice_card(texts: Sequence[str], title: str, language: str = "", works: int | None = None) -> VoiceCard:
    """The card of some texts; without traits when they hold fewer than `LEAST` words or characters.

    A collection in two languages is measured in the one that most of it is in.
    """
    language = language or _main_language(texts)
    texts = [text for text in texts if len(texts) == 1 or (language_of(text) == "zh") == (language == "zh")]
    some = sample(_evenly(texts), chinese=language == "zh")
    found = VoiceCard(title, language, len(texts) if works is None else works, len(some.words))
    if len(some.words) < LEAST:
        return replace(found, sentence=f"Too little to measure: {len(some.words)} {some.unit}, {LEAST} are needed.")
    known = common(language, verse=some.verse)
    traits = [replace(trait, common=known[trait.name][0]) if trait.name in known else trait for trait in measure(some)]
    at = next(place for place, trait in enumerate(traits) if trait.name in ("openings", "first lines"))
    traits.insert(at, favourite_words(some))
    return replace(found, traits=tuple(traits), sentence=_summary(traits, known, verse=some.verse))


def compared(card: VoiceCard, other: VoiceCard, texts: Sequence[str], against: Sequence[str]) -> VoiceCard:
    """`other` with the distance of its text `against` from the works `texts` of the card."""
    if not card.traits or not other.traits or (card.language == "zh") != (other.language == "zh"):
        return other
    return replace(other, distance=round(distance("\n\n".join(against), texts, card.language), 2))


def differences(card: VoiceCard, other: VoiceCard, most: int = 8) -> list[str]:
    """Plain sentences on what differs, largest first; measured by how much writers differ from each other."""
    if (card.language == "zh") != (other.language == "zh"):
        return ["They are in two languages, so their figures cannot be compared."]
    theirs = {trait.name: trait for trait in other.traits}
    spreads = common(card.language, verse=any(trait.name == "line length" for trait in card.traits))
    found: list[tuple[float, str]] = []
    for trait in card.traits:
        against = theirs.get(trait.name)
        if against is None or trait.name in _NOT_COMPARED or against.unit != trait.unit:
            continue
        if trait.unit.startswith("of 1,000") and not _sure(trait.value, card.words, against.value, other.words):
            continue
        floor = 0.5 if trait.unit.startswith("of 1") else 0.05
        ratio = math.log((trait.value + floor) / (against.value + floor))
        if abs(ratio) >= math.log(1.25):
            size = min(abs(ratio), math.log(6)) / max(0.1, spreads.get(trait.name, (0.0, SPREAD))[1])
            found.append((size, _sentence(trait, against, other.title)))
    found.sort(key=lambda pair: -pair[0])
    return [sentence for _, sentence in found[:most]]


def _sure(rate: float, words: int, other: float, others: int) -> bool:
    """Whether two rates of 1,000 differ by more than chance: two standard errors of counts, one more count each."""
    error = math.sqrt((rate + 1000 / words) * 1000 / words + (other + 1000 / others) * 1000 / others)
    return abs(rate - other) > 2 * error


def favourite_words(some: Sample) -> Trait:
    """Words used far more than others use them, the surest first; names and words of one work are left out."""
    words = [word.lower() for word in some.words]
    tally = Counter(_pairs(some.texts) if some.chinese else words)
    if some.chinese:
        tally.update(word for word in words if word not in CHINESE_FUNCTION and word not in _NUMERALS)
    else:
        capital = Counter(word.lower() for word in some.words if word[0].isupper())
        tally = Counter({word: n for word, n in tally.items() if len(word) > 1 and capital[word] < 0.7 * n})
    spread = Counter(word for text in some.texts for word in _present(text, some, tally))
    least = 2 if len(some.texts) > 2 else 1
    total = len(words)
    scored = [
        (score, word)
        for word, number in tally.items()
        if number >= 3 and spread[word] >= least and (score := _log_odds(number, total, _usual(word, some.chinese))) > 2
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    best = tuple(word for _, word in scored[:FAVOURITES])
    return Trait("favourite words", float(len(scored)), "words clearly above common use", None, (), best)


def common(language: str, *, verse: bool) -> dict[str, tuple[float, float]]:
    """By trait: median of published writers, deviation between them in logarithms. Empty for other languages."""
    return _common().get(f"{'verse' if verse else 'prose'}_{language}", {})


@lru_cache(maxsize=1)
def _common() -> dict[str, dict[str, tuple[float, float]]]:
    raw = json.loads((files("memory") / "data" / "voice_common.json").read_text(encoding="utf-8"))
    return {kind: {name: (one[0], one[1]) for name, one in traits.items()} for kind, traits in raw.items()}


def _log_odds(number: int, total: int, usual: float) -> float:
    """z of the log-odds of a word here against common use, whose share `usual` is the prior."""
    prior = max(usual, 1e-8) * PRIOR
    here = math.log((number + prior) / (total + PRIOR - number - prior))
    there = math.log(max(usual, 1e-8) / (1 - usual))
    return (here - there) / math.sqrt(1 / (number + prior))


def _usual(word: str, chinese: bool) -> float:
    if chinese:
        return _chinese_use().get(word.translate(_simplified()), 2e-7)
    from wordfreq import word_frequency

    return float(word_frequency(word, "en", minimum=1e-8))


@lru_cache(maxsize=1)
def _chinese_use() -> dict[str, float]:
    """Share of characters, and of pairs that are words, in common Chinese use (wordfreq, simplified)."""
    from wordfreq import get_frequency_dict

    found: defaultdict[str, float] = defaultdict(float)
    for word, share in get_frequency_dict("zh").items():
        for character in word:
            found[character] += share
        if len(word) == 2:
            found[word] += share
    whole = sum(share for word, share in found.items() if len(word) == 1) or 1.0
    return {word: share / whole for word, share in found.items()}


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """The table wordfreq itself looks words up by; its own function needs a segmenter that is not needed here."""
    import gzip

    import msgpack

    packed = gzip.decompress((files("wordfreq") / "data" / "_chinese_mapping.msgpack.gz").read_bytes())
    table: dict[int, str] = msgpack.loads(packed, raw=False, strict_map_key=False)
    return table


def _pairs(texts: Iterable[str]) -> Iterable[str]:
    known = _chinese_use()
    for text in texts:
        for at in range(len(text) - 1):
            pair = text[at : at + 2]
            if pair.translate(_simplified()) in known and not any(
                sign in CHINESE_FUNCTION or sign in _NUMERALS for sign in pair
            ):
                yield pair


def _present(text: str, some: Sample, tally: Counter[str]) -> set[str]:
    if some.chinese:
        return {one for at in range(len(text)) for one in (text[at], text[at : at + 2]) if one in tally}
    return {word for word in map(str.lower, WORD.findall(text)) if word in tally}


def _main_language(texts: Sequence[str]) -> str:
    sizes: Counter[str] = Counter()
    for text in texts:
        sizes[language_of(text)] += len(text)
    return sizes.most_common(1)[0][0] if sizes else "und"


def _evenly(texts: Sequence[str]) -> list[str]:
    """Whole works up to `MOST_CHARACTERS`, taken evenly."""
    whole = sum(map(len, texts))
    if whole <= MOST_CHARACTERS:
        return list(texts)
    step = whole / MOST_CHARACTERS
    taken = [texts[int(at * step)] for at in range(int(len(texts) / step))] or list(texts[:1])
    return [text[:MOST_CHARACTERS] for text in taken]


def _summary(traits: Sequence[Trait], known: dict[str, tuple[float, float]], *, verse: bool) -> str:
    """One sentence: the length, and the two traits that stand out most from published writing."""
    by_name = {trait.name: trait for trait in traits}
    length = by_name.get("line length" if verse else "sentence length")
    start = f"{'Lines' if verse else 'Sentences'} of {length.value:g} {length.unit}" if length else "A voice"
    odd = []
    for trait in traits:
        if trait.name in known and trait.name not in _SHAPE and trait.common is not None:
            away = math.log((trait.value + 0.5) / (trait.common + 0.5)) / max(0.1, known[trait.name][1])
            less = "fewer" if trait.name.endswith("s") else "less"
            odd.append((abs(away), f"{'more' if away > 0 else less} {trait.name}"))
    odd.sort(key=lambda pair: -pair[0])
    said = " and ".join(words for size, words in odd[:2] if size > 0.5)
    return f"{start}, with {said} than published {'verse' if verse else 'prose'}." if said else f"{start}."


def _sentence(trait: Trait, against: Trait, title: str) -> str:
    ratio = (trait.value + 1e-9) / (against.value + 1e-9)
    whose = f"those of {title}"
    if trait.name in ("sentence length", "line length", "word length"):
        what = {"sentence length": "sentences", "line length": "lines", "word length": "words"}[trait.name]
        return f"Your {what} are {_times(ratio, 'long', 'shorter', 'longer')} {whose} ({_figures(trait, against)})."
    if trait.name == "syllables":
        return (
            f"Your lines have {_times(ratio, 'many syllables', 'fewer', 'more')} {whose} ({_figures(trait, against)})."
        )
    if trait.name == "variety of words":
        return f"Your words repeat {'less' if ratio > 1 else 'more'} than {whose} ({_figures(trait, against)})."
    if trait.name == "rhythm":
        more = "more" if ratio > 1 else "less"
        return f"The lengths of your sentences and lines vary {more} than {whose} ({_figures(trait, against)})."
    what = f"“{trait.name}”" if trait.name in PERSONS else trait.name
    if against.value == 0 or trait.value == 0:
        have, lacks = ("You have", "has none") if against.value == 0 else ("You have no", "has them")
        return f"{have} {what}; {title} {lacks} ({_figures(trait, against)})."
    return f"You have {what} {_times(ratio, 'often', 'less often', 'more often')} {title} ({_figures(trait, against)})."


def _figures(trait: Trait, against: Trait) -> str:
    return f"{trait.value:g} against {against.value:g} {trait.unit}"


def _times(ratio: float, measure: str, less: str, more: str) -> str:
    """Such as "half as long as", "a third shorter than", "three times as long as"."""
    if ratio > 1:
        return f"{min(ratio, 99):.0f} times as {measure} as" if ratio >= 2.5 else (
            f"twice as {measure} as" if ratio >= 1.8 else f"{_part(ratio - 1)} {more} than")  # fmt: skip
    if ratio <= 0.4:
        return (
            f"{'far ' if ratio < 0.2 else 'much '}{less} than"
            if measure == "often"
            else f"less than half as {measure} as"
        )
    return f"half as {measure} as" if ratio <= 0.58 else f"{_part(1 - ratio)} {less} than"


def _part(share: float) -> str:
    return "a quarter" if share < 0.29 else ("a third" if share < 0.42 else ("half again" if share < 0.6 else "much"))
