"""Events and scores as JSON. These forms stay stable: people script them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields, is_dataclass
from typing import Any

from agents.contracts import Score, Scorecard
from cocreate.events import Event, TakeView, TurnFailed, TurnFinished

QUALITIES = ("novelty", "fluency", "theme_fit")
MORE = ("emotion", "craft")
"""Scores that not every text has."""
REASONS = ("low", "high", "why", "heat", "limits", "copied", "shared", "flagged")
UNSCORED = "not scored"
"""How the note of a scorecard begins when nothing of the text could be measured; its zeros mean nothing then."""


def line(value: object) -> str:
    """One line of JSON; numbers that JSON cannot hold become null."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def plain(value: object) -> Any:
    """Dataclasses as dicts, tuples as lists, NaN as None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return number(value) if isinstance(value, float) else value


def number(value: float, digits: int = 4) -> float | None:
    """A finite number, rounded; None for NaN and infinities."""
    return round(value, digits) if math.isfinite(value) else None


def event_name(event: Event) -> str:
    """TurnFinished is "turn_finished"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def event_fields(event: Event) -> dict[str, Any]:
    """The event as one JSON object; the takes of an ended turn are in their short, stable form."""
    if isinstance(event, TurnFinished | TurnFailed):
        takes = [take_fields(take) for take in event.takes]
        others = {field.name: plain(getattr(event, field.name)) for field in fields(event) if field.name != "takes"}
        return {"event": event_name(event), "takes": takes, **others}
    found: dict[str, Any] = plain(event)
    return {"event": event_name(event), **found}


def take_fields(take: TakeView) -> dict[str, Any]:
    """The stable form of a take."""
    return {
        "id": take.id,
        "text": take.text,
        "agent": take.agent,
        "scores": score_values(take.scorecard),
        "status": take.status,
        "direction": take.direction,
        "parent": take.parent,
    }


def score_values(card: Scorecard | None) -> dict[str, float | None]:
    """The four numbers, 0-10; null where nothing could be measured."""
    if card is None or card.note.startswith(UNSCORED):
        return dict.fromkeys((*QUALITIES, "overall"))
    return {quality: number(getattr(card, quality).value, 2) for quality in QUALITIES} | {
        "overall": number(card.overall, 2)
    }


def score_fields(card: Scorecard) -> dict[str, Any]:
    """One line of `cocreate score`: the numbers, what they rest on, and what to try."""
    found: dict[str, Any] = dict(score_values(card))
    unscored = card.note.startswith(UNSCORED)
    evidence: list[dict[str, Any]] = []
    advice: dict[str, str] = {}
    measures: dict[str, dict[str, float | None]] = {}
    for quality in (*QUALITIES, *MORE):
        score: Score | None = getattr(card, quality)
        if quality in MORE:
            found[quality] = None if unscored or score is None else number(score.value, 2)
        if score is None:
            continue
        evidence += [{"quality": quality, **plain(item)} for item in score.evidence]
        advice[quality] = score.advice
        measures[quality] = {name: number(value) for name, value in score.measures}
    found |= {"evidence": evidence, "advice": advice, "measures": measures}
    found |= {name: plain(getattr(card, name)) for name in REASONS}
    found["copied_run"] = card.copied[0].length if card.copied else card.shared.length if card.shared else 0
    return found | ({"note": card.note} if card.note else {})
