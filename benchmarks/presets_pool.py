"""One pool of texts for a brief, from which `presets.py` puts turns together without generating anew.

A pool holds plain drafts at each temperature, drafts that follow directions, rewrites of every draft (a first round of
candidates, and a second round on the best of them), each with its generated tokens and the critic's overall, judged
alone. A draft's opening, its first 40 %, is judged too: choosing openings and going on with the best is choosing
drafts by their openings, and paying for the others' openings only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean

from agents.batch import seed_for
from agents.contracts import Brief, Scorecard
from agents.critique.scorecard import Critic
from agents.drafting import Drafting
from agents.idea_judge import IdeaJudge
from agents.ideation import Ideation
from agents.infill import joins_by
from agents.understand import understand
from cocreate.resources import Resources
from cocreate.settings import Settings
from cocreate.state import rank, worst_spans

OPENING = 0.4
"""Share of a draft that is its opening."""
STEP = 7919
Notes = Callable[[str], None]


@dataclass
class Judged:
    """A text, what it cost, and what the judges say of it."""

    text: str
    tokens: int
    overall: float
    second: float | None = None
    """The second judge's score; None where it was not asked."""


@dataclass
class DraftRow(Judged):
    """A first draft."""

    temperature: float = 1.0
    directed: bool = False
    opening: float = 0.0
    """The critic's overall of its first 40 %, whatever length was asked for."""
    rounds: list[list[Judged]] = field(default_factory=list)
    """Candidates of the first round, and of a second one on the best text after the first."""
    vector: list[float] = field(default_factory=list)


@dataclass
class Pool:
    """Everything written for one brief from one seed."""

    request: str
    seed: int
    idea_tokens: float
    """Tokens a direction costs."""
    drafts: list[DraftRow]

    @cached_property
    def rewrite_tokens(self) -> float:
        """Mean tokens of a candidate of a revision."""
        every = [one.tokens for draft in self.drafts for each in draft.rounds for one in each]
        return fmean(every) if every else 0.0


@dataclass(frozen=True)
class Size:
    """How much a pool holds."""

    temperatures: tuple[float, ...]
    plain: int
    """Drafts at each temperature."""
    directed: int
    tried: int
    """Candidates of a revision."""
    rounds: int


class Maker:
    """Writes and judges as the product does, with its models and adapters."""

    def __init__(self, settings: Settings) -> None:
        self._resources = Resources(settings)
        self._engine = self._resources.engine()
        self._embedder = self._resources.embedder
        scorer = self._resources.scorer()
        self._critic = Critic(scorer, self._embedder)
        self._drafting = Drafting(self._engine, joins_by(scorer))
        self._ideation = Ideation(self._engine, self._embedder, IdeaJudge(scorer, self._embedder, self._critic))
        self._stop = threading.Event()
        self.adapters = self._engine.adapters

    def close(self) -> None:
        """Free the models."""
        self._resources.close()

    def pool(self, request: str, seed: int, size: Size, note: Notes) -> Pool:
        """Write and judge the pool of one brief."""
        brief = understand(request).brief
        drafts: list[DraftRow] = []
        for place, temperature in enumerate(size.temperatures):
            drafts += self._write(brief, (), size.plain, seed_for(seed, place), temperature)
        before = self._engine.tokens
        found = self._ideation.find(brief, (), count=size.directed, seed=seed, stop=self._stop) if size.directed else []
        spent = self._engine.tokens - before
        if found:
            lines = [one.text for one in found]
            drafts += self._write(brief, lines, size.directed, seed_for(seed, 99), size.temperatures[0])
        note(f"{request}: {len(drafts)} drafts")
        for place, draft in enumerate(drafts):
            draft.rounds = self._revise(brief, draft, seed_for(seed, place, STEP), size)
        for draft, row in zip(drafts, self._embedder.embed([draft.text for draft in drafts]), strict=True):
            draft.vector = [round(float(value), 4) for value in row]
        note(f"{request}: {sum(len(each) for draft in drafts for each in draft.rounds)} rewrites")
        return Pool(request, seed, spent / max(1, size.directed), drafts)

    def _write(self, brief: Brief, directions: Sequence[str], count: int, seed: int, warm: float) -> list[DraftRow]:
        written = self._drafting.write(
            brief, directions, (), count=count, seed=seed, stop=self._stop, progress=_quiet, temperatures=(warm,)
        )
        free = replace(brief, length=None)
        return [
            DraftRow(
                one.text, one.tokens, self._card(one.text, brief).overall, temperature=warm, directed=bool(directions),
                opening=self._card(opening(one.text), free).overall,
            )
            for one in written
            if one.text.strip()
        ]  # fmt: skip

    def _revise(self, brief: Brief, draft: DraftRow, seed: int, size: Size) -> list[list[Judged]]:
        rounds: list[list[Judged]] = []
        text, card = draft.text, self._card(draft.text, brief)
        for number in range(size.rounds):
            spans = worst_spans(card)
            if not spans:
                break
            written = self._drafting.revise(
                brief, text, spans, count=size.tried, seed=seed + number, stop=self._stop, progress=_quiet
            )
            cards = [self._card(one.text, brief) if one.text != text else card for one in written]
            rounds.append([Judged(one.text, one.tokens, got.overall) for one, got in zip(written, cards, strict=True)])
            best = max(range(len(cards)), key=lambda row: rank(cards[row]))
            if rank(cards[best]) > rank(card):
                text, card = written[best].text, cards[best]
        return rounds

    def _card(self, text: str, brief: Brief) -> Scorecard:
        return self._critic.judge([text], brief, answer=True)[0]


def opening(text: str) -> str:
    """The first 40 % of a text, up to the end of a line or a word."""
    cut = text[: max(1, round(len(text) * OPENING))]
    end = max(cut.rfind("\n"), cut.rfind(" ") if "\n" not in cut else -1)
    return cut[:end] if end > 0 else cut


def save(pools: Sequence[Pool], path: Path) -> None:
    """Write pools to a file."""
    path.write_text(json.dumps([asdict(pool) for pool in pools], ensure_ascii=False), encoding="utf-8")


def load(path: Path) -> list[Pool]:
    """Read what `save` wrote; [] where there is no file yet."""
    if not path.is_file():
        return []
    found = []
    for row in json.loads(path.read_text(encoding="utf-8")):
        drafts = [
            DraftRow(**{**draft, "rounds": [[Judged(**one) for one in each] for each in draft["rounds"]]})
            for draft in row["drafts"]
        ]
        found.append(Pool(row["request"], row["seed"], row["idea_tokens"], drafts))
    return found


def _quiet(index: int, piece: str) -> None:
    """Nobody looks on."""
