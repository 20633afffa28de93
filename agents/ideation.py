"""The ideation agent: many short directions as one batch, near-duplicates and strays out, the best few in.

An idea is asked for by one angle at a time; one that is there is pushed further by one change at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agents import batch, prompts, pushing, wording
from agents.cleaning import joined
from agents.contracts import Brief, Direction, Embedder, Engine, Message, Request, Sampling, StopFlag
from agents.idea_lines import clean_idea as clean_idea
from agents.idea_lines import echoes, is_whole, says_angle
from agents.idea_lines import new_words as new_words
from agents.ideas import Idea, Push
from agents.sifting import Sieve, Sifted

if TYPE_CHECKING:
    from agents.idea_judge import IdeaJudge
    from memory.records import Hit

OVERSAMPLE, BLIND = 4, 2
"""Requests of the first round for one idea shown, where the choice can tell what promises most; all others."""
TURN = 3
"""OVERSAMPLE for a direction of a turn: a writer waits for it."""
ROUNDS = 2
"""Most rounds after the first, for what is missing."""
ADAPTER, DRAFTING = "role/ideation", "role/drafting"
"""An adapter for ideas knows its short prompt; without one, that for drafts writes better sentences after examples."""
TOKENS, TOKENS_ZH = 40, 60
"""Most tokens of an idea: the adapter learnt up to 18 words; small models spell a Chinese character in up to three."""
PUSHED = 0.5
"""Share of the likeness to the theme asked of an idea made from another one: it has left the theme on purpose."""
FEW = 5
"""Messages (system and two examples) that go before the theme where not all examples fit."""
CHARACTERS = 3
"""Characters of a prompt that may come to one token, its marks of turns included."""
SAMPLING = Sampling(temperature=0.9, min_p=0.08, repeat_penalty=1.0, dry_multiplier=0.0)
"""One sentence cannot loop; penalties would only push the theme's words away."""
COOLER = replace(SAMPLING, temperature=0.6)
"""For English ideas; read blind, more of them hold together (docs/log.md)."""
ANGLES_EN = (
    ("an object", "A"), ("a sound", "The"), ("a person", "A"), ("a small action", "Someone"),
    ("one exact moment", "Just before"),
    ("a smell or a taste", "The smell of"), ("something missing", "There is no"), ("a memory", "Years ago,"),
    ("the opposite of what is expected", "Instead of"), ("seen from very close", "Under"),
    ("seen from far away", "From the"),
    ("somebody who is waiting", "A"), ("a question nobody asks", "Who"), ("a colour", "The"),
    ("something broken", "A broken"),
    ("a message or a letter", "A letter"), ("an animal", "A"), ("hands at work", "Two hands"),
)  # fmt: skip
ANGLES_ZH = (
    "一件物品", "一种声音", "一个人", "一个小动作", "某一瞬间", "一种气味", "缺失的东西", "一段记忆", "与期待相反",
    "凑近了看",
    "从远处看", "一个等待的人", "没人问的问题", "一种颜色", "坏掉的东西", "一封信", "一只动物", "一双手",
)  # fmt: skip

Told = Callable[[int, int, int], None]
"""Called with (replies that have come, replies asked for, ideas that stay so far)."""


def _nobody(come: int, asked: int, kept: int) -> None:
    """Who listens when nobody does."""


class Ideation:
    """Finds directions. Holds no state between calls."""

    def __init__(
        self, engine: Engine, embedder: Embedder, judge: IdeaJudge | None = None,
        taught: Collection[str] = ("en",),
    ) -> None:  # fmt: skip
        """Hold what it asks.

        Args:
            engine: writes the replies.
            embedder: of ideas and themes.
            judge: the trained heads; None leaves sameness and the choice to the cosine, and originality unasked.
            taught: languages the engine's adapter for ideas has learned; for others it is not asked.
        """
        self._engine = engine
        self._taught = taught
        self._sieve = Sieve(embedder, judge)

    def find(self, brief: Brief, recalled: Sequence[Hit], *, count: int, seed: int, stop: StopFlag) -> list[Direction]:
        """Return at most `count` directions of a turn, best first; fewer when fewer differ enough.

        One batch, and a second only where the first left less than two thirds: a writer who waits is better served by
        four directions now than by six later.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        found = self.ideas(brief, count=count, seed=seed, stop=stop, rounds=1, enough=-(-2 * count // 3), tries=TURN)
        return [
            Direction(f"d{place}", one.text, theme_fit=one.fit, novelty=one.novelty)
            for place, one in enumerate(found, start=1)
        ]

    def ideas(
        self, brief: Brief, *, count: int, seed: int, stop: StopFlag, others: Sequence[str] = (), rounds: int = ROUNDS,
        told: Told = _nobody, enough: int = 0, tries: int = OVERSAMPLE,
    ) -> list[Idea]:  # fmt: skip
        """Return at most `count` ideas for the theme, best first; after a stop, of the replies that were complete.

        Too few that differ, also from `others`, are made up for in at most `rounds` more batches, by other angles and
        other seeds; `enough` (0: `count`) are not too few. `tries`: requests of the first round for one idea shown,
        where the choice can tell what promises most.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """

        def requests(number: int, start: int) -> list[tuple[Idea, Request]]:
            # What is there already was asked for by the first angles.
            return [self._asked(brief, len(others) + at, seed) for at in range(start, start + number)]

        taken = (*self._examples("idea", brief), *others)
        tries = tries if self._sieve.can_tell(brief) else BLIND
        return self._rounds(requests, brief, count, stop, rounds, told, taken, 1.0, enough, tries)

    def push(
        self, ideas: Sequence[str], how: Push, brief: Brief, *, count: int, seed: int, stop: StopFlag,
        others: Sequence[str] = (), rounds: int = 1, told: Told = _nobody,
    ) -> list[Idea]:  # fmt: skip
        """Return at most `count` ideas made from `ideas` by one change each, best first.

        Args:
            ideas: those that are pushed; "combine" takes every two neighbours of them, so it needs two.
            how: which change.
            brief: theme and language.
            count: ideas wanted in all.
            seed: of the sampling.
            stop: ends it; what is complete is used.
            others: further ideas that must not be found again.
            rounds: most rounds after the first.
            told: hears how far it is.

        Raises:
            agents.errors.BadBrief: nothing to push, or only one idea to combine.
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        makers = pushing.changes(ideas, how, brief)

        def requests(number: int, start: int) -> list[tuple[Idea, Request]]:
            return [self._pushed(makers[at % len(makers)], brief, at, seed) for at in range(start, start + number)]

        taken = (*self._examples("push", brief), *ideas, *others)
        return self._rounds(requests, brief, count, stop, rounds, told, taken, PUSHED)

    # --- rounds ---------------------------------------------------------------------------------------------

    def _rounds(
        self, requests: Callable[[int, int], list[tuple[Idea, Request]]], brief: Brief, count: int, stop: StopFlag,
        rounds: int, told: Told, taken: Sequence[str], share: float, enough: int = 0, tries: int = BLIND,
    ) -> list[Idea]:  # fmt: skip
        examples = self._examples("idea", brief)
        pool: dict[str, Idea] = {}
        kept: list[Sifted] = []
        asked = 0
        for _ in range(1 + rounds):
            missing = count - len(kept)
            if missing <= 0 or stop.is_set() or (asked and enough and len(kept) >= enough):
                break
            pairs = requests(missing * (BLIND if asked else tries), asked)
            come = _Counter(told, asked, asked + len(pairs), len(kept))
            replies = batch.run(self._engine, [request for _, request in pairs], stop, on_reply=come)
            asked += len(pairs)
            for (idea, request), reply in zip(pairs, replies, strict=True):
                text = _line(request, reply, brief)
                if text and (idea.how or not (says_angle(text, idea.angle) or echoes(text, examples))):
                    pool.setdefault(text, _with(idea, text))
            # Nobody was asked what an idea that has left its theme promises for it; and who stopped waits no longer.
            told_apart = share == 1.0 and not stop.is_set()
            kept = self._sieve.sift(list(pool.values()), brief, taken, share, promising=told_apart)
            told(asked, asked, len(kept))
        return self._sieve.choose(kept, brief, count)

    # --- requests -------------------------------------------------------------------------------------------

    def _asked(self, brief: Brief, index: int, seed: int) -> tuple[Idea, Request]:
        angle, start = (
            (ANGLES_ZH[index % len(ANGLES_ZH)], "") if brief.language == "zh" else ANGLES_EN[index % len(ANGLES_EN)]
        )
        slots = wording.slots(brief) | {"angle": angle, "start": start}
        request = self._request("idea", brief, slots, batch.seed_for(seed, index, 77))
        if brief.language != "en":
            return Idea("", angle), request
        drafting = DRAFTING if DRAFTING in self._engine.adapters else None
        return Idea("", angle), replace(request, sampling=COOLER, adapter=request.adapter or drafting)

    def _pushed(self, change: pushing.Change, brief: Brief, index: int, seed: int) -> tuple[Idea, Request]:
        idea = Idea("", change.label, change.how, change.parents)
        slots = wording.slots(brief) | change.slots()
        return idea, self._request("push", brief, slots, batch.seed_for(seed, index, 78))

    def _request(self, template: str, brief: Brief, slots: dict[str, str], seed: int) -> Request:
        prompt = prompts.fill(self._template(template, brief), brief.language, slots)
        most = TOKENS_ZH if brief.language == "zh" else TOKENS
        adapter = ADAPTER if self._learned(brief) else None
        return Request(self._fitting(prompt.messages), prompt.prefill, most, SAMPLING, seed, ("\n",), adapter=adapter)

    def _learned(self, brief: Brief) -> bool:
        return ADAPTER in self._engine.adapters and brief.language in self._taught

    def _template(self, name: str, brief: Brief) -> str:
        """The adapter is the example: it was tuned on the request alone."""
        return f"{name}_short" if self._learned(brief) else name

    def _examples(self, name: str, brief: Brief) -> tuple[str, ...]:
        """The answers a template shows: a small model gives them back as its own."""
        sections = prompts.load(self._template(name, brief), brief.language).sections
        return tuple(text for role, text in sections if role == "assistant")

    def _fitting(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """All examples where there is room, else the first two."""
        most = CHARACTERS * (self._engine.context_length - TOKENS)
        if sum(len(message.text) for message in messages) <= most or len(messages) <= FEW + 1:
            return messages
        return (*messages[:FEW], messages[-1])


class _Counter:
    """Counts the replies of one round that have come to their end."""

    def __init__(self, told: Told, before: int, asked: int, kept: int) -> None:
        self._told, self._come, self._asked, self._kept = told, before, asked, kept

    def __call__(self, index: int) -> None:
        self._come += 1
        self._told(self._come, self._asked, self._kept)


def _line(request: Request, reply: batch.Reply, brief: Brief) -> str:
    """The idea in a reply, or "": a reply that was stopped, or cut at its limit inside its only sentence, has none."""
    if reply.finish == "stopped":
        return ""
    text = clean_idea(_whole(request.prefill, reply.text, brief), brief)
    return text if reply.finish != "length" or is_whole(text) else ""


def _whole(begun: str, reply: str, brief: Brief) -> str:
    """The begun sentence with its continuation. Chinese has no capitals that tell a new sentence from the old one."""
    if brief.language == "zh":
        return reply if reply.startswith(begun) else begun + reply
    return joined(begun, reply)


def _with(idea: Idea, text: str) -> Idea:
    return Idea(text, idea.angle, idea.how, idea.parents)
