"""The words of the screen: durations, sizes, briefs and steps as a writer would say them. Pure functions."""

from __future__ import annotations

from agents.contracts import Brief, Length
from cocreate.events import EngineMeasured, Step
from cocreate.presets import AS_PRESET, PRESETS
from cocreate.settings import Settings
from cocreate.wording import counted as counted
from cocreate.wording import size as size
from tui.view_model import StudioState, TurnState

LANGUAGES = {
    "en": "English", "zh": "Chinese", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "ja": "Japanese", "ko": "Korean", "ru": "Russian", "ar": "Arabic", "hi": "Hindi",
}  # fmt: skip
DOING: dict[Step, str] = {
    "understand": "reading your message",
    "recall": "looking through your works",
    "ideate": "looking for directions",
    "choose": "waiting for your choice",
    "draft": "writing",
    "critique": "judging the drafts",
    "revise": "revising",
    "adapt": "bringing in your voice",
    "present": "laying out the takes",
    "learn": "learning from your choice",
}
DONE: dict[Step, str] = {
    "understand": "read",
    "recall": "recalled",
    "ideate": "looked for directions",
    "choose": "chose",
    "draft": "wrote",
    "critique": "judged",
    "revise": "revised",
    "adapt": "adapted",
    "present": "laid out",
    "learn": "learned",
}


def seconds(count: float) -> str:
    """A duration in a few characters: 0.4 s, 12 s, 3 min 5 s."""
    if count < 9.95:
        return f"{max(0.0, count):.1f} s"
    if count < 120:
        return f"{count:.0f} s"
    return f"{int(count // 60)} min {int(count % 60)} s"


def elapsed(count: float) -> str:
    """Whole seconds, for a figure that ticks."""
    return f"{int(count)} s" if count < 120 else seconds(count)


def ago(then: float, now: float) -> str:
    """How long ago, in words."""
    gap = max(0.0, now - then)
    for unit, one, many in ((86400 * 365, "a year", "years"), (86400 * 30, "a month", "months"),
                            (86400 * 7, "a week", "weeks"), (86400, "a day", "days"), (3600, "an hour", "hours"),
                            (60, "a minute", "minutes")):  # fmt: skip
        if gap >= unit:
            count = int(gap // unit)
            return f"{one} ago" if count == 1 else f"{count} {many} ago"
    return "just now"


def language(code: str) -> str:
    """Name of a language, or its code."""
    return LANGUAGES.get(code, code)


def language_code(words: str) -> str:
    """Code of a language by name or code; "" when unknown."""
    wanted = words.strip().lower()
    extra = {"中文": "zh", "英文": "en", "汉语": "zh", "英语": "en"}
    names = {name.lower(): code for code, name in LANGUAGES.items()} | extra
    return names.get(wanted, wanted if wanted.isascii() and len(wanted) == 2 else "")


def length(value: Length | None) -> str:
    """Such as "12 lines"; "" for no length."""
    if value is None:
        return ""
    return counted(value.count, value.unit.removesuffix("s"))


def parse_length(words: str) -> Length | None:
    """ "12 lines", "300 words", "200 characters", "20行", "500字"; None when it says no such thing."""
    text = words.strip().lower()
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    unit = text[len(digits) :].strip()
    if not digits or not 0 < int(digits) <= 100_000:
        return None
    for names, known in ((("", "line", "lines", "行"), "lines"), (("word", "words"), "words"),
                         (("character", "characters", "char", "chars", "字"), "characters")):  # fmt: skip
        if unit in names:
            return Length(int(digits), known)  # type: ignore[arg-type]  # one of Unit by the table above
    return None


def brief_parts(brief: Brief) -> list[tuple[str, str]]:
    """The brief as (name, value), in the order a writer thinks of it; no name where the value says it."""
    return [
        ("", brief.kind),
        ("about", brief.theme),
        ("mood", brief.mood),
        ("form", brief.form or "open"),
        ("", length(brief.length)),
        ("", language(brief.language)),
        ("for", brief.audience),
        ("with", ", ".join(brief.must)),
        ("without", ", ".join(brief.must_not)),
        ("voice", brief.voice),
    ]


def doing(turn: TurnState, now: float) -> str:
    """What a turn does now, with the seconds of its step: "writing 4 drafts, 12 s"."""
    if turn.phase == "queued":
        return "waiting"
    if turn.phase == "waiting":
        return "waiting for your choice"
    if turn.stopping:
        return "stopping"
    if not turn.steps:
        return "starting"
    step = turn.steps[-1]
    words = DOING[step.step]
    if step.note:
        note = first_line(step.note, 48)
        if step.step == "ideate" and note[:1].isdigit():
            words = f"looking for {note}"
        else:
            words = f"{words} {note}" if step.step == "draft" else f"{words}, {note}"
    return f"{words}, {elapsed(now - step.began)}"


def done(turn: TurnState) -> str:
    """The finished steps in one line; those that took no time are left out."""
    spent: dict[Step, float] = {}
    for step in turn.steps:
        if step.ended is not None and step.step not in ("choose", "present"):
            spent[step.step] = spent.get(step.step, 0.0) + step.ended - step.began
    return ", ".join(f"{DONE[step]} {seconds(time)}" for step, time in spent.items() if time >= 0.1)


def state_text(state: StudioState, now: float) -> str:
    """The left half of the status line."""
    if state.failed is not None:
        return "the studio cannot start"
    if state.died:
        return "restarting the studio"
    busy = state.busy()
    if busy is not None:
        return doing(busy, now)
    if state.active() is not None:
        return "waiting for your choice"
    if state.ready is None:
        return state.stage
    return "ready"


def adding_text(state: StudioState) -> str:
    """How far a running `AddWorks` is, for the status line; "" when none runs."""
    adding = state.memory.adding
    if adding is None or not adding.running:
        return ""
    return f"reading works {adding.done:,} of {adding.total:,}" if adding.total else "reading works"


def machine_texts(state: StudioState) -> list[str]:
    """The right half of the status line, the fullest first: what runs where, and how the last batch ran."""
    own = [] if state.ready is None else [state.ready.engine, state.ready.device, counted(state.works, "work")]
    own += [state.preset] if own and state.preset else []
    batch = batch_facts(state.measured)
    shorter = [own + batch, own[1:] + batch, own[1:] + batch[:3], own[2:] + batch[:3], own[2:] + batch[:1], batch[:1]]
    return ["   ".join(parts) for parts in shorter]


def preset_text(state: StudioState, settings: Settings) -> str:
    """What a turn does from the next message on, and how to change that."""
    of, own = PRESETS[state.preset], settings
    unset = state.preset_picked
    ideas = of.ideas if unset or own.ideas == AS_PRESET else own.ideas
    drafts = of.drafts if unset or own.drafts == AS_PRESET else own.drafts
    rounds = of.revisions if unset or own.revisions == AS_PRESET else own.revisions
    others = " or ".join(f"/preset {name}" for name in PRESETS if name != state.preset)
    most = "up to " if of.words and (unset or own.drafts == AS_PRESET) else ""  # a long piece gets fewer
    best = " (of prose the best openings)" if of.openings and most else ""
    rest = counted(rounds, "round") + " of revision"
    parts = [counted(ideas, "direction"), most + counted(drafts, "draft") + best, rest]
    return f"{state.preset.capitalize()}: {', '.join(parts)}. {others} changes that."


def batch_facts(batch: EngineMeasured | None) -> list[str]:
    """Speed, width, time to the first token, prompt reuse, memory of the studio; what is unknown is left out."""
    if batch is None or batch.seconds <= 0:
        return []
    facts = [f"{batch.tokens / batch.seconds:.0f} tokens/s", f"{batch.batch} at once"]
    if batch.first_token_seconds:
        facts.append(f"first in {seconds(batch.first_token_seconds)}")
    if batch.prompt_tokens:
        facts.append(f"{100 * batch.cached_tokens // batch.prompt_tokens}% of the prompt reused")
    if batch.memory:
        facts.append(f"{batch.memory / 1e9:.1f} GB")
    return facts


def first_line(text: str, most: int = 60) -> str:
    """The first line with something in it, cut with care for its end."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def slip(typed: str, *, picking: bool) -> str:
    """What to say of a lone letter, which is a key meant for elsewhere and no request; "" for everything else.

    `picking`: whether directions wait; then "s" is an answer.
    """
    if len(typed) != 1 or not typed.isascii() or not typed.isalpha() or (picking and typed == "s"):
        return ""
    if picking:
        return "Type a number, s for none of these, or a few words of your own."
    return "One letter says too little. Say what you want to write in a few words."
