"""E-books: the chapters of the spine, in reading order, as parts of one work. Nothing is unpacked to disk."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from memory.errors import WorkRefused
from memory.readers import about
from memory.readers.archive import Archive
from memory.readers.document import Document
from memory.readers.markup import local, parse_html, parse_xml, text_of

_WHAT = "an e-book (EPUB)"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read(data: bytes) -> list[Document]:
    """Return the book as one text. Raises memory.errors.WorkRefused (damaged, protected, or unpacking without end)."""
    with Archive(data, _WHAT) as archive:
        package_name = _package_name(archive)
        packed = archive.read(package_name)
        if packed is None:
            raise archive.damaged()
        package = parse_xml(packed, _WHAT)
        names = _spine(package, posixpath.dirname(package_name))
        _refuse_protected(archive, names)
        chapters = [chapter for name in names if (chapter := _chapter(archive, name))]
    return [about.document(_fields(package), "\n\n".join(chapters))]


def _package_name(archive: Archive) -> str:
    container = archive.read("META-INF/container.xml")
    if container is None:
        raise archive.damaged()
    for element in parse_xml(container, _WHAT).iter():
        if local(element) == "rootfile" and element.get("full-path"):
            return str(element.get("full-path"))
    raise archive.damaged()


def _spine(package: Any, folder: str) -> list[str]:
    """Names of the entries in reading order, each once; contents pages and what stands beside the text are left out."""
    manifest = {
        element.get("id"): element
        for element in package.iter()
        if local(element) == "item" and element.get("media-type") in _PAGES
    }
    names: dict[str, None] = {}
    for element in package.iter():
        item = manifest.get(element.get("idref")) if local(element) == "itemref" else None
        if item is None or element.get("linear") == "no" or "nav" in (item.get("properties") or "").split():
            continue
        href = unquote((item.get("href") or "").partition("#")[0])
        names[posixpath.normpath(posixpath.join(folder, href))] = None
    return list(names)


def _refuse_protected(archive: Archive, names: list[str]) -> None:
    """Fonts are often obscured; a chapter that is encrypted is a protected book."""
    listed = archive.read("META-INF/encryption.xml")
    if listed is None:
        return
    uris = {
        posixpath.normpath(unquote(element.get("URI") or ""))
        for element in parse_xml(listed, _WHAT).iter()
        if local(element) == "cipherreference"
    }
    if uris & set(names):
        raise WorkRefused("The book is protected (DRM).", "Add a copy without protection, or its text as .txt.")


def _chapter(archive: Archive, name: str) -> str:
    page = archive.read(name)
    root = parse_html(page) if page and page.strip() else None
    return "" if root is None else text_of(next(root.iter("body"), root))


def _fields(package: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    for element in package.iter():
        name = local(element)
        if name in ("title", "language", "date") and element.text:
            fields.setdefault(name, element.text.strip())
    return fields
