"""What can go wrong with model files.

ModelUnavailable       a model is not here and cannot be brought; the next step names the ways out
    ModelRefused       what is there is not used: wrong hash, pickled weights, not a model
    FetchStopped       the writer stopped the download
"""

from __future__ import annotations


class ModelUnavailable(Exception):
    """Root. `sentence` says what happened, `next_step` what the writer can do."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class ModelRefused(ModelUnavailable):
    """A file is there but is not used."""


class FetchStopped(ModelUnavailable):
    """The writer stopped the download. What was loaded is thrown away."""
