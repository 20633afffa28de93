"""What the node critique does: scorecards for every text that has none, and the verdict on revisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from agents.contracts import Brief, Scorecard
from agents.spans import begun_alike
from agents.voicing import wants_quotation
from cocreate.deps import Deps
from cocreate.desk import TurnRecord
from cocreate.events import DraftFinished, DraftsCompared, DraftScored, DraftStarted, Event, RevisionJudged, TakeView
from cocreate.offering import choose
from cocreate.state import TurnState, beats, places_in_front, rank, worst_spans
from memory.records import Hit

Emit = Callable[[Event], None]
ENDS = "ends"
"""Stage of candidates that are other ends of a draft: they answer to no named span."""
NEIGHBOURS = 3
"""Passages of the writer's works a draft is compared with."""


def critique_takes(deps: Deps, emit: Emit, turn: TurnRecord) -> None:
    """Score what is not scored yet. First drafts are judged together; revisions against what they came from."""
    for (stage, _), group in groupby(deps.desk.unscored(turn.id), key=_judged_together):
        takes = [take for _, take in group]
        if stage == "draft":
            _judge_drafts(deps, emit, turn, takes)
        else:
            _judge_candidates(deps, emit, turn, takes, named=stage != ENDS)


def _judged_together(item: tuple[str, TakeView]) -> tuple[str, str]:
    stage, take = item
    return stage, "" if stage == "draft" else take.parent


def cards_of(deps: Deps, turn: TurnRecord, texts: Sequence[str], others: Sequence[str]) -> list[Scorecard]:
    """Cards of texts that answer the turn's brief, held against one another and `others`."""

    def similar(text: str) -> Sequence[Hit]:
        return deps.library.search(text, NEIGHBOURS)

    brief = turn.brief or Brief(turn.request)
    cards = deps.critic.judge(
        texts,
        brief,
        similar=similar if deps.library.count() else None,
        others=others,
        weights=deps.taste.weights(),
        answer=True,
    )
    quoting = wants_quotation(turn.request) or wants_quotation(brief.request)
    return [deps.checks.add(card, text, quoting=quoting) for card, text in zip(cards, texts, strict=True)]


def _judge_drafts(deps: Deps, emit: Emit, turn: TurnRecord, takes: Sequence[TakeView]) -> None:
    """Versions of one span are nearly the same text: they are judged one by one, not against each other."""
    if turn.edit is not None:
        cards = [cards_of(deps, turn, [take.text], ())[0] for take in takes]
    else:
        pending = {take.id for take in takes}
        others = [take.text for take in deps.desk.takes(turn.id, stage="draft") if take.id not in pending]
        cards = cards_of(deps, turn, [take.text for take in takes], others)
    for take, card in zip(takes, cards, strict=True):
        deps.desk.set_scorecard(take.id, card)
        emit(DraftScored(turn.id, take.id, card))
    texts, given = list[str](), turn.brief.opening if turn.brief else ""
    for take, card in zip(takes, cards, strict=True):
        if not card.note.startswith("not scored") and not any(begun_alike(take.text, one, given) for one in texts):
            texts.append(take.text)
    if turn.edit is None and len(texts) > 1:
        emit(DraftsCompared(turn.id, deps.critic.diversity(texts, turn.brief or Brief(turn.request))))


def _judge_candidates(deps: Deps, emit: Emit, turn: TurnRecord, takes: Sequence[TakeView], *, named: bool) -> None:
    """Keep the best candidate if it beats its parent; show it either way, marked."""
    parent = deps.desk.take(takes[0].parent)
    root, given = _root(deps, parent), turn.brief.opening if turn.brief else ""
    others = [
        take.text
        for take in deps.desk.takes(turn.id, stage="draft")
        if take.id not in (root, parent.id)
        and take.status != "partial"
        and not begun_alike(take.text, parent.text, given)
    ]
    judged = [(cards_of(deps, turn, [take.text], others)[0], take) for take in takes]
    card, best = max(judged, key=lambda item: rank(item[0]))
    for _, take in judged:
        if take.id != best.id:
            deps.desk.remove_take(take.id)
    accepted = parent.scorecard is None or beats(card, parent.scorecard)
    deps.desk.set_scorecard(best.id, card)
    if not accepted:
        deps.desk.discard_take(best.id)
    emit(DraftStarted(turn.id, best.id, best.agent, best.label, parent.id, parent.text))
    emit(DraftFinished(turn.id, best.id, best.text, best.finish))
    emit(DraftScored(turn.id, best.id, card))
    emit(RevisionJudged(turn.id, best.id, parent.id, accepted, _verdict(card, parent, accepted, named=named)))


def _root(deps: Deps, take: TakeView) -> str:
    """Id of the first draft a chain of revisions began with."""
    while take.parent and deps.desk.take(take.parent).turn_id == take.turn_id:
        take = deps.desk.take(take.parent)
    return take.id


def _verdict(card: Scorecard, parent: TakeView, accepted: bool, *, named: bool) -> str:
    before = parent.scorecard.overall if parent.scorecard else 0.0
    change = f"{before:.1f} to {card.overall:.1f}"
    verdict = f"Better: {change}." if accepted else f"Not better ({change}): {parent.label or 'the original'} stays."
    spans = worst_spans(parent.scorecard) if parent.scorecard and named else ()
    return f"{verdict} Rewritten because: {spans[0].reason}" if spans else verdict


def put_first(deps: Deps, turn: TurnRecord, state: TurnState) -> None:
    """Let the best texts that differ stand first; versions of one span do not differ as wholes and stay by score."""
    takes = [take for take in deps.desk.takes(turn.id) if take.scorecard is not None and take.agent != "writer"]
    if turn.edit is not None or not takes:
        return
    cards = [take.scorecard for take in takes if take.scorecard is not None]
    first = min(range(len(takes)), key=lambda row: takes[row].created_at)
    rows = choose(cards, deps.embedder.embed([take.text for take in takes]), first, places_in_front(state))
    deps.desk.put_first(turn.id, [takes[row].id for row in rows])


def settle(deps: Deps, turn: TurnRecord) -> None:
    """Record each verdict on a revision as feedback, once the turn is over."""
    for take in deps.desk.takes(turn.id, dropped=True):
        if take.agent == "writer" or not take.parent or take.scorecard is None or turn.edit is not None:
            continue
        if take.status == "dropped":
            deps.desk.learn(turn.id, "revision", take.parent, [take.id])
        else:
            deps.desk.learn(turn.id, "revision", take.id, [take.parent])
