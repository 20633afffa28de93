"""What the nodes draft, revise and adapt do with the agents' texts: takes opened, streamed, finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agents.changes import exact_change
from agents.contracts import Agent, Brief
from agents.drafting import Written
from agents.errors import BadBrief, EngineFailed
from cocreate.deps import Deps
from cocreate.desk import TurnRecord
from cocreate.events import DraftFinished, DraftStarted, Event, TakeView
from cocreate.presets import preset
from cocreate.state import TurnState, best_scored, places_in_front, to_revise, worst_spans
from cocreate.streaming import DraftStream
from memory.records import Hit
from memory.sanitise import sanitise

Emit = Callable[[Event], None]
ROUND_SEED = 7919
"""Distance between the seeds of rounds, so that no two batches draw the same."""


def brief_of(turn: TurnRecord) -> Brief:
    """What a turn was asked for."""
    return turn.brief or Brief(turn.request)


def open_take(
    deps: Deps,
    emit: Emit,
    turn: TurnRecord,
    label: str,
    *,
    parent: TakeView | None = None,
    direction: str = "",
    agent: Agent = "drafting",
    text: str = "",
) -> str:
    """Open a take that text will stream into, after that of its parent or `text`, and tell the writer; return its
    id."""
    take_id = deps.desk.start_take(
        turn.id, agent=agent, stage="draft", label=label, parent=parent.id if parent else "", direction=direction
    )
    emit(DraftStarted(turn.id, take_id, agent, label, parent.id if parent else "", parent.text if parent else text))
    return take_id


def close_take(deps: Deps, emit: Emit, turn: TurnRecord, take_id: str, written: Written) -> bool:
    """Save a finished text; an empty one is dropped. Return whether there was text."""
    text = sanitise(written.text)
    deps.desk.finish_take(take_id, text, written.finish)
    emit(DraftFinished(turn.id, take_id, text, written.finish))
    if not text.strip():
        deps.desk.discard_take(take_id)
    return bool(text.strip())


def write_drafts(
    deps: Deps,
    emit: Emit,
    turn: TurnRecord,
    state: TurnState,
    directions: Sequence[str],
    hits: Sequence[Hit],
    count: int,
) -> None:
    """Write `count` new drafts as one batch, streaming. Raises EngineFailed when the model gave nothing at all."""
    if count <= 0:
        return
    there = sum(not take.parent for take in deps.desk.takes(turn.id, stage="draft", dropped=True))
    takes = [
        open_take(
            deps,
            emit,
            turn,
            f"draft {there + number + 1}",
            direction=directions[number % len(directions)] if directions else "",
        )
        for number in range(count)
    ]
    with DraftStream(deps.desk, emit, turn.id, takes) as stream:
        written = deps.drafting.write(
            brief_of(turn),
            directions,
            hits,
            count=count,
            seed=state["seed"],
            stop=deps.stop,
            progress=stream,
            temperatures=preset(state.get("preset", "")).temperatures,
        )
    said = [close_take(deps, emit, turn, take_id, one) for take_id, one in zip(takes, written, strict=True)]
    refuse_nothing(deps, said)


def refuse_nothing(deps: Deps, said: Sequence[bool]) -> None:
    """Raise EngineFailed when none of the drafts has text, and nobody stopped them."""
    if not any(said) and not deps.stop.is_set():
        raise EngineFailed(
            "The model returned no text for this brief.", "Try other words, or another model (cocreate models)."
        )


def continue_partials(deps: Deps, emit: Emit, turn: TurnRecord, state: TurnState, hits: Sequence[Hit]) -> int:
    """After a crash: finish the drafts that were cut off, as one batch, byte for byte from where they were; return how
    many drafts there are then. In a turn that was not cut off there are none."""
    before = [take for take in deps.desk.takes(turn.id, stage="draft") if not _goes_on_in_another(deps, turn, take)]
    partials = [take for take in before if take.status == "partial"]
    if not partials or deps.stop.is_set():
        return len(before)
    takes = [
        open_take(deps, emit, turn, f"{partial.label}, continued", parent=partial, direction=partial.direction)
        for partial in partials
    ]
    deps.desk.journal([(take_id, partial.text) for take_id, partial in zip(takes, partials, strict=True)])
    with DraftStream(deps.desk, emit, turn.id, takes) as stream:
        written = deps.drafting.resume(
            brief_of(turn),
            [partial.text for partial in partials],
            [partial.direction for partial in partials],
            hits,
            seed=state["seed"] + ROUND_SEED,
            stop=deps.stop,
            progress=stream,
        )
    for take_id, partial, one in zip(takes, partials, written, strict=True):
        if close_take(deps, emit, turn, take_id, one):
            deps.desk.discard_take(partial.id)
    return len(before)


def _goes_on_in_another(deps: Deps, turn: TurnRecord, take: TakeView) -> bool:
    """Whether a draft that was cut off stands whole in the beginning of another: the turn was cut off twice."""
    others = deps.desk.takes(turn.id, stage="draft")
    found = take.status == "partial" and any(one.parent == take.id and one.text.startswith(take.text) for one in others)
    if found:
        deps.desk.discard_take(take.id)
    return found


def write_edits(deps: Deps, emit: Emit, turn: TurnRecord, state: TurnState) -> None:
    """Write versions of the span the writer wants changed; all else stays byte for byte."""
    base = deps.desk.take(turn.take_id)
    edit = turn.edit
    if edit is None:
        return
    # "Replace x by y" and "remove line 3" have one answer, and no model is asked for it.
    count = 1 if exact_change(edit, base.text) is not None else places_in_front(state)
    takes = [
        open_take(deps, emit, turn, f"version {number + 1}", parent=base, direction=base.direction)
        for number in range(count)
    ]
    with DraftStream(deps.desk, emit, turn.id, takes) as stream:
        written = deps.drafting.edit(
            brief_of(turn), base.text, edit, count=len(takes), seed=state["seed"], stop=deps.stop, progress=stream
        )
    for take_id, one in zip(takes, written, strict=True):
        close_take(deps, emit, turn, take_id, one)


def write_adapted(deps: Deps, emit: Emit, turn: TurnRecord, state: TurnState, hits: Sequence[Hit]) -> None:
    """Write versions of a take that sound more (or less) like the writer, by the dial of the piece.

    Versions that went the wrong way are not shown when there are others. Raises BadBrief when there is no voice.
    """
    base, brief = deps.desk.take(turn.take_id), brief_of(turn)
    away = turn.edit is not None and turn.edit.adapts == "less"
    distance = deps.distance.of(brief, hits)
    if not away and not hits and not (brief.voice and brief.voice_strength):
        raise BadBrief(
            "There is no voice to follow yet: the piece has none, and there are no works in memory.",
            "Add works (cocreate works add PATH) or choose a voice (cocreate voice use PIECE VOICE).",
        )
    takes = [
        open_take(deps, emit, turn, f"version {number + 1}", parent=base, direction=base.direction, agent="style")
        for number in range(places_in_front(state))
    ]
    with DraftStream(deps.desk, emit, turn.id, takes) as stream:
        written = deps.style.adapt(
            brief,
            base.text,
            hits,
            count=len(takes),
            seed=state["seed"],
            stop=deps.stop,
            progress=stream,
            distance=distance,
            away=away,
        )
    before, sign = distance(base.text), -1 if away else 1
    there = [take for take, one in zip(takes, written, strict=True) if close_take(deps, emit, turn, take, one)]
    moved = {take: sign * (before - distance(one.text)) for take, one in zip(takes, written, strict=True)}
    if any(moved[take] > 0 for take in there):
        for take in there:
            if moved[take] <= 0:
                deps.desk.discard_take(take)


def revise_best(deps: Deps, turn: TurnRecord, state: TurnState, rounds: int) -> None:
    """Try several rewrites of the spans the critic named in the best drafts. The critic decides afterwards."""
    for number, parent in enumerate(to_revise(deps.desk.takes(turn.id), state)):
        if parent.scorecard is None or deps.stop.is_set():
            break
        written = deps.drafting.revise(
            brief_of(turn),
            parent.text,
            worst_spans(parent.scorecard),
            count=preset(state.get("preset", "")).tried,
            seed=state["seed"] + ROUND_SEED * rounds + number,
            stop=deps.stop,
            progress=unseen,
        )
        save_candidates(deps, turn, parent, written, f"revise-{rounds}", f"revision of {parent.label}", "drafting")


def adapt_best(deps: Deps, turn: TurnRecord, state: TurnState, hits: Sequence[Hit]) -> None:
    """Try the best draft in the writer's voice; candidates that are not nearer to it are not kept."""
    best = best_scored(deps.desk.takes(turn.id))
    if best is None or deps.stop.is_set():
        return
    distance = deps.distance.of(brief_of(turn), hits)
    written = deps.style.adapt(
        brief_of(turn),
        best.text,
        hits,
        count=preset(state.get("preset", "")).tried,
        seed=state["seed"] - ROUND_SEED,
        stop=deps.stop,
        progress=unseen,
        distance=distance,
    )
    before = distance(best.text)
    if before > 0:
        written = [one for one in written if distance(one.text) < before]
    save_candidates(deps, turn, best, written, "adapt", f"{best.label}, in your voice", "style")


def save_candidates(
    deps: Deps, turn: TurnRecord, parent: TakeView, written: Sequence[Written], stage: str, label: str, agent: Agent
) -> None:
    """Keep texts that differ as candidates, for the critic to judge against their parent."""
    seen = {parent.text}
    for one in written:
        text = sanitise(one.text)
        if one.finish == "stopped" or not text.strip() or text in seen:
            continue
        seen.add(text)
        take_id = deps.desk.start_take(
            turn.id, agent=agent, stage=stage, label=label, parent=parent.id, direction=parent.direction
        )
        deps.desk.finish_take(take_id, text, one.finish)


def unseen(index: int, piece: str) -> None:
    """Candidates are judged before anyone looks at them."""
