"""`cocreate server`: what the server in the settings offers, and its key in the system's keyring."""

from __future__ import annotations

import sys

from cocreate.cli import jsonl
from cocreate.cli.context import Context
from cocreate.engines.server_address import Address, parse, where_text_goes
from cocreate.engines.server_key import VARIABLE, ServerKey, find_key, forget_key, keep_key
from cocreate.errors import DONE, SettingsRefused


def run(context: Context) -> int:
    """Call the function of the action. Raises agents.errors.EngineFailed."""
    return {"check": _check, "login": _login, "logout": _logout}[context.args.action](context)


def _check(context: Context) -> int:
    """Connect and list."""
    from cocreate.engines.server import ServerEngine
    from cocreate.engines.server_client import Waits

    address, settings = _address(context), context.settings
    key = find_key(address.url, context.environ)
    model = settings.model if settings.engine == "server" else ""
    engine = ServerEngine(
        address.url, model=model, key=key, context=settings.context, waits=Waits(first=float(settings.server_wait))
    )
    try:
        found = {
            "server": engine.device,
            "model": engine.model,
            "context": engine.context_length,
            "models": list(engine.offered),
            "adapters": list(engine.adapters),
            "tokens": "counted by the server" if engine.counts_tokens else "estimated, about four characters each",
            "key": "sent" if key else "none",
            "text": where_text_goes(address, key is not None)[0],
        }
    finally:
        engine.close()
    if context.args.json:
        context.print(jsonl.line(found))
        return DONE
    for name, value in found.items():
        shown = ", ".join(map(_clean, value)) or "none" if isinstance(value, list) else _clean(str(value))
        context.print(f"{name:<10} {shown}")
    if settings.engine != "server":
        context.note("It is not in use yet: cocreate config set engine server")
    return DONE


def _login(context: Context) -> int:
    """Read a key and keep it; it is neither echoed nor written to a file."""
    address = _address(context)
    if sys.stdin.isatty():
        from getpass import getpass

        given = getpass(f"Key for {address.shown} (not shown): ")
    else:
        given = sys.stdin.readline()
    keep_key(address.url, ServerKey(given))
    context.note(f"The key for {address.shown} is in the system's keyring.")
    said, doubtful = where_text_goes(address, has_key=True)
    if doubtful:
        context.note(f"  Text {said}.")
    if context.environ.get(VARIABLE):
        context.note(f"  The variable {VARIABLE} is set too, and wins over the keyring.")
    return DONE


def _logout(context: Context) -> int:
    address = _address(context)
    there = forget_key(address.url)
    context.note(f"The key for {address.shown} is gone." if there else f"There was no key for {address.shown}.")
    return DONE


def _address(context: Context) -> Address:
    url = context.settings.server_url
    if not url:
        raise SettingsRefused(
            "No server is named.", "Name one: cocreate config set server_url http://127.0.0.1:8000/v1"
        )
    return parse(url)


def _clean(text: str) -> str:
    from memory.sanitise import sanitise

    return " ".join(sanitise(text).split())
