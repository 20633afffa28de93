"""Replies on their way to the writer, in the form and length that were asked for.

A small model does not count: it slips from lines into prose and stops too early. The program sees to both. A line that
grew too wide is broken, a reply that ended too early goes on from where it is; both times the text so far is the
beginning of the next request, so the model goes on in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

from agents import batch
from agents.cleaning import Cleaner, tokens_for
from agents.contracts import Engine, Length, Progress, Request, StopFlag

MOST_BREAKS = 12
"""Lines of a draft that are broken for it, at most."""
MOST_ONWARD = 4
"""Times a draft that ended too early is sent on."""


@dataclass(slots=True)
class Stream:
    """One reply in the making."""

    request: Request
    cleaner: Cleaner
    head: str
    """What the model has before it that is no part of the reply: the reply goes on from head and what is shown."""
    language: str = "en"
    onward: bool = True
    """Whether a reply that ends too early is sent on; one that ends before its first word always is."""
    sent_on: int = 0
    idle: bool = False
    """True when the last round gave nothing."""
    rest: Length | None = None
    """Where the reply rests, to be judged before it goes on; None: it is written to its end."""
    begun: bool = False
    """Whether it goes on from an opening."""
    held: str | None = None
    """What came since the reply was sent on, while it is white space; None once it may pass."""

    @property
    def resting(self) -> bool:
        """Whether the reply has come to where it rests."""
        return self.rest is not None and self.cleaner.rests(self.rest)

    def going_on(self, seed: int) -> Stream:
        """A reply of its own that goes on from what is shown of this one, to the end."""
        cleaner = copy(self.cleaner)
        cleaner.let_go()
        most = tokens_for(cleaner.missing, self.language)
        request = replace(self.request, prefill=self.head + cleaner.so_far, max_tokens=most, seed=seed)
        held = "" if cleaner.so_far.endswith("\n") else None
        return Stream(request, cleaner, self.head, self.language, self.onward, begun=True, held=held)

    def take(self, piece: str) -> str | None:
        """The piece as it may go to the cleaner; None when the reply shall be asked for again.

        Sent on after a whole paragraph a small model likes to begin the next with a date or a page number: 21 of 466
        drafts of the loop's benchmark had such a paragraph, 0 of 352 since. A text that has figures at the beginnings
        of its lines is left alone.
        """
        if self.held is None:
            return piece
        self.held += piece
        start = self.held.lstrip()
        if not start:
            return ""
        piece, self.held = self.held, None
        known = any(line.lstrip()[:1].isdigit() for line in self.cleaner.shown.splitlines())
        return None if start[0].isdigit() and not known else piece


def in_shape(engine: Engine, streams: Sequence[Stream], stop: StopFlag, progress: Progress) -> list[batch.Reply]:
    """Run the streams as one batch, and again those that are not yet in shape. `progress` gets what is shown.

    Raises:
        agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
    """
    replies = [batch.Reply() for _ in streams]
    rounds = [one.request for one in streams]
    places = list(range(len(streams)))
    for turn in range(1, MOST_BREAKS + MOST_ONWARD + 1):
        shown = [len(streams[i].cleaner.shown) for i in places]
        for i, reply in zip(places, _run(engine, rounds, [streams[i] for i in places], stop, some(progress, places)),
                            strict=True):  # fmt: skip
            replies[i] = batch.Reply(finish=reply.finish, tokens=replies[i].tokens + reply.tokens)
        for i, length in zip(places, shown, strict=True):
            streams[i].idle = len(streams[i].cleaner.shown) == length
        if stop.is_set():
            break
        again = [(i, _next(streams[i], replies[i], turn, some(progress, [i]))) for i in places]
        places = [i for i, request in again if request is not None]
        rounds = [request for _, request in again if request is not None]
        if not places:
            break
    for index, one in enumerate(streams):
        if not one.resting and (grown := one.cleaner.finish()):
            progress(index, grown)
    return replies


def _run(
    engine: Engine, requests: Sequence[Request], streams: Sequence[Stream], stop: StopFlag, progress: Progress
) -> list[batch.Reply]:
    """Run a batch; each piece goes through its cleaner to the writer."""

    def on_piece(index: int, piece: str) -> bool:
        cleaner, taken = streams[index].cleaner, streams[index].take(piece)
        if taken is None:
            return True
        if taken and (grown := cleaner.feed(taken)):
            progress(index, grown)
        return cleaner.full or cleaner.wide or streams[index].resting

    return batch.run(engine, requests, stop, on_piece)


def _next(one: Stream, reply: batch.Reply, turn: int, progress: Progress) -> Request | None:
    """The request that goes on with a reply which is not yet in shape; None when it is, or cannot be helped."""
    cleaner, request = one.cleaner, one.request
    if one.resting:
        return None
    seed = batch.seed_for(request.seed, turn)
    if cleaner.wide and reply.finish == "stop":
        progress(0, cleaner.break_line())
        left = max(16, request.max_tokens - reply.tokens)
        return replace(request, prefill=one.head + cleaner.so_far, max_tokens=left, seed=seed)
    if one.sent_on >= MOST_ONWARD or (not one.onward and cleaner.so_far.strip()):
        return None
    if reply.finish != "length":  # a line that was cut off at the last token goes on as it is
        if grown := cleaner.finish():
            progress(0, grown)
        if cleaner.short:
            cleaner.go_on(apart=one.idle)
    if not cleaner.short:
        return None
    one.sent_on += 1
    one.held = "" if cleaner.so_far.endswith("\n") else None
    most = tokens_for(cleaner.missing, one.language)
    return replace(request, prefill=one.head + cleaner.so_far, max_tokens=most, seed=seed)


def some(progress: Progress, places: Sequence[int]) -> Progress:
    """`progress` for a part of a batch: its reply i is the whole batch's places[i]."""

    def show(index: int, piece: str) -> None:
        progress(places[index], piece)

    return show
