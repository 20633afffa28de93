"""Are these the models the heads were trained with? Asked by a test reading, not by a name.

A name says little: the same model comes as several files, and a tuned one keeps its name. So a fixed passage is read
and its numbers are compared with those of the training. The default model passes; a hash embedder and made-up readers
do not. Other files of the same model, and other models, were not tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.contracts import Embedder

if TYPE_CHECKING:
    from agents.critique.features.reading import Reader

PROBE = (
    "She set the lamp on the sill and counted the boats as they came in, one after another, until it was too dark to "
    "count. Then somebody laughed behind her, and the violet elephants of her childhood were back."
)
READ = {"mean": -4.165, "doubt": 3.345, "rank": 2.373, "spread": 3.37}
"""Mean and deviation of the log-probabilities, mean entropy and mean log rank of PROBE."""
ROOM = 0.12
"""Most that each of them may differ."""
PAIRS = ("A boat in the harbour.", "Ships lie at anchor.", "The recipe needs two eggs.")
COSINES = (0.471, 0.052, 0.062)
"""Of the first and second, first and third, second and third of PAIRS."""
NEAR = 0.02
DIMENSION = 384


def known_reader(reader: Reader) -> bool:
    """Whether it reads as the model of the training did."""
    found = reader_figures(reader)
    return all(abs(found[name] - value) <= ROOM for name, value in READ.items())


def reader_figures(reader: Reader) -> dict[str, float]:
    """The numbers that are compared."""
    reading = reader.read([PROBE])[0]
    if reading.states.shape[0] != 2 or not len(reading.logprobs):
        return dict.fromkeys(READ, float("inf"))
    return {
        "mean": float(reading.logprobs.mean()),
        "doubt": float(reading.entropies.mean()),
        "rank": float(reading.ranks.mean()),
        "spread": float(reading.logprobs.std()),
    }


def known_embedder(embedder: Embedder) -> bool:
    """Whether its vectors are those of the training."""
    found = embedder_figures(embedder)
    return bool(found) and all(abs(a - b) <= NEAR for a, b in zip(found, COSINES, strict=True))


def embedder_figures(embedder: Embedder) -> tuple[float, ...]:
    """The three cosines; empty where the vectors have another length."""
    rows = embedder.embed(PAIRS)
    if rows.shape[1] != DIMENSION:
        return ()
    return tuple(float(rows[a] @ rows[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
