"""First paint: from exec to the first screen that shows the composer, in a pseudo-terminal. Prints JSON.

    python benchmarks/first_paint.py [--runs 10] [--engine scripted]

The baseline is the least Textual app with a text area, started in turn with ours, so that both meet the same machine.
A run ends at the first read after which the screen (as pyte sees it) holds the marker; the process is then killed.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Sequence
from fcntl import ioctl
from pathlib import Path
from time import perf_counter

import pyte

COLUMNS, ROWS = 120, 40
MARKER = "Say what you want to write."
BARE = f"""
from textual.app import App
from textual.widgets import TextArea
class Bare(App):
    def compose(self):
        yield TextArea(placeholder={MARKER!r})
Bare().run()
"""


def start(command: Sequence[str], home: str) -> tuple[int, int]:
    """Run a command on a new terminal of 120 by 40. Returns (process id, terminal)."""
    pid, terminal = pty.fork()
    if pid == 0:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("COCREATE_HOME", "TEXTUAL", "NO_COLOR"))}
        os.execvpe(command[0], list(command), {**keep, "TERM": "xterm-256color", "COCREATE_HOME": home})
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    return pid, terminal


def stop(pid: int, terminal: int) -> None:
    """End the run at once, with the studio process it may have started."""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    for process in [pid, *map(int, children)]:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    os.close(terminal)
    os.waitpid(pid, 0)


def first_paint(command: Sequence[str], timeout: float = 20.0) -> float:
    """Seconds from exec to the marker on the screen."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as home:
        began = perf_counter()
        pid, terminal = start(command, home)
        try:
            while perf_counter() - began < timeout:
                if not select.select([terminal], [], [], 0.5)[0]:
                    continue
                stream.feed(os.read(terminal, 65536))
                if any(MARKER in line for line in screen.display):
                    return perf_counter() - began
        finally:
            stop(pid, terminal)
    raise SystemExit(f"no screen within {timeout} s: {' '.join(command)}")


def main() -> None:
    """Measure both in turn and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--engine", default="scripted")
    args = parser.parse_args()
    ours = [str(Path(sys.executable).with_name("cocreate")), "--engine", args.engine]
    bare = [sys.executable, "-c", BARE]
    first_paint(ours), first_paint(bare)  # byte code and disk cache
    times: dict[str, list[float]] = {"cocreate": [], "bare_textual": []}
    for _ in range(args.runs):
        times["cocreate"].append(first_paint(ours))
        times["bare_textual"].append(first_paint(bare))
    figures = {
        name: {
            "median_s": round(statistics.median(values), 3),
            "least_s": round(min(values), 3),
            "most_s": round(max(values), 3),
        }
        for name, values in times.items()
    }
    print(json.dumps({"benchmark": "first_paint", "runs": args.runs, "columns": COLUMNS, "rows": ROWS, **figures}))


if __name__ == "__main__":
    main()
