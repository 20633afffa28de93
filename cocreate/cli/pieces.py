"""`cocreate pieces`: look at the texts in the making, and take them out."""

from __future__ import annotations

from collections.abc import Sequence

from cocreate.cli import jsonl
from cocreate.cli.context import Context, Studio, answers
from cocreate.cli.narration import card_line
from cocreate.commands import ListPieces, OpenPiece
from cocreate.errors import DONE, InputRefused
from cocreate.events import PieceOpened, PiecesListed, PieceView, TakeView, TurnView
from cocreate.wording import counted

PAGE = 200
"""Turns asked for at a time."""


def run(context: Context) -> int:
    """Call the function of the action."""
    actions = {"list": _list, "show": _show, "export": _export}
    with context.studio() as studio:
        return actions[context.args.action](context, studio)


def _list(context: Context, studio: Studio) -> int:
    command = ListPieces(context.args.find)
    listed = [event for event in answers(context, studio, command) if isinstance(event, PiecesListed)]
    pieces = [piece for event in listed for piece in event.pieces]
    if context.args.json:
        context.print(jsonl.line(pieces))
    elif not pieces:
        context.note("No pieces yet. Start one: cocreate, or cocreate write BRIEF")
    else:
        for piece in pieces:
            counts = f"{counted(piece.turns, 'turn')}, {counted(piece.takes, 'take')}"
            context.print(f"{piece.id}  {piece.title or piece.first_line}  ({piece.kind}, {counts})")
    return DONE


def _show(context: Context, studio: Studio) -> int:
    piece, turns = open_piece(context, studio)
    take = current_take(piece, turns)
    if context.args.json:
        context.print(jsonl.line({"piece": piece, "text": take.text if take else "", "turns": turns}))
        return DONE
    context.note(f"{piece.id}  {piece.title}")
    if take:
        context.print(take.text)
    else:
        context.note("This piece has no text yet.")
    return DONE


def _export(context: Context, studio: Studio) -> int:
    piece, turns = open_piece(context, studio)
    take = current_take(piece, turns)
    if context.args.format == "md":
        context.print(as_markdown(piece, turns, take))
    elif take:
        context.print(take.text)
    return DONE


def open_piece(context: Context, studio: Studio) -> tuple[PieceView, list[TurnView]]:
    """The piece with all its turns, oldest first; raises InputRefused when there is none of this id."""
    piece: PieceView | None = None
    turns: list[TurnView] = []
    before: int | None = None
    while True:
        opened = None
        for event in answers(context, studio, OpenPiece(context.args.id, PAGE, before)):
            if isinstance(event, PieceOpened):
                opened = event
        if opened is None:
            break
        piece, turns = opened.piece, [*opened.turns, *turns]
        if not opened.more_before or not opened.turns:
            break
        before = opened.turns[0].number
    if piece is None:
        raise InputRefused(f"There is no piece {context.args.id!r}.", "cocreate pieces list shows them.")
    return piece, turns


def current_take(piece: PieceView, turns: Sequence[TurnView]) -> TakeView | None:
    """The take the writer kept; else the best of the newest turn that has any."""
    for turn in turns:
        for take in turn.takes:
            if take.id == piece.current_take:
                return take
    return next((turn.takes[0] for turn in reversed(turns) if turn.takes), None)


def as_markdown(piece: PieceView, turns: Sequence[TurnView], take: TakeView | None) -> str:
    """The text, then how it came about: every turn and every take, so that nothing stays behind."""
    parts = [f"# {piece.title or piece.first_line}", take.text if take else "", "## How it came about"]
    for turn in turns:
        parts.append(f"### {turn.number}. {turn.request.strip()}")
        for other in turn.takes:
            scores = f": {card_line(other.scorecard)}" if other.scorecard else ""
            parts += [f"**{other.agent}, {other.status}**{scores}", other.text]
    return "\n\n".join(part for part in parts if part)
