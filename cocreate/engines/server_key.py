"""The key of a server: from the environment or the system's keyring, never in a file, a log, an event or a repr.

OPENAI_API_KEY is not read: a key bought for one company must not travel to whatever address is in the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from agents.errors import EngineFailed

if TYPE_CHECKING:
    from types import ModuleType

VARIABLE = "COCREATE_SERVER_KEY"
SERVICE = "cocreate"
"""Name of our entries in the system's keyring; the user of an entry is the server's address."""


class ServerKey:
    """A key that can be sent but not shown."""

    __slots__ = ("__key",)

    def __init__(self, key: str) -> None:
        """Raises EngineFailed when no HTTP header can carry it (the sentence does not repeat it)."""
        plain = key.strip()
        if not plain or not plain.isascii() or not plain.isprintable() or " " in plain:
            raise EngineFailed(
                "The server key is empty or has characters a key cannot have.",
                f"Copy it again, into {VARIABLE} or with: cocreate server login",
            )
        self.__key = plain

    def __repr__(self) -> str:
        return "ServerKey(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not written anywhere")

    @property
    def header(self) -> str:
        """Value of the Authorization header."""
        return f"Bearer {self.__key}"

    @property
    def secret(self) -> str:
        """The key itself, for the keyring only."""
        return self.__key

    def out_of(self, text: str) -> str:
        """`text` without the key, should a server repeat it."""
        return text.replace(self.__key, "***")


def find_key(url: str, environ: Mapping[str, str]) -> ServerKey | None:
    """The key for the server at `url`: COCREATE_SERVER_KEY, else the system's keyring, else None.

    Raises:
        EngineFailed: the key is not one, or the keyring is there and cannot be read.
    """
    if environ.get(VARIABLE):
        return ServerKey(environ[VARIABLE])
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ModuleNotFoundError:
        return None
    try:
        kept = keyring.get_password(SERVICE, url)
    except NoKeyringError:
        return None
    except KeyringError as error:
        raise EngineFailed(
            "The system's keyring could not be read.", f"Unlock it, or set the variable {VARIABLE}."
        ) from error
    return ServerKey(kept) if kept else None


def keep_key(url: str, key: ServerKey) -> None:
    """Write the key into the system's keyring. Raises EngineFailed."""
    keyring, failed = _keyring()
    try:
        keyring.set_password(SERVICE, url, key.secret)
    except failed as error:
        raise _no_keyring() from error


def forget_key(url: str) -> bool:
    """Take the key out of the keyring; return whether there was one. Raises EngineFailed."""
    keyring, failed = _keyring()
    try:
        if keyring.get_password(SERVICE, url) is None:
            return False
        keyring.delete_password(SERVICE, url)
    except failed as error:
        raise _no_keyring() from error
    return True


def _keyring() -> tuple[ModuleType, type[Exception]]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError as error:
        raise EngineFailed(
            "Keeping a key needs the package keyring, which is not installed.",
            f'Install it with: pip install "cocreate[keyring]", or set the variable {VARIABLE} instead.',
        ) from error
    return keyring, KeyringError


def _no_keyring() -> EngineFailed:
    return EngineFailed(
        "This system has no keyring that can be used.", f"Set the variable {VARIABLE} instead; it is never written."
    )
