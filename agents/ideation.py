"""The ideation agent: many short directions as one batch, the near-duplicates out, the best few in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents import batch, prompts, wording
from agents.cleaning import clean_line, in_language, is_meta, joined, unquote
from agents.contracts import Brief, Direction, Embedder, Engine, Request, Sampling, StopFlag
from agents.critique import repetition
from agents.critique.theme import EMPTY_WORDS
from agents.similarity import distinct, mmr
from agents.spans import chinese_count, sentences, words

if TYPE_CHECKING:
    from memory.records import Hit

OVERSAMPLE = 2
"""Requests for one direction shown."""
SAME = 0.86
"""Cosine from which two directions count as one."""
SAMPLING = Sampling(temperature=0.9, min_p=0.08, repeat_penalty=1.0, dry_multiplier=0.0)
"""One sentence cannot loop; penalties would only push the theme's words away."""
ENOUGH = 0.55
NEWS = 0.03
"""Worth of one word that the theme does not have, in cosine."""
BALANCE = 0.6
"""MMR: share of theme fit against distance."""
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


class Ideation:
    """Finds directions. Holds no state between calls."""

    def __init__(self, engine: Engine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder

    def find(self, brief: Brief, recalled: Sequence[Hit], *, count: int, seed: int, stop: StopFlag) -> list[Direction]:
        """Return at most `count` directions, best first; fewer when fewer differ enough.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        if count <= 0:
            return []
        requests = self._requests(brief, count * OVERSAMPLE, seed)
        replies = batch.run(self._engine, requests, stop)
        whole = [
            joined(r.prefill, reply.text)
            for r, reply in zip(requests, replies, strict=True)
            if reply.finish != "stopped"
        ]
        ideas = list(dict.fromkeys(idea for text in whole if (idea := clean_idea(text, brief))))
        return self._rank(ideas, brief, count) if ideas else []

    def _requests(self, brief: Brief, number: int, seed: int) -> list[Request]:
        chinese = brief.language == "zh"
        adapter = "role/ideation" if "role/ideation" in self._engine.adapters else None
        requests = []
        for index in range(number):
            angle, start = (ANGLES_ZH[index % len(ANGLES_ZH)], "") if chinese else ANGLES_EN[index % len(ANGLES_EN)]
            slots = wording.slots(brief) | {"angle": angle, "start": start}
            prompt = prompts.fill("idea", brief.language, slots)
            requests.append(
                Request(
                    prompt.messages,
                    prompt.prefill,
                    60 if chinese else 30,
                    SAMPLING,
                    batch.seed_for(seed, index, 77),
                    stop=("\n",),
                    adapter=adapter,
                )
            )
        return requests

    def _rank(self, ideas: Sequence[str], brief: Brief, count: int) -> list[Direction]:
        vectors = self._embedder.embed([brief.theme or brief.request, *ideas])
        theme, rows = vectors[0], vectors[1:]
        kept = distinct(rows, SAME)
        rows = rows[kept]
        fit = [float(row @ theme) for row in rows]
        # Beyond ENOUGH an idea is near because it says the theme over again.
        relevance = [min(value, ENOUGH) + NEWS * new_words(ideas[i], brief) for value, i in zip(fit, kept, strict=True)]
        directions = []
        for place, row in enumerate(mmr(relevance, rows, count, BALANCE), start=1):
            near = max((float(rows[row] @ rows[other]) for other in range(len(rows)) if other != row), default=0.0)
            directions.append(
                Direction(
                    f"d{place}", ideas[kept[row]], theme_fit=_ten(fit[row], 0.0, 0.8), novelty=_ten(1 - near, 0.0, 0.9)
                )
            )
        return directions


def clean_idea(text: str, brief: Brief) -> str:
    """One line of 4 to 30 words that is no talk and does more than restate the theme; else ""."""
    line = next((clean_line(line).strip() for line in text.splitlines() if line.strip()), "")
    line = unquote(
        re.sub(r"^(?:the )?(?:idea|direction|picture|moment|angle|theme)\s*:\s*", "", line, flags=re.IGNORECASE)
    )
    found = sentences(line)
    if found:
        line = line[found[0][0] : found[0][1]]
    size = chinese_count(line) if brief.language == "zh" else len(words(line))
    if not line or is_meta(line) or not in_language(line, brief.language):
        return ""
    if not (6 if brief.language == "zh" else 4) <= size <= (60 if brief.language == "zh" else 30):
        return ""
    return "" if new_words(line, brief) < 3 or repetition.variety(line) < 0.75 else line


def new_words(line: str, brief: Brief) -> int:
    """Content words (Chinese: characters) that the theme does not have; more than six count as six."""
    said = set(words(brief.theme)) | EMPTY_WORDS
    return min(6, len({word for word in words(line) if word not in said}))


def _ten(value: float, low: float, high: float) -> float:
    return round(10 * min(1.0, max(0.0, (value - low) / (high - low))), 2)
