"""`cocreate voice card`: what makes the works sound like one person, plotted for a terminal of 80 columns."""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from cocreate.cli import jsonl
from cocreate.cli.context import Context, Studio, answers
from cocreate.commands import ShowVoiceCard
from cocreate.errors import DONE, InputRefused
from cocreate.events import VoiceCardShown
from cocreate.wording import counted
from memory.voice_card import Trait, VoiceCard

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 80
NAME = 26
"""Columns of a trait's name."""
HALF = 6
"""Columns of a bar on each side of what is common; full at four times as much, or a quarter."""


def run(context: Context, studio: Studio) -> int:
    """Print the card, and the comparison where one was asked for."""
    args = context.args
    if args.against is not None and args.text is not None:
        raise InputRefused("Compare with a collection or with a text, not with both.", "Leave out --against or --text.")
    text = "" if args.text is None else _read(args.text)
    for event in answers(context, studio, ShowVoiceCard(args.collection, args.against, text)):
        if isinstance(event, VoiceCardShown):
            shown = [jsonl.line(event)] if args.json else lines_of(event)
            for line in shown:
                context.print(line)
    return DONE


def lines_of(shown: VoiceCardShown) -> Iterator[str]:
    """The card in lines of at most 80 columns."""
    card, other = shown.card, shown.other
    yield from _head(card)
    if other is not None:
        yield ""
        yield f"Beside {other.title}" + (f", distance {other.distance:.2f} (0 alike, .5 another writer)"
                                         if other.distance is not None else "")  # fmt: skip
        for sentence in shown.differences or ("No difference stands out.",):
            yield from textwrap.wrap(sentence, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    if any(trait.common is not None for trait in card.traits):
        yield ""
        yield "  │ is published writing: bars to the left have less of it, to the right more."
    theirs = {trait.name: trait for trait in other.traits} if other is not None else {}
    for trait in card.traits:
        yield from _trait(trait, theirs.get(trait.name))


def _head(card: VoiceCard) -> Iterator[str]:
    unit = "character" if card.language == "zh" else "word"
    works = f"{counted(card.works, 'work')}, " if card.works else ""
    yield f"{card.title}: {works}{card.words:,} {unit}{'' if card.words == 1 else 's'}, {card.language}"
    if card.sentence:
        yield from textwrap.wrap(card.sentence, WIDTH)


def _trait(trait: Trait, other: Trait | None) -> Iterator[str]:
    figure = f"{trait.value:g}" + (f" | {other.value:g}" if other is not None else "")
    drawn = f"{_bar(trait.value, trait.common)} " if trait.common is not None else " " * (2 * HALF + 2)
    yield f"{trait.name:<{NAME}.{NAME}}{drawn}{figure} {trait.unit}"[:WIDTH].rstrip()
    if trait.spread:
        yield f"  {spark(trait.spread)}"
    if trait.examples:
        said = _narrow("  " + " / ".join(trait.examples[:8]))
        yield said


def spark(values: Sequence[float]) -> str:
    """One block a value; the highest is full."""
    most = max(values, default=0.0) or 1.0
    return "".join(BLOCKS[min(7, int(8 * max(0.0, value) / most))] for value in values[: WIDTH - 4])


def _bar(value: float, common: float) -> str:
    """How far from common use, by ratio."""
    share = max(-1.0, min(1.0, math.log((value + 0.05) / (common + 0.05)) / math.log(4)))
    full = "█" * round(abs(share) * HALF)
    return f"{full if share < 0 else '':>{HALF}}│{full if share > 0 else '':<{HALF}}"


def _narrow(line: str) -> str:
    """The line cut to 80 columns; a Chinese character takes two."""
    width = 0
    for at, character in enumerate(line):
        width += 2 if ord(character) >= 0x1100 and not 0x2000 <= ord(character) < 0x2E80 else 1
        if width > WIDTH - 1:
            return line[:at] + "…"
    return line


def _read(name: str) -> str:
    """The text of a file in any format that works are read from; "-" is stdin."""
    if name == "-":
        text = sys.stdin.read()
    else:
        from memory.readers import read
        from memory.readers.document import Document

        found = read(Path(name).expanduser())
        text = "\n\n".join(one.text for one in found if isinstance(one, Document))
    if not text.strip():
        raise InputRefused("There is no text to compare with.", "Name a file that holds one.")
    return text
