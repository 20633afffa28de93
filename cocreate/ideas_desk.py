"""Commands about ideas: find some for a theme, push one further, show and forget the list of a theme."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from agents.contracts import Brief
from agents.ideas import MOST_IDEAS, PUSHES, Idea
from agents.spans import is_chinese
from cocreate import commands as c
from cocreate import events as e
from cocreate import idea_views as v
from cocreate.errors import CocreateError, InputRefused
from cocreate.idea_store import IdeaStore, Kept, KeptList
from cocreate.resources import Emit, Resources, while_working
from cocreate.settings import Settings
from memory.database import Database
from memory.records import Hit
from memory.sanitise import sanitise
from memory.works import Memory

if TYPE_CHECKING:
    from agents.ideation import Ideation

LONGEST_THEME = 300
"""Characters; a longer text is no theme."""
LANGUAGES = ("en", "zh")
MOST_SEED = 2**31 - 1
PROGRESS_SECONDS = 0.1
"""Least time between two `IdeasProgressed`."""


class NoneLeft(CocreateError):
    """All replies said the theme over again, or the same."""


class IdeasDesk:
    """Handlers of FindIdeas, PushIdea, ListIdeas and ForgetIdeas."""

    def __init__(
        self, settings: Settings, database: Database, memory: Memory, resources: Resources, stop: threading.Event
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._resources = resources
        self._stop = stop
        self._store = IdeaStore(database)

    def handlers(self) -> dict[type, Callable[..., Iterator[e.Event]]]:
        """By command."""
        return {
            c.FindIdeas: self._find,
            c.KeepIdeas: self._keep,
            c.PushIdea: self._push,
            c.ListIdeas: self._list,
            c.ForgetIdeas: self._forget,
        }

    # --- commands -------------------------------------------------------------------------------------------

    def _find(self, command: c.FindIdeas) -> Iterator[e.Event]:
        theme = _theme(command.theme)
        brief = _brief(theme, command.language)
        count = _count(command.count)
        before = self._store.find(theme) if command.more else None

        def work(emit: Emit) -> None:
            began, told = _Meter(self._resources), _Beat(theme, emit)
            there = [one.idea.text for one in before.ideas] if before else []
            found = self._ideation.ideas(
                brief, count=count, seed=_seed(command.seed), stop=self._stop, others=there, told=told
            )
            kept = self._kept(theme, brief, [_clean(one) for one in found], before)
            emit(self._found(kept, tuple(one.number for one in kept.ideas[-len(found) :]) if found else (), began))

        yield from self._work(brief, work)

    def _keep(self, command: c.KeepIdeas) -> Iterator[e.Event]:
        theme = _theme(command.theme)
        brief = _brief(theme, command.language)
        given = [
            Idea(" ".join(sanitise(one.text).split()), fit=one.theme_fit, novelty=one.novelty)
            for one in command.directions[:MOST_IDEAS]
        ]
        yield from self._resources.prepare(embedder=True)
        before = self._store.find(theme)
        there = {one.idea.text for one in before.ideas} if before else set()
        new = [one for one in given if one.text and one.text not in there]
        kept = self._kept(theme, brief, new, before) if new or before is None else before
        numbers = {one.idea.text: one.number for one in kept.ideas}
        yield self._found(kept, tuple(numbers[one.text] for one in given if one.text), None)

    def _push(self, command: c.PushIdea) -> Iterator[e.Event]:
        theme = _theme(command.theme)
        if command.how not in PUSHES:
            raise InputRefused(f"{command.how!r} is no way to push an idea.", f"Use one of: {', '.join(PUSHES)}.")
        count = _count(command.count)
        kept = self._store.find(theme)
        if kept is None:
            raise InputRefused(f"There are no ideas for “{theme}” yet.", "Find some first, without pushing any.")
        usual = (1, 2) if command.how == "combine" else (1,)
        picked = kept.pick(command.numbers or usual[: len(kept.ideas)])
        if command.how == "combine" and len(picked) < 2:
            raise InputRefused("Combining takes two ideas.", "Name the numbers of two.")
        brief = _brief(kept.theme, kept.language)

        def work(emit: Emit) -> None:
            began, told = _Meter(self._resources), _Beat(theme, emit)
            found = self._ideation.push(
                [one.idea.text for one in picked], command.how, brief, count=count, seed=_seed(command.seed),
                stop=self._stop, others=[one.idea.text for one in kept.ideas if one not in picked], told=told,
            )  # fmt: skip
            if not found:
                emit(self._found(self._nothing(theme, brief), (), began))
                return
            numbers = {one.idea.text: one.number for one in picked}
            parents = [tuple(numbers[text] for text in one.parents) for one in found]
            longer = self._store.append(theme, [_clean(one) for one in found], parents)
            new = tuple(one.number for one in longer.ideas[len(kept.ideas) :])
            emit(self._found(longer, new, began))

        yield from self._work(brief, work)

    def _list(self, command: c.ListIdeas) -> Iterator[e.Event]:
        kept = self._store.find(command.theme)
        if kept is None:
            yield v.IdeasFound(sanitise(command.theme).strip(), "", ())
            return
        yield from self._resources.prepare(embedder=True)
        yield self._found(kept, (), None)

    def _forget(self, command: c.ForgetIdeas) -> Iterator[e.Event]:
        theme = _theme(command.theme)
        yield v.IdeasForgotten(theme, self._store.forget(theme))

    # --- parts ----------------------------------------------------------------------------------------------

    def _work(self, brief: Brief, work: Callable[[Emit], None]) -> Iterator[e.Event]:
        from cocreate.language_advice import LanguageAdvice

        yield from self._resources.prepare(engine=True, embedder=True, scorer=True)
        advice = LanguageAdvice(self._settings, self._resources.model_name, self._resources.languages)
        if notice := advice.about(brief.language):
            yield notice
        yield from while_working(work, "ideas")

    @cached_property
    def _ideation(self) -> Ideation:
        from agents.critique.scorecard import Critic
        from agents.idea_judge import IdeaJudge
        from agents.ideation import Ideation

        scorer, embedder = self._resources.scorer(), self._resources.embedder
        judge = IdeaJudge(scorer, embedder, Critic(scorer, embedder))
        return Ideation(self._resources.engine(), embedder, judge, self._resources.taught())

    def _kept(self, theme: str, brief: Brief, new: Sequence[Idea], before: KeptList | None) -> KeptList:
        """The list with what is new in it. Raises NoneLeft when nothing is, unless the writer stopped."""
        if not new:
            return self._nothing(theme, brief)
        if before is None:
            return self._store.replace(theme, brief.language, new)
        return self._store.append(theme, new, [()] * len(new))

    def _nothing(self, theme: str, brief: Brief) -> KeptList:
        """The list that is kept when nothing new came: after a stop the old one. Raises NoneLeft."""
        if not self._stop.is_set():
            raise NoneLeft(
                f"Nothing came for “{theme}” that differs from it and from what is there.",
                "Try another seed, or say the theme in other words.",
            )
        return self._store.find(theme) or KeptList(theme, brief.language, ())

    def _found(self, kept: KeptList, new: tuple[int, ...], began: _Meter | None) -> v.IdeasFound:
        return v.IdeasFound(
            kept.theme, kept.language, self._views(kept), new,
            stopped=began is not None and self._stop.is_set(),
            seconds=began.seconds if began else 0.0,
            tokens=began.tokens if began else 0,
        )  # fmt: skip

    def _views(self, kept: KeptList) -> tuple[v.IdeaView, ...]:
        from agents.reasons import reasons

        ideas = [one.idea for one in kept.ideas]
        whys = reasons(
            ideas,
            _brief(kept.theme, kept.language),
            self._resources.embedder,
            touched=[self._touched(one, kept.language) for one in ideas],
            numbers=[one.parents for one in kept.ideas],
        )
        return tuple(_view(one, sanitise(why)) for one, why in zip(kept.ideas, whys, strict=True))

    def _touched(self, idea: Idea, language: str) -> Hit | None:
        """The nearest passage of the writer's works. In Chinese it must share words: the embedder reads English."""
        hits: Sequence[Hit] = self._memory.search(idea.text, 1) if self._memory.count() else ()
        return next((hit for hit in hits if language != "zh" or hit.found_by in ("words", "both", "pinned")), None)


class _Beat:
    """Tells how far it is, at most so often; the end of a round always."""

    def __init__(self, theme: str, emit: Emit) -> None:
        self._theme, self._emit, self._last = theme, emit, 0.0

    def __call__(self, come: int, asked: int, kept: int) -> None:
        now = time.monotonic()
        if come == asked or now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._emit(v.IdeasProgressed(self._theme, come, asked, kept))


class _Meter:
    """Time and tokens since it was made."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._began, self._before = time.perf_counter(), resources.engine().tokens

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    @property
    def tokens(self) -> int:
        return self._resources.engine().tokens - self._before


def _view(one: Kept, why: str) -> v.IdeaView:
    idea = one.idea
    return v.IdeaView(
        one.number, idea.text, why, idea.angle, idea.how, one.parents, idea.fit, idea.novelty, idea.original
    )


def _clean(idea: Idea) -> Idea:
    return replace(idea, text=sanitise(idea.text))


def _theme(given: str) -> str:
    """The theme on one line. Raises InputRefused."""
    theme = " ".join(sanitise(given).split())
    if not theme:
        raise InputRefused("The theme is empty.", "Say in a few words what the ideas are to be about.")
    if len(theme) > LONGEST_THEME:
        raise InputRefused(
            f"A theme can have up to {LONGEST_THEME} characters; this one has {len(theme):,}.",
            "Say it in fewer words.",
        )
    return theme


def _brief(theme: str, language: str) -> Brief:
    if language and language not in LANGUAGES:
        raise InputRefused(f"Ideas are found in {' and '.join(LANGUAGES)}, not in {language!r}.", "Name one of them.")
    return Brief(theme, kind="idea", theme=theme, language=language or ("zh" if is_chinese(theme) else "en"))


def _count(given: int) -> int:
    if not 1 <= given <= MOST_IDEAS:
        raise InputRefused(f"From 1 to {MOST_IDEAS} ideas can be asked for, not {given}.", "Name such a number.")
    return given


def _seed(given: int | None) -> int:
    return secrets.randbelow(MOST_SEED) if given is None else given
