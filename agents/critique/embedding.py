"""All vectors of a batch of texts in one call: what was asked, whole texts, their windows and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.contracts import Embedder
from agents.critique.theme import prepare
from agents.spans import Span, parts, tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_LINES = 40
"""Single lines of a text that get a vector of their own."""
MOST_WINDOWS = 120
"""Windows of a long text that are embedded, spread evenly over it."""
SHORT = 200
"""Words up to which the model reads a text as a whole (256 word pieces)."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Unit vectors of one text; d is their length."""

    asked: NDArray[np.float32]
    """(d,), of what was asked for."""
    whole: NDArray[np.float32]
    """(d,), of the whole text, or the middle of its windows."""
    spans: tuple[Span, ...]
    """Lines or sentences of at least three words."""
    rows: NDArray[np.float32]
    """(len(spans), d)."""
    windows: tuple[Span, ...]
    window_rows: NDArray[np.float32]
    """(len(windows), d); none for a short text."""

    @property
    def cosine(self) -> float:
        """Of the whole to what was asked."""
        return float(self.whole @ self.asked)

    @property
    def best(self) -> float:
        """Of the nearest window or line to what was asked."""
        rows = self.window_rows if len(self.windows) else self.rows
        return max((float(row @ self.asked) for row in rows), default=self.cosine)

    @property
    def line_fit(self) -> list[tuple[Span, float]]:
        """Cosine of each line to what was asked."""
        return [(span, float(row @ self.asked)) for span, row in zip(self.spans, self.rows, strict=True)]


def vectors_of(embedder: Embedder, texts: Sequence[str], asked: str) -> list[Vectors]:
    """Embed everything once; a text has the same vectors in any company."""
    lines = [_lines(text) for text in texts]
    cuts = [_windows(text) for text in texts]
    flat = [asked or "a text"]
    for text, spans, windows in zip(texts, lines, cuts, strict=True):
        flat += [text[a:b] for a, b in (*windows, *spans)] + ([] if windows else [text])
    rows = embedder.embed(flat)
    found, at = [], 1
    for spans, windows in zip(lines, cuts, strict=True):
        window_rows = rows[at : at + len(windows)]
        at += len(windows)
        line_rows = rows[at : at + len(spans)]
        at += len(spans)
        if windows:
            centre = window_rows.mean(axis=0)
            whole = centre / (float((centre @ centre) ** 0.5) or 1.0)
        else:
            whole = rows[at]
            at += 1
        found.append(Vectors(rows[0], whole, tuple(spans), line_rows, tuple(windows), window_rows))
    return found


def _lines(text: str) -> list[Span]:
    return [span for span in parts(text)[:MOST_LINES] if len(tokens(text[span[0] : span[1]])) >= 3]


def _windows(text: str) -> list[Span]:
    """Nothing for a short text, which is embedded whole."""
    if len(tokens(text)) <= SHORT:
        return []
    spans = prepare(text).spans
    step = max(1.0, len(spans) / MOST_WINDOWS)
    return [spans[int(at * step)] for at in range(min(len(spans), MOST_WINDOWS))]
