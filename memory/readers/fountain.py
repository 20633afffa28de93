"""Fountain screenplays (fountain.io/syntax): what an actor reads, without the writer's notes to himself."""

from __future__ import annotations

import re

from memory.readers import about
from memory.readers.document import Document
from memory.readers.encoding import decode

_BONEYARD = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_NOTE = re.compile(r"\[\[.*?\]\]", re.S)
_KEY = re.compile(r"([A-Za-z][\w ]{0,30}):[ \t]*(.*)")
_KEYS = "title credit author authors source notes date contact copyright language revision font draft episode"
_FORCED = re.compile(r"^(?P<indent>[ \t]*)(?:@(?=\S)|!(?=\S)|~[ \t]*|\.(?=[^.\s]))", re.M)
_CENTRED = re.compile(r"^[ \t]*>[ \t]*(.*?)[ \t]*<?[ \t]*$", re.M)
_DUAL = re.compile(r"^([ \t]*[^\sa-z][^a-z\n]*?)[ \t]*\^[ \t]*$", re.M)
_UNPRINTED = re.compile(r"^[ \t]*(?:#{1,6}[ \t]*\S.*|=(?!=).*|={3,}[ \t]*)$", re.M)


def read(data: bytes) -> list[Document]:
    """Return the script, its marks of forced elements, notes, sections and cut passages taken out.

    Raises:
        WorkRefused: the bytes are not text.
    """
    text = decode(data).replace("\r\n", "\n")
    fields, text = _title_page(text)
    text = _NOTE.sub("", _BONEYARD.sub("", text))
    text = _UNPRINTED.sub("", text)
    text = _CENTRED.sub(r"\1", _DUAL.sub(r"\1", text))
    text = _FORCED.sub(r"\g<indent>", text)
    text = re.sub(r"\n[ \t]*(?:\n[ \t]*){2,}", "\n\n", text)
    return [about.document(fields | {"kind": "script"}, text)]


def _title_page(text: str) -> tuple[dict[str, str], str]:
    """Its keys, and the text below it. A script may begin at once: then the first line is no known key."""
    head, gap, rest = text.lstrip("\n").partition("\n\n")
    fields: dict[str, str] = {}
    key = ""
    for line in head.splitlines():
        found = _KEY.fullmatch(line)
        if found and found[1].split()[0].lower() in _KEYS.split():
            key = found[1].strip().lower()
            fields[key] = found[2].strip()
        elif key and line[:1] in (" ", "\t"):
            fields[key] = f"{fields[key]} {line.strip()}".strip()
        else:
            return {}, text
    if not fields:
        return {}, text
    # Emphasis in a title (_**RAIN**_) is how it is set, not what it is.
    title = re.sub(r"[*_]+", "", fields.get("title", ""))
    date = fields.get("draft date") or fields.get("date", "")
    return {"title": title, "date": date, "language": fields.get("language", "")}, rest if gap else ""
