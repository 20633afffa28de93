"""What happens in each node of a turn.

A node reads its material from the desk, lets one agent work, puts the result back on the desk and returns ids and
small values. Side effects come after the work, and are safe to meet again: a node that a crash cut off runs anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agents.contracts import Brief, Direction
from agents.understand import understand as understood
from cocreate import codec
from cocreate.deps import Deps
from cocreate.desk import TurnRecord, first_line
from cocreate.events import (
    BriefUnderstood,
    DirectionsChosen,
    DirectionsFound,
    EngineMeasured,
    PassagesRecalled,
    Step,
    StepStarted,
)
from cocreate.judging import critique_takes, put_first, settle
from cocreate.metering import Batch
from cocreate.openings import choose_among_cut_off, plan_for, write_from_openings, write_other_ends
from cocreate.presets import preset
from cocreate.state import ChoiceAnswer, TurnState, places_in_front, places_to_fill, spread, to_revise
from cocreate.writing import (
    ROUND_SEED,
    adapt_best,
    continue_partials,
    revise_best,
    write_adapted,
    write_drafts,
    write_edits,
)
from memory.records import Filters, Hit
from memory.sanitise import sanitise

RECALLED = 4
"""Passages shown to the drafting agent."""
TITLE_LENGTH = 60


@contextmanager
def _step(state: TurnState, runtime: Runtime[Deps], step: Step, note: str = "") -> Iterator[TurnRecord]:
    """Journal that the turn reached this step, tell the writer, and report each batch the engine runs in it."""
    deps, emit, turn_id = runtime.context, runtime.stream_writer, state["turn_id"]
    deps.desk.set_turn(turn_id, step=step)
    emit(StepStarted(turn_id, step, note))

    def measured(batch: Batch) -> None:
        emit(
            EngineMeasured(
                turn_id,
                step,
                batch.size,
                batch.tokens,
                batch.seconds,
                batch.first_token_seconds,
                batch.prompt_tokens,
                batch.cached_tokens,
                batch.memory,
            )
        )

    deps.engine.on_batch = measured
    try:
        yield deps.desk.turn(turn_id)
    finally:
        deps.engine.on_batch = None


def understand(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Text and state become a brief, or a change of a take."""
    deps, emit = runtime.context, runtime.stream_writer
    with _step(state, runtime, "understand") as turn:
        current = deps.desk.take(turn.take_id) if turn.take_id else None
        earlier = deps.desk.turn(current.turn_id).brief if current else None
        result = understood(turn.request, current_text=current.text if current else None, current_brief=earlier)
        piece = deps.desk.piece(turn.piece_id)
        brief = replace(result.brief, voice=piece.voice, voice_strength=piece.strength)
        if brief.voice and brief.voice_strength:
            deps.voices.canonical(brief.voice, brief.voice_strength)  # refused now, not after minutes of ideas
        deps.desk.set_brief(turn.id, brief, result.edit)
        if current is None:
            title = brief.theme or first_line(turn.request)
            deps.desk.describe_piece(turn.piece_id, sanitise(title)[:TITLE_LENGTH], brief.kind)
        emit(BriefUnderstood(turn.id, brief, result.edit.target if result.edit else ""))
        if notice := deps.advice.about(brief.language):
            emit(notice)
    return {"editing": result.edit is not None, "adapting": bool(result.edit and result.edit.adapts)}


def recall(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Memory returns passages of the writer's works, with their source."""
    deps = runtime.context
    with _step(state, runtime, "recall") as turn:
        works = deps.library.count()
        brief = turn.brief or Brief(turn.request)
        kept = Filters(collections=deps.voices.collections(brief.voice))
        hits = deps.library.search(brief.theme or brief.request, RECALLED, kept, turn.piece_id) if works else []
        deps.desk.set_recalled(turn.id, tuple((hit.passage.id, hit.score) for hit in hits))
        runtime.stream_writer(PassagesRecalled(turn.id, tuple(hits), works))
    voiced = works > 0 or (brief.voice != "" and brief.voice_strength > 0)
    return {"voiced": voiced, "brief_changed": False}


def _hits(deps: Deps, turn: TurnRecord) -> tuple[Hit, ...]:
    """What was recalled, in the writer's wording where it was corrected; what was excluded since is left out."""
    return tuple(deps.library.usable(deps.desk.turn(turn.id).recalled, turn.piece_id))


def ideate(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Many short directions as one batch; the best few are shown."""
    deps = runtime.context
    with _step(state, runtime, "ideate", f"{state['ideas']} directions") as turn:
        brief = turn.brief or Brief(turn.request)
        found = deps.ideation.find(brief, _hits(deps, turn), count=state["ideas"], seed=state["seed"], stop=deps.stop)
        directions = tuple(
            Direction(f"{number}", sanitise(item.text), item.theme_fit, item.novelty)
            for number, item in enumerate(found, 1)
        )
        deps.desk.set_directions(turn.id, directions, ())
        stopped = deps.stop.is_set()
        waiting = state["ask"] and not stopped
        if waiting:
            deps.desk.set_turn(turn.id, status="waiting")
        runtime.stream_writer(DirectionsFound(turn.id, directions, waiting))
    return {"stopped": stopped}


def choose(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Wait for the writer. `interrupt` comes first: this node runs again from its top when the answer is there."""
    answer: ChoiceAnswer = interrupt({"turn_id": state["turn_id"]})
    deps = runtime.context
    with _step(state, runtime, "choose") as turn:
        deps.desk.set_turn(turn.id, status="running")
        if answer.get("brief"):
            brief = codec.load(Brief, answer["brief"])
            deps.desk.set_brief(turn.id, brief, None)
            runtime.stream_writer(BriefUnderstood(turn.id, brief))
            return {"brief_changed": True}
        directions, chosen = list(turn.directions), list(answer.get("directions", []))
        if answer.get("own"):
            own = Direction("own", sanitise(answer["own"]))
            directions = [*(item for item in directions if item.id != "own"), own]
            chosen.append("own")
        deps.desk.set_directions(turn.id, directions, chosen)
        if chosen:
            others = [item.text for item in directions if item.id not in chosen]
            for item in directions:
                if item.id in chosen:
                    deps.desk.learn(turn.id, "direction", item.text, others)
    return {"chosen_by": "writer" if chosen else "studio", "brief_changed": False}


def draft(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Several drafts as one batch from one prompt; for a change of a take, several versions of the span."""
    deps, emit = runtime.context, runtime.stream_writer
    begun = deps.desk.turn(state["turn_id"])
    if begun.brief is not None and not state.get("editing"):
        state = {**state, "drafts": places_to_fill(state, begun.brief, len(_asked_for(begun, state)))}
    plan = None if state.get("editing") else plan_for(deps, begun, state, _followed(begun, state)[1])
    anew = plan is not None and not deps.desk.takes(begun.id, stage="draft", dropped=True)
    note = f"{places_in_front(state)} versions" if state.get("editing") else f"{state['drafts']} drafts"
    if plan is not None:
        note = f"{plan.openings} openings, {plan.drafts} drafts" if anew else f"{plan.drafts} drafts"
    with _step(state, runtime, "draft", note) as turn:
        deps.voices.ready(turn.brief or Brief(turn.request))
        if state.get("adapting"):
            write_adapted(deps, emit, turn, state, _hits(deps, turn))
        elif state.get("editing"):
            write_edits(deps, emit, turn, state)
        else:
            directions, each = _followed(turn, state)
            if directions:
                deps.desk.set_directions(turn.id, turn.directions, [item.id for item in directions])
                emit(DirectionsChosen(turn.id, tuple(directions), state.get("chosen_by", "studio")))
            hits = _hits(deps, turn)
            if plan is not None and anew:
                write_from_openings(deps, emit, turn, state, each, hits, plan)
                return _drafted(deps, {**state, "ends": plan.ends})
            if plan is not None:
                choose_among_cut_off(deps, emit, turn, plan)
            missing = state["drafts"] - continue_partials(deps, emit, turn, state, hits)
            if plan is not None:  # cut off: what goes on is finished, and nothing is begun a second time
                missing += plan.drafts - state["drafts"]
                state = {**state, "seed": state["seed"] + 3 * ROUND_SEED}
            write_drafts(deps, emit, turn, state, each[max(0, len(each) - missing) :], hits, missing)
    return _drafted(deps, state)


def _drafted(deps: Deps, state: TurnState) -> TurnState:
    return {
        "stopped": deps.stop.is_set(), "round": 0, "adapted": False, "drafts": state["drafts"],
        "ends": state.get("ends", 0),
    }  # fmt: skip


def _asked_for(turn: TurnRecord, state: TurnState) -> list[Direction]:
    """Directions that drafts are to follow: the writer's choice; in a turn that does not wait, all that were found."""
    if state.get("chosen_by") != "writer" and state["ask"]:
        return []
    return [item for item in turn.directions if item.id in turn.chosen] or list(turn.directions)


def _followed(turn: TurnRecord, state: TurnState) -> tuple[list[Direction], list[str]]:
    """What was asked for, or the best directions for a share of the drafts; and the text each draft follows, or ""."""
    chosen = [item for item in turn.directions if item.id in turn.chosen]
    share = 1.0 if _asked_for(turn, state) else preset(state.get("preset", "")).directed
    each = spread([item.text for item in chosen or turn.directions], state["drafts"], share)
    return chosen or list(turn.directions[: sum(map(bool, each))]), each


def critique(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Every text that has none yet gets a scorecard; a revision that is not better is dropped."""
    deps = runtime.context
    with _step(state, runtime, "critique") as turn:
        critique_takes(deps, runtime.stream_writer, turn)
        revisable = bool(to_revise(deps.desk.takes(turn.id), state))
    return {"revisable": revisable, "stopped": state.get("stopped", False) or deps.stop.is_set()}


def revise(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Write other ends for the best draft, once; then rewrite only the spans the critic named in the best drafts."""
    if ends := state.get("ends", 0):
        with _step(state, runtime, "revise", f"{ends} other ends") as turn:
            runtime.context.voices.ready(turn.brief or Brief(turn.request))
            write_other_ends(runtime.context, turn, state, _hits(runtime.context, turn), ends)
        return {"ends": 0}
    rounds = state.get("round", 0) + 1
    with _step(state, runtime, "revise", f"round {rounds} of {state['revisions']}") as turn:
        runtime.context.voices.ready(turn.brief or Brief(turn.request))
        revise_best(runtime.context, turn, state, rounds)
    return {"round": rounds}


def adapt(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Bend the best draft towards the writer's voice without losing theme or form."""
    with _step(state, runtime, "adapt") as turn:
        runtime.context.voices.ready(turn.brief or Brief(turn.request))
        adapt_best(runtime.context, turn, state, _hits(runtime.context, turn))
    return {"adapted": True}


def present(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Save the takes in the tree, the best of different kinds first; the best one becomes the piece's current take."""
    deps = runtime.context
    with _step(state, runtime, "present") as turn:
        deps.desk.fold_journal(turn.id)
        put_first(deps, turn, state)
        takes = [take for take in deps.desk.takes(turn.id) if take.status != "rejected"]
        if takes:
            deps.desk.offer(turn.piece_id, takes[0].id)
    return {}


def learn(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Keep what the turn itself decided as feedback: which revisions were better than what they came from."""
    deps = runtime.context
    with _step(state, runtime, "learn") as turn:
        settle(deps, turn)
    return {}


def new_seed() -> int:
    """Return a seed that can be shown, typed again and stored in a signed 32-bit integer."""
    return secrets.randbelow(2**31 - 1)
