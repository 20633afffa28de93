"""The drafting agent: writes from a brief, changes a span, mends what the critic named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agents import batch, prompts, wording
from agents.changes import exact_change, spans_to_revise
from agents.cleaning import CLOSED, Cleaner, closed_verse, finished, is_meta, reached, tokens_for, unquote
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
from agents.filling import read_wish
from agents.gaps import seam_at
from agents.infill import Infill, Joins
from agents.shaping import breaks_like, breaks_of, gap_length, onward_length, span_length
from agents.spans import Span, is_verse, lines
from agents.streaming import Stream, in_shape, some
from agents.voicing import drafter_of, speaks

if TYPE_CHECKING:
    from memory.records import Hit

DRAFTED = Sampling(temperature=0.5, dry_multiplier=1.0)
"""Read blind, cooler drafts are rather given and better written: .8 over 1.0, .6 over .8, .4 over .6, each in .60-.72
of the pairs. Cooler than this they repeat themselves more than people do, and one another (docs/log.md)."""
VOICED = Sampling(temperature=0.7, dry_multiplier=1.0)
"""The same in a voice. Over 1.0 in four authors' voices: rather given .68, better written .68, sounds more like the
author .59, told by a judge of authors as often. .5 is not clearly better than .7 and repeats itself twice as much."""
BEFORE_GOING_ON = 1200
"""Characters of the text before a span when the model goes on from there."""


@dataclass(frozen=True, slots=True)
class Written:
    """One text an agent wrote."""

    text: str
    finish: Finish
    tokens: int
    """Sampled tokens, for the speed shown to the writer."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The opening of a draft, which can go on (`Drafting.go_on`)."""

    stream: Stream
    reply: batch.Reply

    @property
    def shown(self) -> str:
        """What the writer has been shown, with the line breaks at its end."""
        return self.stream.cleaner.shown if self.reply.tokens else ""


@dataclass(frozen=True, slots=True)
class _Job:
    """A span to be rewritten, as a request."""

    span: Span
    request: Request
    length: Length
    verse: bool

    def stream(self, brief: Brief, text: str, *, onward: bool) -> Stream:
        """The job on its way; verse keeps the stanzas of what it takes the place of."""
        breaks = breaks_like(text[slice(*self.span)], self.length) if self.verse else None
        cleaner = Cleaner(self.length, verse=self.verse, breaks=breaks)
        return Stream(self.request, cleaner, self.request.prefill, brief.language, onward=onward)


class Drafting:
    """Writes texts. Holds no state between calls.

    `joins` says how well a text holds between two others (`agents.infill.joins_by`); without it gaps are filled by
    the least repetition. `sampling` of each call: how tokens are drawn; None leaves it to `drawn_for`.
    """

    def __init__(self, engine: Engine, joins: Joins | None = None) -> None:
        self._engine = engine
        self._joins = joins

    def write(
        self, brief: Brief, directions: Sequence[str], recalled: Sequence[Hit], *, count: int, seed: int,
        stop: StopFlag, progress: Progress, sampling: Sampling | None = None, temperatures: Sequence[float] = (),
    ) -> list[Written]:  # fmt: skip
        """Write `count` drafts as one batch; directions, and temperatures where given, are spread over them.

        A voice keeps its own temperature. A draft begins with the brief's opening, byte for byte. Stanzas that were
        asked for, or that the form fixes, are parted by blank lines; a draft that ended too early is sent on until the
        length is there.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        streams = self._streams(brief, directions, recalled, count, seed, sampling, temperatures)
        for index, one in enumerate(streams):
            if brief.opening:
                progress(index, one.cleaner.shown)
        replies = in_shape(self._engine, streams, stop, progress)
        return [_whole(brief, one, reply) for one, reply in zip(streams, replies, strict=True)]

    def begin(
        self, brief: Brief, directions: Sequence[str], recalled: Sequence[Hit], *, count: int, share: float, seed: int,
        stop: StopFlag, progress: Progress, temperatures: Sequence[float] = (),
    ) -> list[Begun]:  # fmt: skip
        """Write the openings of `count` drafts as one batch: each rests at the first end of a sentence, or of a line
        of verse, from this share of its length on (of what is not given). Some of them go on then (`go_on`).

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        length = wording.length_of(brief)
        given = reached(brief.opening, length)
        rest = replace(length, count=given + max(1, round(share * (length.count - given))))
        streams = self._streams(brief, directions, recalled, count, seed, None, temperatures)
        for index, one in enumerate(streams):
            one.rest = rest
            if brief.opening:
                progress(index, one.cleaner.shown)
        replies = in_shape(self._engine, streams, stop, progress)
        return [Begun(one, reply) for one, reply in zip(streams, replies, strict=True)]

    def go_on(
        self, brief: Brief, begun: Sequence[Begun], *, seed: int, stop: StopFlag, progress: Progress
    ) -> list[Written]:
        """Write openings to their end as one batch; one that stands there twice goes on in two ways.

        `progress` gets what is new. The openings themselves stay as they are, and can go on again.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        streams = [one.stream.going_on(batch.seed_for(seed, index)) for index, one in enumerate(begun)]
        replies = in_shape(self._engine, streams, stop, progress)
        return [_whole(brief, one, reply) for one, reply in zip(streams, replies, strict=True)]

    def resume(
        self, brief: Brief, texts: Sequence[str], directions: Sequence[str], recalled: Sequence[Hit], *, seed: int,
        stop: StopFlag, progress: Progress, sampling: Sampling | None = None,
    ) -> list[Written]:  # fmt: skip
        """Go on with drafts as one batch, each from its last character to the length of the brief; `directions`: what
        each was written from, or "".

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        length, verse = wording.length_of(brief), wording.is_verse_brief(brief)
        streams = []
        for index, (text, direction) in enumerate(zip(texts, directions, strict=True)):
            slots = wording.slots(brief, direction=direction, recalled=recalled) | {"opening": text}
            prompt = prompts.fill("draft", brief.language, slots)
            cleaner = Cleaner(length, opening=text, verse=verse, breaks=breaks_of(brief))
            most = tokens_for(cleaner.missing, brief.language)
            request = self._request(brief, prompt, most, batch.seed_for(seed, index), sampling)
            streams.append(Stream(request, cleaner, "", brief.language))
        replies = in_shape(self._engine, streams, stop, progress)
        return [
            Written(_ended(one, reply, length, verse, text), reply.finish, reply.tokens)
            for one, reply, text in zip(streams, replies, texts, strict=True)
        ]

    def edit(
        self, brief: Brief, text: str, edit: EditRequest, *, count: int, seed: int, stop: StopFlag, progress: Progress,
        sampling: Sampling | None = None, direction: str = "", recalled: Sequence[Hit] = (),
    ) -> list[Written]:  # fmt: skip
        """Change one span; outside it every character stays. `progress` streams the new text of the span.

        `direction` and `recalled`: what a draft was written from that goes on to its length.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        exact = exact_change(edit, text)
        if exact is not None:
            progress(0, exact)
            return [Written(text[: edit.start] + exact + text[edit.end :], "stop", 0)]
        if edit.fills:
            return self._fill(
                brief, text, edit, count=count, seed=seed, stop=stop, progress=progress, sampling=sampling
            )
        if edit.continues and not edit.instruction.strip() and not text[edit.end :].strip():
            return self.resume(
                brief, [text] * count, [direction] * count, recalled, seed=seed, stop=stop, progress=progress,
                sampling=sampling,
            )  # fmt: skip
        if edit.continues:
            return self._continue(
                brief, text, edit, count=count, seed=seed, stop=stop, progress=progress, sampling=sampling
            )
        span = (edit.start, edit.end)
        jobs = [self._mend_job("edit", brief, text, span, edit.instruction, seed, i, sampling) for i in range(count)]
        streams = [job.stream(brief, text, onward=job.verse) for job in jobs]
        replies = in_shape(self._engine, streams, stop, progress)
        old = text[edit.start : edit.end]
        written = []
        for job, one, reply in zip(jobs, streams, replies, strict=True):
            new = finished(one.cleaner.shown, reply.finish, job.length, verse=job.verse) or old
            written.append(Written(text[: edit.start] + new + text[edit.end :], reply.finish, reply.tokens))
        return written

    def infill(
        self, brief: Brief, before: str, after: str, *, length: Length | None, count: int, seed: int, stop: StopFlag,
        progress: Progress, old: str = "", instruction: str = "", tries: int | None = None, joins: Joins | None = None,
        sampling: Sampling | None = None,
    ) -> list[Written]:  # fmt: skip
        """Write what stands between two parts of a text; the parts stay byte for byte.

        White space that is missing at an end is that of the other side. Each text is the best of `tries` by both
        joins (None: see `agents.infill.tries_for`); one that could not be filled comes back with `old` between the
        parts. A length of None is found from the place and `old`.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        whole = before + old + after
        verse = is_verse(whole) or (wording.is_verse_brief(brief) and not _is_prose(whole))
        seam = seam_at(whole, (len(before), len(before) + len(old)))
        filled = Infill(self._engine).fill(
            brief, seam, length=gap_length(seam, old, length, verse=verse), count=count, seed=seed, stop=stop,
            progress=progress, instruction=instruction, verse=verse, tries=tries, joins=joins or self._joins,
            sampling=sampling or drawn_for(brief),
        )  # fmt: skip
        return [Written(seam.filled(one.middle) if one.middle else whole, one.finish, one.tokens) for one in filled]

    def revise(
        self, brief: Brief, text: str, evidence: Sequence[Evidence], *, count: int, seed: int, stop: StopFlag,
        progress: Progress, sampling: Sampling | None = None,
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
                jobs.append(self._mend_job("revise", brief, text, span, reason, seed, index, sampling))
        per = len(targets)
        streams = [job.stream(brief, text, onward=False) for job in jobs]
        replies = in_shape(self._engine, streams, stop, some(progress, tuple(i // per for i in range(len(jobs)))))
        return [
            _put_together(text, jobs[i : i + per], streams[i : i + per], replies[i : i + per])
            for i in range(0, len(jobs), per)
        ]

    def _streams(
        self, brief: Brief, directions: Sequence[str], recalled: Sequence[Hit], count: int, seed: int,
        sampling: Sampling | None, temperatures: Sequence[float],
    ) -> list[Stream]:  # fmt: skip
        length, verse, breaks = wording.length_of(brief), wording.is_verse_brief(brief), breaks_of(brief)
        most = tokens_for(length, brief.language)
        streams = []
        for index in range(count):
            direction = directions[index % len(directions)] if directions else ""
            slots = wording.slots(brief, direction=direction, recalled=recalled)
            prompt = prompts.fill("draft", brief.language, slots)
            drawn = sampling or drawn_for(brief)
            if temperatures and not speaks(brief):
                drawn = replace(drawn, temperature=temperatures[index % len(temperatures)])
            request = self._request(brief, prompt, most, batch.seed_for(seed, index), drawn)
            cleaner = Cleaner(length, opening=brief.opening, verse=verse, breaks=breaks)
            streams.append(Stream(request, cleaner, "", brief.language))
        return streams

    def _fill(
        self, brief: Brief, text: str, edit: EditRequest, *, count: int, seed: int, stop: StopFlag, progress: Progress,
        sampling: Sampling | None,
    ) -> list[Written]:  # fmt: skip
        wanted = read_wish(edit.instruction, chinese=brief.language == "zh")
        return self.infill(
            brief, text[: edit.start], text[edit.end :], length=wanted.length, count=count, seed=seed, stop=stop,
            progress=progress, old=text[edit.start : edit.end], instruction=wanted.instruction, sampling=sampling,
        )  # fmt: skip

    def _continue(
        self, brief: Brief, text: str, edit: EditRequest, *, count: int, seed: int, stop: StopFlag, progress: Progress,
        sampling: Sampling | None,
    ) -> list[Written]:  # fmt: skip
        verse = is_verse(text) or wording.is_verse_brief(brief)
        head = text[: edit.end]
        length = onward_length(edit.instruction, brief, verse=verse)
        join = (
            ""
            if not head or head.endswith("\n")
            else ("\n\n" if re.search(r"stanza|paragraph|段|节", edit.instruction) else "\n" if verse else " ")
        )
        slots = wording.slots(brief) | {"before": (head + join)[-BEFORE_GOING_ON:], "instruction": ""}
        prompt = prompts.fill("continue", brief.language, slots)
        most = tokens_for(length, brief.language)
        requests = [self._request(brief, prompt, most, batch.seed_for(seed, i), sampling) for i in range(count)]
        streams = [
            Stream(request, Cleaner(length, verse=verse), request.prefill, brief.language) for request in requests
        ]
        replies = in_shape(self._engine, streams, stop, progress)
        written = []
        for one, reply in zip(streams, replies, strict=True):
            new = finished(one.cleaner.shown, reply.finish, length, verse=verse)
            tail = text[edit.end :]
            close = "\n" if new and tail and not tail.startswith("\n") else ""
            written.append(Written(head + (join + new if new else "") + close + tail, reply.finish, reply.tokens))
        return written

    def _mend_job(
        self, name: str, brief: Brief, text: str, span: Span, instruction: str, seed: int, index: int,
        sampling: Sampling | None,
    ) -> _Job:  # fmt: skip
        """New lines for a span as the continuation of what stands before it.

        Asked to rewrite a line, a small model talks about rewriting; asked to go on, it writes a line. What the writer
        wants of it stands in the request; a critic's reason ("is a stock phrase") is none the model could follow.
        Where nothing stands before, it is asked to rewrite.
        """
        before, old, verse = text[: span[0]], text[span[0] : span[1]], is_verse(text)
        onward = bool(before.strip())
        wanted = instruction if name == "edit" or not onward else ""
        length = span_length(old, brief, wanted, verse=verse)
        slots = wording.slots(brief)
        if onward:
            slots |= {"before": before[-BEFORE_GOING_ON:], "instruction": wording.sentence(wanted)}
        else:
            slots |= {
                "span": old,
                "instruction": instruction.rstrip(". "),
                "size": wording.size(length, brief.language),
            }
        prompt = prompts.fill("continue" if onward else name, brief.language, slots)
        most = tokens_for(length, brief.language)
        request = self._request(brief, prompt, most, batch.seed_for(seed, index, span[0]), sampling)
        return _Job(span, request, length, verse)

    def _request(
        self, brief: Brief, prompt: prompts.Prompt, most: int, seed: int, sampling: Sampling | None
    ) -> Request:
        adapter = drafter_of(brief, self._engine)
        drawn = sampling or drawn_for(brief)
        return Request(
            prompt.messages, prompt.prefill, most, drawn, seed, without=wording.left_out(brief), adapter=adapter
        )


def _whole(brief: Brief, one: Stream, reply: batch.Reply) -> Written:
    """A draft that has come to its end."""
    text = _ended(one, reply, wording.length_of(brief), wording.is_verse_brief(brief), brief.opening)
    return Written(text if reply.tokens or one.begun else "", reply.finish, reply.tokens)


def _ended(one: Stream, reply: batch.Reply, length: Length, verse: bool, opening: str) -> str:
    text = finished(one.cleaner.shown, reply.finish, length, verse=verse, opening=opening)
    if verse and reply.finish != "stopped" and len(text) > len(opening):
        closed = closed_verse(text)
        text = closed if len(closed) >= len(opening) else text
    return text if len(text) >= len(opening) else opening


def drawn_for(brief: Brief) -> Sampling:
    """How tokens of new text are drawn: cool, in a voice less so."""
    return VOICED if speaks(brief) else DRAFTED


def _is_prose(text: str) -> bool:
    """Whether a text shows by its own lines that it is no verse: two lines of verse are too few to tell."""
    return any(end - start > 120 for start, end in lines(text))


def _put_together(
    text: str, jobs: Sequence[_Job], streams: Sequence[Stream], replies: Sequence[batch.Reply]
) -> Written:
    finish: Finish = "stop"
    for job, one, reply in reversed(list(zip(jobs, streams, replies, strict=True))):
        start, end = job.span
        new = finished(one.cleaner.shown, reply.finish, job.length, verse=job.verse)
        if reply.finish == "stopped":
            finish = "stopped"
            continue  # half a rewritten line helps nobody: the old one stays
        # A sentence that never ends cannot stand between two others.
        if new and not is_meta(new) and (job.verse or new.endswith(CLOSED)):
            text = text[:start] + unquote(new) + text[end:]
    return Written(text, finish, sum(reply.tokens for reply in replies))
