"""Changing config.toml. Comments and order in it survive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cocreate.errors import SettingsRefused
from cocreate.private import write_private
from cocreate.settings import Value, default

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def write_setting(path: Path, key: str, value: Value) -> None:
    """Set `key`, checked before, in the file at `path`.

    Raises:
        SettingsRefused: the file there is not TOML.
        OSError: it cannot be written.
    """
    document = _document(path)
    document[key] = value
    _save(path, document)


def unset(path: Path, key: str) -> None:
    """Let `key` have its default again: the line goes. Raises as `write_setting`."""
    document = _document(path)
    if document.pop(key, default(key)) != default(key):
        _save(path, document)


def _document(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path} is not TOML: {error}.", "Mend it, or delete the file.") from error


def _save(path: Path, document: TOMLDocument) -> None:
    import tomlkit

    write_private(path, tomlkit.dumps(document))
