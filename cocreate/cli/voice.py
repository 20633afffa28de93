"""`cocreate voice`: the voices tuned on the writer's works, the voice of a piece, and the edits to learn from."""

from __future__ import annotations

import time

from cocreate.cli import jsonl, voice_card
from cocreate.cli.context import Context, Studio, answers
from cocreate.commands import (
    Command,
    ForgetVoice,
    ListEdits,
    ListVoices,
    RollBackVoice,
    UseEdit,
    UseVoice,
)
from cocreate.errors import DONE, InputRefused
from cocreate.events import EditsListed, Event, VoiceChosen, VoiceForgotten, VoicesListed
from cocreate.voice_views import EditPair, VoiceView
from cocreate.wording import counted, size

INDENT = "    "


def run(context: Context) -> int:
    """Call the function of the action."""
    actions = {
        "list": _list, "show": _show, "use": _use, "back": _back, "remove": _remove, "edits": _edits,
        "card": voice_card.run,
    }  # fmt: skip
    with context.studio() as studio:
        return actions[context.args.action](context, studio)


def _voices(context: Context, studio: Studio, command: Command | None = None) -> list[VoiceView]:
    listed = [event for event in answers(context, studio, command or ListVoices()) if isinstance(event, VoicesListed)]
    return [voice for event in listed for voice in event.voices]


def _list(context: Context, studio: Studio) -> int:
    voices = _voices(context, studio)
    if context.args.json:
        context.print(jsonl.line(voices))
    elif not voices:
        context.note("No voices yet. Tune one on your works: cocreate tune voice NAME")
    for voice in voices if not context.args.json else ():
        context.print(row(voice))
        if not voice.usable:
            context.print(f"{INDENT}{voice.why_not}")
    return DONE


def _named(context: Context, studio: Studio) -> VoiceView:
    name = context.args.name.casefold()
    found = [voice for voice in _voices(context, studio) if voice.name.casefold() == name]
    if not found:
        raise InputRefused(f"There is no voice called {context.args.name}.", "List them: cocreate voice list")
    return found[0]


def _show(context: Context, studio: Studio) -> int:
    voice = _named(context, studio)
    if context.args.json:
        context.print(jsonl.line(voice))
        return DONE
    context.print(row(voice))
    context.print(f"{INDENT}tuned {time.strftime('%Y-%m-%d %H:%M', time.localtime(voice.created_at))}. {gain(voice)}")
    context.print(f"{INDENT}versions kept: {', '.join(str(one) for one in voice.versions)}; in use: {voice.version}")
    context.print(f"{INDENT}base model {voice.base_model}, sha256 {voice.base_hash}")
    if not voice.usable:
        context.print(f"{INDENT}{voice.why_not}")
    for work in voice.works:
        shown = "(forgotten; tune again to be without it)" if work.forgotten else work.title
        context.print(f"{INDENT}{work.content_hash[:12]}  {shown}")
    return DONE


def _use(context: Context, studio: Studio) -> int:
    args = context.args
    for event in answers(context, studio, UseVoice(args.piece, args.voice, args.strength)):
        if isinstance(event, VoiceChosen):
            context.print(chosen_line(event))
    return DONE


def _back(context: Context, studio: Studio) -> int:
    _voices(context, studio, RollBackVoice(context.args.name, context.args.version))
    voice = _named(context, studio)
    context.print(f"{voice.name} is version {voice.version} from now on.")
    return DONE


def _remove(context: Context, studio: Studio) -> int:
    for event in answers(context, studio, ForgetVoice(context.args.name)):
        if isinstance(event, VoiceForgotten):
            context.print(f"forgotten  {event.name}")
    return DONE


def _edits(context: Context, studio: Studio) -> int:
    edits: list[EditPair] = []
    commands: list[Command] = [UseEdit(edit, True) for edit in context.args.learn]
    commands += [UseEdit(edit, False) for edit in context.args.leave]
    for command in commands or [ListEdits()]:
        for event in answers(context, studio, command):
            edits = _listed(event, edits)
    if context.args.json:
        context.print(jsonl.line(edits))
    elif not edits:
        context.note("No edits yet. What you change in a take comes here.")
    for edit in edits if not context.args.json else ():
        context.print("\n".join(edit_lines(edit)))
    return DONE


def _listed(event: Event, before: list[EditPair]) -> list[EditPair]:
    return list(event.edits) if isinstance(event, EditsListed) else before


def row(voice: VoiceView) -> str:
    """One voice in a line."""
    on = "all works" if voice.collection is None else f"“{voice.collection}”" if voice.collection else "no collection"
    state = "" if voice.usable else ", not usable now"
    return f"{voice.name}  version {voice.version}  ({voice.method}, {on}, {size(voice.bytes)}{state})"


def gain(voice: VoiceView) -> str:
    """What the tuning did, measured on works it never saw."""
    before, after = voice.perplexity_before, voice.perplexity_after
    change = f" ({(after - before) / before:+.0%})" if before > 0 else ""
    return f"Perplexity on held-out works {before:.1f} before, {after:.1f} after{change}; {voice.tokens:,} tokens."


def chosen_line(event: VoiceChosen) -> str:
    """What the piece is written in from now on."""
    if not event.voice:
        return f"{event.piece_id} is written without a voice from now on."
    return f"{event.piece_id} is written in {event.voice} at strength {event.strength:g} from now on."


def edit_lines(edit: EditPair) -> list[str]:
    """One edit: what changed, line by line, and whether the next tuning learns from it."""
    learn = "learn from it" if edit.use else "not used"
    lines = [f"{edit.id}  {edit.piece_title}  ({learn}, {counted(len(edit.changes), 'change')})"]
    for before, after in edit.changes:
        lines += [f"{INDENT}- {line}" for line in before.splitlines()]
        lines += [f"{INDENT}+ {line}" for line in after.splitlines()]
    return lines
