"""Where bugs leave their traceback: a private file in the data directory, never the terminal."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

from cocreate.private import private_folder


def log_bug(home: Path, error: BaseException) -> Path:
    """Append the traceback to home/logs/errors.log and return its path. Raises OSError."""
    path = private_folder(home / "logs") / "errors.log"
    with path.open("a", encoding="utf-8") as file:
        path.chmod(0o600)
        file.write(time.strftime("%Y-%m-%d %H:%M:%S ") + "".join(traceback.format_exception(error)) + "\n")
    return path
