"""The state of one turn and the pure decisions made on it.

Ids and small values only: LangGraph writes this into a checkpoint after every node. Text lies on the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from agents.contracts import Brief, Evidence, Scorecard
from cocreate.events import TakeView
from cocreate.presets import drafts_of, preset

REVISABLE_WEIGHT = 0.05
"""Evidence lighter than this does not call for a revision."""


class TurnState(TypedDict, total=False):
    """What the graph carries from node to node."""

    turn_id: str
    piece_id: str
    ideas: int
    drafts: int
    fitted: bool
    """Nobody said how many drafts: a long piece gets fewer than the preset says."""
    revisions: int
    seed: int
    preset: str
    """Name in cocreate.presets; "" in a turn that was begun before there were presets."""
    ask: bool
    editing: bool
    """The turn changes an existing take instead of writing new ones."""
    adapting: bool
    """The change is one of voice only: "more like me"."""
    chosen_by: Literal["writer", "studio"]
    brief_changed: bool
    """The writer corrected the brief at the pause: recall and ideation run again."""
    round: int
    """Rounds of revision done."""
    ends: int
    """Other ends to write for the best draft; 0: none, or they are written."""
    adapted: bool
    stopped: bool
    """The writer pressed stop: go to the end with what there is."""
    revisable: bool
    """A draft that the next round would revise has spans that the critic named."""
    voiced: bool
    """There is a voice to apply: works in memory or an adapter named in the brief."""


class ChoiceAnswer(TypedDict, total=False):
    """What `interrupt` returns in node `choose`: JSON only."""

    directions: list[str]
    own: str
    brief: str
    """A Brief as JSON (cocreate.codec), when the writer corrected it."""


def after_understand(state: TurnState) -> Literal["recall", "draft"]:
    """A change of a take needs no directions; one of its voice needs the writer's passages."""
    return "draft" if state.get("editing") and not state.get("adapting") else "recall"


def after_recall(state: TurnState) -> Literal["ideate", "draft"]:
    """`--ideas 0` skips ideation, and so does a change of voice."""
    if state.get("adapting"):
        return "draft"
    return "ideate" if state["ideas"] > 0 else "draft"


def after_ideate(state: TurnState) -> Literal["choose", "draft", "present"]:
    """Wait for the writer, or go on with the studio's own pick."""
    if state.get("stopped"):
        return "present"
    return "choose" if state["ask"] else "draft"


def after_choose(state: TurnState) -> Literal["recall", "draft"]:
    """A corrected brief starts over from recall."""
    return "recall" if state.get("brief_changed") else "draft"


def after_critique(state: TurnState) -> Literal["revise", "adapt", "present"]:
    """Revise while rounds are left (other ends of the best draft come first), then apply the voice once, then show what
    there is.

    A change the writer asked for is not followed by changes nobody asked for.
    """
    if state.get("stopped") or state.get("editing"):
        return "present"
    if state.get("ends") or (state.get("round", 0) < state["revisions"] and state.get("revisable")):
        return "revise"
    if state.get("voiced") and not state.get("adapted") and preset(state.get("preset", "")).adapt:
        return "adapt"
    return "present"


def worst_spans(scorecard: Scorecard, most: int = 2) -> tuple[Evidence, ...]:
    """Return the heaviest evidence that names a span, over all three scores, without overlaps, heaviest first."""
    found = [*scorecard.fluency.evidence, *scorecard.theme_fit.evidence, *scorecard.novelty.evidence]
    chosen: list[Evidence] = []
    for evidence in sorted(found, key=lambda item: -item.weight):
        if evidence.end <= evidence.start or evidence.weight < REVISABLE_WEIGHT:
            continue
        if all(evidence.end <= other.start or evidence.start >= other.end for other in chosen):
            chosen.append(evidence)
        if len(chosen) == most:
            break
    return tuple(chosen)


def best_scored(takes: Sequence[TakeView]) -> TakeView | None:
    """Return the take with the highest overall, or None when none is scored; copies from memory come last."""
    scored = [take for take in takes if take.scorecard is not None and take.status != "dropped"]
    return max(scored, key=lambda take: rank(take.scorecard), default=None)


def to_revise(takes: Sequence[TakeView], state: TurnState) -> list[TakeView]:
    """The takes that the next round of revision works on: those of the best in which the critic named spans.

    The first round takes as many drafts as the preset says; each later one takes the best text alone.
    """
    scored = [take for take in takes if take.scorecard is not None and take.status != "dropped"]
    most = 1 if state.get("round", 0) else preset(state.get("preset", "")).parents
    best = sorted(scored, key=lambda take: rank(take.scorecard), reverse=True)[:most]
    return [take for take in best if take.scorecard is not None and worst_spans(take.scorecard)]


def spread(directions: Sequence[str], drafts: int, share: float) -> list[str]:
    """Which direction each of the drafts follows, "" for none: the best first, a share of the drafts, evenly."""
    found: list[str] = []
    for number in range(drafts):
        used = sum(map(bool, found))
        follows = bool(directions) and used < share * (number + 1)
        found.append(directions[used % len(directions)] if follows else "")
    return found


def places_in_front(state: TurnState) -> int:
    """Texts that stand first when the turn ends, and versions of a change: the preset's, or as many as the writer asked
    to have drafts."""
    of = preset(state.get("preset", ""))
    by_preset = state.get("fitted") or state["drafts"] == of.drafts
    return min(of.shown, state["drafts"]) if by_preset else state["drafts"]


def places_to_fill(state: TurnState, brief: Brief, directions: int) -> int:
    """First drafts of a turn: as many as were asked for, else what the preset gives a piece of this length, or one for
    each direction that is to be followed."""
    if not state.get("fitted"):
        return state["drafts"]
    of = preset(state.get("preset", ""))
    return max(drafts_of(of, brief.length), min(of.drafts, directions))


def beats(candidate: Scorecard, parent: Scorecard) -> bool:
    """Whether a revision may stand above what it came from: strictly better overall, and no copy of memory if that
    was none."""
    return rank(candidate) > rank(parent)


def rank(card: Scorecard | None) -> tuple[bool, float]:
    """What takes are ordered by, the best highest: a text that copies from memory stands behind all that do not."""
    return (not card.copied, card.overall) if card else (False, -1.0)
