"""Which runs of words of a text also stand in the writer's works and references. Pure.

What counts as the same word is memory.shingles' business: case, punctuation, quotes, spaces, line breaks and Unicode
forms do not matter. The longest shared run that ends at each word is found with a suffix automaton of the source
(Blumer et al. 1985), in time proportional to both texts, whatever they repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.contracts import Copied
from memory.records import Excerpt
from memory.shingles import Folded, fold, is_chinese_word

WORDS = 12
"""A shared run of so many words is copied."""
CHARACTERS = 20
"""So many in Chinese."""
LEAST = 6
"""Words (Chinese characters) of the shortest run that is told of: two texts always share a few words, and memory looks
for six (all runs of ten are found, shorter ones where a mark of the work lies in them)."""
MOST_RUNS = 200
"""Runs of one text up to which all are shown, however they overlap."""
LONGEST_QUOTE = 120
"""Characters of a run that are repeated beside it."""


@dataclass(frozen=True, slots=True)
class Copies:
    """What a text shares with others."""

    found: tuple[Copied, ...]
    """Runs of WORDS words or CHARACTERS characters and more, longest first; none lies inside another."""
    below: Copied | None
    """The longest shared run that is too short to count as copied; None when there is none of LEAST words."""


@dataclass(frozen=True, slots=True)
class _Run:
    start: int
    end: int
    """Words [start, end) of the judged text."""
    title: str


def copies(text: str, sources: Sequence[Excerpt]) -> Copies:
    """Return the runs of `text` that stand in `sources`.

    Args:
        text: the judged text; the spans returned are in its characters.
        sources: works, or the parts of works that can share a run with it.
    """
    judged = fold(text)
    found = shared_runs(judged.words, [fold(source.text).words for source in sources])
    runs = [_Run(start, end, sources[part].title) for start, end, part in found]
    long = [run for run in runs if _is_long(text, judged, run)]
    short = [run for run in runs if run.end - run.start >= LEAST and not _is_long(text, judged, run)]
    below = max(short, key=lambda run: (run.end - run.start, -run.start), default=None)
    shown = [_copied(text, judged, run) for run in _cover(_outermost(long))]
    shared = _copied(text, judged, below) if below is not None else None
    return Copies(tuple(sorted(shown, key=lambda one: (-one.length, one.start))), shared)


def shared_runs(words: Sequence[str], parts: Sequence[Sequence[str]]) -> list[tuple[int, int, int]]:
    """Runs of `words` that stand in a part and cannot be made longer on either side: (start, end, number of the part).

    A run that stands in several parts is given to one of them.
    """
    step, link, reach, owner = _automaton(parts)
    runs: list[tuple[int, int, int]] = []
    state = length = 0
    for place, word in enumerate(words):
        before, part = length, owner[state]
        while state and word not in step[state]:
            state = link[state]
            length = reach[state]
        if word in step[state]:
            state, length = step[state][word], length + 1
        else:
            length = 0
        if before and length <= before:  # the run that ended at the word before could not go on
            runs.append((place - before, place, part))
    if length:
        runs.append((len(words) - length, len(words), owner[state]))
    return runs


def _automaton(parts: Sequence[Sequence[str]]) -> tuple[list[dict[str, int]], list[int], list[int], list[int]]:
    """Suffix automaton of the parts: of each state the transitions, suffix link, longest length, and a part.

    A sign that no text holds stands between the parts, so that no run goes from one into the next.
    """
    step: list[dict[str, int]] = [{}]
    link, reach, owner = [-1], [0], [0]
    last = 0
    for number, part in enumerate(parts):
        for word in (*part, f"\x00{number}"):
            new = len(step)
            step.append({})
            reach.append(reach[last] + 1)
            link.append(0)
            owner.append(number)
            state = last
            while state >= 0 and word not in step[state]:
                step[state][word] = new
                state = link[state]
            if state >= 0:
                link[new] = _split(step, link, reach, owner, state, word)
            last = new
    return step, link, reach, owner


def _split(
    step: list[dict[str, int]], link: list[int], reach: list[int], owner: list[int], state: int, word: str
) -> int:
    """The state that is the suffix link of a new one; a state with longer histories is divided first."""
    target = step[state][word]
    if reach[state] + 1 == reach[target]:
        return target
    clone = len(step)
    step.append(dict(step[target]))
    link.append(link[target])
    reach.append(reach[state] + 1)
    owner.append(owner[target])
    while state >= 0 and step[state].get(word) == target:
        step[state][word] = clone
        state = link[state]
    link[target] = clone
    return clone


def _outermost(runs: Sequence[_Run]) -> list[_Run]:
    """Runs that do not lie inside another, in the order of the text; of equal ones the first."""
    kept: list[_Run] = []
    for run in sorted(runs, key=lambda run: (run.start, -run.end)):
        if not kept or run.end > kept[-1].end:
            kept.append(run)
    return kept


def _cover(runs: list[_Run]) -> list[_Run]:
    """Where a refrain makes very many overlapping runs, so few of them that the same words are still covered."""
    if len(runs) <= MOST_RUNS:
        return runs
    kept = [runs[0]]
    for run, after in zip(runs[1:], [*runs[2:], None], strict=True):
        if after is None or after.start > kept[-1].end:
            kept.append(run)
    return kept


def _is_long(text: str, judged: Folded, run: _Run) -> bool:
    """Whether a run is shown. A Chinese character counts WORDS / CHARACTERS of a word.

    Who counts by eye counts a dash between spaces as a word, and a Chinese comma as a character: such runs are long
    too, so that the rule never misses what a plain count finds.
    """
    if run.end - run.start >= CHARACTERS:
        return True
    words = judged.words[run.start : run.end]
    chinese = sum(1 for word in words if is_chinese_word(word))
    if len(words) - chinese + chinese * WORDS / CHARACTERS >= WORDS:
        return True
    if chinese > len(words) / 2:
        return _plain_count(text, judged, run, chinese=True) >= CHARACTERS
    return not chinese and _plain_count(text, judged, run, chinese=False) >= WORDS


def _plain_count(text: str, judged: Folded, run: _Run, *, chinese: bool) -> int:
    """Pieces between spaces; in Chinese, characters that are not spaces."""
    pieces = text[judged.starts[run.start] : judged.ends[run.end - 1]].split()
    return sum(map(len, pieces)) if chinese else len(pieces)


def _copied(text: str, judged: Folded, run: _Run) -> Copied:
    start, end = judged.starts[run.start], judged.ends[run.end - 1]
    quote = " ".join(text[start:end].split())
    if len(quote) > LONGEST_QUOTE:
        quote = quote[: LONGEST_QUOTE - 1].rstrip() + "…"
    length = run.end - run.start
    if not any(is_chinese_word(word) for word in judged.words[run.start : run.end]):
        length = max(length, _plain_count(text, judged, run, chinese=False))
    return Copied(start, end, length, run.title, quote)
