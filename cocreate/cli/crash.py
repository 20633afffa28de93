"""A bug leaves its traceback in a file, never on the writer's screen."""

from __future__ import annotations

import platform
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from cocreate.private import write_private
from cocreate.settings import find_home

if TYPE_CHECKING:
    from cocreate.cli.context import Context


def write_log(error: BaseException, context: Context) -> Path:
    """Write the traceback under home/logs, or in the temporary folder when home cannot be written; return the path."""
    from cocreate import __version__

    text = f"cocreate {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    text += "".join(traceback.format_exception(error))
    name = time.strftime("error-%Y%m%d-%H%M%S.log")
    try:
        path = find_home(context.args.home, context.environ) / "logs" / name
        write_private(path, text)
    except OSError:
        path = Path(tempfile.mkdtemp(prefix="cocreate-")) / name
        write_private(path, text)
    return path
