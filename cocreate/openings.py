"""Drafts from chosen openings: more are begun than are written to their end, and the critic says which go on.

Speculative best-of-N: an opening of a third tells with r = .75 how its draft will score (docs/log.md), so for the same
tokens more beginnings are looked at, and the best of them are written to the end in more than one way (Sun et al. 2024,
"Fast Best-of-N Decoding via Speculative Rejection"; Mudgal et al. 2024, "Controlled Decoding from Language Models").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.contracts import EditRequest, Scorecard
from agents.drafting import Written
from agents.spans import parts, rest_at
from cocreate.deps import Deps
from cocreate.desk import TurnRecord
from cocreate.events import DraftFinished, DraftScored, RevisionJudged
from cocreate.judging import ENDS, cards_of
from cocreate.presets import KEPT_OF_BEST, OPENING, Plan, plan_of, preset
from cocreate.state import TurnState, best_scored, rank
from cocreate.streaming import DraftStream
from cocreate.writing import ROUND_SEED, Emit, brief_of, close_take, open_take, refuse_nothing, save_candidates, unseen
from memory.records import Hit
from memory.sanitise import sanitise


def plan_for(deps: Deps, turn: TurnRecord, state: TurnState, directions: Sequence[str]) -> Plan | None:
    """How this turn spends its drafts on openings; None where every draft is written to its end: the writer named a
    number of drafts or several directions, or the critic cannot tell openings of such a text apart."""
    wanted = preset(state.get("preset", "")).openings and state.get("fitted", False)
    if not wanted or len(set(directions)) > 1 or not deps.critic.tells_openings(brief_of(turn)):
        return None
    return plan_of(state["drafts"], brief_of(turn).length)


def write_from_openings(
    deps: Deps, emit: Emit, turn: TurnRecord, state: TurnState, directions: Sequence[str], hits: Sequence[Hit],
    plan: Plan,
) -> None:  # fmt: skip
    """Begin, judge, and write the best to their end, streaming. What does not go on is set aside, with its score.

    Raises EngineFailed when the model gave nothing at all.
    """
    direction = directions[0] if directions else ""
    takes = [open_take(deps, emit, turn, f"draft {n + 1}", direction=direction) for n in range(plan.openings)]
    with DraftStream(deps.desk, emit, turn.id, takes) as stream:
        begun = deps.drafting.begin(
            brief_of(turn), [direction] if direction else [], hits, count=plan.openings, share=OPENING,
            seed=state["seed"], stop=deps.stop, progress=stream,
            temperatures=preset(state.get("preset", "")).temperatures,
        )  # fmt: skip
    texts = [sanitise(one.shown) for one in begun]
    going = [] if deps.stop.is_set() else _chosen(deps, emit, turn, takes, texts, plan)
    if not going:  # stopped: an opening is no whole draft, wherever it rests
        said = [
            close_take(deps, emit, turn, take, Written(text.rstrip(), "stopped", one.reply.tokens))
            for take, text, one in zip(takes, texts, begun, strict=True)
        ]
        refuse_nothing(deps, said)
        return
    ends = [going[number % len(going)] for number in range(plan.drafts)]
    again = [_begun_alike(deps, emit, turn, takes, place, texts[place], direction, number)
             for number, place in enumerate(ends[len(going):])]  # fmt: skip
    last = [*(takes[place] for place in going), *again]
    with DraftStream(deps.desk, emit, turn.id, last) as stream:
        written = deps.drafting.go_on(
            brief_of(turn), [begun[place] for place in ends], seed=state["seed"] + ROUND_SEED, stop=deps.stop,
            progress=stream,
        )  # fmt: skip
    for take, place, one in zip(last, ends, written, strict=True):
        # A twin that was stopped before it said anything of its own is its elder over again.
        empty = take in again and sanitise(one.text).strip() == texts[place].strip()
        close_take(deps, emit, turn, take, replace(one, text="") if empty else one)


def write_other_ends(deps: Deps, turn: TurnRecord, state: TurnState, hits: Sequence[Hit], count: int) -> None:
    """Write the last third of the best draft anew, several times. The critic decides afterwards."""
    best = best_scored(deps.desk.takes(turn.id))
    if best is None or deps.stop.is_set():
        return
    kept = rest_at(best.text, KEPT_OF_BEST)
    if len(kept) <= len(brief_of(turn).opening):
        return
    request = EditRequest("", len(kept), len(kept), "the end", continues=True)
    written = deps.drafting.edit(
        brief_of(turn), kept, request, count=count, seed=state["seed"] + 2 * ROUND_SEED, stop=deps.stop,
        progress=unseen, direction=best.direction, recalled=hits,
    )  # fmt: skip
    written = [one for one in written if one.text.rstrip() != kept.rstrip()]
    save_candidates(deps, turn, best, written, ENDS, f"other end of {best.label.partition(',')[0]}", "drafting")


def choose_among_cut_off(deps: Deps, emit: Emit, turn: TurnRecord, plan: Plan) -> None:
    """After a crash among openings: the best of what was begun go on, the others are set aside."""
    begun = deps.desk.takes(turn.id, stage="draft")
    chosen = len(deps.desk.takes(turn.id, stage="draft", dropped=True)) > len(begun)
    if chosen or len(begun) <= plan.drafts or any(take.status != "partial" or take.parent for take in begun):
        return  # it had come further than openings
    cards = cards_of(deps, turn, [_whole_part(take.text) for take in begun], ())
    ranked = sorted(zip(begun, cards, strict=True), key=lambda item: rank(item[1]), reverse=True)
    if not deps.stop.is_set():
        for take, card in ranked[plan.kept :]:
            _set_aside(deps, emit, turn, take.id, take.text, card, plan.kept)


def _whole_part(text: str) -> str:
    """What is judged of an opening that was cut off: up to its last whole line or sentence, where there is one."""
    ends = [end for _, end in parts(text)[:-1]]
    return text[: ends[-1]] if ends else text


def _chosen(
    deps: Deps, emit: Emit, turn: TurnRecord, takes: Sequence[str], texts: Sequence[str], plan: Plan
) -> list[int]:
    """Places of the openings that go on, best first; the others are set aside. Empty when the writer pressed stop."""
    there = [place for place, text in enumerate(texts) if text.strip()]
    cards = dict(zip(there, cards_of(deps, turn, [texts[place].rstrip() for place in there], ()), strict=True))
    if deps.stop.is_set():
        return []
    going = sorted(there, key=lambda place: rank(cards[place]), reverse=True)[: plan.kept]
    for place, take in enumerate(takes):
        if place not in going:
            _set_aside(deps, emit, turn, take, texts[place].rstrip(), cards.get(place), len(going))
    return going


def _set_aside(
    deps: Deps, emit: Emit, turn: TurnRecord, take: str, text: str, card: Scorecard | None, going: int
) -> None:
    deps.desk.set_aside(take, text, card)
    emit(DraftFinished(turn.id, take, text, "stop"))
    if card is not None:
        emit(DraftScored(turn.id, take, card))
    emit(RevisionJudged(turn.id, take, "", False, f"The {going} best openings went on."))


def _begun_alike(
    deps: Deps, emit: Emit, turn: TurnRecord, takes: Sequence[str], place: int, text: str, direction: str, number: int
) -> str:
    """A take that begins with the opening of another; its text is there before it grows."""
    label = f"draft {len(takes) + number + 1}, begun as {place + 1}"
    take = open_take(deps, emit, turn, label, direction=direction, text=text)
    deps.desk.journal([(take, text)])
    return take
