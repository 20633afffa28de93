"""`cocreate` alone: open the app. The one place where the application reaches up to the screen."""

from __future__ import annotations

import sys

from cocreate.cli.context import Context
from cocreate.errors import InputRefused


def run(context: Context) -> int:
    """Open the app; raises InputRefused where there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputRefused(
            "The app needs a terminal, and this is none.", 'Without one: cocreate write "BRIEF" (cocreate --help).'
        )
    settings = context.settings
    from cocreate.host import HostClient
    from tui.app import run as run_app

    resume = context.args.resume or ("last" if context.args.again else None)
    return run_app(HostClient(settings), settings, resume=resume)
