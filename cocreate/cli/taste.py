"""`cocreate taste`: the weights of the overall score that the writer's choices have shifted."""

from __future__ import annotations

from typing import Any

from cocreate.cli import jsonl
from cocreate.cli.context import Context, answers
from cocreate.commands import TuneTaste
from cocreate.errors import DONE
from cocreate.events import TasteShown


def run(context: Context) -> int:
    """Do the action, then show where things stand."""
    action: Any = context.args.action or "show"  # argparse lets no other words through
    with context.studio() as studio:
        for event in answers(context, studio, TuneTaste(action)):
            if not isinstance(event, TasteShown):
                continue
            if context.args.json:
                context.print(jsonl.line(event))
            else:
                context.print("\n".join(event.lines()))
    if action in ("on", "off") and context.environ.get("COCREATE_LEARN_TASTE"):
        context.note("  The variable COCREATE_LEARN_TASTE is set too, and wins over the file at the next start.")
    return DONE
