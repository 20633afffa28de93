"""A voice card as lines of text: each trait with its figure, a bar against common use, a histogram and examples."""

from __future__ import annotations

from textual.content import Content

from cocreate.voice_views import VoiceCardShown
from memory.voice_card import Trait, VoiceCard
from tui import wording
from tui.widgets.flow import hang
from tui.widgets.plot import spark
from tui.widgets.scorecard import EMPTY, FULL

FAINT = "$foreground 60%"
NAME = 24
"""Columns of a trait's name."""
EXAMPLES = 4
SIDE = 6
"""Signs on either side of the middle of a bar against common use; a side is full at four times or a quarter."""


def page(shown: VoiceCardShown, width: int) -> list[Content]:
    """Everything that was measured, in at most `width` cells."""
    card, other = shown.card, shown.other
    lines = hang(Content.styled(amount(card), FAINT), width)
    if card.sentence:
        lines += hang(Content.styled(card.sentence, "italic"), width)
    if other is not None:
        lines += [Content(""), *against(card, other, shown.differences, width)]
    theirs = {trait.name: trait for trait in other.traits} if other is not None else {}
    if any(t.common is not None for t in card.traits):
        note = "The bars hold it against published writing: left of the middle less, right of it more."
        lines += [Content(""), *hang(Content.styled(note, FAINT), width)]
    for trait in card.traits:
        lines += [Content(""), *of(trait, theirs.get(trait.name), other.title if other else "", width)]
    if not card.traits:
        lines += [Content(""), *hang(Content("There is too little text here to say anything of a voice."), width)]
    return lines


def amount(card: VoiceCard) -> str:
    """How much text it is about."""
    unit = "character" if card.language in ("zh", "ja") else "word"
    works = f"{wording.counted(card.works, 'work')}, " if card.works else ""
    return (
        f"{card.title}: {works}{card.words:,} {unit}{'' if card.words == 1 else 's'}, {wording.language(card.language)}"
    )


def against(card: VoiceCard, other: VoiceCard, differences: tuple[str, ...], width: int) -> list[Content]:
    """What differs, the largest first."""
    lines = hang(Content.styled(f"Beside {amount(other)}", "bold $secondary"), width)
    distance = other.distance if other.distance is not None else card.distance
    if distance is not None:
        full = max(0, min(10, round(distance * 10)))
        drawn = Content.assemble(("distance ", FAINT), (FULL * full + EMPTY * (10 - full), "$secondary"),
                                f" {distance:.2f}", ("   0 one voice, 1 nothing in common", FAINT))  # fmt: skip
        lines += hang(drawn, width, "", "  ")
    for sentence in differences or ("No difference stands out.",):
        lines += hang(Content(sentence), width, "- ", "  ")
    return lines


def of(trait: Trait, other: Trait | None, name: str, width: int) -> list[Content]:
    """One trait."""
    gap = " " * max(1, NAME - Content(trait.name).cell_length)
    head = Content.assemble((trait.name, "bold"), gap, (figure(trait), "$primary"))
    if other is not None:
        head += Content.assemble((f"   {name} ", FAINT), (figure(other), "$secondary"))
    rows = hang(head, width, "", " " * 4)
    if trait.common is not None:
        held = Content.assemble("  ", bar(trait.value, trait.common), (f"  common use {plain(trait.common)}", FAINT))
        beside = Content(" " * max(2, 40 - rows[-1].cell_length)) + held
        rows[-1:] = [rows[-1] + beside] if rows[-1].cell_length + beside.cell_length <= width else [rows[-1], held]
    for spread, style, whose in ((trait.spread, "$primary", ""), (other.spread if other else (), "$secondary", name)):
        if drawn := spark(spread, min(32, max(8, width - 12))):
            rows.append(Content.assemble("  ", (drawn, style), (f"  {whose}" if whose else "", FAINT)))
    said = " / ".join(" ".join(example.split()) for example in trait.examples[:EXAMPLES] if example.strip())
    return rows + (hang(Content.styled(said, "italic $foreground 75%"), width, "  ") if said else [])


def figure(trait: Trait) -> str:
    """Value and unit."""
    return f"{plain(trait.value)} {trait.unit}".strip()


def plain(value: float) -> str:
    """A number with as many digits as say something."""
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def bar(value: float, common: float) -> Content:
    """How far above or below common use, by ratio."""
    from math import log

    if value <= 0 or common <= 0:
        share = 0.0 if value == common else 1.0 if value > common else -1.0
    else:
        share = max(-1.0, min(1.0, log(value / common) / log(4)))
    signs = FULL * round(abs(share) * SIDE)
    left, right = (signs.rjust(SIDE), " " * SIDE) if share < 0 else (" " * SIDE, signs.ljust(SIDE))
    return Content.assemble((left, "$accent"), ("|", FAINT), (right, "$primary"))
