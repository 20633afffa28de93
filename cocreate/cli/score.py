"""`cocreate score`: JSON lines in, one JSON line of scores out for each; or one text file, for a person to read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agents.contracts import KINDS, Scorecard
from cocreate.cli import jsonl, score_view
from cocreate.cli.context import Context, Studio, answers
from cocreate.commands import ScoreText
from cocreate.errors import BAD_INPUT, DONE, InputRefused
from cocreate.events import TextScored

TEXTS = (".txt", ".md", ".text")
"""Endings of files that hold one text; all others, and stdin, hold JSON lines."""


def run(context: Context) -> int:
    """Score every line; a bad line gives {"error": ...} in its place and exit code 2 at the end."""
    if Path(context.args.file).suffix.lower() in TEXTS:
        return _text_file(context)
    code = DONE
    with _opened(context.args.file) as file, context.studio() as studio:
        for number, raw in numbered_lines(file):
            try:
                command = read_line(raw, context.args.theme, context.args.kind)
                context.print(jsonl.line(jsonl.score_fields(_score(context, studio, command))))
            except InputRefused as error:
                context.note(f"line {number}: {error.sentence} {error.next_step}".rstrip())
                context.print(jsonl.line({"error": error.sentence}))
                code = BAD_INPUT
    return code


def _text_file(context: Context) -> int:
    """Score one text as a whole."""
    name = context.args.file
    with _opened(name) as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputRefused(f"{name} is longer than {MOST_BYTES // 1_000_000} MB.", "Score its chapters one by one.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused(f"{name} is not UTF-8 text.", "Save it as UTF-8.") from error
    with context.studio() as studio:
        card = _score(context, studio, ScoreText(text, context.args.theme, context.args.kind))
    if context.args.json:
        context.print(jsonl.line(jsonl.score_fields(card)))
        return DONE
    for line in score_view.lines_of(card, text):
        context.print(line)
    return DONE


def _score(context: Context, studio: Studio, command: ScoreText) -> Scorecard:
    for event in answers(context, studio, command):
        if isinstance(event, TextScored):
            return event.scorecard
    raise InputRefused("The studio gave no score.")


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, line). Empty lines at the end are no lines; in the middle they keep their number."""
    empty = 0
    for number, raw in enumerate(file, 1):
        if not raw.strip():
            empty += 1
            continue
        for late in range(empty):
            yield number - empty + late, b""
        empty = 0
        yield number, raw


def read_line(raw: bytes, theme: str = "", kind: str = "story") -> ScoreText:
    """Turn one line into a command; `theme` and `kind` where it names none. Raises InputRefused."""
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputRefused("This is not UTF-8 text.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputRefused("This is not JSON.", 'A line looks like {"text": "...", "theme": "rain"}.') from error
    if not isinstance(found, dict):
        raise InputRefused('This is not a JSON object with a "text".')
    text, theme, kind = found.get("text"), found.get("theme") or theme, found.get("kind") or kind
    if not isinstance(text, str) or not text.strip():
        raise InputRefused('"text" is missing or empty.')
    if not isinstance(theme, str):
        raise InputRefused('"theme" is not text.')
    if kind not in KINDS:
        raise InputRefused(f'"kind" is {kind!r}.', f"It can be {', '.join(KINDS)}.")
    return ScoreText(text, theme, kind)


MOST_BYTES = 8_000_000
"""Of a text file: a novel has about one million."""


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """The file, or stdin for "-"; raises InputRefused when it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; only the opening may be refused
    except OSError as error:
        raise InputRefused(f"{name} cannot be read: {error.strerror}.", "Name a file of JSON lines.") from error
    with file:
        yield file
