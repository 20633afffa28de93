"""The overall score: what its readers would say of a text, with the measured qualities; and why it came out so.

English prose: .85 readers (a trained head, chosen by the kind of text: see opinion.py), the rest by WEIGHTS. All other
texts: WEIGHTS alone. A quality that was not judged leaves its part to the others. Never more than ROOM above the lowest
quality: a text that fails in one thing is not saved by the others.

Beside other answers to its brief a text is judged by how well it keeps to what was asked and by what readers of such
drafts would say, first of all (ANSWERED, DRAFTED): what readers of stories like does not tell drafts of a model apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.critique import calibration
from agents.critique.measure import bounded
from agents.critique.opinion import Opinion

WEIGHTS: Mapping[str, float] = {"fluency": 0.40, "theme_fit": 0.35, "novelty": 0.25}
IDEA_WEIGHTS: Mapping[str, float] = {"fluency": 0.10, "theme_fit": 0.20, "novelty": 0.70}
"""An idea of a few words has hardly any fluency to speak of."""
ANSWERED = 0.8
"""Of `answer.score`, and of `judge.drafted` where that can be told, in the overall of a text that is one of several
answers to a brief. Not all of it, so that what is garbled stays behind."""
DRAFTED = 0.4
"""Of `judge.drafted` in it. Of the drafts of 126 requests, left out of the fit in tenths, the first choice is rather
given than .70 of the others and better written than .65; without it .66 and .54. More of it gains writing and loses
what was asked (docs/log.md)."""
SOUND = 0.2
"""Of how whole it looks (`Opinion.damage`), beside the two. The same drafts, first choice over the others, given and
writing: .71, .64 (without it .70, .65): the same to readers; a judge that learned from other texts agrees more. Among
drafts of the bare model it loses a little (.65, .61; .68, .63). docs/log.md"""
UNHURT = -0.2
"""`Opinion.damage` of the middle one of those drafts; a point of log-odds is a point."""
READERS = 0.85
"""Of the readers' head in the overall of English prose. On the folds of the rated stories .7 reached rho .491 with
enjoyment, .85 .505, the head alone .509."""
ROOM = 3.0
"""Most that the overall may lie above the lowest score."""
ANSWER_ROOM = 5.0
"""The same above the fluency of an answer; its other qualities do not hold it back: with ROOM above the lowest of all
three the first choice was rather given than .68 of the others instead of .76."""
KEPT = "how well it keeps to what was asked"
"""What `why` calls the part of `answer.score`: a card that has it is that of one of several answers."""
LIKED = "what readers of drafts would say"
"""What it calls the part of `judge.drafted`."""
WHOLE = "how whole it is: nothing said twice, mixed up or broken off"
"""What it calls the part of `Opinion.damage`."""
MIDDLE = 5.0
NAMED = 3
"""Groups of numbers behind the readers' score that are named."""

_GROUPS = {
    "the surprise in it rises and falls as in people's writing": (
        "lm_gap_spread", "lm_part_spread", "lm_spread", "lm_doubt_spread", "lm_jumps", "lm_part_low", "lm_part_high",
        "lm_worst", "lm_below_6", "lm_below_10", "lm_q5", "lm_q10", "lm_curvature", "lm_agreement", "lm_slope",
    ),
    "how expected the words are": (
        "lm_mean", "lm_doubt", "lm_gap", "lm_rank", "lm_top_1", "lm_top_10", "lm_top_100", "lm_top_1000", "lm_q25",
        "lm_q50", "lm_q75",
    ),
    "the choice of words": ("zipf", "below_4", "below_3", "unknown", "letters", "variety", "once", "content"),
    "the rhythm of the sentences": ("sentence", "spread", "longest", "shortest", "sentences"),
    "tense, address and contractions": ("present", "past", "contracted", "second", "first", "the", "joining"),
    "repeated runs of words": ("repeat_2", "repeat_3", "repeat_4"),
    "how long it is": ("words",),
    "marks set loosely": ("loose",),
}  # fmt: skip
_PLAIN = {"fluency": "fluency", "theme_fit": "theme fit", "novelty": "novelty", "emotion": "emotion", "craft": "craft"}


@dataclass(frozen=True, slots=True)
class Overall:
    """The overall of one text and what made it."""

    value: float
    why: tuple[tuple[str, float], ...]
    """(plain words, points); MIDDLE and all points together are the value."""


def shares(
    judged: Mapping[str, float], weights: Mapping[str, float] | None, *, readers: bool, kind: str = "",
    answer: bool = False, drafted: bool = False, sound: bool = False,
) -> dict[str, float]:  # fmt: skip
    """Weight of each judged quality, of "readers", "answer", "drafted" and "sound"; sum 1. `weights` shift those
    shipped by their difference; what they give to theme fit, or take from it, "answer" gets or loses."""
    shipped = IDEA_WEIGHTS if kind == "idea" else WEIGHTS
    whole_rest = 1 - ANSWERED if answer else 1.0
    rest = whole_rest * (1 - READERS if readers else 1.0)
    given = weights or {}
    whole = sum(given.values()) or 1.0
    found = {name: shipped.get(name, 0.0) * rest for name in judged}
    if answer:
        found["answer"] = ANSWERED - DRAFTED if drafted else ANSWERED
    if answer and drafted:
        found["drafted"] = DRAFTED
        found |= {"sound": SOUND} if sound else {}
    if readers:
        found["readers"] = READERS * whole_rest
    for name in (*judged, "answer") if given else ():
        quality = "theme_fit" if name == "answer" else name
        if name in found and not (answer and name == "theme_fit"):
            shift = given.get(quality, 0.0) / whole - WEIGHTS.get(quality, 0.0)
            part = found[name] / ANSWERED if name == "answer" else 1.0  # beside "drafted" it is a part of itself
            found[name] = max(0.0, found[name] + part * shift)
    total = sum(found.values()) or 1.0
    return {name: weight / total for name, weight in found.items()}


def overall(
    judged: Mapping[str, float], opinion: Opinion | None, weights: Mapping[str, float] | None = None, kind: str = "",
    *, answer: float | None = None, drafted: float | None = None, damage: float | None = None,
) -> Overall:  # fmt: skip
    """Join the scores. `judged`: 0-10 by quality, without those not judged; `opinion`: of English prose, else None;
    `answer`: how well it keeps to what was asked, of a text that is one of several answers to a brief (`answer.score`),
    else None; `drafted`: what readers of such drafts would say, where that can be told; only beside `answer`; `damage`:
    log-odds that it is broken, only beside both."""
    told = answer is not None and drafted is not None
    heard = told and damage is not None
    parts = shares(
        judged, weights, readers=opinion is not None, kind=kind, answer=answer is not None, drafted=told, sound=heard
    )
    points = [(_PLAIN[name], parts[name] * (judged[name] - MIDDLE)) for name in judged if parts[name] > 0]
    if answer is not None:
        points.append((KEPT, parts["answer"] * (answer - MIDDLE)))
    if answer is not None and drafted is not None:
        points.append((LIKED, parts["drafted"] * (drafted - MIDDLE)))
    if heard and damage is not None:
        points.append((WHOLE, parts["sound"] * (bounded(MIDDLE + UNHURT - damage) - MIDDLE)))
    if opinion is not None:
        points += _readers(opinion, parts["readers"])
    together = MIDDLE + sum(value for _, value in points)
    names, room = (WEIGHTS, ROOM) if answer is None else (("fluency",), ANSWER_ROOM)
    counted = {name: judged[name] for name in judged if name in names and parts[name] > 0}
    if counted:
        lowest = min(counted, key=lambda name: (counted[name], name))
        if together > counted[lowest] + room:
            points.append((f"held back by its {_PLAIN[lowest]}", counted[lowest] + room - together))
            together = counted[lowest] + room
    value = bounded(together)
    points.sort(key=lambda item: -abs(item[1]))
    return Overall(value, tuple((words, round(number, 2)) for words, number in points if abs(number) >= 0.005))


def _readers(opinion: Opinion, weight: float) -> list[tuple[str, float]]:
    """What the readers' head adds, the largest groups of numbers by name."""
    whole = weight * (opinion.liked - MIDDLE)
    who = "professional writers" if opinion.polish > 0.5 else "readers"
    if opinion.polish > 0.5:
        return [(f"what {who} would say of the paragraph", whole)]
    from agents.critique.heads.judge import enjoyed_shares

    each = dict(enjoyed_shares(opinion.numbers))
    scale = weight * (1 - opinion.polish) * calibration.slope(calibration.ENJOYED)
    groups = [(words, scale * sum(each.get(name, 0.0) for name in names)) for words, names in _GROUPS.items()]
    groups.sort(key=lambda item: -abs(item[1]))
    named = groups[:NAMED]
    rest = whole - sum(value for _, value in named)
    return [*named, (f"everything else {who} notice", rest)]


def interval(value: float, opinion: Opinion, *, unlike: bool) -> tuple[float, float]:
    """Where readers would put it in 9 cases of 10; half as wide again for a text unlike those of the training."""
    low, high = calibration.READERS_OFF["paragraph" if opinion.polish > 0.5 else "story"]
    widen = 1.5 if unlike else 1.0
    return bounded(value + widen * low), bounded(value + widen * high)
