"""The style agent: how far a text is from the writer's voice, and bending it there.

Distance: cosine distance of z-free relative frequencies of character 3-grams and of function words. Character n-grams
are the strongest single feature set in authorship studies (Stamatatos 2009; Kestemont 2014); function words follow
Burrows's Delta (2002) in its cosine form (Smith and Aldridge 2011).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agents import batch, prompts, wording
from agents.cleaning import Cleaner, finished, tokens_for
from agents.contracts import Brief, Embedder, Engine, Progress, Request, Sampling, StopFlag
from agents.drafting import Written
from agents.shaping import span_length
from agents.spans import Span, is_verse, parts, words
from agents.voicing import adapter_of

if TYPE_CHECKING:
    from memory.records import Hit

FUNCTION_WORDS = frozenset(
    """the a an of and to in is it that was he she they we you i his her their my your this these those with as
    for on at by from or but not no be are were been have has had do does did will would can could shall
    should may might must if then than so when where who whom which what how all some any each there here up
    down out into over under upon very just 的 了 在 是 我 你 他 她 它 们 这 那 不 也
    都 就 又 还 和 与 而 但 却 便 被 把 给 从 到
    上 里 着 过 吗 呢 吧 啊 么 之 其 于 以 者 乎 矣 兮""".split()  # noqa: SIM905  a list of words reads better as words
)  # fmt: skip
MOST_SPANS = 3
"""Spans one adaptation rewrites: those farthest from the voice."""
SHARE = 0.34
"""At most this share of a text's lines or sentences is rewritten."""
Distance = Callable[[str], float]
"""How far a text is from a voice: 0 the same, 1 nothing in common."""


def distance_to(own_texts: Sequence[str]) -> Distance:
    """Distance from these texts; without texts it is 0 for all. The frequencies of the texts are counted once."""
    own = "\n".join(own_texts)
    trigrams, functions = _trigrams(own), _function_words(own)

    def distance(text: str) -> float:
        if not own.strip() or not words(text):
            return 0.0
        return _mean(_distance(_trigrams(text), trigrams), _distance(_function_words(text), functions))

    return distance


class Style:
    """Bends a text to a voice. Holds no state between calls."""

    def __init__(self, engine: Engine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder

    def adapt(
        self, brief: Brief, text: str, recalled: Sequence[Hit], *, count: int, seed: int, stop: StopFlag,
        progress: Progress, distance: Distance | None = None, away: bool = False,
    ) -> list[Written]:  # fmt: skip
        """Rewrite the spans farthest from the voice; all else stays byte for byte.

        Without a voice adapter and without recalled passages there is no voice: the text comes back as it is.
        `progress` streams the new text of the spans. `distance` measures how far a text is from the voice; without it
        the recalled passages are the voice. `away` goes the other way: the spans nearest to the voice are rewritten,
        without the passages.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        adapter = adapter_of(brief, self._engine, "role/style")
        distance = distance or distance_to([hit.corrected or hit.passage.text for hit in recalled])
        targets = _ranked(text, distance, away=away) if recalled or adapter or away else []
        recalled = () if away else recalled
        if not targets:
            return [Written(text, "stop", 0) for _ in range(count)]
        verse = is_verse(text)
        lengths = [span_length(text[start:end], brief, "", verse=verse) for start, end in targets]
        requests = [
            self._request(brief, text, span, recalled, adapter, batch.seed_for(seed, index, span[0], 5))
            for index in range(count)
            for span in targets
        ]
        per = len(targets)
        cleaners = [Cleaner(lengths[i % per], verse=verse) for i in range(len(requests))]

        def on_piece(index: int, piece: str) -> bool:
            grown = cleaners[index].feed(piece)
            if grown:
                progress(index // per, grown)
            return cleaners[index].full

        replies = batch.run(self._engine, requests, stop, on_piece)
        written = []
        for first in range(0, len(requests), per):
            new = text
            for place in reversed(range(per)):
                reply, cleaner = replies[first + place], cleaners[first + place]
                cleaner.finish()
                put = finished(cleaner.shown, reply.finish, lengths[place], verse=verse)
                put = _in_lines(put, text[targets[place][0] : targets[place][1]], verse=verse)
                if put and reply.finish != "stopped":
                    new = new[: targets[place][0]] + put + new[targets[place][1] :]
            stopped = any(reply.finish == "stopped" for reply in replies[first : first + per])
            tokens = sum(reply.tokens for reply in replies[first : first + per])
            written.append(Written(new, "stopped" if stopped else "stop", tokens))
        return written

    def _request(
        self, brief: Brief, text: str, span: Span, recalled: Sequence[Hit], adapter: str | None, seed: int
    ) -> Request:
        old = text[span[0] : span[1]]
        length = span_length(old, brief, "", verse=is_verse(text))
        slots = wording.slots(brief, recalled=recalled) | {
            "span": old, "size": wording.size(length, brief.language), "own": wording.own_passages(recalled)
        }  # fmt: skip
        prompt = prompts.fill("adapt", brief.language, slots)
        return Request(
            prompt.messages,
            prompt.prefill,
            tokens_for(length, brief.language),
            Sampling(temperature=0.9),
            seed,
            without=wording.left_out(brief),
            adapter=adapter,
        )


def _in_lines(put: str, old: str, *, verse: bool) -> str:
    """The stroke that stands between the lines of the examples, as a line break; no more lines than the old ones."""
    if " / " not in put:
        return put
    count = max(1, len(old.splitlines()))
    return "\n".join(put.split(" / ")[:count]) if verse else put.replace(" / ", " ")


def _ranked(text: str, distance: Distance, *, away: bool) -> list[Span]:
    """The few lines or sentences farthest from the voice (nearest, to go away from it), in the order of the text."""
    pieces = [span for span in parts(text) if len(words(text[span[0] : span[1]])) >= 3]
    most = min(MOST_SPANS, max(1, math.floor(len(pieces) * SHARE)))
    sign = 1 if away else -1
    ranked = sorted(pieces, key=lambda span: (sign * distance(text[span[0] : span[1]]), span))
    return sorted(ranked[:most])


def _trigrams(text: str) -> Counter[str]:
    flat = re.sub(r"\s+", " ", text.lower())
    return Counter(flat[i : i + 3] for i in range(len(flat) - 2))


def _function_words(text: str) -> Counter[str]:
    return Counter(word for word in words(text) if word in FUNCTION_WORDS)


def _distance(one: Counter[str], other: Counter[str]) -> float | None:
    """Cosine distance of two frequency profiles, or None when one is empty."""
    if not one or not other:
        return None
    dot = sum(value * other[key] for key, value in one.items())
    norms = math.sqrt(sum(v * v for v in one.values())) * math.sqrt(sum(v * v for v in other.values()))
    return max(0.0, 1.0 - dot / norms)


def _mean(*values: float | None) -> float:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else 1.0
