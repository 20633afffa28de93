"""XML and HTML to text by lxml, with everything off that could reach out or swell: entities, DTDs, the network, depth.

The walk is a loop, not a recursion: a page of a million nested tags must not end the program.
"""

from __future__ import annotations

import re
from typing import Any

from memory.errors import WorkRefused
from memory.readers.blocks import SCENE_BREAK

_ENCODING = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]{2,40})""", re.I
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SILENT = (
    "script style head nav noscript template iframe object svg math button select textarea audio video canvas "
    "aside rt rp"
)
_APART = "p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table section article main header footer figure pre hr address"
"""Elements with a blank line around them."""
_LINES = "div li tr dt dd caption figcaption body html center"
"""Elements on lines of their own."""


def parse_xml(data: bytes, what: str) -> Any:
    """The root element. Raises memory.errors.WorkRefused for broken XML and for XML that declares entities."""
    from lxml import etree

    if b"<!ENTITY" in data:
        raise WorkRefused(
            "The file declares XML entities, as only a harmful one does.",
            "Nothing of it was read. Get the file again from where it came, or save its text as .txt.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise WorkRefused(
            f"The file is damaged, or not {what}.",
            "Open it in the program that made it, save it again, or save it as .txt.",
        ) from error


def parse_html(data: bytes) -> Any:
    """The root element of a page or of a chapter, however broken; None when there is nothing in it.

    Raises:
        WorkRefused: it goes beyond the limits of libxml2 (depth 256, 10 MB of text in one piece).
    """
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(_as_utf8(data), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if any(entry.level_name == "FATAL" for entry in parser.error_log):
        # What lies beyond the limit would be missing without a word.
        raise WorkRefused(
            "The page is nested too deeply, or holds more than 10 MB in one piece.",
            "Save its text as .txt and add that.",
        )
    return root


def _as_utf8(data: bytes) -> bytes:
    """The page in UTF-8: by its own word where that holds, else as any text is recognised."""
    from memory.readers.encoding import decode

    said = _ENCODING.search(data[:4096])
    if said and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = said[1].decode("ascii").lower()
        name = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "big5": "big5hkscs"}.get(name, name)
        try:
            return data.decode(name).encode()
        except (LookupError, UnicodeError):
            pass
    # An XML declaration would contradict the encoding we now have; lxml takes the one it is told.
    return decode(data).encode("utf-8", "replace")


def local(element: Any) -> str:
    """The name of an element without its namespace, in lower case."""
    return str(element.tag).rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def text_of(root: Any) -> str:
    """What a reader of the page sees: paragraphs apart, lines as lines, headings marked as in Markdown."""
    from lxml import etree

    silent = frozenset(_SILENT.split())
    page = _Page()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        if event == "start":
            if name in silent:
                walk.skip_subtree()
            else:
                page.open(name)
                page.say(element.text or "")
        else:
            if name not in silent:
                page.close(name)
            if element is not root:
                page.say(element.tail or "")
    return page.text()


class _Page:
    """Gathers text; `_gap` is how many line feeds must stand before what comes next."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._gap = 0
        self._raw = 0
        self._apart = frozenset(_APART.split())
        self._lines = frozenset(_LINES.split())
        self._nested: list[bool] = []
        """For each open div: whether a block stands inside."""

    def open(self, name: str) -> None:
        if name in self._apart or name in self._lines:
            self._break(2 if name in self._apart else 1)
            if self._nested:
                self._nested[-1] = True
        if name == "div":
            self._nested.append(False)
        if name == "pre":
            self._raw += 1
        if len(name) == 2 and name[0] == "h" and name[1] in "123456":
            self._put("#" * int(name[1]) + " ")

    def close(self, name: str) -> None:
        if name == "br":
            self._put("\n", keep_gap=True)
        elif name == "hr":
            self._put(SCENE_BREAK)
        if name == "pre":
            self._raw -= 1
        if name in self._apart:
            self._break(2)
        elif name in self._lines:
            # A div of divs is a stanza of lines: a blank line follows.
            self._break(2 if name == "div" and self._nested and self._nested.pop() else 1)
        elif name in ("td", "th"):
            self._put(" ", keep_gap=True)

    def say(self, text: str) -> None:
        if self._raw:
            if text:
                self._put(text)
            return
        said = _SPACE.sub(" ", text)
        if self._parts and self._parts[-1].endswith("\n"):
            said = said.lstrip(" ")
        if said.strip():
            self._put(said)
        elif said and self._parts and not self._gap:
            self._put(" ")

    def text(self) -> str:
        found = re.sub(r"[ \t]+\n", "\n", "".join(self._parts))
        # A heading's mark with nothing after it: the page had an empty heading.
        return re.sub(r"^#{1,6}[ \t]*$", "", found, flags=re.M).strip("\n")

    def _break(self, lines: int) -> None:
        if self._parts:
            self._gap = max(self._gap, lines)

    def _put(self, text: str, *, keep_gap: bool = False) -> None:
        if keep_gap and self._gap:
            return
        if self._gap:
            self._parts.append("\n" * self._gap)
            self._gap = 0
            text = text.lstrip(" ")
        self._parts.append(text)
