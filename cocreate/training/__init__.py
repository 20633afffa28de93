"""Tuning a voice on the writer's works, and carrying the result to the engine that uses it."""
