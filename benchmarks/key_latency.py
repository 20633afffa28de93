"""From a key to its letter on the screen, idle and while drafts stream, in a pseudo-terminal. Prints JSON.

    python benchmarks/key_latency.py [--keys 100] [--engine auto|scripted] [--model PATH] [--embedder PATH]

The real app with the real studio process. A key is written to the terminal every 90 ms; its time ends at the read after
which the screen (as pyte sees it) shows the letter. "streaming" counts only keys typed while the status line says that
drafts are being written or revised; turns are started again until there are enough.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import statistics
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter

import pyte
from first_paint import COLUMNS, ROWS, start, stop

BRIEF = "a poem about autumn rain in a quiet courtyard"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Terminal:
    """The app behind a pseudo-terminal."""

    def __init__(self, command: list[str], home: str) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._terminal = start(command, home)
        self._came: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Note when bytes come, apart from the slow reading of what they mean."""
        with contextlib.suppress(OSError):
            while data := os.read(self._terminal, 65536):
                self._came.put((perf_counter(), data))

    def read(self, seconds: float) -> float | None:
        """Take in what came next; the moment it came, or None."""
        try:
            came, data = self._came.get(timeout=max(0.001, seconds))
        except queue.Empty:
            return None
        self._stream.feed(data)
        return came

    def write(self, text: str) -> float:
        """Press keys; the moment before."""
        pressed = perf_counter()
        os.write(self._terminal, text.encode())
        return pressed

    def rest(self, seconds: float) -> None:
        """Go on reading for a while."""
        end = perf_counter() + seconds
        while perf_counter() < end:
            self.read(end - perf_counter())

    def shows(self, text: str) -> bool:
        """Whether the screen holds a text."""
        return any(text in line for line in self.screen.display)

    def wait(self, *texts: str, timeout: float = 120.0) -> str:
        """Read until one of the texts shows."""
        end = perf_counter() + timeout
        while perf_counter() < end:
            self.read(0.2)
            for text in texts:
                if self.shows(text):
                    return text
        raise SystemExit(f"waited {timeout} s for {texts}; the screen is\n" + "\n".join(self.screen.display))

    @property
    def status(self) -> str:
        """The last line."""
        return str(self.screen.display[-1]).strip()

    def close(self) -> None:
        """End it."""
        stop(self.pid, self._terminal)


def key_time(terminal: Terminal, typed: str, letter: str) -> float:
    """Seconds from the key to the screen that shows `typed` and the letter."""
    pressed = terminal.write(letter)
    end = pressed + 5
    while perf_counter() < end:
        came = terminal.read(end - perf_counter())
        if came is not None and terminal.shows(typed + letter):
            return came - pressed
    raise SystemExit("a key never showed:\n" + "\n".join(terminal.screen.display))


def type_keys(terminal: Terminal, count: int, streaming: bool) -> list[float]:
    """Type up to `count` letters; while streaming, only as long as the drafts are written."""
    times: list[float] = []
    typed = "  "
    for place in range(count):
        if streaming and not terminal.status.startswith(("writing", "revising")):
            break
        if len(typed) > 60:
            clear(terminal)
            typed = "  "
        letter = LETTERS[place % len(LETTERS)]
        times.append(key_time(terminal, typed.strip(), letter))
        typed += letter
        terminal.rest(0.09)
    clear(terminal)
    return times


def clear(terminal: Terminal) -> None:
    """Empty the composer."""
    terminal.write("\x05\x15")
    terminal.rest(0.2)


def streaming_times(terminal: Terminal, wanted: int) -> list[float]:
    """Run turns until enough keys were typed while drafts streamed."""
    times: list[float] = []
    while len(times) < wanted:
        terminal.write(BRIEF)
        terminal.rest(0.3)
        terminal.write("\r")
        terminal.wait("studio picks")
        terminal.rest(0.3)
        terminal.write("s")
        while not terminal.status.startswith("writing"):
            terminal.read(0.2)
        times += type_keys(terminal, wanted - len(times), streaming=True)
        while not terminal.status.startswith("ready"):
            terminal.read(0.2)
        terminal.write("\x0e")  # a new piece, so that every turn is alike
        terminal.wait("What shall we write?")
    return times


def figures(times: list[float]) -> dict[str, float | int]:
    """Median and 95th percentile in milliseconds."""
    ranked = sorted(times)
    return {
        "keys": len(times),
        "p50_ms": round(statistics.median(ranked) * 1000, 1),
        "p95_ms": round(ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))] * 1000, 1),
        "most_ms": round(ranked[-1] * 1000, 1),
    }


def main() -> None:
    """Measure idle, then while streaming, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--model", default="")
    parser.add_argument("--embedder", default="")
    args = parser.parse_args()
    command = [str(Path(sys.executable).with_name("cocreate")), "--engine", args.engine]
    command += ["--model", args.model] if args.model else []
    if args.embedder:
        command = ["env", f"COCREATE_EMBEDDER={args.embedder}", *command]
    sys.setswitchinterval(0.0005)  # the listening thread must not wait for the reading one
    with tempfile.TemporaryDirectory() as home:
        terminal = Terminal(command, home)
        try:
            terminal.wait("ready   ")
            idle = figures(type_keys(terminal, args.keys, streaming=False))
            streaming = figures(streaming_times(terminal, args.keys))
        finally:
            terminal.close()
    print(json.dumps({"benchmark": "key_latency", "engine": args.engine, "idle": idle, "streaming": streaming}))


if __name__ == "__main__":
    main()
