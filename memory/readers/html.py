"""Web pages."""

from __future__ import annotations

from typing import Any

from memory.errors import WorkRefused
from memory.readers import about
from memory.readers.document import Document
from memory.readers.markup import local, parse_html, text_of

_META = {
    "date": "date", "dc.date": "date", "dcterms.date": "date", "article:published_time": "date",
    "keywords": "tags", "collection": "collection", "kind": "kind",
}  # fmt: skip


def read(data: bytes) -> list[Document]:
    """Return the text of the page: of its one <article> or <main> where there is one. Raises WorkRefused."""
    root = parse_html(data)
    if root is None:
        raise WorkRefused("There is no text in this page.", "Save the text as .txt or .md and add that.")
    return [about.document(_fields(root), text_of(_body(root)))]


def _fields(root: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"language": root.get("lang") or ""}
    for element in root.iter("title", "meta"):
        if local(element) == "title":
            fields.setdefault("title", " ".join("".join(element.itertext()).split()))
        else:
            said = str(element.get("name") or element.get("property") or "").lower()
            if said in _META:
                fields.setdefault(_META[said], element.get("content") or "")
    return fields


def _body(root: Any) -> Any:
    for name in ("article", "main"):
        found = list(root.iter(name))
        if len(found) == 1:
            return found[0]
    return next(root.iter("body"), root)
