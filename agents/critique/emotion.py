"""Emotion: which feeling a text carries, how strongly, and whether it is the mood that was asked for.

English: valence by VADER (Hutto & Gilbert 2014, a lexicon of rated words) and eight feelings by own word lists.
Chinese: the word lists alone. Other languages are not judged. No reader's ratings of feeling were at hand: these are
counts, and the card says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from agents.contracts import Evidence, Score
from agents.critique import calibration
from agents.critique.features.words import split_words, stem
from agents.critique.measure import bounded, curve, mean, shorten
from agents.spans import Span, is_chinese, is_verse, parts, tokens

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

MOST_PARTS = 200
"""Lines or sentences looked at."""
BRIGHT = frozenset({"joy", "tenderness", "calm", "wonder"})
DARK = frozenset({"sadness", "fear", "anger"})


@dataclass(frozen=True, slots=True)
class _Felt:
    """One line: its valence (-1 to 1) and its feeling words."""

    span: Span
    valence: float
    words: tuple[tuple[str, str], ...]
    """(feeling, word)."""


def score(text: str, mood: str, *, english: bool) -> Score | None:
    """Judge one text, or None for a language without word lists."""
    chinese = is_chinese(text)
    if not english and not chinese:
        return None
    language = "zh" if chinese else "en"
    felt = [_feel(text, span, language) for span in parts(text)[:MOST_PARTS]]
    hits = Counter(feeling for line in felt for feeling, _ in line.words)
    count = max(1, len(tokens(text)))
    valence = mean([line.valence for line in felt])
    density = 100 * sum(hits.values()) / count
    scale = calibration.STRENGTH[f"{'verse' if is_verse(text) else 'prose'}_{language}"]
    strength = curve(density if chinese else mean([abs(line.valence) for line in felt]), scale)
    wanted = feelings_of(mood, language)
    value = _fit(hits, wanted, valence, strength) if wanted else strength
    total = sum(hits.values()) or 1
    measures = (
        ("strength", round(strength, 2)),
        ("valence", round(valence, 3)),
        *(
            (name, round(found / total, 3))
            for name, found in sorted(hits.items(), key=lambda item: (-item[1], item[0]))
        ),
    )
    evidence = _evidence(text, felt)
    return Score(bounded(value), evidence, _advice(text, hits, mood, wanted, evidence), measures)


def feelings_of(mood: str, language: str) -> frozenset[str]:
    """The feelings a mood names: "quiet and sad" is calm and sadness. Empty for an unknown mood, or none."""
    return frozenset(feeling for feeling, _ in _named(mood.lower(), language)) if mood else frozenset()


def feelings_in(text: str, language: str) -> list[str]:
    """The feelings named by the words of a text, one for each word. `language`: "en" or "zh"."""
    return [feeling for feeling, _ in _named(text.lower(), language)]


def _fit(hits: Counter[str], wanted: frozenset[str], valence: float, strength: float) -> float:
    """5 where nothing speaks for or against the mood; its own words raise, the opposite valence lowers."""
    total = sum(hits.values())
    share = sum(hits[name] for name in wanted) / total if total else 0.0
    sign = (1 if wanted & BRIGHT else 0) - (1 if wanted & DARK else 0)
    sureness = min(1.0, total / 4)
    return 4.0 + 4.0 * share * sureness + 3.0 * sign * valence + 0.2 * (strength - 5)


def _feel(text: str, span: Span, language: str) -> _Felt:
    line = text[span[0] : span[1]]
    words = tuple(_named(line.lower(), language))
    if language == "en":
        return _Felt(span, float(_vader().polarity_scores(line[:2000])["compound"]), words)
    bright = sum(name in BRIGHT for name, _ in words) - sum(name in DARK for name, _ in words)
    return _Felt(span, bright / len(words) if words else 0.0, words)


def _named(line: str, language: str) -> list[tuple[str, str]]:
    lists = _lexicon(language)
    if language == "zh":
        return [(name, word) for name, words in lists for word in sorted(words) for _ in range(line.count(word))]
    found = [(word, stem(word)) for word in split_words(line)]
    return [(name, word) for word, root in found for name, words in lists if root in words or word in words]


@lru_cache(maxsize=2)
def _lexicon(language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    raw = (files("agents.critique") / "data" / f"feelings_{language}.txt").read_text(encoding="utf-8")
    rows = [line.split(":", 1) for line in raw.splitlines() if ":" in line and not line.startswith("#")]
    keep = stem if language == "en" else str
    return tuple((name, frozenset(keep(word) for word in words.split())) for name, words in rows)


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _evidence(text: str, felt: list[_Felt]) -> tuple[Evidence, ...]:
    """The two lines that carry most."""
    strong = sorted(felt, key=lambda line: (-(abs(line.valence) + 0.3 * len(line.words)), line.span))[:2]
    found = []
    for line in strong:
        if line.words or abs(line.valence) >= 0.3:
            start, end = line.span
            quote = shorten(text[start:end])
            side = "bright" if line.valence > 0.1 else "dark" if line.valence < -0.1 else "mixed"
            names = ", ".join(dict.fromkeys(name for name, _ in line.words)) or side
            found.append(Evidence(start, end, f"“{quote}” carries most feeling ({names}).", quote, weight=0.0))
    return tuple(found)


def _advice(text: str, hits: Counter[str], mood: str, wanted: frozenset[str], evidence: tuple[Evidence, ...]) -> str:
    pieces = parts(text)
    quote = shorten(text[pieces[-1][0] : pieces[-1][1]]) if pieces else ""
    if mood and not wanted:
        return f"The mood “{mood}” is not among the feelings that can be measured; only the strength was."
    if wanted and not any(hits[name] for name in wanted):
        return f"The mood asked for ({mood}) has no word here; try a thing or a gesture for it in “{quote}”."
    if not evidence:
        return f"Little feeling shows; try what a body does, not what it feels, in “{quote}”."
    return f"The feeling sits in “{evidence[0].quote}”; try letting the rest stay plain so that it stands out."
