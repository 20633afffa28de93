"""Texts as examples to learn from: plain passages, and passages as replies to the product's own prompts.

- A voice that was tuned on bare text alone shows in bare continuation alone: under a chat prompt a small model falls
  back into its assistant's tone. So most examples are chats whose request is built by the same code as a draft's
  (`agents.wording`, `agents.prompts`): kind, theme words of the passage, length, and for half of them passages of other
  works as recall puts them there. Only the reply is learned.
- Each epoch cuts the works anew, at lines or sentences, into pieces of changing length: no two epochs show the same
  example, which holds back learning by heart.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from agents import prompts, wording
from agents.contracts import Brief, Kind, Length, Message
from agents.spans import Span, chinese_count, is_chinese, is_verse, lines, parts, words
from cocreate.training import themes
from cocreate.training.split import Part
from memory.passages import cut
from memory.records import Hit, Passage

Form = Literal["plain", "chat", "recall"]
LEAST_PIECE = 80
"""Tokens of the shortest piece, where a work has as many."""
_KINDS: dict[str, Kind] = {"poem": "poem", "lyric": "lyric", "script": "script", "ad": "ad"}
SHOWN = (150, wording.OWN_IN_VOICE)
"""Characters of a recalled passage, least and most."""
RECALLED = 3
"""Passages a prompt is given; how many of them it shows is `agents.wording`'s affair."""


class Coder(Protocol):
    """What a corpus needs of the base model's tokenizer; `cocreate.engines.torch_model.TorchModel` has it."""

    tokenizer: Any

    @property
    def first_token(self) -> int:
        """The token before a text."""

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids, nothing added."""

    def prompt(self, messages: Sequence[Message], prefill: str) -> list[int]:
        """Token ids of a chat up to the reply."""


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids, and from where on they are learned."""

    tokens: tuple[int, ...]
    learned: int
    """Tokens before it are read only."""
    theme: frozenset[int] = frozenset()
    """Places of the theme's words among the learned tokens."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A natural piece of a work: a line or sentence."""

    start: int
    end: int
    tokens: int


class Corpus:
    """Examples of the parts of a split. Not thread-safe.

    Args:
        learned: parts to learn from; recalled passages come from them, never from what is held out.
        coder: tokenizer of the base model.
        window: most tokens of a reply.
        shares: of plain, chat and recall examples.
        seed: same seed, same examples.
    """

    def __init__(
        self, learned: Sequence[Part], coder: Coder, *, window: int, shares: tuple[float, float, float], seed: int
    ) -> None:
        self._learned = learned
        self._coder = coder
        self._window = window
        self._shares = shares
        self._seed = seed
        self._pieces: dict[tuple[str, int], list[_Piece]] = {}
        self._passages = [
            (Passage(0, part.text.work_id, i, *span, part.said[span[0] : span[1]]), part)
            for part in learned
            for i, span in enumerate(cut(part.said))
        ]
        self._said = [frozenset(_terms(passage.text)) for passage, _ in self._passages]

    def epoch(self, number: int) -> list[Example]:
        """All examples of one pass over the works, shuffled; `number` counts from 0."""
        rng = random.Random(f"{self._seed} epoch {number}")  # noqa: S311  reproducible, not secret
        found: list[Example] = []
        for part in self._learned:
            times = int(part.text.weight) + (rng.random() < part.text.weight % 1)
            for _ in range(times):
                found += [self._example(part, span, self._form(rng), rng) for span in self._spans(part, rng)]
        rng.shuffle(found)
        return found

    def fixed(self, held_out: Sequence[Part], most: int) -> list[Example]:
        """Examples in the same mixture of forms from parts that are not learned, up to `most` tokens."""
        rng = random.Random(f"{self._seed} held out")  # noqa: S311
        cuts = [(part, span) for part in held_out for span in self._spans(part, rng)]
        rng.shuffle(cuts)
        return self._some([(part, span, self._form(rng)) for part, span in cuts], most, rng)

    def plain(self, held_out: Sequence[Part], most: int) -> list[Example]:
        """Bare passages of full length from parts that are not learned, up to `most` tokens."""
        rng = random.Random(f"{self._seed} plain")  # noqa: S311
        cuts = [(part, span) for part in held_out for span in self._spans(part, None)]
        rng.shuffle(cuts)
        return self._some([(part, span, "plain") for part, span in cuts], most, rng)

    def _some(self, cuts: Sequence[tuple[Part, Span, Form]], most: int, rng: random.Random) -> list[Example]:
        found: list[Example] = []
        size = 0
        for part, span, form in cuts:
            if size >= most:
                break
            example = self._example(part, span, form, rng)
            found.append(example)
            size += len(example.tokens) - example.learned
        return found

    def _form(self, rng: random.Random) -> Form:
        return rng.choices(("plain", "chat", "recall"), self._shares)[0]

    def _spans(self, part: Part, rng: random.Random | None) -> list[Span]:
        """Cut a part into runs of lines or sentences; without `rng` each as long as the window allows."""
        if part.text.before:
            return [(0, len(part.said))]
        found: list[Span] = []
        size, wanted = 0, 0
        for piece in self._pieces_of(part):
            if not found or size + piece.tokens > wanted:
                found.append((piece.start, piece.end))
                size = piece.tokens
                wanted = rng.randint(min(LEAST_PIECE, self._window), self._window) if rng else self._window
            else:
                found[-1] = (found[-1][0], piece.end)
                size += piece.tokens
        return found

    def _pieces_of(self, part: Part) -> list[_Piece]:
        key = (part.text.content_hash, part.start)
        if key not in self._pieces:
            said = part.said
            self._pieces[key] = [_Piece(*span, len(self._coder.encode(said[slice(*span)]))) for span in parts(said)]
        return self._pieces[key]

    def _example(self, part: Part, span: Span, form: Form, rng: random.Random) -> Example:
        text = part.said[span[0] : span[1]]
        reply = self._coder.encode(text)
        # A piece ends where a line or sentence ends, and its request names its length: there the reply is over.
        end = () if len(reply) > self._window else (self._coder.tokenizer.eos_token_id,)
        reply = reply[: self._window]
        if form == "plain" and not part.text.before:
            return Example((self._coder.first_token, *reply), 1)
        brief = brief_of(text, part.text.kind, rng)
        recalled = self._recalled(part, span, brief.theme, rng) if form == "recall" else []
        prompt = self._coder.prompt(self._messages(part, brief, recalled, text), "")
        return Example((*prompt, *reply, *end), len(prompt), theme_places(self._coder, brief.theme, reply, len(prompt)))

    def _messages(self, part: Part, brief: Brief, recalled: Sequence[Hit], text: str) -> tuple[Message, ...]:
        slots = wording.slots(brief, recalled=recalled)
        if not part.text.before:
            return prompts.fill("draft", brief.language, slots).messages
        size = wording.size(length_of(text), brief.language)
        slots |= {"span": part.text.before, "size": size, "instruction": _MINE[brief.language == "zh"]}
        return prompts.fill("edit", brief.language, slots).messages

    def _recalled(self, part: Part, span: Span, theme: str, rng: random.Random) -> list[Hit]:
        """Passages that share words with the theme, from other works; of the same work where there are not enough.

        Never one that overlaps the piece: a model that is shown its reply learns to copy.
        """
        wanted = _terms(theme)
        scored = []
        for i, (passage, source) in enumerate(self._passages):
            same = source.text.work_id == part.text.work_id
            if same and source.start + passage.start < part.start + span[1] and (
                part.start + span[0] < source.start + passage.end
            ):  # fmt: skip
                continue
            scored.append((not same, len(wanted & self._said[i]) + rng.random(), i))
        best = sorted(scored, reverse=True)[:RECALLED]
        hits = []
        for *_, i in best:
            passage, source = self._passages[i]
            most = rng.randint(*SHOWN)  # of changing length: what recall finds is short or long
            hits.append(Hit(replace(passage, text=passage.text[:most]), source.text.title, "", 0.0))
        return hits


def theme_places(coder: Coder, theme: str, reply: Sequence[int], before: int) -> frozenset[int]:
    """Where the words of a theme stand in a reply of tokens, as tokens that follow a space (Chinese: any).

    `before`: tokens of the prompt; places are counted from its beginning.
    """
    space = "" if is_chinese(theme) else " "
    found: set[int] = set()
    for word in themes.words_of(theme):
        wanted = coder.encode(space + word)
        for at in range(len(reply) - len(wanted) + 1):
            if list(reply[at : at + len(wanted)]) == wanted:
                found.update(range(before + at, before + at + len(wanted)))
    return frozenset(found)


_MINE = ("Put it in my own words", "用我自己的话改写")


VOICE = "own"
"""Any name will do: a brief with a voice is worded otherwise than one without."""


def brief_of(text: str, kind: str, rng: random.Random) -> Brief:
    """The brief a passage could have been written for: kind, a theme of its own words, length."""
    chinese = is_chinese(text)
    length = length_of(text)
    said = _KINDS.get(kind) or ("poem" if length.unit == "lines" else "story")
    theme = themes.theme_of(text, chinese=chinese, rng=rng)
    language = "zh" if chinese else "en"
    return Brief(theme, said, theme, language=language, length=length, voice=VOICE)


def length_of(text: str) -> Length:
    """The length of a text as a brief would say it: lines of verse, else words or characters, rounded to tens."""
    if is_verse(text):
        return Length(len(lines(text)), "lines")
    count = chinese_count(text) if is_chinese(text) else len(words(text))
    return Length(max(10, round(count, -1)), "characters" if is_chinese(text) else "words")


def _terms(text: str) -> set[str]:
    """Words of four letters and more, Chinese pairs of characters."""
    if is_chinese(text):
        return {text[i : i + 2] for i in range(len(text) - 1)}
    return {word for word in words(text) if len(word) > 3}
