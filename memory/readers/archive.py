"""Zip files (docx, odt, epub) that may mean harm: nothing is written to disk, and no size is believed before it is
counted.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType

from memory.errors import WorkRefused

MOST_ENTRIES = 10_000
MOST_BYTES = 200_000_000
"""Uncompressed bytes read from one archive, pictures in a docx included."""
MOST_RATIO = 100
"""Times an entry may be larger than it was packed, from RATIO_FROM bytes on. Text packs 3 to 20 times."""
RATIO_FROM = 10_000_000
MOST_PART = 40_000_000
"""Bytes of one part that is parsed: its tree takes several times that in memory."""
_BLOCK = 65_536
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What the three formats allow. Others could unpack without bound from a few bytes, before anything is counted."""
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Archive:
    """The entries of a zip file in memory. Raises memory.errors.WorkRefused for whatever is wrong with it."""

    def __init__(self, data: bytes, what: str) -> None:
        """`what` names the format in sentences: "a Word document"."""
        self._what = what
        self._left = MOST_BYTES
        if data.startswith(_OLD_OFFICE):
            raise WorkRefused(
                "The file is protected by a password, or of a format older than 2007.",
                "Open it in the program that made it and save it without a password as .docx or .txt.",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise self.damaged() from error
        self._refuse_hostile(entries)
        self._entries = {entry.filename: entry for entry in entries}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The names of the entries, in the order of the archive."""
        return list(self._entries)

    def read(self, name: str) -> bytes | None:
        """The bytes of an entry, or None where there is none of this name."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        blocks = io.BytesIO()
        for block in self._blocks(entry, MOST_PART):
            blocks.write(block)
        return blocks.getvalue()

    def check(self) -> None:
        """Unpack everything once and keep nothing: for a library that unpacks the file by itself."""
        for entry in self._entries.values():
            for _ in self._blocks(
                entry, MOST_PART if entry.filename.lower().endswith((".xml", ".rels")) else MOST_BYTES
            ):
                pass

    def damaged(self) -> WorkRefused:
        """The refusal for a file that is not what its name says."""
        return WorkRefused(
            f"The file is damaged, or not {self._what}.",
            "Open it in the program that made it, save it again, or save it as .txt.",
        )

    def _blocks(self, entry: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
        size = 0
        try:
            with self._zip.open(entry) as file:
                while block := file.read(_BLOCK):
                    size += len(block)
                    self._left -= len(block)
                    if (
                        size > most
                        or self._left < 0
                        or (size > RATIO_FROM and size > MOST_RATIO * max(1, entry.compress_size))
                    ):
                        raise _bomb()
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise self.damaged() from error

    def _refuse_hostile(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MOST_ENTRIES:
            raise _bomb()
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
                raise WorkRefused(
                    "The file names others outside itself (../), as only a damaged or harmful one does.",
                    "Nothing was unpacked. Get the file again from where it came, or save its text as .txt.",
                )
            if entry.flag_bits & 1:
                raise WorkRefused(
                    "The file is encrypted.", "Save it without a password, or save its text as .txt, and add that."
                )
            if entry.compress_type not in _METHODS:
                raise self.damaged()


def _bomb() -> WorkRefused:
    return WorkRefused(
        f"The file unpacks to far more than a text ever is: over {MOST_BYTES // 1_000_000} MB in all, "
        f"{MOST_PART // 1_000_000} MB in one part, or {MOST_RATIO} times its size.",
        "Reading was stopped. If it is a real book, save its text as .txt and add that.",
    )
