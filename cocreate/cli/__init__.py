"""The command line: reads arguments, hands them to one module per command, turns every error into a sentence.

Light by contract: nothing here or in `parser` and `context` imports a model, a graph or the screen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cocreate.errors import FAILED, INTERRUPTED, PackageShadowed, to_user

if TYPE_CHECKING:
    from cocreate.cli.context import Context, Studio
    from cocreate.settings import Settings

PACKAGES = ("memory", "agents", "tui")
"""Our other import packages; their names are plain enough for another distribution to use too."""


def main(
    argv: Sequence[str] | None = None,
    *,
    studio_factory: Callable[[Settings], Studio] | None = None,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    from cocreate.cli.context import Context
    from cocreate.cli.parser import build_parser

    _speak_utf8(sys.stdout, sys.stderr)
    try:
        args = build_parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    except SystemExit as ended:  # argparse ends --help, --version and bad arguments this way
        return ended.code if isinstance(ended.code, int) else FAILED
    context = Context(args, os.environ if environ is None else environ, studio_factory)
    try:
        return _run(context)
    except BrokenPipeError:
        _forget_stdout()
        return FAILED
    except KeyboardInterrupt:
        context.tell("Stopped.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the process boundary: the writer gets a sentence, the log the traceback
        return _explain(error, context)


def _run(context: Context) -> int:
    """Call the module of the command; `cocreate.cli.works` answers `cocreate works`."""
    command = context.args.command
    if command != "doctor":  # doctor is there to explain exactly this
        refuse_shadows()
    module = import_module(f"cocreate.cli.{command}")
    run: Callable[[Context], int] = module.run
    code = run(context)
    context.out.flush()
    return code


def refuse_shadows() -> None:
    """Raise PackageShadowed when one of our package names leads to somebody else's code."""
    ours = Path(__file__).parents[2]
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None or Path(spec.origin).parents[1] != ours:
            raise PackageShadowed(
                f"Python finds the package {name!r} at {spec.origin if spec else 'no place'}, not beside cocreate.",
                "Install cocreate in a virtual environment of its own; cocreate doctor says which distribution it is.",
            )


def _explain(error: Exception, context: Context) -> int:
    """Say the error on stderr; a bug is written to a log file first."""
    told = to_user(error)
    if told is None:
        path = _log(error, context)
        context.tell(
            f"Something in cocreate broke: {type(error).__name__}.", f"The details are in {path}; your texts are kept."
        )
        return FAILED
    context.tell(told.sentence, told.next_step)
    return told.exit_code


def _log(error: Exception, context: Context) -> Path:
    """Write the traceback to the log in the data directory, or to a temporary one when that cannot be written."""
    from cocreate.logs import log_bug
    from cocreate.settings import find_home

    try:
        return log_bug(find_home(context.args.home, context.environ), error)
    except OSError:
        import tempfile

        return log_bug(Path(tempfile.mkdtemp(prefix="cocreate-")), error)


def _speak_utf8(*streams: TextIO) -> None:
    """JSON is UTF-8 whatever the locale says, and a character that cannot be written must not end a turn."""
    import io

    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _forget_stdout() -> None:
    """The reader has gone: keep Python from failing again when it flushes stdout at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
