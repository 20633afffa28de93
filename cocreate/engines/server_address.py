"""The address of a server the writer named: what it may look like, and whether text sent there leaves the machine.

Light and pure: settings, doctor and the command line use it too.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Address:
    """Where an OpenAI-compatible server answers."""

    url: str
    """Base of its API, without a slash at the end, such as "http://127.0.0.1:8000/v1"."""
    root: str
    """The same without "/v1": where vLLM and llama.cpp have their own paths (/tokenize, /props)."""
    shown: str
    """Host and port, for sentences."""
    loopback: bool
    """Whether it is this machine."""
    secure: bool
    """Whether the connection is encrypted (https)."""


def problem(url: str) -> str:
    """Say why `url` cannot be a server address ("must ..."), or "" when it can. Never repeats the address: it may hold
    a key."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return "must be an address such as http://127.0.0.1:8000/v1"
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits or any(c.isspace() for c in url):
        return "must be an address such as http://127.0.0.1:8000/v1"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "must hold no user, password, query or key, only scheme, host, port and path"
    return ""


def parse(url: str) -> Address:
    """Take an address apart; a bare "http://host:8000" is read as "http://host:8000/v1".

    Raises:
        ValueError: `problem(url)` says why.
    """
    if why := problem(url):
        raise ValueError(why)
    parts = urlsplit(url)
    path = parts.path.rstrip("/") or "/v1"
    root = path.removesuffix("/v1")
    host = parts.hostname or ""
    return Address(
        url=_with_path(parts, path),
        root=_with_path(parts, root),
        shown=parts.netloc,
        loopback=_is_loopback(host),
        secure=parts.scheme == "https",
    )


def where_text_goes(address: Address, has_key: bool) -> tuple[str, bool]:
    """Say where the writer's text is sent, and whether that needs a look (a key that travels in the clear)."""
    if address.loopback:
        return f"goes to a server on this machine, {address.shown}", False
    if address.secure:
        return f"leaves this machine, encrypted: it is sent to {address.shown}", False
    also = ", and the key too" if has_key else ""
    return f"leaves this machine in the clear{also}: it is sent to {address.shown}", has_key


def _with_path(parts: SplitResult, path: str) -> str:
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
