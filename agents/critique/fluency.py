"""Fluency: does it read as language somebody meant?

Mean token log-probability on a scale of published writing (too surprising is broken, far too predictable is a loop),
less what is counted: repetition, cut-off endings, talk about the text, leftovers of markup. The idea of a band instead
of "more probable is better" follows Holtzman et al. 2020 (arXiv 1904.09751): people's texts are not the likeliest ones.
"""

from __future__ import annotations

import re

from agents.cleaning import is_meta
from agents.contracts import Evidence, Score, TokenScores
from agents.critique import repetition
from agents.critique.calibration import CUT_POINTS, VERSE_BASE, Figures
from agents.critique.measure import bounded, curve, mean, part_logprobs, shorten
from agents.critique.opinion import Opinion, damage_loss
from agents.spans import is_verse, lines, merge, parts, tokens

_MARKUP = re.compile(r"<\|[^|\n]{0,40}\|>|\*\*|```|</?[a-z]{1,12}>|^#{1,6} |\ufffd", re.MULTILINE)
_DANGLING = re.compile(
    r"\b(?:the|a|an|of|and|or|but|to|in|on|at|with|for|from|by|as|is|was|are|were|my|your|his|her|its|their|that|than|"
    r"into|over|under|through|so|if|when|where|because|i)\W*$|[，、的和与而]$",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?…。！？\"”’」』)）~—\-]\s*$")


def score(text: str, scores: TokenScores, figures: Figures, kind: str, opinion: Opinion | None = None) -> Score:
    """Judge one text. `scores` are of the same text, in characters of it.

    `opinion`: what the trained heads say of an English text. In prose their fluency takes the place of the mean
    log-probability (readers: rho .39 against .0); in verse only the damage they see counts.
    """
    average = mean(scores.logprobs[1:]) if len(scores.logprobs) > 1 else 0.0
    verse = is_verse(text)
    base = curve(average, figures.logprob_scale()) if scores.logprobs else 5.0
    if opinion is not None:
        base = _less_damage(base, opinion, verse)
    found: list[Evidence] = []
    for judge in (_broken_parts(text, scores, figures), _repetition(text, figures), _ending(text, kind), _talk(text)):
        found += judge
    share = FOUND_IN_PROSE if opinion is not None and not verse else 1.0
    loss = share * sum(LOSS * item.weight for item in found)
    if opinion is not None:
        found += _damaged(opinion, verse)
    found.sort(key=lambda item: (-item.weight, item.start))
    measures: tuple[tuple[str, float], ...] = (
        ("mean_logprob", round(average, 3)),
        ("repeated_trigrams", round(repetition.usual_rate(text), 4)),
        ("variety", round(repetition.variety(text), 3)),
        ("same_openings", round(repetition.same_openings(text), 3)),
    )
    if opinion is not None:
        measures = (*measures, ("readers", round(opinion.fluent, 2)), ("damage", opinion.damage))
    return Score(bounded(base - loss), tuple(found[:8]), _advice(text, found, average, figures), measures)


def _less_damage(base: float, opinion: Opinion, verse: bool) -> float:
    """What readers would say, less the damage, of which a text that reads badly anyway has less to lose."""
    if verse:
        return 5 + VERSE_BASE * (base - 5) - damage_loss(opinion, verse=True)
    return opinion.fluent * (1 - damage_loss(opinion, verse=False) / 5)


LOSS = 5.0
"""Points a finding of weight 1 costs."""
FOUND_IN_PROSE = 0.5
"""Of that, where the readers' head has seen the text too: at full weight rho with readers falls from .39 to .36."""
LEAST_DAMAGE = 0.25
"""Points of damage below which nothing is said of it."""


_DAMAGES = {
    "repeat": "The text seems to say the same thing again.",
    "shuffle": "The sentences seem to stand in the wrong order.",
    "swap_names": "It is hard to tell who does what: names or persons seem confused.",
    "negate": "There are denials that do not fit what stands around them.",
    "cut": "The text seems to end before its end.",
}


def _damaged(opinion: Opinion, verse: bool) -> list[Evidence]:
    """The clearest kind of damage, where there is any; its points are taken in `score` already."""
    loss = damage_loss(opinion, verse=verse)
    if loss < LEAST_DAMAGE:
        return []
    kinds = dict(opinion.damages)
    if not verse and loss > CUT_POINTS["prose"]:
        kinds.pop("cut")  # a missing end alone never costs so much
    how = max(kinds, key=lambda kind: (kinds[kind], kind))
    return [Evidence(0, 0, _DAMAGES[how], weight=round(min(1.0, loss / LOSS), 3))]


def _broken_parts(text: str, scores: TokenScores, figures: Figures) -> list[Evidence]:
    """Lines or sentences more surprising than 99 in 100 of published writing."""
    found = []
    measured = part_logprobs(text, scores)
    for (start, end), value in measured:
        if value < figures.part_floor:
            weight = min(0.3, 0.1 + 0.1 * (figures.part_floor - value)) * min(1.0, 6 / max(1, len(measured)))
            quote = shorten(text[start:end])
            found.append(
                Evidence(start, end, f"“{quote}” does not hold together as a sentence.", quote, weight=round(weight, 3))
            )
    return found


def _repetition(text: str, figures: Figures) -> list[Evidence]:
    found = []
    each = round(0.2 * repetition.dilution(text), 3)
    for start, end in repetition.repeated_lines(text)[:4]:
        quote = shorten(text[start:end])
        found.append(Evidence(start, end, f"The line “{quote}” stands there twice.", quote, weight=each))
    rate = repetition.usual_rate(text)
    if rate > figures.trigrams_high:
        spans = merge(repetition.trigram_spans(text))
        start, end = max(spans, key=lambda span: span[1] - span[0])
        weight = min(1.0, 0.1 + 2.5 * (rate - figures.trigrams_high))
        quote = shorten(text[start:end])
        found.append(Evidence(start, end, f"“{quote}” repeats what was already said.", quote, weight=round(weight, 3)))
    lack = figures.variety_low - repetition.variety(text)
    if lack > 0 and len(tokens(text)) >= 8:
        found.append(Evidence(0, 0, "The same few words come back all the time.", weight=round(min(1.0, 4 * lack), 3)))
    openings = repetition.same_openings(text)
    if openings > max(0.7, figures.openings_high):
        found.append(Evidence(0, 0, "Nearly every line begins with the same word.", weight=round(openings - 0.5, 3)))
    return found


def _ending(text: str, kind: str) -> list[Evidence]:
    """An ending that breaks off: a dangling word anywhere, a missing full stop in prose."""
    pieces = parts(text)
    if not pieces or kind in ("ad", "idea"):
        return []
    start, end = pieces[-1]
    last = text[start:end]
    broken_off = bool(_DANGLING.search(last)) or (
        not is_verse(text) and len(tokens(text)) > 20 and not _ENDED.search(last)
    )
    if not broken_off:
        return []
    quote = shorten(last[-50:])
    return [Evidence(start, end, f"The text breaks off at “{quote}”.", quote, weight=0.2)]


def _talk(text: str) -> list[Evidence]:
    """Talk about the text and leftovers of markup."""
    found = []
    share = repetition.dilution(text)
    for start, end in lines(text):
        if is_meta(text[start:end]):
            quote = shorten(text[start:end])
            found.append(
                Evidence(
                    start,
                    end,
                    f"“{quote}” talks about the text instead of being part of it.",
                    quote,
                    weight=round(0.4 * share, 3),
                )
            )
    for match in list(_MARKUP.finditer(text))[:3]:
        found.append(
            Evidence(
                match.start(),
                match.end(),
                f"“{match.group().strip()}” is markup, not text.",
                match.group(),
                weight=round(0.15 * share, 3),
            )
        )
    return found[:4]


def _advice(text: str, found: list[Evidence], average: float, figures: Figures) -> str:
    for item in found:
        if item.end > item.start and item.weight >= 0.05:
            return f"{item.reason} Try saying it again in one plain sentence."
    if found:
        return f"{found[0].reason} Try cutting “{shorten(_last(text))}” or saying it with other words."
    if average > figures.logprob[5]:
        return f"Every word is the expected one; try one exact, unexpected word in “{shorten(_last(text))}”."
    return f"It reads cleanly to “{shorten(_last(text))}”; nothing needs mending here."


def _last(text: str) -> str:
    pieces = parts(text)
    return text[pieces[-1][0] : pieces[-1][1]] if pieces else text
