"""Lessons for the drafting agent: write to a brief, go on from an opening, fill a gap so that both ends hold."""

from __future__ import annotations

import random
from dataclasses import replace

from agents import prompts, wording
from agents.contracts import Length, Message
from agents.infill import BEFORE_MOST, after_shown
from agents.spans import Span, chinese_count, is_chinese, is_verse, lines, parts, words
from cocreate.training.job import Lesson
from cocreate.training.role_premises import content_of, dangles, deed_of, premise_of
from cocreate.training.role_texts import Piece, World, brief_for, things
from memory.records import Hit, Passage

PLAIN, INFILL, OPENING, TASK = 0.12, 0.14, 0.06, 0.05
"""Shares of lessons; the rest are briefs."""
DIRECTED, OWN = 0.45, 0.12
"""Shares of briefs that name something to show, and that show lines of the same author."""
PROSE = ("story", "text", "ad")
"""Kinds of text that must begin with what they are about, to be the answer to a brief."""
DEED = 0.6
"""Share of directions that say what somebody does, where that can be read."""


def teach(piece: Piece, world: World, rng: random.Random) -> Lesson | None:
    """A lesson of one of the kinds, drawn by their shares."""
    draw = rng.random()
    if draw < PLAIN:
        return Lesson((), piece.text)
    if draw < PLAIN + INFILL:
        return infill(piece, world, rng) or to_brief(piece, world, rng)
    if draw < PLAIN + INFILL + OPENING:
        return opening(piece, world, rng) or to_brief(piece, world, rng)
    if draw < PLAIN + INFILL + OPENING + TASK:
        return task(piece, world, rng)
    return to_brief(piece, world, rng)


def to_brief(piece: Piece, world: World, rng: random.Random) -> Lesson | None:
    """The piece as the answer to its brief; None for prose that keeps to nothing, or begins in the middle of it."""
    premise = premise_of(piece, world, rng)
    if piece.part.text.kind in PROSE and not is_chinese(piece.text) and (not premise or dangles(piece)):
        return None
    brief = brief_for(piece, world, rng, premise)
    direction = direction_of(piece, world, rng, brief.theme) if rng.random() < DIRECTED else ""
    slots = wording.slots(brief, direction=direction)
    if rng.random() < OWN and (same := world.others(piece)):
        slots |= {"own": wording.own_lines([as_hit(rng.choice(same))])}
    prompt = prompts.fill("draft", brief.language, slots)
    return Lesson(prompt.messages, piece.text, theme=content_of(brief.theme) or brief.theme)


def opening(piece: Piece, world: World, rng: random.Random) -> Lesson | None:
    """The piece goes on from its own first line, or from the first words of its first sentence."""
    found = parts(piece.text)
    if len(found) < 3:
        return None
    end = found[0][1] if is_verse(piece.text) else piece.text.find(" ", found[0][0] + min(40, found[0][1] // 2))
    if not 0 < end < len(piece.text) // 2:
        return None
    brief = replace(brief_for(piece, world, rng, premise_of(piece, world, rng)), opening=piece.text[:end])
    prompt = prompts.fill("draft", brief.language, wording.slots(brief))
    return Lesson(prompt.messages, piece.text[end:], prompt.prefill, theme=brief.theme)


def infill(piece: Piece, world: World, rng: random.Random) -> Lesson | None:
    """A few lines or sentences in the middle of a piece; what follows stands in the request, what precedes is begun."""
    found = parts(piece.text)
    if len(found) < 5:
        return None
    size = rng.randint(1, min(4, len(found) - 3))
    first = rng.randint(1, len(found) - size - 1)
    gap = (found[first][0], found[first + size - 1][1])
    brief = brief_for(piece, world, rng)
    text = piece.text
    # The space before a word belongs to the word's own token: the request ends before it, the reply begins with it.
    head = text[: gap[0]].rstrip(" ")
    slots = wording.slots(brief) | {
        "before": head[-BEFORE_MOST:], "after": after_shown(text[gap[1] :]),
        "size": wording.size(_length(text, gap), brief.language),
    }  # fmt: skip
    prompt = prompts.fill("infill", brief.language, slots)
    return Lesson(prompt.messages, text[len(head) : gap[1]], prompt.prefill, theme=brief.theme)


def _length(text: str, span: Span) -> Length:
    said = text[slice(*span)]
    if is_verse(text):
        return Length(max(1, len(lines(said))), "lines")
    if is_chinese(text):
        return Length(max(4, chinese_count(said)), "characters")
    return Length(max(4, len(words(said))), "words")


def direction_of(piece: Piece, world: World, rng: random.Random, theme: str = "") -> str:
    """What the piece shows: what somebody of it does, unless the theme says it, or a few of its things.

    Never its own sentences: a model that is shown lines of its reply learns to copy what it is shown.
    """
    deed = deed_of(piece, world)
    if deed and rng.random() < DEED and deed.rstrip(".").split()[-1] not in theme.split():
        return deed
    return things(piece.text, rng.randint(2, 4), world, rng)


def as_hit(piece: Piece) -> Hit:
    """A piece as recall would give it."""
    text = piece.text
    return Hit(Passage(0, piece.part.text.work_id, 0, 0, len(text), text), piece.part.text.title, "", 0.0)


def task(piece: Piece, world: World, rng: random.Random) -> Lesson:
    """A small instruction whose answer can be read off the text: so that doing as told is not unlearned."""
    text = piece.text[:700]
    chinese = is_chinese(text)
    found = parts(text)
    first, last = text[slice(*found[0])], text[slice(*found[-1])]
    known = world.themes(text)[:4] or [first.split()[0]]
    choices = [
        ("Repeat the first line of this text.", "重复这段文字的第一行。", first),
        ("Repeat the last line of this text.", "重复这段文字的最后一行。", last),
        ("Give this text a title. Answer with the title only.", "给这段文字起一个题目，只写题目。",
         piece.part.text.title),
        ("List the things this text speaks of, separated by commas.", "列出这段文字写到的事物，用顿号隔开。",
         ("、" if chinese else ", ").join(known)),
        ("Is this verse or prose? Answer with one word.", "这是诗还是文？用一个字回答。",
         ("诗" if is_verse(text) else "文") if chinese else ("Verse" if is_verse(text) else "Prose")),
    ]  # fmt: skip
    english, han, answer = rng.choice(choices)
    asked = han if chinese else english
    return Lesson((Message("user", f"{asked}\n\n{text}"),), answer.strip() or known[0])
