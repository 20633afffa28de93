"""What stands unsent in the composer, one text per piece, in a small file beside the database.

Written through shortly after each change, so that a killed process loses at most the last moment of typing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path


class UnsentTexts:
    """The unsent texts by piece id ("" for a new piece). A directory that cannot be written costs only the keeping."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = home / "unsent.json"
        self._texts: dict[str, str] | None = None
        self._written = ""

    def get(self, piece_id: str) -> str:
        """The text kept for a piece, or ""."""
        return self._load().get(piece_id, "")

    def put(self, piece_id: str, text: str) -> None:
        """Keep a text in memory; `save` writes it."""
        texts = self._load()
        if text.strip():
            texts[piece_id] = text
        else:
            texts.pop(piece_id, None)

    def save(self) -> bool:
        """Write to disk when something changed. Returns False when the disk refuses."""
        content = json.dumps(self._load(), ensure_ascii=False)
        if content == self._written:
            return True
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = self._path.with_suffix(".new")
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(content)
            aside.replace(self._path)
        except OSError:
            return False
        self._written = content
        return True

    def keep_paste(self, text: str, stamp: str) -> Path | None:
        """Write a paste that is too long for a message to a file of its own; None when the disk refuses."""
        folder = self._home / "pastes"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"paste-{stamp}.txt"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            return None
        return path

    def _load(self) -> dict[str, str]:
        if self._texts is None:
            try:
                found = json.loads(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                found = {}
            pairs = found.items() if isinstance(found, dict) else ()
            self._texts = {str(k): v for k, v in pairs if isinstance(v, str)}
        return self._texts
