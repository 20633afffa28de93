"""Novelty: is it new against the writer's works, the other drafts, and what everybody says?

Copied runs are found exactly (eight words or twelve Chinese characters); overlap with other drafts is
containment of word 4-grams (Broder 1997); stock phrases come from
a list. The base is lexical variety and how expected the words are, on the scale of published writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.contracts import Evidence, Score, TokenScores
from agents.critique import repetition, stock
from agents.critique.calibration import Figures
from agents.critique.measure import bounded, curve, mean, shorten
from agents.spans import Span, is_chinese, merge, parts, tokens

if TYPE_CHECKING:
    from memory.records import Hit

RUN_WORDS = 8
RUN_CHARACTERS = 12
LOSS = 5.0
"""Points a finding of weight 1 costs."""


def score(
    text: str, scores: TokenScores, figures: Figures, similar: Sequence[Hit], others: Sequence[str],
    original: float | None = None,
) -> Score:  # fmt: skip
    """Judge one text against passages of the writer's and other drafts.

    `original`: for an idea, how unusual people would find it (0-10), in place of the counts.
    """
    average = mean(scores.logprobs[1:]) if len(scores.logprobs) > 1 else figures.logprob[3]
    variety = repetition.variety(text)
    base = 0.5 * curve(variety, figures.variety_scale()) + 0.5 * curve(-average, figures.surprise_scale())
    if original is not None:
        base = original
    copied = _copied(text, similar)
    overlap, nearest = _overlap(text, others)
    found = copied + _shared(text, overlap, nearest) + _stock(text, figures)
    loss = sum(LOSS * item.weight for item in found)
    found.sort(key=lambda item: (-item.weight, item.start))
    count = len(tokens(text))
    phrases = len(stock.find(text, "zh" if is_chinese(text) else "en"))
    measures: tuple[tuple[str, float], ...] = (
        ("variety", round(variety, 3)),
        ("stock_per_100", round(100 * phrases / count, 2) if count else 0.0),
        ("copied_share", round(sum(item.end - item.start for item in copied) / max(1, len(text)), 3)),
        ("shared_with_drafts", round(overlap, 3)),
        ("nearest_passage", round(max((hit.score for hit in similar), default=0.0), 3)),
    )
    if original is not None:
        measures = (*measures, ("original", round(original, 2)))
    return Score(bounded(base - loss), tuple(found[:8]), _advice(text, found), measures)


def copied_runs(text: str, source: str) -> list[Span]:
    """Spans of the text that stand in `source` word for word, at least RUN_WORDS words or RUN_CHARACTERS characters."""
    need = RUN_CHARACTERS if is_chinese(text) else RUN_WORDS
    here = tokens(text)
    mine = [text[a:b].lower() for a, b in here]
    theirs = [source[a:b].lower() for a, b in tokens(source)]
    known = {tuple(theirs[i : i + need]) for i in range(len(theirs) - need + 1)}
    spans = [
        (here[i][0], here[i + need - 1][1]) for i in range(len(mine) - need + 1) if tuple(mine[i : i + need]) in known
    ]
    return merge(spans)


def _copied(text: str, similar: Sequence[Hit]) -> list[Evidence]:
    found: list[Evidence] = []
    taken: list[Span] = []
    for hit in similar:
        for start, end in copied_runs(text, hit.passage.text):
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            share = (end - start) / max(1, len(text))
            quote = shorten(text[start:end])
            reason = f"“{quote}” stands word for word in your “{hit.title}”."
            weight = round(min(1.5, 0.3 + 1.5 * share), 3)
            found.append(Evidence(start, end, reason, quote, hit.title or hit.source, weight))
    return found


def _overlap(text: str, others: Sequence[str]) -> tuple[float, str]:
    """Largest containment of the text's 4-grams in another draft, 0 to 1, and that draft."""
    mine = _grams(text)
    best, nearest = 0.0, ""
    for other in others:
        share = len(mine & _grams(other)) / len(mine) if mine else 0.0
        if share > best:
            best, nearest = share, other
    return best, nearest


def _grams(text: str) -> set[tuple[str, ...]]:
    found = [text[a:b].lower() for a, b in tokens(text)]
    return {tuple(found[i : i + 4]) for i in range(len(found) - 3)}


def _shared(text: str, overlap: float, nearest: str) -> list[Evidence]:
    """Sharing a twentieth of the 4-grams happens; from there on the drafts say the same."""
    if overlap <= 0.05:
        return []
    here = tokens(text)
    known = _grams(nearest)
    spans = [
        (here[i][0], here[i + 3][1])
        for i in range(len(here) - 3)
        if tuple(text[a:b].lower() for a, b in here[i : i + 4]) in known
    ]
    start, end = max(merge(spans), key=lambda span: span[1] - span[0])
    quote = shorten(text[start:end])
    weight = round(min(1.0, 1.2 * (overlap - 0.05)), 3)
    return [Evidence(start, end, f"“{quote}” stands in another draft too.", quote, "another draft", weight)]


def _stock(text: str, figures: Figures) -> list[Evidence]:
    """Stock phrases; published writing has some, so those beyond its usual number cost more."""
    count = len(tokens(text))
    spans = stock.find(text, "zh" if is_chinese(text) else "en")
    if not spans or not count:
        return []
    excess = max(0.0, 100 * len(spans) / count - figures.stock_usual)
    each = min(1.2, 0.04 * len(spans) * repetition.dilution(text) + 0.1 * excess) / len(spans)
    return [Evidence(a, b, f"“{text[a:b]}” is a stock phrase.", text[a:b], weight=round(each, 3)) for a, b in spans]


def _advice(text: str, found: list[Evidence]) -> str:
    if found:
        return f"{found[0].reason} Try what only this text could say there."
    pieces = parts(text)
    quote = shorten(text[pieces[0][0] : pieces[0][1]]) if pieces else ""
    return f"Nothing here is borrowed; “{quote}” could be pushed further still."
