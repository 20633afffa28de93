"""What the application can refuse, and how any exception becomes a sentence, a next step and an exit code.

    CocreateError
        SettingsRefused    a setting is unknown or has a value it cannot have
        InputRefused       what the command line was given cannot be used
        PackageShadowed    another distribution's package answers to one of our names

The errors of memory, agents and models carry `sentence` and `next_step` too; they are read by these names, so that
this module works even when one of those packages cannot be imported.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes of the command line."""

REFUSALS = (
    "SettingsRefused", "InputRefused", "WorkRefused", "NoSuchWork", "BadBrief", "DeskError", "StoreUnusable",
    "ModelUnavailable", "VoiceRefused", "AdapterRefused", "TooLittleText",
)  # fmt: skip
"""Names of the errors that mean bad input; every other error of ours is a failure."""


class CocreateError(Exception):
    """Root. `sentence` says what happened, `next_step` what the writer can do."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class SettingsRefused(CocreateError):
    """A setting is unknown, or has a value it cannot have."""


class InputRefused(CocreateError):
    """What the command line was given cannot be used."""


class PackageShadowed(CocreateError):
    """Another distribution's package answers to one of our names."""


@dataclass(frozen=True, slots=True)
class UserError:
    """What the writer is told."""

    sentence: str
    next_step: str
    exit_code: int


def to_user(error: BaseException) -> UserError | None:
    """Say an exception in plain words; None when it is a bug and belongs in a log with its traceback."""
    sentence = getattr(error, "sentence", None)
    if isinstance(sentence, str):
        refused = any(kind.__name__ in REFUSALS for kind in type(error).__mro__)
        next_step = str(getattr(error, "next_step", ""))
        return UserError(_clean(sentence), _clean(next_step), BAD_INPUT if refused else FAILED)
    if isinstance(error, KeyboardInterrupt):
        return UserError("Stopped.", "", INTERRUPTED)
    if isinstance(error, MemoryError):
        return UserError("There is not enough memory.", "Close other programs, or take a smaller model.", FAILED)
    if isinstance(error, OSError):
        return _os_error(error)
    return None


def _os_error(error: OSError) -> UserError:
    """The few ways a disk or a network says no."""
    where = f" ({_clean(str(error.filename))})" if error.filename else ""
    told = {
        errno.ENOSPC: ("The disk is full", "Free some space, or move the data directory with --home or COCREATE_HOME."),
        errno.EDQUOT: ("Your disk quota is used up", "Free some space, or move the data directory with --home."),
        errno.EROFS: ("The file system is read-only", "Use another data directory: --home PATH or COCREATE_HOME."),
        errno.EACCES: ("Permission was denied", "Check who owns it, or use another data directory with --home."),
        errno.EPERM: ("Permission was denied", "Check who owns it, or use another data directory with --home."),
        errno.ENOENT: ("There is no such file or folder", "Check the path."),
        errno.ENOTDIR: ("A part of the path is not a folder", "Check the path."),
        errno.EISDIR: ("A file was expected, and this is a folder", "Check the path."),
        errno.EMFILE: ("Too many files are open", "Close other programs, or raise the limit with ulimit -n."),
    }
    if isinstance(error, ConnectionError | TimeoutError):
        return UserError("The network did not answer.", "Check the connection and try again.", FAILED)
    said, step = told.get(error.errno or 0, (_clean(error.strerror or str(error) or type(error).__name__), ""))
    return UserError(f"{said}{where}.", step or "cocreate doctor checks the data directory.", FAILED)


def _clean(text: str) -> str:
    """One line without terminal control: names and messages from outside reach the terminal through here."""
    try:
        from memory.sanitise import sanitise
    except ImportError:  # the shadowed-package case: fall back to what the standard library can do
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return " ".join(sanitise(text).split())
