"""Adapters tuned for the job of each agent, and where they lie."""
