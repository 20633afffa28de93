"""What the writer can ask of voices that cannot be done.

VoiceRefused
    NoSuchVoice     no voice of that name, or no such version of it

That a voice does not belong to the model in use is agents.errors.AdapterRefused.
"""

from __future__ import annotations


class VoiceRefused(Exception):
    """Root. `sentence` says what is wrong, `next_step` what the writer can do."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class NoSuchVoice(VoiceRefused):
    """No voice has this name, or it has no such version."""
