"""The critique agent: one Scorecard a text. Everything is computed; the same text gets the same card.

overall = .40 fluency + .35 theme fit + .25 novelty, and never more than 3 above the lowest of the three: a text that
fails in one thing is not saved by the others. Without a theme the other two share its part. Nothing that is no text is
scored: too few words, hardly any letters, code, one word over and over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from agents.contracts import Brief, Embedder, Score, Scorecard, Scorer, TokenScores
from agents.critique import fluency, novelty, theme
from agents.critique.calibration import figures_for
from agents.critique.measure import bounded
from agents.spans import Span, chinese_count, is_chinese, is_verse, parts, tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.records import Hit

WEIGHTS: Mapping[str, float] = {"fluency": 0.40, "theme_fit": 0.35, "novelty": 0.25}
ROOM = 3.0
"""Most that the overall may lie above the lowest score."""
WINDOW = 1800
"""Characters given to the scorer at once; longer texts are scored in windows cut at line or sentence ends."""
MOST_LINES = 40
"""Single lines embedded for the evidence of a text."""
_CODE = re.compile(r"[{};=<>\\|]|\b(?:def|return|import|function|var|const|class|SELECT|printf)\b|\(\)")
CHINESE_NOTE = "切题按主题的字词计算，语义模型只懂英文，只占四分之一"


class Critic:
    """Judges texts. Holds no state between calls."""

    def __init__(self, scorer: Scorer, embedder: Embedder) -> None:
        self._scorer = scorer
        self._embedder = embedder

    def judge(
        self, texts: Sequence[str], brief: Brief, *, similar: Callable[[str], Sequence[Hit]] | None = None,
        others: Sequence[str] = (), weights: Mapping[str, float] | None = None,
    ) -> list[Scorecard]:  # fmt: skip
        """Return a card for each text, in order.

        Args:
            texts: drafts of one brief; each is held against the rest.
            brief: what was asked for. An empty theme leaves theme fit at 5, with a note.
            similar: finds passages of the writer's works near a text.
            others: more drafts to be new against, besides `texts`.
            weights: shares of "fluency", "theme_fit" and "novelty" in the overall, in place of WEIGHTS.
        """
        reasons = [why_not(text) for text in texts]
        chosen = [i for i, reason in enumerate(reasons) if not reason]
        cards = [_unscored(reason) for reason in reasons]
        if not chosen:
            return cards
        scored = self._score([texts[i] for i in chosen])
        fits = self._fits([texts[i] for i in chosen], brief)
        for place, index in enumerate(chosen):
            text = texts[index]
            figures = figures_for(verse=is_verse(text), chinese=is_chinese(text))
            rivals = [other for i, other in enumerate(texts) if i != index] + list(others)
            hits = similar(text) if similar is not None else ()
            cards[index] = _card(
                fluency.score(text, scored[place], figures, brief.kind),
                fits[place],
                novelty.score(text, scored[place], figures, hits, rivals),
                brief,
                weights or WEIGHTS,
            )
        return cards

    def _score(self, texts: Sequence[str]) -> list[TokenScores]:
        """Token log-probabilities of each text, long ones in windows, offsets in the whole text."""
        cuts = [windows(text) for text in texts]
        flat = [text[a:b] for text, spans in zip(texts, cuts, strict=True) for a, b in spans]
        results = iter(self._scorer.score(flat))
        joined = []
        for spans in cuts:
            offsets: list[Span] = []
            logprobs: list[float] = []
            for start, _ in spans:
                part = next(results)
                offsets += [(a + start, b + start) for a, b in part.offsets]
                # A probability of 0 would make every mean infinite.
                logprobs += [max(-30.0, value) if value == value else -30.0 for value in part.logprobs]
            joined.append(TokenScores(tuple(offsets), tuple(logprobs)))
        return joined

    def _fits(self, texts: Sequence[str], brief: Brief) -> list[Score]:
        prepared = [theme.prepare(text) for text in texts]
        singles = [_singles(text) for text in texts]
        flat = [brief.theme or brief.request or "a text"]
        for item, single in zip(prepared, singles, strict=True):
            flat += [item.text[a:b] for a, b in (*item.spans, *single)]
        vectors = self._embedder.embed(flat)
        asked, at = vectors[0], 1
        fits = []
        for item, single in zip(prepared, singles, strict=True):
            rows = vectors[at : at + len(item.spans)]
            at += len(item.spans)
            line_fit = _cosines(single, vectors[at : at + len(single)], asked)
            at += len(single)
            figures = figures_for(verse=is_verse(item.text), chinese=is_chinese(item.text))
            fits.append(theme.score(item, rows, asked, line_fit, brief, figures))
        return fits


def _singles(text: str) -> list[Span]:
    return [span for span in parts(text)[:MOST_LINES] if len(tokens(text[span[0] : span[1]])) >= 3]


def _cosines(spans: Sequence[Span], rows: NDArray[np.float32], asked: NDArray[np.float32]) -> list[tuple[Span, float]]:
    return [(span, float(row @ asked)) for span, row in zip(spans, rows, strict=True)]


def windows(text: str) -> list[Span]:
    """Spans of at most WINDOW characters that cover the text, cut at line or sentence ends where there are any."""
    found: list[Span] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + WINDOW)
        if end < len(text):
            cut = max(text.rfind(mark, start + WINDOW // 2, end) for mark in ("\n", ". ", "。", "！", "？", " "))
            end = cut + 1 if cut > start else end
        found.append((start, end))
        start = end
    return found


def why_not(text: str) -> str:
    """Why a text is not scored, or ""."""
    stripped = text.strip()
    if not stripped:
        return "not scored, because the text is empty"
    found = [text[a:b].lower() for a, b in tokens(text)]
    least = 4 if chinese_count(text) else 3
    if len(found) < least:
        return f"not scored, because {len(found)} word{'' if len(found) == 1 else 's'} are too few to judge"
    letters = sum(1 for character in stripped if character.isalpha())
    if letters < 0.5 * sum(1 for character in stripped if not character.isspace()):
        return "not scored, because it holds more signs than words"
    if len(_CODE.findall(stripped)) > len(found) / 6:
        return "not scored, because it looks like code"
    if len(found) >= 6 and Counter(found).most_common(1)[0][1] > 0.5 * len(found):
        return "not scored, because it is mostly one word"
    return ""


def _unscored(reason: str) -> Scorecard:
    none = Score(0.0, advice=f"{reason[:1].upper()}{reason[1:]}." if reason else "")
    return Scorecard(none, none, none, 0.0, reason)


def _card(fluent: Score, fit: Score, new: Score, brief: Brief, weights: Mapping[str, float]) -> Scorecard:
    scores = {"fluency": fluent, "theme_fit": fit, "novelty": new}
    note = CHINESE_NOTE if brief.language == "zh" else ""
    if not brief.theme:
        del scores["theme_fit"]
        note = "theme fit not scored, because the brief names no theme"
    whole = sum(weights.get(name, 0.0) for name in scores) or 1.0
    together = sum(weights.get(name, 0.0) / whole * score.value for name, score in scores.items())
    lowest = min(score.value for score in scores.values())
    return Scorecard(new, fluent, fit, bounded(min(together, lowest + ROOM)), note)
