"""Craft: exact words against abstractions and clichés, density of images, variety of rhythm.

English paragraphs of 50 to 400 words: what professional writers would say of their quality (a trained head, see
docs/critic.md), and the counts as evidence. Everything else: the counts alone, on the scale of published writing.
"""

from __future__ import annotations

import re

from agents.contracts import Evidence, Score
from agents.critique import calibration, stock
from agents.critique.features.words import split_words, zipf
from agents.critique.measure import bounded, curve, mean, shorten
from agents.critique.opinion import Opinion
from agents.spans import Span, is_chinese, is_verse, parts, tokens

PARAGRAPH = (50, 400)
"""Words of the texts the quality head was fitted to."""
EXACT = (2.0, 4.3)
"""Zipf frequencies of words that name something in particular: "gutter", "ironing"; not "thing", not "xylographer"."""
MOST_EVIDENCE = 6
_ABSTRACT = re.compile(
    r"\b\w{3,}(?:ness|tion|sion|ity|ment|ance|ence|ship|hood)\b|"
    r"\b(?:love|hope|truth|beauty|soul|freedom|fate|destiny|time|life|death|joy|sorrow|despair|peace)\b",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"\b(?!only\b|early\b|family\b|july\b|belly\b|holy\b|ugly\b|fly\b)\w{3,}ly\b", re.IGNORECASE)
_ABSTRACT_ZH = re.compile("人生|命运|希望|美好|幸福|永恒|灵魂|梦想|自由|真理|力量|生命|时光|岁月|情感|心灵")
_LIKENESS = re.compile(r"\b(?:like an?|as if|as though|as \w+ as)\b|像|如同|仿佛|好似", re.IGNORECASE)


def score(text: str, *, english: bool, opinion: Opinion | None) -> Score | None:
    """Judge one text, or None for a language it has no counts for."""
    chinese = is_chinese(text)
    if not english and not chinese:
        return None
    numbers = counts(text, chinese=chinese)
    verse = is_verse(text)
    scales = calibration.CRAFT[f"{'verse' if verse else 'prose'}_{'zh' if chinese else 'en'}"]
    value = mean([curve(numbers[name], scale) for name, scale in scales.items()])
    size = len(tokens(text))
    by_writers = opinion is not None and not verse and PARAGRAPH[0] <= size <= PARAGRAPH[1]
    if opinion is not None and by_writers:
        value = opinion.quality
    evidence = _evidence(text, chinese=chinese)
    measures = (*((name, round(number, 3)) for name, number in numbers.items()), ("by_writers", float(by_writers)))
    return Score(bounded(value), evidence, _advice(text, evidence, numbers), measures)


def counts(text: str, *, chinese: bool) -> dict[str, float]:
    """Numbers of one text: shares of its words, and the spread of its rhythm (deviation over mean of part lengths)."""
    size = max(1, len(tokens(text)))
    lengths = [len(tokens(text[a:b])) for a, b in parts(text)] or [1]
    middle = mean([float(length) for length in lengths]) or 1.0
    spread = mean([(length - middle) ** 2 for length in lengths]) ** 0.5 / middle
    phrases = len(stock.find(text, "zh" if chinese else "en"))
    found = {"rhythm": spread, "stock": -100 * phrases / size, "images": 100 * len(_LIKENESS.findall(text)) / size}
    if chinese:
        return {**found, "abstract": -100 * len(_ABSTRACT_ZH.findall(text)) / size}
    words = split_words(text) or [""]
    exact = sum(EXACT[0] <= zipf(word) <= EXACT[1] and not _ABSTRACT.fullmatch(word) for word in words) / len(words)
    abstract = -100 * len(_ABSTRACT.findall(text)) / len(words)
    return {
        **found,
        "exact": 100 * exact,
        "abstract": abstract,
        "adverbs": -100 * len(_ADVERB.findall(text)) / len(words),
    }


def _evidence(text: str, *, chinese: bool) -> tuple[Evidence, ...]:
    found = []
    for a, b in stock.find(text, "zh" if chinese else "en")[:3]:
        found.append(
            Evidence(a, b, f"“{text[a:b]}” is a cliché; try what you would see instead.", text[a:b], weight=0.05)
        )
    for match in (_ABSTRACT_ZH if chinese else _ABSTRACT).finditer(text):
        reason = f"“{match[0]}” names an idea; try the thing, the gesture or the place it was."
        found.append(Evidence(match.start(), match.end(), reason, match[0], weight=0.04))
    for match in () if chinese else _ADVERB.finditer(text):
        reason = f"“{match[0]}” leans on an adverb; try a verb that says it alone."
        found.append(Evidence(match.start(), match.end(), reason, match[0], weight=0.03))
    if (run := _monotone(text)) is not None:
        quote = shorten(text[run[0] : run[1]])
        reason = f"From “{quote}” on, the sentences or lines are equally long; try one very short one."
        found.append(Evidence(run[0], run[1], reason, quote, weight=0.04))
    found.sort(key=lambda item: (-item.weight, item.start))
    return tuple(found[:MOST_EVIDENCE])


def _monotone(text: str) -> Span | None:
    """The first run of four prose sentences whose lengths differ by less than a tenth; verse may be even."""
    if is_verse(text):
        return None
    pieces = parts(text)[:400]
    lengths = [len(tokens(text[a:b])) for a, b in pieces]
    for at in range(len(pieces) - 3):
        some = lengths[at : at + 4]
        if min(some) >= 5 and max(some) - min(some) <= 0.1 * max(some):
            return pieces[at][0], pieces[at + 3][1]
    return None


def _advice(text: str, evidence: tuple[Evidence, ...], numbers: dict[str, float]) -> str:
    if evidence:
        return evidence[0].reason
    pieces = parts(text)
    quote = shorten(text[pieces[0][0] : pieces[0][1]]) if pieces else ""
    if numbers["images"] == 0:
        return f"No comparison anywhere: try showing “{quote}” by what it is like, once."
    return f"Words are exact and the rhythm varies; “{quote}” needs nothing."
