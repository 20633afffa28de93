"""How drafts grow, are judged and become takes. Changes the data of `tui.turn_state`; knows no screen."""

from __future__ import annotations

from itertools import count

from cocreate import events as ev
from tui.turn_state import DraftState, TurnState


def reduce_drafts(turn: TurnState, event: ev.Event) -> None:
    """Take an event about a draft into its turn."""
    if isinstance(event, ev.DraftStarted):
        _draft_started(turn, event)
        return
    draft = turn.drafts.get(getattr(event, "draft_id", ""))
    if draft is None:
        return
    match event:
        case ev.DraftGrew(_, _, text):
            draft.text += text
        case ev.DraftFinished():
            draft.text, draft.finish = event.text, event.finish
            draft.status = "partial" if event.finish == "stopped" else "offered"
        case ev.DraftScored():
            draft.scorecard = event.scorecard
        case ev.RevisionJudged():
            draft.accepted, draft.reason = event.accepted, event.reason
            draft.parent = event.parent or draft.parent
        case _:
            pass
    draft.version += 1


def _draft_started(turn: TurnState, event: ev.DraftStarted) -> None:
    left = turn.drafts.get(event.draft_id)
    if left is None:  # a continued turn names its drafts anew, and begins with the text that was there
        same = [d for d in turn.drafts.values() if d.status == "partial" and _goes_on(d, event)]
        left = same[0] if same else None
    if left is not None:
        del turn.drafts[left.id]
        turn.order[turn.order.index(left.id)] = event.draft_id
    else:
        turn.order.append(event.draft_id)
    turn.drafts[event.draft_id] = DraftState(
        id=event.draft_id,
        number=left.number if left else max((d.number for d in turn.drafts.values()), default=0) + 1,
        agent=event.agent,
        label=event.label,
        parent=event.parent,
        text=event.text,
        version=left.version + 1 if left else 0,
    )


def _goes_on(left: DraftState, event: ev.DraftStarted) -> bool:
    if event.parent and event.parent in (left.id, left.take_id):
        return event.text.startswith(left.text[: len(event.text)].rstrip())
    return event.label == left.label


def settle(turn: TurnState, takes: tuple[ev.TakeView, ...]) -> None:
    """The turn ended: its drafts become takes, best first; what became no take stays behind them."""
    first: list[str] = []
    for take in takes:
        if take.status == "partial" and any(t.parent == take.id and t.text.startswith(take.text) for t in takes):
            continue  # its text goes on in another take
        draft = _adopt(turn, take)
        first.append(draft.id)
    turn.order = first + [i for i in turn.order if i not in first]
    for draft in turn.drafts.values():
        if draft.accepted is False and not draft.take_id:
            draft.take_id = draft.id  # set aside by the critic: the writer may still keep it or take it further
        if draft.status == "writing":
            draft.status = "partial"
            draft.version += 1


def _adopt(turn: TurnState, take: ev.TakeView) -> DraftState:
    draft = turn.drafts.get(take.id) or _by_take(turn, take.id) or _same_text(turn, take.text)
    if draft is None:
        number = max((d.number for d in turn.drafts.values()), default=0) + 1
        draft = DraftState(id=take.id, number=number, agent=take.agent, label=_take_label(turn, take))
        turn.drafts[draft.id] = draft
        turn.order.append(draft.id)
    draft.text, draft.take_id, draft.status = take.text, take.id, take.status
    draft.direction, draft.finish = take.direction or draft.direction, take.finish
    draft.scorecard = take.scorecard or draft.scorecard
    draft.parent = draft.parent or take.parent
    if take.status == "dropped":
        draft.accepted = False
    elif take.status == "kept" and draft.accepted is False:  # the writer thinks otherwise than the critic
        draft.accepted = True
    draft.version += 1
    return draft


def take_saved(turn: TurnState, take: ev.TakeView) -> None:
    """A take is new, or has a new status; a new one stands first."""
    known = turn.drafts.get(take.id) or _by_take(turn, take.id)
    draft = _adopt(turn, take)
    if known is None:
        turn.order.remove(draft.id)
        turn.order.insert(0, draft.id)
    turn.version += 1


def _by_take(turn: TurnState, take_id: str) -> DraftState | None:
    return next((d for d in turn.drafts.values() if d.take_id == take_id), None)


def _same_text(turn: TurnState, text: str) -> DraftState | None:
    return next((d for d in turn.drafts.values() if not d.take_id and d.text.strip() == text.strip()), None)


def _take_label(turn: TurnState, take: ev.TakeView) -> str:
    if take.label:
        return take.label
    parent = turn.drafts.get(take.parent) or _by_take(turn, take.parent)
    origin = f" of {parent.number}" if parent else ""
    if take.agent == "writer":
        return f"your edit{origin}"
    if take.parent:
        return f"revision{origin}" if parent else "revision"
    return "draft"


def turn_from_view(view: ev.TurnView) -> TurnState:
    """A turn read back from disk."""
    turn = TurnState(
        id=view.id,
        request=view.request,
        piece_id=view.piece_id,
        number=view.number,
        phase=view.status,
        brief=view.brief,
        hits=view.recalled or None,
        directions=view.directions,
        chosen=tuple(d for d in view.directions if d.id in view.chosen),
        note=view.note,
        fresh=False,
    )
    settle(turn, view.takes)
    _number_again(turn, view.takes)
    return turn


def _number_again(turn: TurnState, takes: tuple[ev.TakeView, ...]) -> None:
    """Give drafts the numbers they had when they were written: labels such as "revision of draft 1" speak of them."""
    drafts = [turn.drafts[t.id] for t in sorted(takes, key=lambda take: take.created_at) if t.id in turn.drafts]
    named: dict[int, str] = {}
    for draft in drafts:
        name, _, number = draft.label.partition(",")[0].partition(" ")
        if name == "draft" and number.isdecimal():
            named.setdefault(int(number), draft.id)
    if not named:
        return
    numbers = {id: number for number, id in named.items()}
    free = count(max(named) + 1)
    for draft in drafts:
        draft.number = numbers.get(draft.id) or next(free)


def merge(turn: TurnState, found: TurnState) -> None:
    """Take what the disk knows, but never let text that was on the screen become shorter."""
    turn.brief = found.brief or turn.brief
    turn.directions = found.directions or turn.directions
    for draft in found.shown():
        mine = turn.drafts.get(draft.id) or _same_text(turn, draft.text)
        if mine is None:
            draft.number = len(turn.drafts) + 1
            turn.drafts[draft.id] = draft
            turn.order.append(draft.id)
        else:
            mine.text = max(mine.text, draft.text, key=len)
            mine.take_id = draft.take_id or mine.take_id
            mine.version += 1
