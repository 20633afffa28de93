"""Voices: adapters tuned on the writer's works, kept in versions, mixed and dialled, and used in turns."""
