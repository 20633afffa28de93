"""What can go wrong below the application.

AgentError
    EngineFailed       the model cannot run or died; the message is one sentence for the writer
    PromptTooLong      the prompt does not fit the context
    AdapterRefused     the adapter does not belong to this base model or is broken
    BadBrief           the request cannot be worked on (empty, ...)
"""

from __future__ import annotations


class AgentError(Exception):
    """Root. `sentence` says what happened, `next_step` what the writer can do."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class EngineFailed(AgentError):
    """The model cannot run or died."""


class PromptTooLong(AgentError):
    """The prompt does not fit the context."""


class AdapterRefused(AgentError):
    """The adapter does not belong to this base model, or is broken."""


class BadBrief(AgentError):
    """The request cannot be worked on."""
