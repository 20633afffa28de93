"""One request of a batch on its way through the decode loop of `torch_engine`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agents.contracts import Chunk, Finish, Request
from agents.spans import words
from cocreate.engines.checked_reply import MOST
from cocreate.engines.known_runs import RUN, KnownRuns
from cocreate.engines.text_out import Detokeniser, StopStrings
from cocreate.engines.torch_sampling import draw

_TAIL = 48
"""Tokens in which the last words of a reply are looked for."""


@dataclass(slots=True)
class Row:
    """One request on its way."""

    index: int
    request: Request
    tokens: list[int]
    """Prompt and reply."""
    prompt: int
    """Tokens of the prompt."""
    left: int
    """Tokens it may still draw."""
    text: Detokeniser
    stops: StopStrings
    generator: Any
    decode: Callable[[list[int]], str]
    """Tokens to text."""
    barred: tuple[int, ...] = ()
    """Tokens it may not draw."""
    known: KnownRuns | None = None
    """Runs of words it is not to repeat."""
    waiting: list[float] = field(default_factory=list)
    """Log-probabilities of tokens whose text is still held back."""
    cached: int = 0
    """Tokens of the prompt that another row read."""

    @property
    def cancelled(self) -> bool:
        """Whether this request alone is to end."""
        return self.request.cancel is not None and self.request.cancel.is_set()

    def chunk(self, text: str, finish: Finish) -> Chunk:
        """The next piece, with the log-probabilities of its tokens; the last one says what the prompt cost."""
        logprobs, self.waiting = tuple(self.waiting), []
        if not finish:
            return Chunk(self.index, text, logprobs)
        return Chunk(self.index, text, logprobs, finish, self.prompt, self.cached)

    def stopped(self) -> Chunk:
        """The piece that ends a request the writer stopped: no text."""
        return Chunk(self.index, "", (), "stopped", self.prompt, self.cached)

    def rest(self) -> tuple[str, bool]:
        """What was held back for a character or a stop string, and whether that string came after all."""
        text, met = self.stops.add(self.text.rest())
        return (text if met else text + self.stops.rest()), met

    def draw(self, logits: Any, breaks: Callable[[int], bool]) -> tuple[int, float]:
        """Draw the next token; another one where it is a word that ends a known run, as long as there is one.

        `logits`: float32 of shape (V,); `breaks`: see `torch_sampling.draw`. A word of several tokens goes unseen:
        with its last token barred it would be broken off.
        """
        barred = self.barred
        for _ in range(MOST if self.known else 1):
            found = draw(logits.clone(), self.tokens, self.request.sampling, self.generator, breaks, barred)
            if self.known is None or not self._ends_known(found[0], self.known):
                break
            barred = (*barred, found[0])
        return found

    def _ends_known(self, token: int, known: KnownRuns) -> bool:
        tail = self.tokens[max(self.prompt, len(self.tokens) - _TAIL) :]
        before, after = self.decode(tail), self.decode([*tail, token])
        return after[len(before) :][:1].isspace() and known.holds(words(after)[-RUN:])
