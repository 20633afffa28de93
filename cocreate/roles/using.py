"""Which adapters the studio would use now, for `cocreate models` and `cocreate doctor`. Loads and fetches nothing."""

from __future__ import annotations

from pathlib import Path

from cocreate.models.listing import configured
from cocreate.roles.library import Warn, in_words, roles_of, silent
from cocreate.settings import Settings


def in_use(settings: Settings, warn: Warn = silent) -> dict[str, Path]:
    """Names and folders of the adapters that fit the model of the settings; `warn` as in `roles_for`."""
    if settings.engine in ("server", "scripted"):
        return {}
    row = configured(settings)[0]
    return roles_of(settings, Path(row.path), warn) if row.present else {}


def said(settings: Settings, found: dict[str, Path]) -> str:
    """One line: which jobs have an adapter, or why none has."""
    if settings.engine == "server":
        return "those the server offers under their names, such as role/drafting"
    if not settings.roles:
        return "off (cocreate config set roles true)"
    if not found:
        return "none for this model; to tune one: cocreate tune role drafting --data FOLDER"
    return f"adapters for {in_words(found)}"
