"""A turn told in plain lines on stderr, while the text itself goes to stdout."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agents.contracts import Brief, Scorecard
from agents.spans import is_chinese
from cocreate.events import (
    BriefUnderstood,
    DirectionsChosen,
    DirectionsFound,
    DownloadProgressed,
    DraftGrew,
    DraftsCompared,
    DraftScored,
    DraftStarted,
    Event,
    Noticed,
    PassagesRecalled,
    RevisionJudged,
    StudioReady,
    StudioStarting,
    TurnFinished,
)
from cocreate.wording import counted, size

if TYPE_CHECKING:
    from cocreate.cli.context import Context

LABEL = 20
"""Width of the column on the left: "revision of draft 2" fits."""
TENTHS = 10
"""A download is narrated once per tenth where the line cannot be redrawn."""


class Narrator:
    """Tells events as lines; remembers only what the next line needs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._labels: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._tenth: dict[str, int] = {}

    @property
    def longest(self) -> str:
        """The longest text that has streamed so far: what there is to save when all else fails."""
        return max(self._texts.values(), key=len, default="")

    def start(self, event: Event) -> bool:
        """Tell an event of the studio's start; False when it is none."""
        match event:
            case StudioStarting(stage):
                self._say("starting", stage)
            case DownloadProgressed():
                self.download(event)
            case StudioReady(engine, _, languages, _, seconds):
                self._say("ready", f"{engine}, writes {', '.join(languages) or '?'} ({seconds:.1f} s)")
            case Noticed(sentence, next_step):
                self._say("note", f"{sentence} {next_step}".rstrip())
            case _:
                return False
        return True

    def turn(self, event: Event) -> None:
        """Tell an event of a turn."""
        match event:
            case BriefUnderstood(_, brief, edit):
                self._say("understood", edit or brief_line(brief))
            case PassagesRecalled(_, hits, works):
                self._say("recalled", recall_line(len(hits), works))
            case DirectionsFound(_, directions):
                for place, direction in enumerate(directions, 1):
                    self._say("directions" if place == 1 else "", f"{place}. {direction.text}")
            case DirectionsChosen(_, directions, by):
                self._say("chosen", f"{'; '.join(one.text for one in directions) or 'none'} (by the {by})")
            case TurnFinished(status=status, seconds=seconds, tokens=tokens):
                self._say(status, f"after {seconds:.1f} s, {tokens} tokens")
            case _:
                self._drafts(event)

    def _drafts(self, event: Event) -> None:
        match event:
            case DraftStarted(_, draft_id, _, label, _, text):
                self._labels[draft_id], self._texts[draft_id] = label, text
            case DraftGrew(_, draft_id, text):
                self._texts[draft_id] = self._texts.get(draft_id, "") + text
            case DraftScored(_, draft_id, card):
                self._say(self._labels.get(draft_id, "draft"), card_line(card))
                for line in check_lines(card):
                    self._say("", line)
            case RevisionJudged(_, draft_id, _, accepted, reason):
                label = self._labels.get(draft_id, "revision")
                self._say(label, f"{'taken' if accepted else 'set aside'}: {reason}")
            case DraftsCompared(_, diversity):
                self._say("diversity", f"{diversity.value:.1f} of 10: {diversity.advice}")
            case _:
                pass

    def _say(self, label: str, said: str) -> None:
        self._context.note(f"{label:<{LABEL}} {said}")

    def download(self, event: DownloadProgressed) -> None:
        """Redraw one line on a terminal; elsewhere tell a line per tenth."""
        said = f"{event.name}, {size(event.done)} of {size(event.total) if event.total else '?'}"
        if self._context.err.isatty():
            end = "\n" if event.total and event.done >= event.total else ""
            self._context.err.write(f"\r{'fetching':<{LABEL}} {said} {end}")
            self._context.err.flush()
            return
        tenth = event.done * TENTHS // event.total if event.total else 0
        if self._tenth.get(event.name) != tenth:
            self._tenth[event.name] = tenth
            self._say("fetching", said)


def brief_line(brief: Brief) -> str:
    """The brief in a row of words."""
    at = f" at strength {brief.voice_strength:g}" if brief.voice_strength != 1 else ""
    parts = [
        brief.form or brief.kind,
        f"{brief.length.count} {brief.length.unit}" if brief.length else "",
        f"theme: {brief.theme}" if brief.theme else "",
        f"mood: {brief.mood}" if brief.mood else "",
        f"for {brief.audience}" if brief.audience else "",
        f"with {', '.join(brief.must)}" if brief.must else "",
        f"without {', '.join(brief.must_not)}" if brief.must_not else "",
        f"in the voice {brief.voice}{at}" if brief.voice else "",
        brief.language,
    ]
    return "; ".join(part for part in parts if part)


def recall_line(hits: int, works: int) -> str:
    """What memory had to say."""
    if not works:
        return "nothing: no works yet (cocreate works add PATH)"
    return f"{counted(hits, 'passage')} of {counted(works, 'work')}"


def check_lines(card: Scorecard) -> list[str]:
    """At most one line on copied runs (else the longest run in common) and one on flagged words."""
    lines = []
    if card.copied:
        longest, more = card.copied[0], len(card.copied) - 1
        also = f" and {counted(more, 'shorter run')}" if more else ""
        said = counted(longest.length, "character" if is_chinese(longest.quote) else "word")
        lines.append(f"{said} stand in “{longest.source}”: “{longest.quote}”{also}")
    elif card.shared:
        said = counted(card.shared.length, "character" if is_chinese(card.shared.quote) else "word")
        lines.append(f"longest run in common with your works: {said}, in “{card.shared.source}”: “{card.shared.quote}”")
    if card.flagged:
        words = ", ".join(f"“{word}”" for word in dict.fromkeys(one.quote for one in card.flagged))
        lines.append(f"{counted(len(card.flagged), 'word')} on the word filter's lists: {words}")
    return lines


def card_line(card: Scorecard) -> str:
    """The four scores in a row."""
    if card.note.startswith("not scored"):
        return card.note
    four = (
        ("overall", card.overall),
        ("novelty", card.novelty.value),
        ("fluency", card.fluency.value),
        ("theme fit", card.theme_fit.value),
    )
    said = "  ".join(f"{name} {value:.1f}" if math.isfinite(value) else f"{name} -" for name, value in four)
    return f"{said}  ({card.note})" if card.note else said
