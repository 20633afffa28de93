"""Examples for the adapter of one agent's job, made from literature by program.

Every example is a request as the product words it (`agents.prompts`, `agents.wording`) with a piece of real literature
as the reply; only the reply is learned. What the request says is read off the piece: see `role_texts`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from cocreate.training.corpus import Coder, Example, theme_places
from cocreate.training.job import Lesson
from cocreate.training.role_texts import Piece, World, cleaned, nouns_of, pieces_of
from cocreate.training.split import Part

SHARES = {"verse": 0.45, "prose": 0.45, "script": 0.10}
"""Of examples, where there is text of each."""
PASS = 240
"""Examples in what the training loop calls an epoch."""
OTHERS = 4
"""Further pieces that are tried where one is of no use, so that each form keeps its share."""


Teacher = Callable[[Piece, World, random.Random], Lesson | None]
"""Makes a lesson of a piece; None where the piece is of no use."""


class RoleCorpus:
    """Examples of the parts of a split, as `corpus.Corpus` gives them. Not thread-safe.

    Args:
        learned: parts to learn from.
        coder: tokenizer of the base model.
        teach: makes lessons of pieces.
        window: most tokens of a reply.
        seed: same seed, same examples.
    """

    def __init__(self, learned: Sequence[Part], coder: Coder, teach: Teacher, *, window: int, seed: int) -> None:
        self._coder = coder
        self._teach = teach
        self._window = window
        self._seed = seed
        self._by_author: dict[str, list[Piece]] = {}
        self._world = World(self._others, nouns_of(part.said for part in learned))
        self._pieces = self._cut(learned, "learned")
        for pieces in self._pieces.values():
            for piece in pieces:
                self._by_author.setdefault(piece.part.text.author, []).append(piece)

    def epoch(self, number: int) -> list[Example]:
        """The next PASS examples; `number` counts from 0. Pieces come round again when all have been read."""
        return self._some(self._pieces, number, PASS)

    def fixed(self, held_out: Sequence[Part], most: int) -> list[Example]:
        """Lessons made of parts that are not learned, up to `most` learned tokens."""
        pieces = self._cut(held_out, "held out")
        found: list[Example] = []
        size = number = 0
        while size < most and any(pieces.values()) and number < 8:
            for example in self._some(pieces, number, PASS // 4):
                if size < most:
                    found.append(example)
                    size += len(example.tokens) - example.learned
            number += 1
        return found

    def plain(self, held_out: Sequence[Part], most: int) -> list[Example]:
        """Bare pieces of parts that are not learned, up to `most` tokens: for perplexity."""
        found: list[Example] = []
        size = 0
        rng = random.Random(f"{self._seed} plain")  # noqa: S311  reproducible, not secret
        every = [piece for pieces in self._cut(held_out, "held out").values() for piece in pieces]
        rng.shuffle(every)
        for piece in every:
            if size < most:
                found.append(self._example(Lesson((), piece.text)))
                size += len(found[-1].tokens) - 1
        return found

    def _cut(self, parts: Sequence[Part], what: str) -> dict[str, list[Piece]]:
        """All pieces by form, each form shuffled."""
        rng = random.Random(f"{self._seed} {what}")  # noqa: S311
        found: dict[str, list[Piece]] = {form: [] for form in SHARES}
        for part in parts:
            clean = cleaned(part)
            if clean is not None:
                kind = clean.text.kind
                form = "verse" if kind in ("poem", "lyric") else "script" if kind == "script" else "prose"
                found[form] += pieces_of(clean, rng)
        for pieces in found.values():
            rng.shuffle(pieces)
        return found

    def _some(self, pieces: dict[str, list[Piece]], number: int, count: int) -> list[Example]:
        rng = random.Random(f"{self._seed} pass {number}")  # noqa: S311
        there = {form: share for form, share in SHARES.items() if pieces[form]}
        whole = sum(there.values())
        found: list[Example] = []
        for form, share in there.items():
            wanted = max(1, round(count * share / whole))
            rows = pieces[form]
            for at in range(number * wanted, (number + 1) * wanted):
                tried = (rows[at % len(rows)], *rng.sample(rows, min(OTHERS, len(rows))))
                made = (self._teach(piece, self._world, rng) for piece in tried)
                lesson = next((one for one in made if one is not None), None)
                if lesson is not None:
                    found.append(self._example(lesson))
        rng.shuffle(found)
        return found

    def _others(self, piece: Piece) -> list[Piece]:
        """Pieces of other texts by the same author, or other parts of the same text where there is no other."""
        every = self._by_author.get(piece.part.text.author, [])
        apart = [one for one in every if one.part.text.content_hash != piece.part.text.content_hash]
        return apart or [one for one in every if one.end <= piece.start or one.start >= piece.end]

    def _example(self, lesson: Lesson) -> Example:
        reply = self._coder.encode(lesson.reply)
        end = () if len(reply) > self._window else (self._coder.tokenizer.eos_token_id,)
        reply = reply[: self._window]
        if not lesson.messages:
            return Example((self._coder.first_token, *reply), 1)
        prompt = self._coder.prompt(lesson.messages, lesson.prefill)
        places = theme_places(self._coder, lesson.theme, reply, len(prompt))
        return Example((*prompt, *reply, *end), len(prompt), places)
