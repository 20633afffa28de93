"""Documents of LibreOffice and OpenOffice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from memory.readers import about
from memory.readers.archive import Archive
from memory.readers.blocks import heading, joined
from memory.readers.document import Document
from memory.readers.markup import local, parse_xml

_WHAT = "an OpenDocument text (ODT)"
_LEFT_OUT = ("annotation", "tracked-changes", "note", "sequence-decls", "forms", "table-of-content", "script")


def read(data: bytes) -> list[Document]:
    """Return the text; notes, comments and deleted passages are left out. Raises memory.errors.WorkRefused."""
    with Archive(data, _WHAT) as archive:
        content, meta = archive.read("content.xml"), archive.read("meta.xml")
        if content is None:
            raise archive.damaged()
    fields = _fields(parse_xml(meta, _WHAT)) if meta else {}
    return [about.document(fields, joined(_paragraphs(parse_xml(content, _WHAT))))]


def _paragraphs(root: Any) -> Iterator[str]:
    """The paragraphs, in order. One inside another (in a frame) is part of it."""
    from lxml import etree

    parts: list[str] = []
    depth = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        if event == "start":
            if name in _LEFT_OUT:
                walk.skip_subtree()
                continue
            if name in ("p", "h"):
                depth += 1
            parts.append(_opening(name, element) if depth else "")
            continue
        if name in ("p", "h") and depth:
            depth -= 1
            if not depth:
                said = "".join(parts)
                parts.clear()
                yield heading(said, _level(element)) if name == "h" else said
        if depth:
            parts.append(element.tail or "")


def _opening(name: str, element: Any) -> str:
    text = element.text or ""
    if name == "s":
        return " " * min(_number(element, "c"), 1000)
    return {"line-break": "\n", "tab": "\t"}.get(name, "") + text


def _level(element: Any) -> int:
    return _number(element, "outline-level")


def _number(element: Any, wanted: str) -> int:
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == wanted and value.isdecimal() and len(value) < 6:
            return int(value)
    return 1


def _fields(meta: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    names = {"title": "title", "creation-date": "date", "date": "written", "language": "language"}
    for element in meta.iter():
        if local(element) in names and element.text:
            fields.setdefault(names[local(element)], element.text.strip())
    if "date" not in fields and "written" in fields:
        fields["date"] = fields["written"]
    return {key: value for key, value in fields.items() if key != "written"}
