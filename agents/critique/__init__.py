"""The critic: scores that are computed, never asked from a model."""

from agents.critique.scorecard import Critic

__all__ = ["Critic"]
