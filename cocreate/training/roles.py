"""Which lessons make the adapter of which job."""

from __future__ import annotations

from agents.errors import BadBrief
from cocreate.training import role_drafting, role_style
from cocreate.training.role_corpus import Teacher


def teacher(role: str) -> Teacher:
    """What makes a role's lessons of literature (ideation has its own). Raises BadBrief for an unknown one."""
    known: dict[str, Teacher] = {
        "drafting": role_drafting.teach,
        "style": role_style.teach,
    }
    if role not in known:
        raise BadBrief(f"There is no role {role!r} to tune.", f"Use one of: {', '.join(known)}.")
    return known[role]
