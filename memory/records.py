"""The values memory hands out. Plain frozen data: no database, no vectors, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """A finished text of the writer."""

    id: str
    """Short, stable, made from the content (first 12 hex digits of its SHA-256)."""
    title: str
    kind: str
    """poem, story, lyric, script, ad or text, as far as the form shows it."""
    language: str
    """ISO 639-1: "en", "zh", or "und" when undetermined."""
    source: str
    """Path the text came from, or "" when it was pasted."""
    characters: int
    passages: int
    added_at: float
    """Seconds since the epoch."""
    reference: bool = False
    """Only to be checked against: never recalled as the writer's own voice."""
    collection: str = ""
    """Tagged voice it belongs to, such as "my noir"; "" is the writer's own, untagged. Collections keep apart."""
    written: str = ""
    """ISO 8601 date (YYYY, YYYY-MM or YYYY-MM-DD) from the front matter or the file, or ""."""
    version: int = 1
    """1 for the first text of this source, one more each time the file came back changed."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a work or reference that may share a run of words with a text."""

    title: str
    """Title of the work."""
    text: str
    work_id: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable cut of a work; text == work_text[start:end]."""

    id: int
    work_id: str
    ordinal: int
    """Position within the work, from 0."""
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that a search found, with its source."""

    passage: Passage
    title: str
    """Title of the work the passage is from."""
    source: str
    score: float
    """Cosine similarity to the query, -1 to 1, whatever found it."""
    found_by: str = "meaning"
    """meaning, words, both, or pinned (by the writer); of a passage that was recalled before also excluded, or ""."""
    collection: str = ""
    """Collection of the work."""
    corrected: str = ""
    """The writer's own wording of the passage, to be used in its place; "" when there is none."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which works a search looks at; "" leaves a choice open, except `collection`, where None does."""

    collection: str | None = None
    """None: every collection; "": only works in none."""
    kind: str = ""
    language: str = ""
    """ISO 639-1."""
    since: str = ""
    """ISO 8601 date, included; works without a date are left out when this or `until` is set."""
    until: str = ""
    """ISO 8601 date, included."""
    collections: tuple[str, ...] | None = None
    """Any of these collections, as for a mix of voices; None: every collection."""


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of one path given to `Memory.add`."""

    path: str
    outcome: str
    """added, changed (a newer text of a known file), known (same content is there already) or refused."""
    work: Work | None
    reason: str
    """One sentence with a next step when refused, else ""."""
