"""Theme fit: is it about what was asked, in the form that was asked?

Cosine of sentence embeddings (whole text and part by part) and the theme's own words, then what must and must not
occur, then form and length. An echo of the request is not a text about it. MiniLM reads English only: for Chinese the
theme's characters and character pairs count most, and the scorecard says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.contracts import Brief, Evidence, Score
from agents.critique.calibration import Figures
from agents.critique.form import form_findings
from agents.critique.measure import bounded, curve, mean, shorten
from agents.spans import Span, blocks, is_verse, lines, parts, sentences, tokens, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[list[str]], "NDArray[np.float32]"]
WINDOW = 60
"""Tokens of one part; MiniLM reads at most 256 word pieces, a part stays well below."""
LOSS = 5.0
"""Points a finding of weight 1 costs."""
EMPTY_WORDS = frozenset(
    """the a an of and or in on at to for with from by about into over under is are was were be been it its this
    that these those my your his her their our i you he she we they as not no but so than then there here up
    down out who which what when where how all some any one two quiet small new old poem story""".split()  # noqa: SIM905  a list of words reads better as words
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """The parts of one text, to be embedded together with all others."""

    text: str
    spans: tuple[Span, ...]


def prepare(text: str) -> Prepared:
    """Cut a text into parts of about WINDOW tokens at line or sentence ends."""
    cut = lines if is_verse(text) else sentences
    pieces = [(block + a, block + b) for block, end in blocks(text) for a, b in cut(text[block:end])]
    pieces = pieces or [(0, len(text))]
    joined: list[Span] = []
    size = 0
    for start, end in pieces:
        count = len(tokens(text[start:end]))
        if joined and size + count <= WINDOW:
            joined[-1] = (joined[-1][0], end)
            size += count
        else:
            joined.append((start, end))
            size = count
    return Prepared(text, tuple(joined))


FAR = 0.04
"""Weight of a line that is far from the theme: below what a revision mends (`cocreate.state.REVISABLE_WEIGHT`). A poem
turns, and by blind reading lines that were rewritten for their distance alone read worse (docs/log.md)."""
RELEVANT_SHARE = 0.7
"""Of what readers would say in the theme fit of an English story; the rest is the cosine, which knows on from off."""


def score(
    text: str, cosine: float, best: float, line_fit: list[tuple[Span, float]], brief: Brief, figures: Figures,
    relevant: float | None = None,
) -> Score:  # fmt: skip
    """Judge one text.

    Args:
        text: the text.
        cosine: of the whole to the theme.
        best: of its nearest part to the theme.
        line_fit: cosine of single lines or sentences to the theme, for the evidence.
        brief: what was asked for.
        figures: scales of this kind of writing.
        relevant: what the trained head says readers would, 0-10, or None where it cannot be asked.
    """
    said, missing = theme_words(brief.theme, text)
    chinese = brief.language == "zh"
    found: list[Evidence] = []
    base = 5.0
    if brief.theme:
        meaning = curve(0.7 * cosine + 0.3 * best, figures.cosine_scale())
        word_points = 2.0 + 6.0 * said
        base = 0.25 * meaning + 0.75 * word_points if chinese else 0.75 * meaning + 0.25 * word_points
        if relevant is not None:
            base = (1 - RELEVANT_SHARE) * meaning + RELEVANT_SHARE * relevant
        found += _echo(text, brief) + _drift(text, line_fit, cosine)
    found += _musts(text, brief) + form_findings(text, brief)
    found.sort(key=lambda item: (-item.weight, item.start))
    measures: tuple[tuple[str, float], ...] = (
        ("cosine", round(cosine, 3)),
        ("best_part", round(best, 3)),
        ("theme_words", round(said, 3)),
    )
    if relevant is not None:
        measures = (*measures, ("readers", round(relevant, 2)))
    return Score(
        bounded(base - loss(found)), tuple(found[:8]), _advice(brief, found, missing, line_fit, text), measures
    )


def loss(found: Iterable[Evidence]) -> float:
    """Points that findings cost."""
    return sum(LOSS * item.weight for item in found)


def theme_words(theme: str, text: str) -> tuple[float, list[str]]:
    """Share of the theme's content words (Chinese: character pairs) found in the text, and those that are missing."""
    wanted = [word for word in dict.fromkeys(words(theme)) if word not in EMPTY_WORDS]
    chinese = [word for word in wanted if len(word) == 1 and word >= "\u3400"]
    if chinese:
        runs = re.findall("[\u3400-\u9fff]+", re.sub("[的了和与在之一个]", " ", theme))
        pairs = [run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))]
        hits = [1.0 if pair in text else 0.6 * mean([float(c in text) for c in pair]) for pair in pairs]
        return mean(hits), [pair for pair, hit in zip(pairs, hits, strict=True) if hit < 0.3]
    there = {_stem(word) for word in words(text)}
    missing = [word for word in wanted if _stem(word) not in there]
    return (1 - len(missing) / len(wanted) if wanted else 1.0), missing


def _stem(word: str) -> str:
    """A crude stem, enough to match rain, rains, raining, rainy."""
    for ending in ("ings", "ing", "edly", "ies", "ed", "es", "ly", "s", "y", "'s", "’s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _echo(text: str, brief: Brief) -> list[Evidence]:
    """Text that is made of the request's own words, or that holds the request itself."""
    content = [word for word in words(text) if word not in EMPTY_WORDS]
    asked = set(words(brief.request)) | set(words(brief.theme))
    share = mean([float(word in asked) for word in content])
    if share > 0.5:
        reason = "The text says little more than the request itself."
        return [Evidence(0, 0, reason, weight=round(min(1.0, 2 * (share - 0.4)), 3))]
    at = text.lower().find(brief.request.lower()) if len(brief.request) >= 12 else -1
    if at >= 0:
        end = min(len(text), at + len(brief.request))
        quote = shorten(text[at:end])
        return [Evidence(at, end, f"“{quote}” repeats the request.", quote, weight=0.4)]
    return []


def _drift(text: str, line_fit: list[tuple[Span, float]], whole: float) -> list[Evidence]:
    """The line that is farthest from the theme, when it is far."""
    if len(line_fit) < 4:
        return []
    (start, end), value = min(line_fit, key=lambda item: (item[1], item[0]))
    if value > 0.05 or whole < 0.15:
        return []
    quote = shorten(text[start:end])
    return [Evidence(start, end, f"“{quote}” leaves the theme.", quote, weight=FAR)]


def _musts(text: str, brief: Brief) -> list[Evidence]:
    found = []
    lowered = text.lower()
    stems = {_stem(word) for word in words(text)}
    for item in brief.must:
        if item.lower() not in lowered and not all(_stem(word) in stems for word in words(item)):
            found.append(Evidence(0, 0, f"“{item}” was asked for and is missing.", item, weight=0.3))
    for item in brief.must_not:
        match = re.search(
            rf"(?<!\w){re.escape(item)}(?!\w)" if item.isascii() else re.escape(item), text, re.IGNORECASE
        )
        if match:
            reason = f"“{item}” was to be left out."
            found.append(Evidence(match.start(), match.end(), reason, match.group(), weight=0.4))
    return found


def _advice(
    brief: Brief, found: list[Evidence], missing: list[str], line_fit: list[tuple[Span, float]], text: str
) -> str:
    if found and found[0].weight >= 0.1:
        return f"{found[0].reason} Try mending that first."
    if line_fit:
        (start, end), _ = min(line_fit, key=lambda item: (item[1], item[0]))
        quote = shorten(text[start:end])
        if missing:
            return f"Try bringing “{missing[0]}” into “{quote}”."
        return f"“{quote}” is the part farthest from the theme; try tying it to {brief.theme or 'the rest'}."
    pieces = parts(text)
    quote = shorten(text[pieces[0][0] : pieces[0][1]]) if pieces else ""
    return f"“{quote}” could name the theme more exactly."
