from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pyte
import pytest

APP = Path(__file__).with_name("terminal_app.py")


class Terminal:
    """The app in a pseudo-terminal, read by a terminal emulator; `raw` is every byte that it wrote."""

    def __init__(self, home: Path, columns: int, rows: int, **environment: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        leader, follower = pty.openpty()
        self._file = leader
        self.resize(columns, rows, tell=False)
        keep = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM")}
        self.process = subprocess.Popen(
            [sys.executable, str(APP), str(home)], stdin=follower, stdout=follower, stderr=follower,
            start_new_session=True, env={**keep, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        os.close(follower)

    def resize(self, columns: int, rows: int, *, tell: bool = True) -> None:
        ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.screen.resize(rows, columns)
            self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds: float) -> bool:
        if not select.select([self._file], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._file, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def press(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    @property
    def page(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, text: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if text in self.page:
                return
            self.read(0.1)
        raise AssertionError(f"{text!r} never showed:\n{self.page}")

    def ended(self) -> int:
        while self.read(0.1) or self.process.poll() is None:
            pass
        return self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._file)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    opened = Terminal(home, 120, 40)
    yield opened
    opened.close()


def test_a_turn_in_a_terminal_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.until("What shall we write?")
    terminal.press("a poem\r")
    terminal.until("1-4 pick")
    terminal.press("2")
    terminal.until("4 drafts in 21 s")
    terminal.until("The courtyard holds its breath.")
    terminal.press("\x11")  # Ctrl+Q
    assert terminal.ended() == 0
    ending = terminal.raw[-400:]
    assert b"\x1b[?1049l" in ending  # the writer's own screen is back
    assert b"\x1b[?25h" in ending  # with its cursor
    assert b"\x1b[?1000l" in terminal.raw  # and its mouse
    assert b"Traceback" not in terminal.raw


def test_what_a_text_holds_never_reaches_the_terminal_as_control(terminal: Terminal) -> None:
    terminal.until("What shall we write?")
    terminal.press("a poem\r")
    terminal.until("1-4 pick")
    before = len(terminal.raw)
    terminal.press("s")
    terminal.until("4 drafts in 21 s")
    written = terminal.raw[before:]
    assert b"\x1b]0;" not in written and b"owned" not in written
    assert b"\xe2\x80\xae" not in written  # a bidirectional override
    assert b"\x9b" not in written.replace(b"\xe2\x96\x9b", b"")


def test_a_pasted_escape_sequence_is_not_obeyed(terminal: Terminal) -> None:
    terminal.until("What shall we write?")
    terminal.press("\x1b[200~autumn\u202e rain\x1b[201~")
    terminal.until("autumn rain")
    assert b"\xe2\x80\xae" not in terminal.raw


def test_a_two_megabyte_paste_costs_a_sentence(terminal: Terminal, home: Path) -> None:
    terminal.until("ready")
    paste = "rain and rain " * 150_000
    os.set_blocking(terminal._file, False)
    data = f"\x1b[200~{paste}\x1b[201~".encode()
    while data:
        try:
            data = data[os.write(terminal._file, data) :]
        except BlockingIOError:
            terminal.read(0.01)
    os.set_blocking(terminal._file, True)
    terminal.until("a message holds 20,000")
    terminal.press("still here")
    terminal.until("still here")
    assert [path.stat().st_size for path in (home / "pastes").iterdir()] == [len(paste)]


def test_resizing_goes_from_side_by_side_to_tabs_to_a_sentence_and_back(terminal: Terminal) -> None:
    terminal.until("What shall we write?")
    terminal.press("a poem\r")
    terminal.until("1-4 pick")
    terminal.press("s")
    terminal.until("4 drafts in 21 s")
    terminal.resize(60, 16)
    terminal.until("Grandmother's broom by the door")
    assert all(line.endswith(" ") for line in terminal.screen.display if "broom" in line)
    terminal.resize(40, 10)
    terminal.until("60 columns and 16 rows")
    terminal.resize(120, 40)
    terminal.until("novelty")
    end = time.monotonic() + 20
    while not any(line.count("novelty") == 2 for line in terminal.screen.display):
        assert time.monotonic() < end, terminal.page
        terminal.read(0.1)


def test_killed_while_typing_the_text_is_there_at_the_next_start(terminal: Terminal, home: Path) -> None:
    terminal.until("ready")
    terminal.press("half a line")
    terminal.until("half a line")
    deadline = time.monotonic() + 10
    while not (home / "unsent.json").exists() or "half a line" not in (home / "unsent.json").read_text():
        assert time.monotonic() < deadline
        terminal.read(0.05)
    terminal.process.kill()
    terminal.process.wait()
    again = Terminal(home, 60, 16)
    try:
        again.until("half a line")
    finally:
        again.close()


def test_without_colour_nothing_is_coloured(home: Path) -> None:
    terminal = Terminal(home, 80, 24, NO_COLOR="1")
    try:
        terminal.until("What shall we write?")
        cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
        colours = {c for cell in cells for c in (cell.fg, cell.bg) if c != "default"}
        assert all(len(c) == 6 and c[:2] == c[2:4] == c[4:] for c in colours), colours
    finally:
        terminal.close()


def test_the_screens_process_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, tui.app, tui.screens.pieces, tui.screens.works, tui.screens.brief, tui.screens.edit, "
        "tui.screens.help, cocreate.host, memory.sanitise\n"
        "heavy = {'torch', 'transformers', 'langgraph', 'faiss', 'sentence_transformers', 'numpy', 'xllamacpp', 'peft',"
        " 'tokenizers', 'huggingface_hub'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"
