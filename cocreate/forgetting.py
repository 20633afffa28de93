"""What the studio itself keeps of a work, taken away when the work is forgotten.

Scorecards quote works and name them: those quotes and names go. The writer's own takes stay as they are, also where
they hold words of the work: they are the writer's texts.
"""

from __future__ import annotations

from dataclasses import replace

from agents.contracts import Copied, Evidence, Score, Scorecard
from cocreate import codec
from memory.database import Database
from memory.records import Work

FORGOTTEN = "a forgotten work"


def scrub_scorecards(database: Database, work: Work) -> int:
    """Take every quote from `work`, and its title, out of the stored scorecards; return how many were changed.

    Works of the same title lose their name there too: a card knows no more than the title.
    """
    changed = 0
    with database.transaction() as connection:
        rows = connection.execute("SELECT id, scorecard FROM takes WHERE scorecard != ''").fetchall()
        for row in rows:
            card = codec.load(Scorecard, row["scorecard"])
            clean = without(card, work.title)
            if clean != card:
                connection.execute("UPDATE takes SET scorecard = ? WHERE id = ?", (codec.dump(clean), row["id"]))
                changed += 1
    return changed


def without(card: Scorecard, title: str) -> Scorecard:
    """The card without quotes from works called `title`, and without that name."""
    return replace(
        card,
        novelty=_score(card.novelty, title),
        fluency=_score(card.fluency, title),
        theme_fit=_score(card.theme_fit, title),
        emotion=_score(card.emotion, title) if card.emotion else None,
        craft=_score(card.craft, title) if card.craft else None,
        copied=tuple(_copied(item, title) for item in card.copied),
        shared=_copied(card.shared, title) if card.shared else None,
    )


def _score(score: Score, title: str) -> Score:
    return replace(score, evidence=tuple(_evidence(item, title) for item in score.evidence))


def _evidence(item: Evidence, title: str) -> Evidence:
    if item.source != title:
        return item
    return replace(item, source=FORGOTTEN, quote="", reason=f"These words stand in {FORGOTTEN}.")


def _copied(item: Copied, title: str) -> Copied:
    return replace(item, source=FORGOTTEN, quote="") if item.source == title else item
