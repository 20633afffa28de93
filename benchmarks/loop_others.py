"""What the benchmark of the loop asks besides whole turns: forms and lengths, ideas, gaps in a text."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from loop_arms import PLAIN, Bare, Kept, Task
from voice_drafts import THEMES

from agents import wording
from agents.cleaning import reached
from agents.contracts import Brief, EditRequest, Kind, Length, Message, Request, Unit
from agents.drafting import Drafting
from agents.ideation import Ideation
from agents.infill import Joins
from agents.spans import parts, words
from agents.understand import understand
from cocreate.metering import MeteredEngine

SHAPES: tuple[tuple[Kind, int, Unit, int], ...] = (
    ("poem", 8, "lines", 2), ("poem", 12, "lines", 3), ("poem", 16, "lines", 4), ("poem", 14, "lines", 0),
    ("poem", 6, "lines", 0), ("story", 80, "words", 0), ("story", 120, "words", 0), ("story", 200, "words", 0),
)  # fmt: skip
"""Kind, length, unit, stanzas."""
IDEAS = 10
CONTINUED = 6
"""Replies from which a continuation is taken."""
BEFORE, AFTER = 60, 40
"""Words on either side of a gap that the judge reads with it: in a whole text a new line hardly shows."""


def _silent(index: int, piece: str) -> None:
    """Nobody watches."""


# --- forms ---------------------------------------------------------------------------------------------------


def form_tasks() -> list[Task]:
    """Twenty themes, each in one of the shapes in turn."""
    found = []
    for at, theme in enumerate(THEMES):
        kind, count, unit, stanzas = SHAPES[at % len(SHAPES)]
        brief = Brief("", kind, theme, length=Length(count, unit), stanzas=stanzas)
        request = f"Write {wording.what(brief)} about {theme}. Length: {wording.shape(brief)}."
        found.append(Task(f"form-{at}", request, replace(brief, request=request)))
    return found


def make_form(engine: MeteredEngine, kept: Kept, task: Task, seed: int) -> None:
    """One draft by the agent with and without adapters, and by the model alone."""
    if (task.key, seed, "plain") in kept.rows:
        return
    stop = threading.Event()
    for arm, used in (("raw", Bare(engine)), ("tuned", engine)):
        [one] = Drafting(used).write(task.brief, (), (), count=1, seed=seed, stop=stop, progress=_silent)
        kept.add(task.key, seed, arm, text=one.text, tokens=one.tokens)
    request = Request((Message("user", task.request),), max_tokens=340, sampling=PLAIN, seed=seed)
    text = "".join(chunk.text for chunk in engine.generate([request], stop)).strip()
    kept.add(task.key, seed, "plain", text=text)


# --- ideas ---------------------------------------------------------------------------------------------------


def make_ideas(engine: MeteredEngine, embedder: Any, judge: Any, kept: Kept, row: dict[str, Any], seed: int) -> None:
    """Ten ideas for one prompt: by the product with and without adapters, and of the model asked ten times."""
    key, prompt = row["id"], row["prompt"]
    if (key, seed, "ideas_plain") in kept.rows:
        return
    brief, stop = understand(prompt).brief or Brief(prompt), threading.Event()
    for arm, used in (("ideas_raw", Bare(engine)), ("ideas_tuned", engine)):
        before = engine.tokens
        found = Ideation(used, embedder, judge).ideas(brief, count=IDEAS, seed=seed, stop=stop)
        kept.add(key, seed, arm, texts=[one.text for one in found], tokens=engine.tokens - before, prompt=prompt,
                 theme=brief.theme or prompt)  # fmt: skip
    asked = Message("user", f"{prompt}\nGive one idea for this, in one sentence.")
    requests = [
        Request((asked,), max_tokens=40, sampling=PLAIN, seed=seed * 1000 + at, stop=("\n",)) for at in range(IDEAS)
    ]
    texts = [""] * IDEAS
    for chunk in engine.generate(requests, stop):
        texts[chunk.index] += chunk.text
    kept.add(key, seed, "ideas_plain", texts=[text.strip() for text in texts if text.strip()], prompt=prompt,
             theme=brief.theme or prompt)  # fmt: skip


# --- gaps ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """A passage of a held-out author from which the middle was taken."""

    key: str
    before: str
    middle: str
    after: str
    brief: Brief


def gaps(passages: Sequence[str], *, verse: bool, name: str) -> list[Gap]:
    """One gap a passage: two lines of verse, or the sentence in the middle."""
    found = []
    for at, text in enumerate(passages):
        spans = parts(text)
        size = 2 if verse else 1
        first = len(spans) // 2 - (1 if verse else 0)
        if first < 1 or first + size >= len(spans):
            continue
        start, end = spans[first][0], spans[first + size - 1][1]
        unit: Unit = "lines" if verse else "words"
        length = Length(size if verse else max(6, len(words(text[start:end]))), unit)
        theme = " ".join(words(text)[:6])
        brief = Brief(theme, "poem" if verse else "story", theme, length=length)
        found.append(Gap(f"gap-{name}-{at}", text[:start], text[start:end], text[end:], brief))
    return found


def make_gap(engine: MeteredEngine, joins: Joins, kept: Kept, gap: Gap, seed: int) -> None:
    """The gap filled by the product, and by going on from what stands before and cutting to size."""
    if (gap.key, seed, "cut") in kept.rows:
        return
    agent, stop, before = Drafting(engine), threading.Event(), engine.tokens
    [one] = agent.infill(
        gap.brief, gap.before, gap.after, length=gap.brief.length, count=1, seed=seed, stop=stop, progress=_silent,
        joins=joins,
    )  # fmt: skip
    kept.add(gap.key, seed, "infill", text=one.text, tokens=engine.tokens - before)
    before = engine.tokens
    kept.add(
        gap.key,
        seed,
        "cut",
        text=continued(agent, gap, seed, stop),
        tokens=engine.tokens - before,
    )


def continued(agent: Drafting, gap: Gap, seed: int, stop: threading.Event) -> str:
    """Go on from what stands before; as many whole lines or sentences as the gap is long stand in it.

    The first of CONTINUED replies that is long enough, else the longest.
    """
    head = gap.before.rstrip()
    edit = EditRequest("continue", len(head), len(head), "the end", continues=True)
    length = gap.brief.length
    assert length is not None
    every = agent.edit(gap.brief, head, edit, count=CONTINUED, seed=seed, stop=stop, progress=_silent)
    news = [one.text[len(head) :].strip() for one in every]
    new = next((new for new in news if reached(new, length) >= length.count), max(news, key=len))
    cut = next((new[:end] for _, end in parts(new) if reached(new[:end], length) >= length.count), new)
    join = "\n" if length.unit == "lines" else " "
    left, right = ("" if side.isspace() else join for side in (gap.before[-1:], gap.after[:1]))
    return gap.before + left + cut + right + gap.after


def seam_holds(text: str, gap: Gap) -> bool:
    """Whether both parts stand byte for byte, with something new between them."""
    new = text[len(gap.before) : len(text) - len(gap.after)]
    return text.startswith(gap.before) and text.endswith(gap.after) and bool(new.strip())


def around(text: str, gap: Gap) -> str:
    """What fills the gap with BEFORE words before it and AFTER words after."""
    start, end = len(gap.before), len(text) - len(gap.after)
    left = re.findall(r"\s*\S+", text[:start])[-BEFORE:]
    right = re.findall(r"\s*\S+", text[end:])[:AFTER]
    return ("".join(left) + text[start:end] + "".join(right)).strip()
