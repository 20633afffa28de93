"""The drafting agent: writes from a brief, changes a span, mends what the critic named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agents import batch, prompts, wording
from agents.cleaning import CLOSED, Cleaner, finished, is_meta, tokens_for, unquote
from agents.contracts import (
    Brief,
    EditRequest,
    Engine,
    Evidence,
    Finish,
    Length,
    Progress,
    Request,
    Sampling,
    StopFlag,
)
from agents.spans import Span, around, chinese_count, is_chinese, is_verse, lines, merge, parts, words
from agents.voicing import adapter_of

if TYPE_CHECKING:
    from memory.records import Hit

MOST_REVISED = 3
"""Spans one round of revision rewrites: the heaviest."""
SAMPLING = Sampling()
"""The contract's defaults. Cooler (.9, min-p .08, DRY from length 4) gave more stock phrases: novelty 1.9 for 3.8."""
BEFORE_MOST = 300
"""Characters of the text before a span that a prompt shows."""
MOST_BREAKS = 12
"""Lines of a draft that are broken for it, at most."""
BEFORE_GOING_ON = 1200
"""Characters of the text before a span when the model goes on from there."""
_REPLACE = re.compile(
    r"^\W*(?:please\s+)?(?:replace|swap|change)\s+[\"“](.+?)[\"”]\s+(?:with|to|by|for|into)\s+[\"“](.+?)[\"”]\W*$"
    r"|^\W*(?:请)?(?:把|将)[“「\"](.+?)[”」\"](?:换成|改成|改为|替换为|换为)[“「\"](.+?)[”」\"]\W*$",
    re.IGNORECASE | re.DOTALL,
)
_REMOVE = re.compile(
    r"^\W*(?:please\s+)?(?:remove|delete|cut|drop)\b|^\W*(?:请)?(?:把.*)?(?:删掉|删去|删除|去掉)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Written:
    """One text an agent wrote."""

    text: str
    finish: Finish
    tokens: int
    """Sampled tokens, for the speed shown to the writer."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A span to be rewritten, as a request."""

    span: Span
    request: Request
    length: Length
    verse: bool


class Drafting:
    """Writes texts. Holds no state between calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(
        self, brief: Brief, directions: Sequence[str], recalled: Sequence[Hit], *, count: int, seed: int,
        stop: StopFlag, progress: Progress, temperatures: Sequence[float] = (SAMPLING.temperature,),
    ) -> list[Written]:  # fmt: skip
        """Write `count` drafts as one batch; directions, and temperatures, are spread over them in turn.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        filled = []
        for index in range(count):
            direction = directions[index % len(directions)] if directions else ""
            slots = wording.slots(brief, direction=direction, recalled=recalled)
            filled.append(prompts.fill("draft", brief.language, slots))
        length, adapter = wording.length_of(brief), self._adapter(brief)
        most = tokens_for(length, brief.language)
        drawn = [replace(SAMPLING, temperature=temperature) for temperature in temperatures]
        requests = [
            Request(p.messages, p.prefill, most, drawn[i % len(drawn)], batch.seed_for(seed, i), adapter=adapter)
            for i, p in enumerate(filled)
        ]
        verse = wording.is_verse_brief(brief)
        cleaners = [Cleaner(length, prefill=request.prefill, verse=verse) for request in requests]
        replies = self._in_lines(requests, cleaners, stop, progress, [""] * count)
        return [
            Written(finished(cleaner.shown, reply.finish, length, verse=verse), reply.finish, reply.tokens)
            for cleaner, reply in zip(cleaners, replies, strict=True)
        ]

    def edit(
        self, brief: Brief, text: str, edit: EditRequest, *, count: int, seed: int, stop: StopFlag, progress: Progress,
    ) -> list[Written]:  # fmt: skip
        """Change one span; outside it every character stays. `progress` streams the new text of the span.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        exact = exact_change(edit, text)
        if exact is not None:
            progress(0, exact)
            return [Written(text[: edit.start] + exact + text[edit.end :], "stop", 0)]
        if edit.continues:
            return self._continue(brief, text, edit, count=count, seed=seed, stop=stop, progress=progress)
        span = (edit.start, edit.end)
        jobs = [self._mend_job("edit", brief, text, span, edit.instruction, seed, i) for i in range(count)]
        cleaners = [Cleaner(job.length, verse=job.verse) for job in jobs]
        heads = [job.request.prefill for job in jobs]
        replies = self._in_lines([job.request for job in jobs], cleaners, stop, progress, heads)
        old = text[edit.start : edit.end]
        written = []
        for job, cleaner, reply in zip(jobs, cleaners, replies, strict=True):
            new = finished(cleaner.shown, reply.finish, job.length, verse=job.verse) or old
            written.append(Written(text[: edit.start] + new + text[edit.end :], reply.finish, reply.tokens))
        return written

    def revise(
        self, brief: Brief, text: str, evidence: Sequence[Evidence], *, count: int, seed: int, stop: StopFlag,
        progress: Progress,
    ) -> list[Written]:  # fmt: skip
        """Rewrite only the lines or sentences the evidence names; all else stays byte for byte.

        `progress` streams the new text of each span, one span after the other. Evidence about the whole text (0, 0)
        names nothing to rewrite; without any span the text comes back as it is.
        """
        targets = spans_to_revise(text, evidence)
        if not targets:
            return [Written(text, "stop", 0) for _ in range(count)]
        jobs: list[_Job] = []
        for index in range(count):
            for span, reason in targets:
                jobs.append(self._mend_job("revise", brief, text, span, reason, seed, index))
        cleaners = [Cleaner(job.length, verse=job.verse) for job in jobs]
        per = len(targets)
        places = tuple(i // per for i in range(len(jobs)))
        requests = [job.request for job in jobs]
        heads = [request.prefill for request in requests]
        replies = self._in_lines(requests, cleaners, stop, _some(progress, places), heads)
        return [
            _put_together(text, jobs[i : i + per], cleaners[i : i + per], replies[i : i + per])
            for i in range(0, len(jobs), per)
        ]

    def _continue(
        self, brief: Brief, text: str, edit: EditRequest, *, count: int, seed: int, stop: StopFlag, progress: Progress,
    ) -> list[Written]:  # fmt: skip
        verse = is_verse(text) or wording.is_verse_brief(brief)
        head = text[: edit.end]
        length = _continuation_length(edit.instruction, brief, verse=verse)
        join = (
            ""
            if not head or head.endswith("\n")
            else ("\n\n" if re.search(r"stanza|paragraph|段|节", edit.instruction) else "\n" if verse else " ")
        )
        slots = wording.slots(brief) | {"before": (head + join)[-BEFORE_GOING_ON:], "instruction": ""}
        most, adapter = tokens_for(length, brief.language), self._adapter(brief)
        prompt = prompts.fill("continue", brief.language, slots)
        requests = [
            Request(prompt.messages, prompt.prefill, most, SAMPLING, batch.seed_for(seed, i), adapter=adapter)
            for i in range(count)
        ]
        cleaners = [Cleaner(length, verse=verse) for _ in requests]
        replies = self._in_lines(requests, cleaners, stop, progress, [request.prefill for request in requests])
        written = []
        for cleaner, reply in zip(cleaners, replies, strict=True):
            new = finished(cleaner.shown, reply.finish, length, verse=verse)
            tail = text[edit.end :]
            close = "\n" if new and tail and not tail.startswith("\n") else ""
            written.append(Written(head + (join + new if new else "") + close + tail, reply.finish, reply.tokens))
        return written

    def _span_job(
        self, name: str, brief: Brief, text: str, span: Span, instruction: str, seed: int, index: int
    ) -> _Job:
        old = text[span[0] : span[1]]
        verse = is_verse(text)
        length = span_length(old, brief, instruction, verse=verse)
        slots = wording.slots(brief) | {
            "span": old, "before": text[: span[0]][-BEFORE_MOST:].strip(), "instruction": instruction.rstrip(". "),
            "size": wording.size(length, brief.language),
        }  # fmt: skip
        prompt = prompts.fill(name, brief.language, slots)
        request = Request(
            prompt.messages,
            prompt.prefill,
            tokens_for(length, brief.language),
            SAMPLING,
            batch.seed_for(seed, index, span[0]),
            adapter=self._adapter(brief),
        )
        return _Job(span, request, length, verse)

    def _mend_job(
        self, name: str, brief: Brief, text: str, span: Span, instruction: str, seed: int, index: int
    ) -> _Job:
        """New lines for a span as the continuation of what stands before it.

        Asked to rewrite a line, a small model talks about rewriting; asked to go on, it writes a line. What the writer
        wants of it stands in the request; a critic's reason ("is a stock phrase") is none the model could follow.
        """
        before = text[: span[0]]
        if not before.strip():
            return self._span_job(name, brief, text, span, instruction, seed, index)
        verse = is_verse(text)
        wanted = instruction if name == "edit" else ""
        length = span_length(text[span[0] : span[1]], brief, wanted, verse=verse)
        slots = wording.slots(brief) | {"before": before[-BEFORE_GOING_ON:], "instruction": wording.sentence(wanted)}
        prompt = prompts.fill("continue", brief.language, slots)
        request = Request(
            prompt.messages,
            prompt.prefill,
            tokens_for(length, brief.language),
            SAMPLING,
            batch.seed_for(seed, index, span[0]),
            adapter=self._adapter(brief),
        )
        return _Job(span, request, length, verse)

    def _adapter(self, brief: Brief) -> str | None:
        return adapter_of(brief, self._engine, "role/drafting")

    def _in_lines(
        self, requests: Sequence[Request], cleaners: Sequence[Cleaner], stop: StopFlag, progress: Progress,
        heads: Sequence[str],
    ) -> list[batch.Reply]:  # fmt: skip
        """Stream texts that follow `heads`; verse that runs on as prose gets its line broken and goes on from there.

        About one poem in six begins as a block of prose, whatever the prompt says of lines; a model that has seen one
        break of its own goes on in lines.
        """
        replies = self._stream(requests, cleaners, stop, progress)
        for turn in range(1, MOST_BREAKS + 1):
            wide = [i for i, cleaner in enumerate(cleaners) if cleaner.wide]
            if not wide or stop.is_set():
                break
            onward = []
            for i in wide:
                progress(i, cleaners[i].break_line())
                left = max(16, requests[i].max_tokens - replies[i].tokens)
                seed = batch.seed_for(requests[i].seed, turn)
                onward.append(replace(requests[i], prefill=heads[i] + cleaners[i].shown, max_tokens=left, seed=seed))
            more = self._stream(
                onward,
                [cleaners[i] for i in wide],
                stop,
                _some(progress, wide),
            )
            for i, reply in zip(wide, more, strict=True):
                replies[i] = batch.Reply(finish=reply.finish, tokens=replies[i].tokens + reply.tokens)
        return replies

    def _stream(
        self, requests: Sequence[Request], cleaners: Sequence[Cleaner], stop: StopFlag, progress: Progress
    ) -> list[batch.Reply]:
        """Run the batch; each piece goes through its cleaner to the writer."""

        def on_piece(index: int, piece: str) -> bool:
            grown = cleaners[index].feed(piece)
            if grown:
                progress(index, grown)
            return cleaners[index].full or cleaners[index].wide

        replies = batch.run(self._engine, requests, stop, on_piece)
        for index, cleaner in enumerate(cleaners):
            grown = "" if cleaner.wide and replies[index].finish == "stop" else cleaner.finish()
            if grown:
                progress(index, grown)
        return replies


def _some(progress: Progress, places: Sequence[int]) -> Progress:
    """`progress` for a part of a batch: its reply i is the whole batch's places[i]."""

    def show(index: int, piece: str) -> None:
        progress(places[index], piece)

    return show


def spans_to_revise(text: str, evidence: Sequence[Evidence]) -> list[tuple[Span, str]]:
    """The heaviest named spans as whole lines or sentences, merged where adjacent, in order, with the reasons."""
    pieces = parts(text)
    named: list[tuple[Span, str]] = []
    for item in sorted(evidence, key=lambda item: -item.weight):
        if item.end <= item.start or item.end > len(text):
            continue
        span = around(pieces, (item.start, item.end))
        if span is not None and all(span != known for known, _ in named):
            named.append((span, item.reason))
    named = named[:MOST_REVISED]
    joined = merge([span for span, _ in named])
    return [
        (span, next(reason for known, reason in named if known[0] < span[1] and span[0] < known[1])) for span in joined
    ]


def span_length(old: str, brief: Brief, instruction: str, *, verse: bool) -> Length:
    """How long the new text of a span is to be: as long as the old, unless the instruction says shorter or longer."""
    factor = 1.0
    if re.search(r"\b(?:short|cut|trim|tighten|condense|half)|缩短|短|精简|压缩", instruction, re.IGNORECASE):
        factor = 0.6
    elif re.search(r"\b(?:longer|lengthen|expand|extend)|加长|扩写|长一", instruction, re.IGNORECASE):
        factor = 1.6
    if verse:
        return Length(max(1, round(len(lines(old)) * factor)), "lines")
    if is_chinese(old) or brief.language == "zh":
        return Length(max(4, round(chinese_count(old) * factor)), "characters")
    return Length(max(4, round(len(words(old)) * factor)), "words")


def _continuation_length(instruction: str, brief: Brief, *, verse: bool) -> Length:
    if re.search(r"\bline\b|行|句", instruction):
        return Length(1, "lines") if verse else Length(16, "words")
    if verse:
        return Length(4, "lines")
    return Length(120, "characters") if brief.language == "zh" else Length(80, "words")


def exact_change(edit: EditRequest, text: str) -> str | None:
    """The new text of the span where no model is needed: replace "x" with "y", remove the last stanza."""
    match = _REPLACE.match(edit.instruction)
    if match:
        old, new = (match[1], match[2]) if match[1] else (match[3], match[4])
        return new if text[edit.start : edit.end].lower() == old.strip().lower() else None
    whole = edit.end - edit.start >= len(text.strip())
    return "" if _REMOVE.match(edit.instruction) and not whole and not edit.continues else None


def _put_together(
    text: str, jobs: Sequence[_Job], cleaners: Sequence[Cleaner], replies: Sequence[batch.Reply]
) -> Written:
    finish: Finish = "stop"
    for job, cleaner, reply in reversed(list(zip(jobs, cleaners, replies, strict=True))):
        start, end = job.span
        new = finished(cleaner.shown, reply.finish, job.length, verse=job.verse)
        if reply.finish == "stopped":
            finish = "stopped"
            continue  # half a rewritten line helps nobody: the old one stays
        # A sentence that never ends cannot stand between two others.
        if new and not is_meta(new) and (job.verse or new.endswith(CLOSED)):
            text = text[:start] + unquote(new) + text[end:]
    return Written(text, finish, sum(reply.tokens for reply in replies))
