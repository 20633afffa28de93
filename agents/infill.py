"""Text between two ends: written several times, chosen by how well both joins hold.

What comes before is the beginning of the reply, what follows stands in the request. A model that writes from left to
right joins the first end by itself; the other is a matter of luck, so several are written, and kept is the one after
which the following text is least surprising (as in Donahue, Lee and Liang 2020, arXiv 2005.05339, who measure infilling
by the perplexity of the whole).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents import batch, prompts, wording
from agents.cleaning import CLOSED, Cleaner, finished, is_meta, sentence_ends, tokens_for
from agents.contracts import Brief, Engine, Finish, Length, Progress, Request, Sampling, Scorer, StopFlag
from agents.critique import repetition
from agents.gaps import Seam
from agents.spans import chinese_count, is_chinese, parts, tokens, words
from agents.streaming import Stream, in_shape
from agents.voicing import drafter_of

AFTER_MOST, BEFORE_MOST = 300, 600
"""Characters of the two ends that a request shows; the drafting adapter was tuned on as many."""
HEARD_BEFORE, HEARD_AFTER = 600, 120
"""Characters of the two ends that are scored."""
JOIN_TOKENS = 12
"""Tokens of what follows whose probability says how well the text leads there. By 12 an author's own text was above the
mean of eight candidates in 7 gaps of 7, by 40 in 5. The first join is not measured: the text was sampled to fit it, and
there authors are less likely than any model (-4.2 for -3.1): choosing by it chooses the dull."""
ECHOED = 0.15
"""Share of four-word runs in common with either end from which on a text is put behind those without."""
TRIES_LEAST, TRIES_MOST = 3, 8
"""Texts written for each one that is kept. Read blind, the best of eight joins better than the best of three in .68
(19 gaps, one reader, drawn at 1.0)."""
TRIED_TOGETHER, TRIED_TOKENS = 16, 1200
"""Replies, and tokens of replies, for all that are kept: one batch of the engine, some seconds on two cores."""
_WEAK = re.compile(r"[\s,;:，；：、—–-]+$")


@dataclass(frozen=True, slots=True)
class Joined:
    """A text between its two ends."""

    before: str
    middle: str
    after: str

    @property
    def whole(self) -> str:
        """All three."""
        return self.before + self.middle + self.after


Joins = Callable[[Sequence[Joined]], list[float]]
"""How well each text holds at both ends, higher is better; compared only among texts for one gap."""


def joins_by(scorer: Scorer) -> Joins:
    """Joins measured by the mean log-probability of the first words of what follows, given all before them."""

    def joins(texts: Sequence[Joined]) -> list[float]:
        near = [Joined(one.before[-HEARD_BEFORE:], one.middle, one.after[:HEARD_AFTER]) for one in texts]
        values = []
        for one, scores in zip(near, scorer.score([one.whole for one in near]), strict=True):
            end = len(one.before) + len(one.middle)
            after = [p for (at, _), p in zip(scores.offsets, scores.logprobs, strict=True) if at >= end]
            values.append(_mean(after[:JOIN_TOKENS]))
        return values

    return joins


@dataclass(frozen=True, slots=True)
class Filled:
    """What was put into a gap."""

    middle: str
    """"" when nothing usable was written."""
    finish: Finish
    tokens: int
    """Sampled tokens, of all that were tried for it."""


class Infill:
    """Fills gaps. Holds no state between calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fill(
        self, brief: Brief, seam: Seam, *, length: Length, count: int, seed: int, stop: StopFlag, progress: Progress,
        instruction: str = "", verse: bool = False, tries: int | None = None, joins: Joins | None = None,
        sampling: Sampling | None = None,
    ) -> list[Filled]:  # fmt: skip
        """Write `count` texts for one gap, each the best of `tries` (None: as many as are quickly written).

        Without `joins` the choice is by repetition alone. With one try `progress` streams it; with more it gets the
        text that was chosen, whole. A text ends as a whole line or sentence; where no sentence ended by itself, it is
        closed after its last word. Inside a sentence it is a phrase.

        Raises:
            agents.errors.EngineFailed, agents.errors.PromptTooLong: from the engine.
        """
        tries = tries_for(count, length, brief.language) if tries is None else tries
        lined = verse and length.unit == "lines" and not seam.inside
        head = (seam.before + seam.left).rstrip(" ")
        slots = wording.slots(brief) | {
            "before": head[-BEFORE_MOST:], "after": after_shown(seam.after),
            "instruction": wording.sentence(instruction), "size": wording.size(length, brief.language),
        }  # fmt: skip
        prompt = prompts.fill("infill", brief.language, slots)
        adapter = drafter_of(brief, self._engine)
        most = tokens_for(length, brief.language)
        streams = []
        for index in range(count * tries):
            request = Request(prompt.messages, prompt.prefill, most, sampling or Sampling(),
                              batch.seed_for(seed, index, len(seam.before)), without=wording.left_out(brief),
                              adapter=adapter)  # fmt: skip
            cleaner = Cleaner(length, verse=lined, breaks=None if seam.breaks > 1 else ())
            streams.append(Stream(request, cleaner, prompt.prefill, brief.language, onward=lined))
        replies = in_shape(self._engine, streams, stop, progress if tries == 1 else _unseen)
        texts = [
            "" if _grew(head, one.cleaner) else middle_of(one.cleaner.shown, reply.finish, seam, length, verse=lined)
            for one, reply in zip(streams, replies, strict=True)
        ]
        order = ranked(seam, texts, joins)
        filled = []
        for first in range(0, len(texts), tries):
            mine = range(first, first + tries)
            best = min(mine, key=order.index)
            stopped = any(replies[i].finish == "stopped" for i in mine)
            if tries > 1 and texts[best] and not stopped:
                progress(first // tries, texts[best])
            spent = sum(replies[i].tokens for i in mine)
            filled.append(Filled("" if stopped else texts[best], "stopped" if stopped else "stop", spent))
        return filled


def tries_for(count: int, length: Length, language: str) -> int:
    """Texts to write for each of `count` that are kept: more for few and short ones."""
    at_once = min(TRIED_TOGETHER, TRIED_TOKENS // tokens_for(length, language)) // max(1, count)
    return max(TRIES_LEAST, min(TRIES_MOST, at_once))


def after_shown(text: str) -> str:
    """The beginning of what follows a gap, as a request shows it: whole lines or sentences."""
    text = text.strip()
    if len(text) <= AFTER_MOST:
        return text
    ends = [end for _, end in parts(text[:AFTER_MOST])[:-1]]
    return text[: ends[-1]] if ends else text[:AFTER_MOST]


def middle_of(shown: str, finish: Finish, seam: Seam, length: Length, *, verse: bool) -> str:
    """What of a reply fills the gap: whole lines or sentences, without what stands at either end already."""
    text = finished(shown, finish, length, verse=verse, quoted=True)
    text = _without_echo(text, seam)
    if not text or is_meta(text):
        return ""
    if verse:
        return text
    flat = re.sub(r"\s*\n\s*", "" if is_chinese(text) else " ", text) if seam.breaks < 2 else text
    if seam.inside:
        return _phrase(flat, length)
    if flat.endswith(CLOSED):
        return flat
    if ends := sentence_ends(flat):
        return flat[: ends[-1]]
    pause = max(flat.rfind(mark) for mark in ",;:，；：—")
    return _WEAK.sub("", flat[:pause] if pause > len(flat) // 2 else flat) + ("。" if is_chinese(flat) else ".")


def ranked(seam: Seam, middles: Sequence[str], joins: Joins | None) -> list[int]:
    """The texts' places, best first: those without a text last, those that repeat an end before them, then by joins."""
    there = [i for i, middle in enumerate(middles) if middle]
    echoes = {i: echo(middles[i], seam) for i in there}
    held = {i: -echoes[i] for i in there}
    if joins is not None and there:
        texts = [Joined(seam.before + seam.left, middles[i], seam.right + seam.after) for i in there]
        held = dict(zip(there, joins(texts), strict=True))
    order = sorted(there, key=lambda i: (echoes[i] > ECHOED, -held[i], i))
    return order + [i for i in range(len(middles)) if i not in echoes]


def echo(middle: str, seam: Seam) -> float:
    """Share of a text's runs of four words that stand at either end too, with its own repeated trigrams; 0 to 1."""
    grams = _grams(middle)
    around = set(_grams(seam.before[-2 * BEFORE_MOST :])) | set(_grams(seam.after[: 2 * BEFORE_MOST]))
    share = sum(gram in around for gram in grams) / len(grams) if grams else 0.0
    return min(1.0, share + repetition.trigram_rate(middle))


def _grew(head: str, cleaner: Cleaner) -> bool:
    """Whether a reply made another word of the last word before the gap, which is to stay as it is."""
    return cleaner.glued and head[-1:].isalnum() and not is_chinese(head[-1:])


def _without_echo(text: str, seam: Seam) -> str:
    """The text up to the first of its lines or sentences that stands at either end word for word."""
    known = {_key(side[a:b]) for side in (seam.before, seam.after) for a, b in parts(side)}
    for start, end in parts(text):
        if len(tokens(text[start:end])) >= 3 and _key(text[start:end]) in known:
            return text[:start].rstrip()
    return text


def _phrase(text: str, length: Length) -> str:
    """The first words of a reply, without the end of a sentence: as many as were asked for."""
    text = re.split(r"[.!?。！？…]", text, maxsplit=1)[0]
    found = tokens(text)
    if not found:
        return ""
    counted = chinese_count(text) if length.unit == "characters" else len(words(text))
    return _WEAK.sub("", text if counted <= length.count else text[: found[length.count - 1][1]]).strip()


def _key(text: str) -> str:
    return " ".join(words(text))


def _grams(text: str) -> list[tuple[str, ...]]:
    found = words(text)
    return [tuple(found[i : i + 4]) for i in range(len(found) - 3)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _unseen(index: int, piece: str) -> None:
    """Texts that are still to be chosen from are not shown."""
